// SPDX-License-Identifier: Apache-2.0

import Foundation
import SeededRandom

/// How much of the bind table is asked of the kernel; `Scripts/bind-table` asks for all of it.
enum BindTableScale {
    /// One cell of so many, drawn by the seed; 1 for all.
    static let stride = number("LASTCALL_BIND_TABLE_STRIDE") ?? 40
    /// Which cells those are.
    static let seed = UInt64(number("LASTCALL_BIND_TABLE_SEED") ?? 1)

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
