// SPDX-License-Identifier: Apache-2.0

public import SystemPackage

/// Why the kernel's socket table could not be read or changed.
public enum SocketDiagnosticsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A system call failed, or the kernel answered the request with this error.
    ///
    /// `permissionDenied` and `notPermitted` for destroying without `CAP_NET_ADMIN`;
    /// `noSuchFileOrDirectory` for a socket that is not there.
    case failed(Errno)
    /// An answer does not have the form the kernel documents; the text says where.
    case malformed(String)
    /// A datagram was longer than the room for it, and its end is lost.
    case truncated
    /// The table changed under each of several dumps.
    case interrupted

    /// What went wrong, in one line.
    public var description: String {
        switch self {
        case .failed(let code): "sock_diag: \(code)"
        case .malformed(let place): "sock_diag: the kernel's answer is malformed: \(place)"
        case .truncated: "sock_diag: an answer was cut off"
        case .interrupted: "sock_diag: the table kept changing while it was read"
        }
    }
}
