// SPDX-License-Identifier: Apache-2.0

import BindTables
import PrivateNetworks
import SystemPackage
import TCPClosing

/// What a call that makes a situation should not have answered.
struct UnexpectedErrno: Error, CustomStringConvertible {
    var code: Errno

    var description: String { "unexpectedly: \(code)" }
}

extension ExistingSocket {
    static func expect(_ code: Errno) throws {
        if code.rawValue != 0 { throw UnexpectedErrno(code: code) }
    }
}

extension CellInterface {
    /// Its name in a `PlayedNetwork`.
    var name: String? {
        switch self {
        case .none: nil
        case .wire: PlayedNetwork.interface
        case .loopback: "lo"
        }
    }
}

/// Asks the live kernel what it answers in a cell: each question of each cell with a socket, a
/// connection and a port that nothing has touched before.
final class BindKernel {
    let network: PlayedNetwork
    private var lastPort: UInt16 = 9_999

    init(link: LinkKind? = nil) throws {
        network = try PlayedNetwork(link: link)
        // Ports that the kernel chooses, apart from those named here.
        try network.set("ipv4.ip_local_port_range", to: "40000 65000")
    }

    /// A port that has not been used for a long time.
    func freshPort() -> UInt16 {
        lastPort = lastPort >= 39_000 ? 10_000 : lastPort + 1
        return lastPort
    }

    /// The kernel's answers in a cell.
    func row(of cell: BindCell) throws -> BindTable.Row {
        var answers: [CellQuestion: CellAnswer] = [:]
        try ask(cell) { new, _ in
            let bind = try new()
            answers[.bind] = bind.answer
            guard bind.answer == .succeeds else { return }
            answers[.listen] = try Self.answer(bind.socket.listen())
        }
        guard answers[.bind] == .succeeds else { return BindTable.Row(cell, answers) }
        if cell.state == .bound {
            try ask(cell) { new, existing in
                let bind = try new()
                try ExistingSocket.expect(existing.socket.listen())
                answers[.listenLate] = try Self.answer(bind.socket.listen())
            }
        }
        guard cell.canConnect else { return BindTable.Row(cell, answers) }
        for (question, port) in [(CellQuestion.connectSame, UInt16(514)), (.connectOther, 515)] {
            try ask(cell) { new, _ in
                let remote = ExistingSocket.remote(overIPv6: cell.connectsOverIPv6, port: port)
                let code = try new().socket
                    .connect(to: ExistingSocket.named(remote, for: cell.newAddress))
                answers[question] = try Self.answer(code)
            }
        }
        return BindTable.Row(cell, answers)
    }

    private typealias Bound = (socket: BareSocket, answer: CellAnswer)

    /// Makes the situation of a cell, has the body ask, and takes everything away again.
    private func ask(
        _ cell: BindCell, _ body: (() throws -> Bound, ExistingSocket) throws -> Void
    ) throws {
        let existing = try ExistingSocket(cell, in: network, port: freshPort())
        defer { FileSystemUser.become(0) }
        var made: BareSocket?
        defer { made?.close() }
        try body(
            {
                FileSystemUser.become(cell.users.new)
                let socket = try ExistingSocket.makeSocket(cell.newAddress, cell.newFlags)
                made = socket
                if cell.newAddress.setsIPv6Only { try socket.set(.ipv6Only(true)) }
                if let name = cell.newInterface.name { try socket.set(.interface(name)) }
                let code = socket.bind(cell.newAddress.address, port: existing.port)
                return (socket, try Self.answer(code))
            }, existing)
        made?.close()
        try existing.end()
    }

    static func answer(_ code: Errno) throws -> CellAnswer {
        switch code {
        case Errno(rawValue: 0): return .succeeds
        case .addressInUse: return .addressInUse
        case .addressNotAvailable: return .addressNotAvailable
        case .invalidArgument: return .invalid
        case _: throw UnexpectedErrno(code: code)
        }
    }
}
