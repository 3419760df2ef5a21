// SPDX-License-Identifier: Apache-2.0

import BindTables
import PrivateNetworks
import TCPClosing
import Testing
import Threads

@Suite struct `BindRule and the kernel` {
    @Test func `agree in every cell`() async throws {
        let file = try BindTableScale.file.map { try TableFile($0) }
        try await expectNone(of: BindTableScale.sample(of: BindCell.all)) { kernel, cell in
            let row = try kernel.row(of: cell)
            file?.write(BindTable.line(of: row))
            return row.disagreements
        }
    }

    @Test func `agree about sockets bound to interfaces`() async throws {
        let cells = BindTableScale.sample(of: BindCell.withInterfaces, atLeast: 500)
        try await expectNone(of: cells) { kernel, cell in
            try kernel.row(of: cell).disagreements
        }
    }

    @Test func `agree where the kernel chooses the port`() async throws {
        try await expectNone(of: BindTableScale.sample(of: ChoiceCell.all)) { kernel, cell in
            let answer = try kernel.answer(in: cell)
            guard answer != cell.answer else { return [] }
            return ["\(cell): kernel \(answer.rawValue), rule \(cell.answer.rawValue)"]
        }
    }

    @Test func `agree about TIME-WAIT over loopback`() async throws {
        try await expectNone(of: LoopbackCell.all) { try $0.disagreements(in: $1) }
    }

    /// Fails with the first disagreements of all cells, each with its cell.
    private func expectNone<Cell: KernelCell>(
        of cells: [Cell], _ disagreements: @escaping @Sendable (BindKernel, Cell) throws -> [String]
    ) async throws {
        let result = try await DetachedThread.run { () -> Result<[String], any Error> in
            Result {
                let kernel = try BindKernel()
                let isEveryUser = FileSystemUser.isEveryUser()
                return cells.filter { $0.users == .same || isEveryUser }
                    .flatMap { cell in
                        do {
                            return try disagreements(kernel, cell)
                        } catch {
                            return ["\(cell): \(error)"]
                        }
                    }
            }
        }
        let wrong = try result.get()
        let first = wrong.prefix(20).joined(separator: "\n")
        #expect(wrong.isEmpty, "\(wrong.count) wrong in \(cells.count) cells:\n\(first)")
    }
}
