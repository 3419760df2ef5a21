// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
import Synchronization
package import SystemPackage
package import TCPClosing

/// A non-blocking TCP socket of one end of the wire, closed by `close()` and not a moment before.
package final class LabSocket {
    private let descriptor: Int32
    private var isOpen = true

    private init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { close() }

    /// Makes a socket in the namespace this thread is in.
    package init(_ family: NetworkFamily = .ipv4) throws(PrivateNetworkError) {
        let type =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        let domain =
            switch family {
            case .ipv4: AF_INET
            case .ipv6: AF_INET6
            }
        descriptor = try systemCall("socket") { socket(domain, type, 0) }
    }

    /// Binds it; the corresponding C function is bind(2).
    package func bind(_ address: InternetAddress, port: UInt16) throws(PrivateNetworkError) {
        try systemCall("bind to port \(port)") {
            Self.withForm(address, port) { Glibc.bind(descriptor, $0, $1) }
        }
    }

    /// Starts to listen; the corresponding C function is listen(2).
    package func listen(backlog: Int32 = 16) throws(PrivateNetworkError) {
        try systemCall("listen") { Glibc.listen(descriptor, backlog) }
    }

    /// Sends a SYN; the corresponding C function is connect(2).
    package func connect(
        to address: InternetAddress, port: UInt16
    ) throws(PrivateNetworkError) {
        do throws(PrivateNetworkError) {
            try systemCall("connect") {
                Self.withForm(address, port) { Glibc.connect(descriptor, $0, $1) }
            }
        } catch {
            if error.code.rawValue != EINPROGRESS { throw error }
        }
    }

    /// Accepts the next connection, or `nil` when none waits.
    package func accept() throws(PrivateNetworkError) -> LabSocket? {
        do throws(PrivateNetworkError) {
            var peer = sockaddr_storage()
            return LabSocket(
                owning: try systemCall("accept") { lastcall_accept(descriptor, &peer) })
        } catch {
            if error.code == .wouldBlock { return nil }
            throw error
        }
    }

    /// Sends so many bytes; the corresponding C function is send(2).
    ///
    /// - Returns: how many were taken.
    @discardableResult
    package func send(_ count: Int) throws(PrivateNetworkError) -> Int {
        let bytes = [UInt8](repeating: UInt8(ascii: "."), count: count)
        return try systemCall("send") {
            Glibc.send(descriptor, bytes, count, Int32(MSG_NOSIGNAL))
        }
    }

    /// What a receive found.
    package enum Received: Hashable, Sendable {
        case bytes(Int)
        case nothing
        case end
        case failed(Errno)
    }

    /// Receives up to so many bytes and throws them away; the corresponding C function is recv(2).
    package func receive(upTo count: Int = 65_536) -> Received {
        var bytes = [UInt8](repeating: 0, count: count)
        do throws(PrivateNetworkError) {
            let length = try systemCall("recv") { recv(descriptor, &bytes, count, 0) }
            return length == 0 ? .end : .bytes(length)
        } catch {
            return error.code == .wouldBlock ? .nothing : .failed(error.code)
        }
    }

    /// Why the socket has no remote end, or `nil` when it has one; the corresponding C function is
    /// getpeername(2).
    package func peerFault() -> Errno? {
        var form = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let result = withUnsafeMutablePointer(to: &form) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getpeername(descriptor, $0, &length)
            }
        }
        return result == 0 ? nil : Errno(rawValue: errno)
    }

    /// Sends a FIN and stays open for reading; with `reading`, a listener stops to listen.
    ///
    /// The corresponding C function is shutdown(2).
    package func shutDown(reading: Bool = false) throws(PrivateNetworkError) {
        let how = reading ? Int32(SHUT_RD) : Int32(SHUT_WR)
        try systemCall("shutdown") { shutdown(descriptor, how) }
    }

    /// Closes it; the corresponding C function is close(2).
    package func close() {
        guard isOpen else { return }
        isOpen = false
        let descriptor = descriptor
        OwnedDescriptor.closing.withLock { _ in _ = Glibc.close(descriptor) }
    }

    /// Closes it as `close()` does, for a close(2) that waits for the other end.
    package func closeAndWait() {
        guard isOpen else { return }
        isOpen = false
        Self.closeAndWait(descriptor)
    }

    /// Only waits until no process is being made: held while close(2) waits, the lock would have all
    /// others wait, too.
    static func closeAndWait(_ descriptor: Int32) {
        OwnedDescriptor.closing.withLock { _ in }
        _ = Glibc.close(descriptor)
    }

    /// Closes it on another thread; for a close(2) that waits for the other end.
    package func closeElsewhere() throws(PrivateNetworkError) -> BlockingClose {
        isOpen = false
        return try BlockingClose(of: descriptor)
    }

    /// Keeps other threads from making processes, which would have copies of what the body closes.
    package static func withoutForks(_ body: () -> Void) {
        OwnedDescriptor.closing.withLock { _ in body() }
    }

    /// The options that decide how a connection closes.
    package enum Option: Hashable, Sendable, CustomStringConvertible {
        case reuseAddress
        case reusePort
        /// `TCP_USER_TIMEOUT`, ms.
        case userTimeout(Int32)
        /// `TCP_LINGER2`: seconds an orphan may stay in FIN-WAIT-2; -1 for none.
        case finWait2Time(Int32)
        /// `SO_LINGER {1, seconds}`; with 0, closing sends a RST.
        case linger(Int32)
        /// `TCP_REPAIR`: while it is on, closing sends nothing.
        case repair
        /// `TCP_QUICKACK` 0: ACKs wait for data to travel with, 40 ms at most.
        case delayedAcknowledgements
        /// `SO_KEEPALIVE`: the first probe after so many seconds, then one a second, two in all.
        case keepAlive(Int32)

        /// The option as C spells it, with its value.
        package var description: String {
            switch self {
            case .reuseAddress: "SO_REUSEADDR"
            case .reusePort: "SO_REUSEPORT"
            case .userTimeout(let milliseconds): "TCP_USER_TIMEOUT \(milliseconds)"
            case .finWait2Time(let seconds): "TCP_LINGER2 \(seconds)"
            case .linger(let seconds): "SO_LINGER {1, \(seconds)}"
            case .repair: "TCP_REPAIR"
            case .delayedAcknowledgements: "TCP_QUICKACK 0"
            case .keepAlive(let seconds): "SO_KEEPALIVE, idle \(seconds) s, 2 probes"
            }
        }
    }

    /// Sets an option; the corresponding C function is setsockopt(2).
    package func set(_ option: Option) throws(PrivateNetworkError) {
        let tcp = Int32(IPPROTO_TCP)
        switch option {
        case .reuseAddress: try set(SOL_SOCKET, SO_REUSEADDR, 1)
        case .reusePort: try set(SOL_SOCKET, SO_REUSEPORT, 1)
        case .userTimeout(let milliseconds): try set(tcp, TCP_USER_TIMEOUT, milliseconds)
        case .finWait2Time(let seconds): try set(tcp, TCP_LINGER2, seconds)
        case .repair: try set(tcp, 19, 1)
        case .delayedAcknowledgements: try set(tcp, TCP_QUICKACK, 0)
        case .keepAlive(let seconds):
            try set(SOL_SOCKET, SO_KEEPALIVE, 1)
            try set(tcp, TCP_KEEPIDLE, seconds)
            try set(tcp, TCP_KEEPINTVL, 1)
            try set(tcp, TCP_KEEPCNT, 2)
        case .linger(let seconds):
            var value = linger(l_onoff: 1, l_linger: seconds)
            try systemCall("SO_LINGER") {
                setsockopt(
                    descriptor, SOL_SOCKET, SO_LINGER, &value,
                    socklen_t(MemoryLayout<linger>.size))
            }
        }
    }

    private func set(
        _ level: Int32, _ name: Int32, _ value: Int32
    ) throws(PrivateNetworkError) {
        var value = value
        try systemCall("setsockopt \(name)") {
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    /// An address and a port as the kernel takes them.
    private static func withForm(
        _ address: InternetAddress, _ port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        func call<Form>(_ form: Form) -> Int32 {
            withUnsafePointer(to: form) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Form>.size))
                }
            }
        }
        switch address {
        case .v4(let bits):
            var form = sockaddr_in()
            form.sin_family = sa_family_t(AF_INET)
            form.sin_port = port.bigEndian
            form.sin_addr.s_addr = bits.bigEndian
            return call(form)
        case .v6(let high, let low, zone: _):
            var form = sockaddr_in6()
            form.sin6_family = sa_family_t(AF_INET6)
            form.sin6_port = port.bigEndian
            withUnsafeMutableBytes(of: &form.sin6_addr) { bytes in
                bytes.storeBytes(of: high.bigEndian, as: UInt64.self)
                bytes.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            return call(form)
        }
    }

    /// Gives a copy of the socket to a process that does nothing but hold it.
    package func share() throws(PrivateNetworkError) -> HolderProcess {
        let descriptor = descriptor
        let child = OwnedDescriptor.closing.withLock { _ in
            // The errno of a failed fork would not outlive the lock.
            Result { () throws(PrivateNetworkError) in
                try systemCall("fork") { lastcall_fork_holder(descriptor) }
            }
        }
        return HolderProcess(try child.get())
    }

    /// Gives the socket to a process that does nothing but hold it.
    package func handOver() throws(PrivateNetworkError) -> HolderProcess {
        let holder = try share()
        close()
        return holder
    }
}

/// A process that holds one socket until it is killed, as an application that dies does.
package final class HolderProcess {
    private var child: pid_t?

    init(_ child: pid_t) { self.child = child }

    deinit { kill() }

    /// Kills it with SIGKILL and waits until it is gone.
    package func kill() {
        guard let child else { return }
        self.child = nil
        _ = Glibc.kill(child, SIGKILL)
        while waitpid(child, nil, 0) < 0, errno == EINTR {}
    }
}
