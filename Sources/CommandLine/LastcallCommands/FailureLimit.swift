// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// How many hosts may fail: a number, or a part of all.
enum FailureLimit: Hashable, Sendable {
    case hosts(Int)
    case percent(Double)

    /// Reads `3` or `5%`.
    static func parse(_ text: String) throws -> FailureLimit {
        if text.hasSuffix("%"), let percent = Double(text.dropLast()), 0...100 ~= percent {
            return .percent(percent)
        }
        guard let count = Int(text), count >= 0 else {
            throw ValidationError("'\(text)' is no number of hosts: 3, or 5%")
        }
        return .hosts(count)
    }

    /// How many of so many hosts that is; parts are rounded down.
    func count(of targets: Int) -> Int {
        switch self {
        case .hosts(let count): count
        case .percent(let percent): Int(Double(targets) * percent / 100)
        }
    }
}
