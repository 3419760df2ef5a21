// SPDX-License-Identifier: Apache-2.0

import BindTables
import PrivateNetworks
import SocketDiagnostics
import SystemPackage
import TCPClosing

/// A connection of this machine with itself, closed by the client first, and connected again.
struct LoopbackCell: Sendable, CustomStringConvertible {
    /// Where it goes: loopback's addresses, or one of this machine's that is routed there.
    enum Place: String, CaseIterable {
        case loopbackV4 = "127.0.0.1"
        case loopbackV6 = "::1"
        case ownAddress = "own"

        var address: InternetAddress {
            switch self {
            case .loopbackV4: .v4(0x7f00_0001)
            case .loopbackV6: .v6(high: 0, low: 1, zone: 0)
            case .ownAddress: PlayedNetwork.Address.v4
            }
        }
    }

    var place: Place
    var policy: TimeWaitReuse.Setting
    var isOld: Bool

    static let all: [LoopbackCell] = Place.allCases.flatMap { place in
        TimeWaitReuse.Setting.allCases.flatMap { policy in
            [true, false].map { LoopbackCell(place: place, policy: policy, isOld: $0) }
        }
    }

    var description: String {
        "\(place.rawValue) tw_reuse=\(policy.rawValue) \(isOld ? "old" : "young")"
    }

    func answer(from port: UInt16, to server: Destination) -> CellAnswer {
        var holder = PortHolder(
            .timeWait, origin: .chosenByConnect, at: place.address, port: port, remote: server)
        holder.hasTimestamps = true
        holder.age = isOld ? .milliseconds(5) : .zero
        let delay = isOld ? Duration.milliseconds(1) : .seconds(60)
        let request = ConnectRequest(
            from: place.address, to: server,
            reuse: TimeWaitReuseSettings(policy, delay: delay))
        return CellAnswer(BindRule.connect(request, choosing: port, among: [holder]))
    }
}

extension BindKernel {
    /// What the kernel says otherwise than the rule.
    func disagreements(in cell: LoopbackCell) throws -> [String] {
        let port = freshPort()
        try network.set("ipv4.tcp_tw_reuse", to: "\(cell.policy.rawValue)")
        try network.set("ipv4.tcp_tw_reuse_delay", to: cell.isOld ? "1" : "60000")
        let family: BareSocket.Family = cell.place == .loopbackV6 ? .v6 : .v4
        let listener = try BareSocket(family)
        let server = Destination(address: cell.place.address, port: freshPort())
        try ExistingSocket.expect(listener.bind(server.address, port: server.port))
        try ExistingSocket.expect(listener.listen())
        try network.set("ipv4.ip_local_port_range", to: "\(port) \(port)")
        let first = try BareSocket(family)
        try ExistingSocket.expect(first.connect(to: server))
        let accepted = listener.accept()
        first.close()
        accepted?.close()
        let name = ConnectionName(
            local: Destination(address: cell.place.address, port: port), remote: server)
        let found = try network.snapshot(of: name)?.state
        guard found == .timeWait else { throw ExistingSocket.WrongState(found: found) }
        if cell.isOld { try network.pass(milliseconds: 5) }
        let again = try BareSocket(family)
        try again.set(.lingerZero)
        let answer = try Self.answer(again.connect(to: server))
        let rule = cell.answer(from: port, to: server)
        return answer == rule
            ? [] : ["\(cell): kernel \(answer.rawValue), rule \(rule.rawValue)"]
    }
}
