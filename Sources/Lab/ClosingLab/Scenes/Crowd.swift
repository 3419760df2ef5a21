// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SystemPackage
import TCPClosing
import TCPSockets

/// How far the handshake of a client has come when a server stops.
package enum CallProgress: String, Sendable, CaseIterable {
    case waiting = "they wait to be accepted"
    case lastACK = "their last ACKs are in flight"
    case synACK = "B's SYN+ACKs are in flight"
    case syn = "their SYNs are in flight"
}

/// How a server stops to listen.
package enum ServerStop: String, Sendable {
    case close = "close()"
    case acceptThenClose = "accept() until nothing waits, then close()"
    case drain = "DrainingListener"
    case drainWithoutFilter = "DrainingListener, filters forbidden"
    case drainToSuccessor = "DrainingListener, a successor listens"
}

/// What became of the clients.
package struct Fates: Hashable, Sendable, CustomStringConvertible {
    /// Got an answer from the server that stopped.
    var served = 0
    /// Got one from its successor.
    var servedBySuccessor = 0
    /// Were connected, and then reset: lost.
    var reset = 0
    /// Were told that nobody listens; never connected.
    var refused = 0

    /// The numbers in a row.
    package var description: String {
        "\(served) served, \(servedBySuccessor) by a successor, \(reset) reset, \(refused) refused"
    }
}

/// The server that a crowd of clients calls.
final class CrowdServer {
    private let address: InternetAddress
    private var listener: TCPSocket?
    private var successor: TCPSocket?
    private var answered: [SharedTCPSocket] = []

    /// What the server answers; its successor says 2.
    private static let answer: UInt8 = 1

    /// Listens in the network this thread is in.
    init(at address: InternetAddress, sharing: Bool) throws {
        self.address = address
        listener = try Self.listening(at: address, sharing: sharing)
    }

    private static func listening(at address: InternetAddress, sharing: Bool) throws -> TCPSocket {
        let socket = try TCPSocket(towards: address)
        if sharing { try socket.setReusePort() }
        try socket.bind(address, port: SceneStage.portB)
        try socket.listen(backlog: 64)
        return socket
    }

    /// Stops; `pump` lets the wire go on while there is something to wait for.
    func stop(_ way: ServerStop, pump: () throws -> Void) throws {
        guard let listener = listener.take() else { return }
        switch way {
        case .close: close(listener)
        case .acceptThenClose:
            while let accepted = try listener.accept() { answer(accepted, Self.answer) }
            close(listener)
        case .drain: try drain(listener, successorPosition: nil, pump)
        case .drainWithoutFilter:
            try listener.lockFilter()
            try drain(listener, successorPosition: nil, pump)
        case .drainToSuccessor:
            successor = try Self.listening(at: address, sharing: true)
            try drain(listener, successorPosition: 1, pump)
        }
    }

    private func drain(
        _ listener: consuming TCPSocket, successorPosition: Int?, _ pump: () throws -> Void
    ) throws {
        var draining = ListenerDraining(listener, successorPosition: successorPosition)
        let deadline = ContinuousClock.now + SceneStage.patience
        while draining.advance({ answer($0, Self.answer) }) {
            try pump()
            if ContinuousClock.now < deadline {
                draining.momentPassed()
            } else {
                draining.deadlinePassed()
            }
        }
        // Optional, so that the body can consume it.
        var held: ListenerDraining? = draining
        LabSocket.withoutForks { _ = held.take()?.close() }
    }

    private func close(_ listener: consuming TCPSocket) {
        var held: TCPSocket? = listener
        LabSocket.withoutForks { _ = held.take() }
    }

    /// Answers those that wait at the successor.
    func serve() throws {
        guard successor != nil else { return }
        while let accepted = try successor?.accept() { answer(accepted, Self.answer + 1) }
    }

    private func answer(_ accepted: consuming Accepted, _ byte: UInt8) {
        let socket = SharedTCPSocket(accepted.takeSocket())
        // As many bytes as the answer says: the lab's sockets count them.
        let bytes = [UInt8](repeating: byte, count: Int(byte))
        _ = try? socket.socket.send(bytes, from: 0)
        answered.append(socket)
    }
}

extension SceneStage {
    func serve(sharing: Bool) throws {
        try networks.enter(.b)
        server = try CrowdServer(at: networks.address(of: .b), sharing: sharing)
    }

    /// Clients call, and come as far as that.
    func call(_ count: Int, _ progress: CallProgress) throws {
        let numbers = clients.count..<clients.count + count
        for number in numbers {
            if let code = try connect(number) { throw SceneDifference("connect: \(code)") }
        }
        let stages: [(ConnectionEnd, TCPFlags)] = [(.a, .syn), (.b, [.syn, .ack]), (.a, .ack)]
        let delivered =
            switch progress {
            case .syn: 0
            case .synACK: 1
            case .lastACK: 2
            case .waiting: 3
            }
        for (end, flags) in stages.prefix(delivered) {
            for number in numbers {
                try networks.wire.deliver(try segment(from: end, flags, of: number))
            }
        }
        // Those that stop half-way have sent what stays in flight.
        for (end, flags) in stages.dropFirst(delivered).prefix(1) {
            for number in numbers { _ = try segment(from: end, flags, of: number) }
        }
    }

    func stopServing(_ way: ServerStop) throws {
        try networks.enter(.b)
        try server?.stop(way) { try pump() }
    }

    /// Delivers what is in flight.
    private func pump() throws {
        try collect(within: .milliseconds(10))
        for segment in networks.wire.inFlight { try networks.wire.deliver(segment) }
    }

    /// Lets the wire go on until every client knows.
    func expect(_ wanted: Fates) throws {
        var waiting = clients
        var fates = Fates()
        let deadline = ContinuousClock.now + Self.patience
        while !waiting.isEmpty, ContinuousClock.now < deadline {
            try pump()
            try server?.serve()
            for (number, client) in waiting {
                switch client.receive() {
                case .bytes(1): fates.served += 1
                case .bytes: fates.servedBySuccessor += 1
                case .failed(.connectionReset): fates.reset += 1
                case .failed(.connectionRefused): fates.refused += 1
                case .nothing: continue
                case .end, .failed: throw SceneDifference("client \(number + 1) reads an end")
                }
                waiting[number] = nil
            }
        }
        guard fates == wanted, waiting.isEmpty else {
            throw SceneDifference("\(fates), \(waiting.count) know nothing yet")
        }
    }
}
