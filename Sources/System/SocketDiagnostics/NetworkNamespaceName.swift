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

extension NetworkNamespaceName {
    /// Runs the body on a thread made for it, inside the namespace, and waits for its end; needs
    /// `CAP_SYS_ADMIN` there and here.
    ///
    /// Which namespace one is in is a matter of each thread: this one stays where it is. What the
    /// body opens belongs to the namespace for good: sockets, and the files below `/proc/sys/net` and
    /// `/proc/thread-self/net`.
    ///
    /// - Throws: why the thread could not go there.
    package func visit<Result>(_ body: () -> Result) throws(SocketDiagnosticsError) -> Result {
        let path = description
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .failed(Errno(rawValue: errno)) }
        defer { _ = close(file) }
        var result: Result?
        let code = withoutActuallyEscaping(body) { body in
            let visit = NamespaceVisit(file) { result = body() }
            defer { withExtendedLifetime(visit) {} }
            return visit.make()
        }
        guard code == 0, let result else { throw .failed(Errno(rawValue: code)) }
        return result
    }
}

extension KernelNetlinkSocket {
    /// Opens a socket for the table of sockets of another network namespace.
    convenience init(in namespace: NetworkNamespaceName) throws(SocketDiagnosticsError) {
        let (descriptor, code) = try namespace.visit {
            let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let family = KernelNetlinkSocket.Family.socketDiagnostics.rawValue
            let descriptor = Glibc.socket(AF_NETLINK, type, family)
            return (descriptor, errno)
        }
        guard descriptor >= 0 else { throw .failed(Errno(rawValue: code)) }
        self.init(owning: descriptor)
    }
}

/// What the thread does, and what comes of it; read when the thread has ended.
private final class NamespaceVisit {
    private let file: Int32
    private let body: () -> Void
    private var code: Int32 = 0

    init(_ file: Int32, _ body: @escaping () -> Void) {
        self.file = file
        self.body = body
    }

    /// Runs the body there; 0, or an errno when that was not possible.
    func make() -> Int32 {
        let argument = Unmanaged.passUnretained(self).toOpaque()
        var thread = pthread_t()
        let started = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<NamespaceVisit>.fromOpaque(argument).takeUnretainedValue().run()
                return nil
            }, argument)
        guard started == 0 else { return started }
        pthread_join(thread, nil)
        return code
    }

    private func run() {
        if lastcall_enter_network(file) == 0 {
            body()
        } else {
            code = errno
        }
    }
}
