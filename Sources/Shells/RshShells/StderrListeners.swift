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
            /// A server has connected that may be its: others must be heard of first.
            case held
            /// Its server has connected.
            case matched(Arrival, isStranger: Bool)
            /// It cannot be known which connection was its: begin again.
            case restart(isSlow: Bool)
            /// The listeners are gone.
            case failed(Errno)
        }

        /// A connection from a server, and where it came from.
        struct Arrival: Sendable {
            var connection: SharedTCPSocket
            var peer: Destination
        }

        fileprivate let name: Int
        fileprivate let events = Mutex<[Event]>([])
        /// What is kept for the session until it is known to be its.
        fileprivate let held = Mutex<Arrival?>(nil)
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
        /// Ports given up because late connections may come there, the first one first.
        var retiredPorts: [UInt16] = []
        var isStopping = false
    }

    private let loop: EventLoop
    private let origin = ContinuousClock.now
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
                if wakeup.contains(.timer) { timePassed() }
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
    ///
    /// `isSlow` is what the restart said that this follows, if it does.
    func begin(
        towards address: InternetAddress, isSlow: Bool, wakeups: Wakeups
    ) -> Handshake {
        state.withLock { state in
            state.lastName += 1
            let handshake = Handshake(state.lastName, wakeups)
            state.handshakes[handshake.name] = handshake
            let actions = state.matching.begin(
                handshake.name, towards: address.unmapped, isSlow: isSlow)
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
        let arrival = Handshake.Arrival(connection: connection, peer: peer)
        state.withLock { state in
            let actions = state.matching.arrived(
                at: index, from: peer.address.unmapped, at: now)
            perform(actions, arrived: arrival, &state)
            setTimer(state)
        }
    }

    private var now: Duration { origin.duration(to: .now) }

    private func timePassed() {
        state.withLock { state in
            perform(state.matching.tick(at: now), &state)
            setTimer(state)
        }
    }

    /// A timer that comes for nothing does no harm.
    private func setTimer(_ state: State) {
        guard let next = state.matching.nextTick else { return }
        loop.post(.timer, to: wakeups, at: origin + next)
    }

    /// Carries the actions out; `arrived` is the connection they speak of, which is reset when it
    /// is given to nobody.
    private func perform(
        _ actions: [StderrMatching.Action], arrived: Handshake.Arrival? = nil,
        _ state: inout State
    ) {
        for action in actions {
            switch action {
            case .admit(let name, let listener, let commandMustWait):
                let port = state.listening[listener].port
                state.handshakes[name]?
                    .post(
                        .admitted(port: port, commandMustWait: commandMustWait))
            case .match(let name, let isStranger):
                guard let arrived else { continue }
                state.handshakes.removeValue(forKey: name)?
                    .post(
                        .matched(arrived, isStranger: isStranger))
            case .hold(let name):
                guard let handshake = state.handshakes[name] else { continue }
                handshake.held.withLock { $0 = arrived }
                handshake.post(.held)
            case .confirm(let name):
                guard let handshake = state.handshakes.removeValue(forKey: name),
                    let held = handshake.held.withLock({ $0.take() })
                else { continue }
                handshake.post(.matched(held, isStranger: false))
            case .restart(let restarts):
                for restart in restarts {
                    guard let handshake = state.handshakes.removeValue(forKey: restart.handshake)
                    else { continue }
                    handshake.held.withLock { $0 = nil }
                    handshake.post(.restart(isSlow: restart.isSlow))
                }
            case .retire(let index): replace(index, &state)
            case .discard: break
            }
        }
    }

    /// Closes a listener that a late connection may still come to, and opens one on another port.
    private func replace(_ index: Int, _ state: inout State) {
        let retired = state.listening[index]
        loop.forget(retired.watch)
        state.retiredPorts.removeAll { $0 == retired.port }
        state.retiredPorts.append(retired.port)
        let taken = sourcePorts.union(state.listening.map(\.port))
        do throws(Errno) {
            // With every other port in use the old one serves on: late connections find it, and
            // are refused as long as their session's address or port does not match another's.
            guard let opened = try open(index, avoiding: taken, least: state.retiredPorts) else {
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
    ///
    /// Of the retired ports, where late connections may come, the one retired first, and only when
    /// there is no other.
    private func open(
        _ index: Int, avoiding taken: Set<UInt16>, least retired: [UInt16] = []
    ) throws(Errno) -> Listening? {
        let fresh = ReservedPorts.range.reversed().filter { !retired.contains($0) }
        for port in fresh + retired where !taken.contains(port) {
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
