// SPDX-License-Identifier: Apache-2.0

import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// The kernel shows something else than a scene says.
struct SceneDifference: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// What a scene is played on: networks of its own, sockets by number, and the wire.
final class SceneStage {
    let networks: PrivateNetworks
    var clients: [Int: LabSocket] = [:]
    var servers: [Int: LabSocket] = [:]
    var listeners: [Int: LabSocket] = [:]
    var others: [LabSocket] = []
    var holder: HolderProcess?
    var blockingClose: BlockingClose?
    var server: CrowdServer?
    /// The last segment each end has sent in connection 0, to forge others from.
    private(set) var last: [ConnectionEnd: TCPPacket] = [:]
    /// What has moved or appeared on the wire since somebody asked.
    private var moved: [String] = []
    private var seen = 0
    private var first: [ConnectionEnd: UInt32] = [:]

    static let portB: UInt16 = 7000
    static let firstPortA: UInt16 = 10_000
    /// The longest that a segment is waited for: several retransmissions.
    static let patience = Duration.seconds(8)
    /// The longest that ACKs are held back is 40 ms and a tick.
    private static let quietTime = Duration.milliseconds(60)

    init(_ plan: NetworkPlan) throws(PrivateNetworkError) { networks = try PrivateNetworks(plan) }

    // MARK: The wire

    /// Takes what the ends have sent.
    func collect(within time: Duration = .zero) throws {
        try networks.wire.collect(within: time)
        for segment in networks.wire.inFlight where segment.id >= seen {
            seen = segment.id + 1
            note(segment)
        }
    }

    private func note(_ segment: WireSegment) {
        let packet = segment.packet
        let number = Self.number(of: segment)
        guard number == 0 else {
            moved.append("\(segment.from): \(packet.flags) (\(number + 1))")
            return
        }
        last[segment.from] = packet
        if packet.flags.contains(.syn) { first[segment.from] = packet.sequence &+ 1 }
        let acknowledgement = Int32(
            bitPattern: packet.acknowledgement &- (first[segment.from.other] ?? 0))
        moved.append(
            SegmentShown(
                from: segment.from, flags: packet.flags.description,
                sequence: Int32(bitPattern: packet.sequence &- (first[segment.from] ?? 0)),
                acknowledgement: packet.flags.contains(.ack) ? acknowledgement : nil,
                payload: packet.payload.count
            )
            .description)
    }

    /// The number of the connection a segment belongs to.
    private static func number(of segment: WireSegment) -> Int {
        let packet = segment.packet
        return Int(segment.from == .a ? packet.sourcePort : packet.destinationPort)
            - Int(firstPortA)
    }

    /// What has appeared on the wire since the last time.
    func takeMoved() -> [String] {
        defer { moved = [] }
        let most = 12
        guard moved.count > most else { return moved }
        return Array(moved[..<most]) + ["and \(moved.count - most) more"]
    }

    /// Waits for a segment, of any connection if no number is given.
    func segment(
        from end: ConnectionEnd, _ flags: TCPFlags, of number: Int? = nil
    ) throws -> WireSegment {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            try collect()
            let found = networks.wire.inFlight(from: end)
                .first {
                    $0.packet.flags.subtracting(.psh) == flags
                        && (number == nil || Self.number(of: $0) == number)
                }
            if let found { return found }
            let left = deadline - .now
            guard left > .zero else { throw SceneDifference("\(end) sends no \(flags)") }
            try collect(within: left)
        }
    }

    /// Delivers everything, in the order sent, until nothing comes any more.
    func flow() throws {
        while true {
            try collect(within: Self.quietTime)
            guard !networks.wire.inFlight.isEmpty else { return }
            for segment in networks.wire.inFlight { try networks.wire.deliver(segment) }
        }
    }

    /// Has a copy arrive later.
    func copy(_ segment: WireSegment) {
        let copy = networks.wire.duplicate(segment)
        seen = copy.id + 1
    }

    // MARK: The ends

    func name(_ end: ConnectionEnd, _ number: Int) -> ConnectionName {
        let a = Destination(
            address: networks.address(of: .a), port: Self.firstPortA + UInt16(number))
        let b = Destination(address: networks.address(of: .b), port: Self.portB)
        switch end {
        case .a: return ConnectionName(local: a, remote: b)
        case .b: return ConnectionName(local: b, remote: a)
        }
    }

    func snapshot(_ end: ConnectionEnd, _ number: Int = 0) throws -> SocketSnapshot? {
        try networks.snapshot(of: name(end, number), at: end)
    }

    func shown(_ end: ConnectionEnd, _ number: Int = 0) throws -> EndShown {
        EndShown(try snapshot(end, number))
    }

    func listen(_ number: Int, isShared: Bool) throws {
        let listener = try networks.makeSocket(at: .b)
        try listener.set(.reuseAddress)
        if isShared { try listener.set(.reusePort) }
        try listener.bind(networks.address(of: .b), port: Self.portB)
        try listener.listen()
        listeners[number] = listener
    }

    /// - Returns: what connect(2) said, `nil` for success.
    func connect(_ number: Int) throws -> Errno? {
        let client = try networks.makeSocket(at: .a)
        try client.set(.reuseAddress)
        try client.bind(networks.address(of: .a), port: Self.firstPortA + UInt16(number))
        clients[number] = client
        do throws(PrivateNetworkError) {
            try client.connect(to: networks.address(of: .b), port: Self.portB)
            return nil
        } catch {
            return error.code
        }
    }

    func accept(_ number: Int) throws {
        for listener in listeners.values {
            guard let socket = try listener.accept() else { continue }
            servers[number] = socket
            return
        }
        throw SceneDifference("no connection waits at B")
    }

    func socket(_ end: ConnectionEnd, _ number: Int = 0) throws -> LabSocket {
        let socket =
            switch end {
            case .a: clients[number]
            case .b: servers[number]
            }
        guard let socket else { throw SceneDifference("\(end) has no socket") }
        return socket
    }

    func listener(_ number: Int = 0) throws -> LabSocket {
        guard let listener = listeners[number] else { throw SceneDifference("B does not listen") }
        return listener
    }

    /// What bind(2) says to a fresh socket, `nil` for success.
    func bindResult(_ end: ConnectionEnd, reusing: Bool) throws -> Errno? {
        let socket = try networks.makeSocket(at: end)
        defer { socket.close() }
        if reusing { try socket.set(.reuseAddress) }
        do throws(PrivateNetworkError) {
            try socket.bind(
                networks.address(of: end), port: end == .a ? Self.firstPortA : Self.portB)
            return nil
        } catch {
            return error.code
        }
    }
}
