// SPDX-License-Identifier: Apache-2.0

import CLastcallLinux
import Glibc
public import SystemPackage
public import TCPClosing

/// A non-blocking TCP socket that this value owns, and whose closing is explicit.
///
/// The way it is closed is decided by a `Closer`; see `close(_:)`. A socket that goes out of scope
/// unclosed is closed with whatever linger it has.
public struct TCPSocket: ~Copyable, Sendable {
    /// The descriptor.
    ///
    /// Borrowed: do not close it.
    public let descriptor: Int32

    /// Takes over a descriptor.
    init(owning descriptor: Int32) { self.descriptor = descriptor }

    deinit { _ = Glibc.close(descriptor) }

    /// Makes a socket for the address's family.
    ///
    /// The corresponding C function is socket(2).
    public init(towards address: InternetAddress) throws(Errno) {
        let type =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            | Int32(SOCK_CLOEXEC.rawValue)
        descriptor = try systemCall { socket(address.family, type, 0) }
    }

    /// Sets `SO_REUSEADDR`: on Linux two sockets that both have it may share a local port unless
    /// one listens, and the kernel then keys connections by four-tuple.
    public borrowing func setReuseAddress() throws(Errno) {
        try setOption(SOL_SOCKET, SO_REUSEADDR, 1)
    }

    /// Sets `IPV6_V6ONLY`.
    public borrowing func setIPv6Only(_ on: Bool) throws(Errno) {
        try setOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, on ? 1 : 0)
    }

    /// Sets or clears `SO_LINGER {on, 0}`: while it is on, closing, or the death of this process,
    /// sends a RST and leaves nothing.
    public borrowing func setLingerReset(_ on: Bool) throws(Errno) {
        let descriptor = descriptor
        try systemCall { lastcall_set_linger_reset(descriptor, on ? 1 : 0) }
    }

    /// Sets TCP keepalive: the connection is given up when the remote end has not answered
    /// `probes` probes, the first after `idle` seconds of silence, then every `interval` seconds.
    public borrowing func setKeepAlive(idle: Int32, interval: Int32, probes: Int32) throws(Errno) {
        try setOption(SOL_SOCKET, SO_KEEPALIVE, 1)
        try setOption(Int32(IPPROTO_TCP), TCP_KEEPIDLE, idle)
        try setOption(Int32(IPPROTO_TCP), TCP_KEEPINTVL, interval)
        try setOption(Int32(IPPROTO_TCP), TCP_KEEPCNT, probes)
    }

    /// Binds to an address and port.
    ///
    /// The corresponding C function is bind(2).
    public borrowing func bind(_ address: InternetAddress, port: UInt16) throws(Errno) {
        let descriptor = descriptor
        try systemCall {
            SocketAddress.withKernelForm(of: address, port: port) { form, length in
                Glibc.bind(descriptor, form, length)
            }
        }
    }

    /// Starts to listen.
    ///
    /// The corresponding C function is listen(2).
    public borrowing func listen(backlog: Int32) throws(Errno) {
        let descriptor = descriptor
        try systemCall { Glibc.listen(descriptor, backlog) }
    }

    /// Starts to connect.
    ///
    /// The corresponding C function is connect(2).
    ///
    /// - Returns: `true` when the connection is open at once, `false` when the socket's becoming
    ///   writable will tell; then see `connectResult()`.
    public borrowing func connect(to destination: Destination) throws(Errno) -> Bool {
        let descriptor = descriptor
        let result = SocketAddress.withKernelForm(
            of: destination.address, port: destination.port
        ) { form, length in
            Glibc.connect(descriptor, form, length) == 0 ? 0 : errno
        }
        switch result {
        case 0: return true
        case EINPROGRESS, EINTR: return false
        case let code: throw Errno(rawValue: code)
        }
    }

    /// Whether this machine has an address from which it could reach the destination.
    ///
    /// Asks the kernel by connecting a datagram socket, which sends nothing (connect(2)).
    static func hasSourceAddress(towards destination: Destination) -> Bool {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let probe = socket(destination.address.family, type, 0)
        // Without a descriptor for the question the answer is the usual one.
        guard probe >= 0 else { return true }
        defer { _ = Glibc.close(probe) }
        return SocketAddress.withKernelForm(
            of: destination.address, port: destination.port
        ) { form, length in
            Glibc.connect(probe, form, length) == 0 || errno != EADDRNOTAVAIL
        }
    }

    /// Throws why the connection failed, if it did (`SO_ERROR`).
    public borrowing func connectResult() throws(Errno) {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let descriptor = descriptor
        try systemCall { getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length) }
        if code != 0 { throw Errno(rawValue: code) }
    }

    /// Accepts a connection; `nil` when none waits.
    ///
    /// The corresponding C function is accept4(2).
    public borrowing func accept() throws(Errno) -> Accepted? {
        var storage = sockaddr_storage()
        let listener = descriptor
        while true {
            let accepted = lastcall_accept(listener, &storage)
            if accepted >= 0 {
                let peer = SocketAddress.value(of: &storage)
                return Accepted(socket: TCPSocket(owning: accepted), peer: peer)
            }
            switch errno {
            case EAGAIN: return nil
            // accept(2): errors of a connection that died in the queue are no errors of ours.
            case EINTR, ECONNABORTED, ENETDOWN, EPROTO, ENOPROTOOPT, EHOSTDOWN, ENONET,
                EHOSTUNREACH, EOPNOTSUPP, ENETUNREACH:
                continue
            case let code: throw Errno(rawValue: code)
            }
        }
    }

    /// The local port the socket is bound to.
    public borrowing func localPort() throws(Errno) -> UInt16 { try localName()?.port ?? 0 }

    /// The local address and port; `nil` for families other than IP.
    borrowing func localName() throws(Errno) -> Destination? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = descriptor
        try systemCall {
            withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    getsockname(descriptor, $0, &length)
                }
            }
        }
        return SocketAddress.value(of: &storage)
    }

    /// Receives what is there, into the buffer.
    ///
    /// The corresponding C function is recv(2).
    ///
    /// - Returns: the number of bytes, 0 at the end of the stream, `nil` when nothing is there yet.
    public borrowing func receive(
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(Errno) -> Int? {
        let descriptor = descriptor
        do throws(Errno) {
            return try systemCall { recv(descriptor, buffer.baseAddress, buffer.count, 0) }
        } catch {
            if error == .wouldBlock { return nil }
            throw error
        }
    }

    /// What a receive found.
    public enum Received: Sendable {
        /// These bytes; `wasFull` when more may be there.
        case bytes([UInt8], wasFull: Bool)
        /// Nothing yet.
        case nothing
        /// The remote end has closed; all before it was read.
        case end
    }

    /// Receives up to `count` bytes into an array of just their size.
    public borrowing func receive(upTo count: Int) throws(Errno) -> Received {
        var failure: Errno?
        var received: Int?
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, used in
            do throws(Errno) {
                received = try receive(into: UnsafeMutableRawBufferPointer(buffer))
            } catch {
                failure = error
            }
            used = received ?? 0
        }
        if let failure { throw failure }
        switch received {
        case nil: return .nothing
        case 0: return .end
        case let length? where length == count: return .bytes(bytes, wasFull: true)
        // Short pieces may be kept for long: give back the space behind them.
        case let length?:
            return .bytes(length < count / 2 ? Array(bytes[...]) : bytes, wasFull: false)
        }
    }

    /// Sends what fits into the socket's buffer.
    ///
    /// The corresponding C function is send(2).
    ///
    /// - Returns: how many of the bytes from `start` on were taken; 0 when the buffer is full.
    public borrowing func send(_ bytes: [UInt8], from start: Int) throws(Errno) -> Int {
        let descriptor = descriptor
        do throws(Errno) {
            return try systemCall {
                bytes.withUnsafeBytes { buffer in
                    Glibc.send(
                        descriptor, buffer.baseAddress.map { $0 + start }, buffer.count - start,
                        Int32(MSG_NOSIGNAL))
                }
            }
        } catch {
            if error == .wouldBlock { return 0 }
            throw error
        }
    }

    /// Sends a FIN and keeps reading.
    ///
    /// The corresponding C function is shutdown(2).
    public borrowing func shutDownWriting() throws(Errno) {
        let descriptor = descriptor
        try systemCall { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    /// Whether the remote end's FIN came before ours, or the connection is gone; to be asked after
    /// `shutDownWriting()`.
    ///
    /// The corresponding C function is getsockopt(2) with `TCP_INFO`: LAST-ACK or CLOSED.
    public borrowing func remoteClosedFirst() throws(Errno) -> Bool {
        let descriptor = descriptor
        var state: UInt8 = 0
        var length: socklen_t = 1
        try systemCall { getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_INFO, &state, &length) }
        return [7, 9].contains(state)
    }

    /// Sets `SO_REUSEPORT`, before `bind`: sockets of one user that all have it may listen on one
    /// address and port, and share its connections.
    public borrowing func setReusePort() throws(Errno) {
        try setOption(SOL_SOCKET, SO_REUSEPORT, 1)
    }

    /// The value of an option, or `nil` if this socket has none such.
    borrowing func option(_ level: Int32, _ name: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, level, name, &value, &length) == 0 ? value : nil
    }

    borrowing func setOption(_ level: Int32, _ name: Int32, _ value: Int32) throws(Errno) {
        let descriptor = descriptor
        var value = value
        try systemCall {
            setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}

/// A connection a listener accepted, and who made it.
public struct Accepted: ~Copyable, Sendable {
    /// The connection.
    public var socket: TCPSocket
    /// The remote end; IPv4 peers of a dual-stack listener come in mapped form.
    public var peer: Destination?

    /// Gives up the connection to the caller.
    public consuming func takeSocket() -> TCPSocket { socket }
}
