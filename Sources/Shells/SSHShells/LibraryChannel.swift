// SPDX-License-Identifier: Apache-2.0

import CLibSSH
import RunModel
import SSHSessionModel

/// One channel of libssh, and what has come over it.
final class LibraryChannel {
    /// Output of the command, in the order in which it came.
    struct Piece {
        var stream: OutputStream
        var bytes: [UInt8]
    }

    /// What requests return: done, and not yet.
    static let done = SSH_OK
    static let again = SSH_AGAIN

    /// The most that is sent in one packet.
    private static let longestWrite = 32_768

    let channel: OpaquePointer
    /// libssh keeps the address of this for as long as the channel lives.
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var isFreed = false

    private(set) var pieces: [Piece] = []
    private(set) var status: SSHCommandStatus?
    private(set) var outputEnded = false
    private(set) var isClosed = false

    init?(_ session: OpaquePointer) {
        guard let channel = ssh_channel_new(session) else { return nil }
        self.channel = channel
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_channel_callbacks_struct())
        callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        callbacks.pointee.channel_data_function = { _, _, data, length, isError, context in
            guard let data, let channel = LibraryChannel.of(context) else { return 0 }
            let bytes = UnsafeRawBufferPointer(start: data, count: Int(length))
            channel.received(bytes, on: isError == 0 ? .standardOutput : .standardError)
            return Int32(length)
        }
        callbacks.pointee.channel_eof_function = { _, _, context in
            LibraryChannel.of(context)?.outputEnded = true
        }
        callbacks.pointee.channel_close_function = { _, _, context in
            LibraryChannel.of(context)?.isClosed = true
        }
        callbacks.pointee.channel_exit_status_function = { _, _, code, context in
            LibraryChannel.of(context)?.ended(.exited(UInt32(bitPattern: code)))
        }
        callbacks.pointee.channel_exit_signal_function = { _, _, name, _, _, _, context in
            guard let name else { return }
            LibraryChannel.of(context)?.ended(.signalled(String(cString: name)))
        }
        ssh_set_channel_callbacks(channel, callbacks)
    }

    deinit {
        callbacks.deinitialize(count: 1)
        callbacks.deallocate()
    }

    /// Gives the channel back; before its session.
    func free() {
        guard !isFreed else { return }
        forget()
        ssh_channel_free(channel)
    }

    /// Hears no more of the channel, which libssh is about to free by itself.
    func forget() {
        guard !isFreed else { return }
        isFreed = true
        ssh_remove_channel_callbacks(channel, callbacks)
    }

    /// Tells the server that we are done with the channel.
    func close() { _ = ssh_channel_close(channel) }

    private static func of(_ context: UnsafeMutableRawPointer?) -> LibraryChannel? {
        context.map { Unmanaged<LibraryChannel>.fromOpaque($0).takeUnretainedValue() }
    }

    private func received(_ bytes: UnsafeRawBufferPointer, on stream: OutputStream) {
        if let last = pieces.indices.last, pieces[last].stream == stream {
            pieces[last].bytes.append(contentsOf: bytes)
        } else {
            pieces.append(Piece(stream: stream, bytes: Array(bytes)))
        }
    }

    private func ended(_ status: SSHCommandStatus) { self.status = self.status ?? status }

    /// Takes what has come since the last time.
    func takePieces() -> [Piece] {
        defer { pieces = [] }
        return pieces
    }

    // MARK: Requests

    /// Asks for a variable in the command's environment; servers may refuse.
    func setEnvironment(_ name: String, _ value: String) -> Int32 {
        ssh_channel_request_env(channel, name, value)
    }

    /// Asks for the command.
    func execute(_ command: String) -> Int32 { ssh_channel_request_exec(channel, command) }

    /// Sends a signal to the command; nothing tells whether the server passes it on.
    func signal(_ signal: SSHSignal) {
        _ = ssh_channel_request_send_signal(channel, signal.rawValue)
    }

    /// Sends input, as much as the other end's window takes.
    ///
    /// - Returns: how many bytes were taken, `nil` when the channel takes no more at all.
    func write(_ bytes: [UInt8], from start: Int) -> Int? {
        let room = min(
            Int(ssh_channel_window_size(channel)), Self.longestWrite, bytes.count - start)
        guard room > 0 else { return ssh_channel_is_open(channel) == 0 ? nil : 0 }
        let count = bytes.withUnsafeBytes { buffer in
            ssh_channel_write(channel, buffer.baseAddress.map { $0 + start }, UInt32(room))
        }
        return count < 0 ? nil : Int(count)
    }

    /// Says that there is no more input.
    func endInput() { _ = ssh_channel_send_eof(channel) }
}
