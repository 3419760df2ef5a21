// SPDX-License-Identifier: Apache-2.0

import CLibSSH

/// One connection to a host of the fleet, from libssh's side of the server.
///
/// Never blocks: `advance` does what can be done now. libssh sends one packet per POLLOUT it has
/// seen, so it is polled until it has nothing left. Belongs to its server's thread.
final class FleetSession {
    /// Who may log in.
    struct Doors: Sendable {
        var key: FleetKey
        /// `nil` where no password opens.
        var password: String?
    }

    /// What comes next.
    enum Step {
        /// Wait for the socket, at most until then.
        case wait(until: ContinuousClock.Instant?)
        /// Others have their turn, then this one again.
        case again
        case over
    }

    private static let turns = 64

    private let session: OpaquePointer
    private let doors: Doors
    private let host: String
    private var event: OpaquePointer?
    private let callbacks: UnsafeMutablePointer<ssh_server_callbacks_struct>
    private var channels: [FleetChannel] = []
    private var isFreed = false

    /// Takes over a connection, whatever comes of it; `nil` when libssh cannot serve it.
    init?(descriptor: Int32, at host: String, bound bind: OpaquePointer, doors: Doors) {
        guard let session = ssh_new() else { return nil }
        self.session = session
        self.doors = doors
        self.host = host
        callbacks = .allocate(capacity: 1)
        callbacks.initialize(to: ssh_server_callbacks_struct())
        ssh_set_blocking(session, 0)
        prepareCallbacks()
        guard ssh_bind_accept_fd(bind, session, descriptor) == SSH_OK else {
            free()
            return nil
        }
        var methods = SSH_AUTH_METHOD_PUBLICKEY
        if doors.password != nil { methods |= SSH_AUTH_METHOD_PASSWORD }
        ssh_set_auth_methods(session, Int32(methods))
        guard ssh_handle_key_exchange(session) != SSH_ERROR, let event = ssh_event_new() else {
            free()
            return nil
        }
        self.event = event
        ssh_event_add_session(event, session)
    }

    deinit {
        free()
        callbacks.deinitialize(count: 1)
        callbacks.deallocate()
    }

    private func prepareCallbacks() {
        callbacks.pointee.size = MemoryLayout<ssh_server_callbacks_struct>.size
        callbacks.pointee.userdata = Unmanaged.passUnretained(self).toOpaque()
        callbacks.pointee.auth_pubkey_function = { _, _, key, _, context in
            guard let key, let session = FleetSession.of(context),
                session.doors.key.isSame(as: key)
            else { return SSH_AUTH_DENIED.rawValue }
            return SSH_AUTH_SUCCESS.rawValue
        }
        callbacks.pointee.auth_password_function = { _, _, password, context in
            guard let password, let session = FleetSession.of(context),
                session.doors.password == String(cString: password)
            else { return SSH_AUTH_DENIED.rawValue }
            return SSH_AUTH_SUCCESS.rawValue
        }
        callbacks.pointee.channel_open_request_session_function = { _, context in
            FleetSession.of(context)?.openChannel()
        }
        ssh_set_server_callbacks(session, callbacks)
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> FleetSession? {
        context.map { Unmanaged<FleetSession>.fromOpaque($0).takeUnretainedValue() }
    }

    private func openChannel() -> OpaquePointer? {
        guard let channel = FleetChannel(session, on: host) else { return nil }
        channels.append(channel)
        return channel.channel
    }

    private func free() {
        guard !isFreed else { return }
        isFreed = true
        for channel in channels { channel.free() }
        channels = []
        if let event {
            ssh_event_remove_session(event, session)
            ssh_event_free(event)
        }
        ssh_free(session)
    }

    /// Reads, runs and sends what can be read, run and sent now.
    func advance() -> Step {
        let now = ContinuousClock.now
        for _ in 0..<Self.turns {
            let result = ssh_event_dopoll(event, 0)
            if result == SSH_ERROR || isOver {
                free()
                return .over
            }
            var hasActed = false
            for channel in channels where channel.advance(session, at: now) { hasActed = true }
            if !hasActed, result == SSH_AGAIN {
                forgetChannels()
                return .wait(until: channels.lazy.compactMap(\.deadline).min())
            }
        }
        return .again
    }

    private var isOver: Bool { ssh_get_status(session) & (SSH_CLOSED | SSH_CLOSED_ERROR) != 0 }

    private func forgetChannels() {
        guard channels.contains(where: \.isOver) else { return }
        for channel in channels where channel.isOver { channel.free() }
        channels.removeAll(where: \.isOver)
    }
}
