// SPDX-License-Identifier: Apache-2.0

import BindTables
import PrivateNetworks
import SystemPackage
import TCPClosing

extension BindKernel {
    /// The kernel's answer in a cell in which it may choose one port only.
    func answer(in choice: ChoiceCell) throws -> CellAnswer {
        let cell = choice.cell
        let port = freshPort()
        try network.set("ipv4.ip_local_port_range", to: "\(port) \(port)")
        try network.set("ipv4.tcp_tw_reuse", to: "\(choice.policy.rawValue)")
        // 60 s is more than any age here, 1 ms is less than what is waited for.
        try network.set("ipv4.tcp_tw_reuse_delay", to: choice.isOld ? "1" : "60000")
        try network.set(
            "ipv4.ip_autobind_reuse", to: choice.chooser == .bindPort0Reuse ? "1" : "0")
        let existing = try ExistingSocket(
            cell, in: network, port: port, hasTimestamps: choice.hasTimestamps)
        defer { FileSystemUser.become(0) }
        if choice.isOld { try network.pass(milliseconds: 5) }
        FileSystemUser.become(cell.users.new)
        let new = try ExistingSocket.makeSocket(cell.newAddress, cell.newFlags)
        if cell.newAddress.setsIPv6Only { try new.set(.ipv6Only(true)) }
        let answer = try Self.answer(code(of: choice, new, port))
        new.close()
        try existing.end()
        return answer
    }

    private func code(
        of choice: ChoiceCell, _ new: BareSocket, _ port: UInt16
    ) throws -> Errno {
        let address = choice.cell.newAddress
        let remote = ExistingSocket.named(
            ExistingSocket.remote(
                overIPv6: choice.cell.connectsOverIPv6, port: choice.isSameDestination ? 514 : 515),
            for: address)
        switch choice.chooser {
        case .bind:
            try ExistingSocket.expect(new.bind(address.address, port: port))
            return new.connect(to: remote)
        case .connect: return new.connect(to: remote)
        case .connectNoPort:
            try new.set(.bindAddressNoPort)
            try ExistingSocket.expect(new.bind(address.address, port: 0))
            return new.connect(to: remote)
        case .bindPort0, .bindPort0Reuse: return new.bind(address.address, port: 0)
        }
    }
}
