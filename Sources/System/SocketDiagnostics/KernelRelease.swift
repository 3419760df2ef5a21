// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The release of a Linux kernel, as far as it decides what the socket table shows.
public struct KernelRelease: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The first two numbers of it, 6 and 18 of `6.18.44-amd64`.
    public var major: Int
    /// The second.
    public var minor: Int

    /// Makes one of its numbers.
    public init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Reads what uname(2) says; `nil` for what does not begin with two numbers.
    public init?(_ text: String) {
        let numbers = text.split(separator: ".", maxSplits: 2)
        guard numbers.count >= 2, let major = Int(numbers[0]),
            let minor = Int(numbers[1].prefix { $0.isNumber })
        else { return nil }
        self.init(major, minor)
    }

    /// The kernel that runs here.
    public static var running: KernelRelease? {
        var names = utsname()
        guard uname(&names) == 0 else { return nil }
        return withUnsafeBytes(of: &names.release) { bytes in
            KernelRelease(String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self))
        }
    }

    /// Whether the table has sockets that are bound and neither listen nor are connected.
    ///
    /// Before 6.8 they hold their ports unseen (`TCPF_BOUND_INACTIVE`).
    public var showsBoundSockets: Bool { self >= KernelRelease(6, 8) }

    /// The older one is less.
    public static func < (one: KernelRelease, other: KernelRelease) -> Bool {
        (one.major, one.minor) < (other.major, other.minor)
    }

    /// `6.18`.
    public var description: String { "\(major).\(minor)" }
}
