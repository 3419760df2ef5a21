// SPDX-License-Identifier: Apache-2.0

import Glibc
import SystemPackage

/// A setting of the network namespace this thread is in (sysctl(8), ip-sysctl).
package enum KernelSetting {
    private static func path(_ name: String) -> String {
        "/proc/sys/net/" + String(name.map { $0 == "." ? "/" : $0 })
    }

    /// The value of `ipv4.tcp_fin_timeout`, for one; `nil` when this kernel has no such setting.
    package static func value(of name: String) -> String? {
        let descriptor = open(path(name), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 256) { buffer, used in
            used = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(whereSeparator: { $0 == "\n" || $0 == "\t" || $0 == " " })
            .joined(separator: " ")
    }

    /// Changes a setting of this namespace.
    package static func set(_ name: String, to value: String) throws(PrivateNetworkError) {
        let path = path(name)
        let descriptor = try systemCall("open \(path)") { open(path, O_WRONLY | O_CLOEXEC) }
        defer { _ = close(descriptor) }
        try systemCall("write \(value) to \(path)") { write(descriptor, value, value.utf8.count) }
    }

    /// `Linux 6.18.44`, as uname(2) has it.
    package static var kernelName: String {
        var names = utsname()
        guard uname(&names) == 0 else { return "an unknown kernel" }
        return "\(text(names.sysname)) \(text(names.release))"
    }

    /// A C array of characters, up to its zero.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}
