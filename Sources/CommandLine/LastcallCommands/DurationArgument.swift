// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A length of time as a person writes it.
enum DurationArgument: Hashable, Sendable {
    case none
    case limit(Duration)

    /// The limit, or `nil` for none.
    var duration: Duration? {
        switch self {
        case .none: nil
        case .limit(let duration): duration
        }
    }

    /// Reads `10s`, `500ms`, `2m`, `1h`, `1.5s`, a bare number of seconds, or `none`.
    static func parse(_ text: String) throws -> DurationArgument {
        if text == "none" { return .none }
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let milliseconds: Double? =
            switch text.dropFirst(number.count) {
            case "ms": 1
            case "", "s": 1000
            case "m": 60_000
            case "h": 3_600_000
            case "d": 86_400_000
            case _: nil
            }
        guard let value = Double(number), let milliseconds, value.isFinite else {
            throw ValidationError("'\(text)' is no duration: write 10s, 500ms, 2m, 1h or none")
        }
        let total = value * milliseconds
        guard total >= 1 else {
            throw ValidationError("'\(text)' is too short: write none for no limit")
        }
        guard total <= 1e12 else { throw ValidationError("'\(text)' is too long: write none") }
        return .limit(.milliseconds(Int64(total)))
    }
}
