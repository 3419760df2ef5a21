// SPDX-License-Identifier: Apache-2.0

import CLibSSH

/// One channel of a session, and the command that runs in it.
final class FleetChannel {
    private static let longestWrite = 32_768

    let channel: OpaquePointer
    private let host: String
    /// libssh keeps the address of this for as long as the channel lives.
    private let callbacks: UnsafeMutablePointer<ssh_channel_callbacks_struct>
    private var process: FleetProcess?
    private var inputEnded = false
    private var hasEnded = false
    private var isClosed = false

    init?(_ session: OpaquePointer, on host: String) {
        guard let channel = ssh_channel_new(session) else { return nil }
        self.channel = channel
        self.host = host
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_channel_callbacks_struct())
        callbacks.pointee.size = MemoryLayout<ssh_channel_callbacks_struct>.size
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        callbacks.pointee.channel_data_function = { _, _, data, length, _, context in
            guard let data, let channel = FleetChannel.of(context) else { return 0 }
            return channel.received(UnsafeRawBufferPointer(start: data, count: Int(length)))
        }
        callbacks.pointee.channel_eof_function = { _, _, context in
            FleetChannel.of(context)?.inputEnded = true
        }
        callbacks.pointee.channel_close_function = { _, _, context in
            FleetChannel.of(context)?.isClosed = true
        }
        callbacks.pointee.channel_signal_function = { _, _, name, context in
            guard let name else { return }
            FleetChannel.of(context)?.process?.signalled(String(cString: name))
        }
        callbacks.pointee.channel_exec_request_function = { _, _, line, context in
            guard let line, let channel = FleetChannel.of(context) else { return 1 }
            return channel.start(String(cString: line))
        }
        // Whatever is asked for besides is granted and makes no difference.
        callbacks.pointee.channel_env_request_function = { _, _, _, _, _ in 0 }
        callbacks.pointee.channel_pty_request_function = { _, _, _, _, _, _, _, _ in 0 }
        ssh_set_channel_callbacks(channel, callbacks)
    }

    deinit {
        callbacks.deinitialize(count: 1)
        callbacks.deallocate()
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> FleetChannel? {
        context.map { Unmanaged<FleetChannel>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Whether both ends are done with it.
    var isOver: Bool { isClosed && (hasEnded || process == nil) }

    /// When its command is to go on by itself.
    var deadline: ContinuousClock.Instant? { hasEnded ? nil : process?.deadline }

    /// Gives the channel back; before its session.
    func free() {
        ssh_remove_channel_callbacks(channel, callbacks)
        ssh_channel_free(channel)
    }

    private func start(_ line: String) -> Int32 {
        guard process == nil else { return 1 }
        process = FleetProcess(line, on: host)
        return 0
    }

    /// Takes what there is room for; libssh keeps the rest, and the window small.
    private func received(_ bytes: UnsafeRawBufferPointer) -> Int32 {
        guard let room = process?.inputRoom, !hasEnded else { return Int32(bytes.count) }
        let taken = min(room, bytes.count)
        process?.received(bytes.prefix(taken))
        return Int32(taken)
    }

    /// Lets the command go on, and sends what it writes; `true` when something was sent.
    func advance(_ session: OpaquePointer, at now: ContinuousClock.Instant) -> Bool {
        guard process != nil, !hasEnded else { return false }
        if isClosed {
            hasEnded = true
            return false
        }
        takeRest()
        process?.advance(at: now)
        if let ending = process?.ending {
            finish(ending)
            return true
        }
        guard let process, !process.output.isEmpty,
            ssh_get_poll_flags(session) & SSH_WRITE_PENDING == 0
        else { return false }
        let count = write(process.output, from: process.outputStart, process.isStandardError)
        self.process?.took(count)
        return count > 0
    }

    /// Takes what libssh has kept of the input, and then its end.
    private func takeRest() {
        guard let room = process?.inputRoom, room > 0 else { return }
        var isEmpty = true
        if ssh_channel_is_open(channel) != 0, ssh_channel_poll(channel, 0) > 0 {
            var buffer = [UInt8](repeating: 0, count: min(room, Self.longestWrite))
            let count = ssh_channel_read_nonblocking(channel, &buffer, UInt32(buffer.count), 0)
            if count > 0 {
                process?.received(buffer[..<Int(count)])
                isEmpty = false
            }
        }
        if inputEnded, isEmpty { process?.inputHasEnded() }
    }

    private func write(_ bytes: [UInt8], from start: Int, _ isStandardError: Bool) -> Int {
        let room = min(
            Int(ssh_channel_window_size(channel)), Self.longestWrite, bytes.count - start)
        guard room > 0 else { return 0 }
        let count = bytes.withUnsafeBytes { buffer in
            let first = buffer.baseAddress.map { $0 + start }
            return isStandardError
                ? ssh_channel_write_stderr(channel, first, UInt32(room))
                : ssh_channel_write(channel, first, UInt32(room))
        }
        return max(0, Int(count))
    }

    private func finish(_ ending: FleetProcess.Ending) {
        hasEnded = true
        ssh_channel_send_eof(channel)
        switch ending {
        case .exited(let code): ssh_channel_request_send_exit_status(channel, Int32(code))
        case .signalled(let name):
            ssh_channel_request_send_exit_signal(channel, name, 0, "", "")
        }
        ssh_channel_close(channel)
    }
}
