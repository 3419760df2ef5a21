// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import SystemPackage

/// What names a network namespace (network_namespaces(7)).
public enum NetworkNamespaceName: Hashable, Sendable, CustomStringConvertible {
    /// A file that stands for one: `/run/netns/blue`, `/proc/812/ns/net`.
    case path(String)
    /// That of a process.
    case process(Int32)

    /// Reads a process's number, a path, or a name that ip-netns(8) has given.
    ///
    /// - Returns: `nil` for an empty text.
    public init?(_ text: String) {
        if let number = Int32(text), number > 0 {
            self = .process(number)
        } else if text.isEmpty {
            return nil
        } else {
            self = .path(text.contains("/") ? text : "/run/netns/" + text)
        }
    }

    /// The file that stands for it.
    public var description: String {
        switch self {
        case .path(let path): path
        case .process(let number): "/proc/\(number)/ns/net"
        }
    }
}

extension KernelNetlinkSocket {
    /// Opens a socket for the table of sockets of another network namespace.
    ///
    /// Which namespace one is in is a matter of each thread: a thread made for it goes there, and
    /// ends.
    convenience init(in namespace: NetworkNamespaceName) throws(SocketDiagnosticsError) {
        let path = namespace.description
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .failed(Errno(rawValue: errno)) }
        defer { _ = close(file) }
        let visit = NamespaceVisit(file)
        let argument = Unmanaged.passUnretained(visit).toOpaque()
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<NamespaceVisit>.fromOpaque(argument).takeUnretainedValue().run()
                return nil
            }, argument)
        guard code == 0 else { throw .failed(Errno(rawValue: code)) }
        pthread_join(thread, nil)
        withExtendedLifetime(visit) {}
        guard visit.socket >= 0 else { throw .failed(Errno(rawValue: visit.code)) }
        self.init(owning: visit.socket)
    }
}

/// What the thread does, and what comes of it; read when the thread has ended.
private final class NamespaceVisit {
    private let file: Int32
    private(set) var socket: Int32 = -1
    private(set) var code: Int32 = 0

    init(_ file: Int32) { self.file = file }

    func run() {
        if lastcall_enter_network(file) == 0 {
            let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let family = KernelNetlinkSocket.Family.socketDiagnostics.rawValue
            socket = Glibc.socket(AF_NETLINK, type, family)
        }
        if socket < 0 { code = errno }
    }
}
