// SPDX-License-Identifier: Apache-2.0

import CLibSSH
import PrivateNetworks
import SystemPackage
import TCPClosing

/// An ssh server that plays thousands of hosts on one thread, with all commands built in.
///
/// It listens on each address of the network of the thread it is made on, which must be a private
/// one, and belongs to that thread.
final class LabSSHServer {
    /// What the hosts are like.
    struct Settings: Sendable {
        var port: UInt16 = 22
        /// The keys of the hosts, by turns.
        var hostKeys: [FleetKey]
        var doors: FleetSession.Doors
    }

    private let settings: Settings
    private let listener: BareSocket
    private let readiness: ReadinessSet
    /// What libssh keeps for each host key, made when it is first shown.
    private var bound: [Int: OpaquePointer] = [:]
    private var sessions: [UInt64: FleetSession] = [:]
    private var lastToken: UInt64 = 0
    private var deadlines = FleetDeadlines()
    private var runnable: [UInt64] = []

    private static let listenerToken: UInt64 = 0

    /// Starts to listen; several servers may share the port.
    init(_ settings: Settings) throws {
        FleetLibrary.begin()
        self.settings = settings
        listener = try BareSocket(.v4)
        try listener.set(.reuseAddress(true))
        try listener.set(.reusePort(true))
        try Self.check(listener.bind(.v4(0), port: settings.port).rawValue, "bind")
        try Self.check(listener.listen(backlog: 4096).rawValue, "listen")
        readiness = try ReadinessSet()
        try readiness.add(listener: listener, token: Self.listenerToken)
    }

    deinit { for bind in bound.values { ssh_bind_free(bind) } }

    private static func check(_ code: Int32, _ operation: String) throws {
        if code != 0 { throw PrivateNetworkError(operation, .init(rawValue: code)) }
    }

    /// Serves for as long as the process lives.
    func serve() throws -> Never {
        while true {
            let next = runnable.isEmpty ? deadlines.next : .now
            var ready = runnable
            runnable = []
            var mustAccept = false
            try readiness.wait(until: next) { token in
                if token == Self.listenerToken { mustAccept = true } else { ready.append(token) }
            }
            if mustAccept { accept(&ready) }
            if deadlines.next != nil { ready += deadlines.removeDue(at: .now) }
            for token in ready { advance(token) }
        }
    }

    private func accept(_ ready: inout [UInt64]) {
        while let connection = listener.accept() {
            guard let address = try? connection.localAddress() else { continue }
            try? connection.setNoDelay()
            let host = FleetAddresses.host(at: address)
            guard let bind = bind(max(0, host) % settings.hostKeys.count) else { continue }
            let descriptor = connection.release()
            guard
                let session = FleetSession(
                    descriptor: descriptor, at: FleetAddresses.text(address), bound: bind,
                    doors: settings.doors)
            else { continue }
            lastToken += 1
            sessions[lastToken] = session
            guard (try? readiness.add(connection: descriptor, token: lastToken)) != nil else {
                sessions[lastToken] = nil
                continue
            }
            ready.append(lastToken)
        }
    }

    private func advance(_ token: UInt64) {
        switch sessions[token]?.advance() {
        case nil: break
        case .wait(let deadline):
            if let deadline { deadlines.insert(deadline, token) }
        case .again: runnable.append(token)
        case .over: sessions[token] = nil
        }
    }

    private func bind(_ number: Int) -> OpaquePointer? {
        if let bind = bound[number] { return bind }
        guard let bind = ssh_bind_new() else { return nil }
        var processesConfiguration = false
        ssh_bind_options_set(bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &processesConfiguration)
        // The key becomes libssh's own.
        guard let key = ssh_key_dup(settings.hostKeys[number].key),
            ssh_bind_options_set(bind, SSH_BIND_OPTIONS_IMPORT_KEY, UnsafeRawPointer(key)) == SSH_OK
        else {
            ssh_bind_free(bind)
            return nil
        }
        bound[number] = bind
        return bind
    }
}
