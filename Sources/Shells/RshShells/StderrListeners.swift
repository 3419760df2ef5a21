// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol
import Synchronization
import SystemPackage
import TCPClosing
package import TCPSockets

/// A few listening sockets on reserved ports, shared by all sessions for the stderr connections
/// that rsh servers make to us.
///
/// The driver of `StderrMatching`. `serve()` must run for as long as sessions do.
package final class StderrListeners: Sendable {
    /// A session's place here, from its request until its server has connected or it gives up.
    package final class Handshake: Sendable {
        enum Event {
            /// The session may name this port.
            case admitted(port: UInt16, commandMustWait: Bool)
            /// Its server has connected.
            case matched(SharedTCPSocket, peer: Destination?, isStranger: Bool)
            /// It cannot be known which connection was its: begin again, exclusively.
            case restart
            /// The listeners are gone.
            case failed(Errno)
        }

        fileprivate let name: Int
        fileprivate let events = Mutex<[Event]>([])
        private let wakeups: Wakeups

        fileprivate init(_ name: Int, _ wakeups: Wakeups) {
            self.name = name
            self.wakeups = wakeups
        }

        fileprivate func post(_ event: Event) {
            events.withLock { $0.append(event) }
            wakeups.post(.arrival)
        }

        /// Whether nothing has happened yet: no listener was free at once.
        var isWaiting: Bool { events.withLock(\.isEmpty) }

        /// What has happened since the last look.
        func take() -> [Event] {
            events.withLock { events in
                defer { events = [] }
                return events
            }
        }
    }

    private struct Listening: Sendable {
        var socket: SharedTCPSocket
        var port: UInt16
        var watch: WatchToken
    }

    private struct State {
        var matching: StderrMatching
        var handshakes: [Int: Handshake] = [:]
        var lastName = 0
        var listening: [Listening] = []
        var isStopping = false
    }

    private let loop: EventLoop
    private let wakeups = Wakeups()
    private let state: Mutex<State>
    /// Ports that must not be listened on: those the sessions call from.
    private let sourcePorts: Set<UInt16>

    /// Opens up to so many listeners on usable reserved ports, the highest first.
    ///
    /// Throws when none can be opened, or ports below 1024 may not be used.
    package init(
        count: Int, avoiding sourcePorts: Set<UInt16>, loop: EventLoop
    ) throws(ReservedPorts.Failure) {
        self.loop = loop
        self.sourcePorts = sourcePorts
        state = Mutex(State(matching: StderrMatching(listeners: 1)))
        for index in 0..<count {
            do throws(Errno) {
                guard let next = try open(index, avoiding: sourcePorts.union(ports)) else { break }
                state.withLock { $0.listening.append(next) }
            } catch {
                throw ReservedPorts.Failure(error)
            }
        }
        let opened = ports.count
        guard opened > 0 else { throw .tooFew(found: 0, wanted: 1) }
        state.withLock { $0.matching = StderrMatching(listeners: opened) }
    }

    /// The ports listened on now.
    package var ports: [UInt16] { state.withLock { $0.listening.map(\.port) } }

    /// How many sessions wait for a listener.
    package var waitingCount: Int { state.withLock { $0.matching.waitingCount } }

    /// Accepts connections until the surrounding task is cancelled.
    package func serve() async {
        await withTaskCancellationHandler {
            while true {
                let wakeup = await wakeups.next()
                if state.withLock(\.isStopping) { return }
                // Listeners may share a slot: an accept(2) that finds nothing does no harm.
                for index in 0..<state.withLock(\.listening.count)
                where wakeup.contains(.readable(index % Wakeup.slotCount)) {
                    acceptOne(at: index)
                }
            }
        } onCancel: {
            state.withLock { $0.isStopping = true }
            wakeups.post(.call)
        }
    }

    /// Asks for a listener to name to the server at this address.
    func begin(
        towards address: InternetAddress, exclusively: Bool, wakeups: Wakeups
    ) -> Handshake {
        state.withLock { state in
            state.lastName += 1
            let handshake = Handshake(state.lastName, wakeups)
            state.handshakes[handshake.name] = handshake
            let actions = state.matching.begin(
                handshake.name, towards: address.unmapped, exclusively: exclusively)
            perform(actions, &state)
            return handshake
        }
    }

    /// The session no longer waits for its server's connection.
    func end(_ handshake: Handshake, portWasNamed: Bool) {
        state.withLock { state in
            guard state.handshakes.removeValue(forKey: handshake.name) != nil else { return }
            let actions = state.matching.gaveUp(handshake.name, portWasNamed: portWasNamed)
            perform(actions, &state)
        }
    }

    /// Accepts one connection; the loop posts again while more wait.
    private func acceptOne(at index: Int) {
        let listener = state.withLock { $0.listening[index].socket }
        // Out of descriptors or memory: the connection stays in the queue, and we look again.
        guard let next = try? listener.accept() else { return }
        take(next.connection, from: next.peer, at: index)
    }

    private func take(_ connection: SharedTCPSocket, from peer: Destination?, at index: Int) {
        // rcmd(3): a connection from an unreserved port is an intruder's. Dropping it resets it,
        // because the listener's linger is inherited.
        guard let peer, ReservedPorts.range.contains(peer.port) else { return }
        state.withLock { state in
            let actions = state.matching.arrived(at: index, from: peer.address.unmapped)
            for action in actions {
                if case .match(let name, let isStranger) = action {
                    let event = Handshake.Event.matched(
                        connection, peer: peer, isStranger: isStranger)
                    state.handshakes.removeValue(forKey: name)?.post(event)
                }
            }
            perform(actions, &state)
        }
    }

    private func perform(
        _ actions: [StderrMatching.Action], _ state: inout State
    ) {
        for action in actions {
            switch action {
            case .admit(let name, let listener, let commandMustWait):
                let port = state.listening[listener].port
                state.handshakes[name]?
                    .post(
                        .admitted(port: port, commandMustWait: commandMustWait))
            case .restart(let names):
                for name in names { state.handshakes.removeValue(forKey: name)?.post(.restart) }
            case .retire(let index): replace(index, &state)
            // Matches are handed over, and the connection of nobody is dropped, by the caller.
            case .match, .discard: break
            }
        }
    }

    /// Closes a listener that a late connection may still come to, and opens one on another port.
    private func replace(_ index: Int, _ state: inout State) {
        let retired = state.listening[index]
        loop.forget(retired.watch)
        let taken = sourcePorts.union(state.listening.map(\.port))
        do throws(Errno) {
            // With every other port in use the old one serves on: late connections find it, and
            // are refused as long as their session's address or port does not match another's.
            guard let opened = try open(index, avoiding: taken) else {
                state.listening[index].watch = try watch(retired.socket, index)
                perform(state.matching.replaced(index), &state)
                return
            }
            state.listening[index] = opened
            perform(state.matching.replaced(index), &state)
        } catch {
            for handshake in state.handshakes.values { handshake.post(.failed(error)) }
            state.handshakes = [:]
        }
    }

    private func watch(
        _ socket: SharedTCPSocket, _ index: Int
    ) throws(Errno) -> WatchToken {
        try loop.watch(
            socket.socket, for: wakeups, slot: index % Wakeup.slotCount, isListener: true)
    }

    /// A listener on the highest usable port that is not taken; `nil` when there is none.
    private func open(_ index: Int, avoiding taken: Set<UInt16>) throws(Errno) -> Listening? {
        for port in ReservedPorts.range.reversed() where !taken.contains(port) {
            do throws(Errno) {
                let socket = try SharedTCPSocket.listening(on: port)
                return Listening(socket: socket, port: port, watch: try watch(socket, index))
            } catch {
                guard error == .addressInUse else { throw error }
            }
        }
        return nil
    }
}
