// SPDX-License-Identifier: Apache-2.0

import BindTables
import Foundation
import PrivateNetworks
import SeededRandom

/// How much of the bind table is asked of the kernel; `Scripts/bind-table` asks for all of it.
enum BindTableScale {
    /// One cell of so many, drawn by the seed; 1 for all.
    static let stride = number("LASTCALL_BIND_TABLE_STRIDE") ?? 12
    /// Which cells those are.
    static let seed = UInt64(number("LASTCALL_BIND_TABLE_SEED") ?? 1)

    /// Where the kernel's answers are written, if anywhere; a file that is there is replaced.
    static let file = ProcessInfo.processInfo.environment["LASTCALL_BIND_TABLE_WRITE"]

    /// A sample; of a small table, about so many cells.
    static func sample<Cell>(of cells: [Cell], atLeast count: Int = 0) -> [Cell] {
        let stride = min(stride, max(1, cells.count / max(count, 1)))
        guard stride > 1 else { return cells }
        var random = Seeded(seed: seed)
        return cells.filter { _ in Int.random(in: 0..<stride, using: &random) == 0 }
    }

    private static func number(_ name: String) -> Int? {
        ProcessInfo.processInfo.environment[name].flatMap { Int($0) }
    }
}

/// A table that is being written, by one thread.
// It is made by a test and used on the test's thread of its own only.
final class TableFile: @unchecked Sendable {
    private let handle: FileHandle

    init(_ path: String) throws {
        try Data().write(to: URL(fileURLWithPath: path))
        handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        write(
            "# what \(KernelSetting.kernelName) answered; the words are those of Docs/bind-rule.md")
        write(BindTable.header)
    }

    func write(_ line: String) { handle.write(Data((line + "\n").utf8)) }
}

/// A situation to make.
protocol KernelCell: Sendable, CustomStringConvertible {
    /// Whose sockets it takes.
    var users: CellUsers { get }
}

extension BindCell: KernelCell {}

extension ChoiceCell: KernelCell {
    var users: CellUsers { cell.users }
}

extension LoopbackCell: KernelCell {
    var users: CellUsers { .same }
}

extension FileSystemUser {
    /// Whether this thread may be every user of a table; a user namespace may have one user only.
    static func isEveryUser() -> Bool {
        defer { become(0) }
        return CellUsers.allCases.allSatisfy { become($0.old) && become($0.new) }
    }
}
