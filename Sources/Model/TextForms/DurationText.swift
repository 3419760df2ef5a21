// SPDX-License-Identifier: Apache-2.0

/// Durations as a person reads them, and as a machine does.
package enum DurationText {
    /// `0.31 s`, `22.1 s`, `3 min 05 s`, `2 h 07 min`; cut off, never rounded up.
    package static func short(_ duration: Duration) -> String {
        let (wholeSeconds, attoseconds) = max(duration, .zero).components
        let hundredths = Int(attoseconds / 10_000_000_000_000_000)
        switch wholeSeconds {
        case ..<10: return "\(wholeSeconds).\(padded(hundredths, to: 2)) s"
        case ..<60: return "\(wholeSeconds).\(hundredths / 10) s"
        case ..<3_600:
            return "\(wholeSeconds / 60) min \(padded(Int(wholeSeconds % 60), to: 2)) s"
        case _:
            return "\(wholeSeconds / 3_600) h \(padded(Int(wholeSeconds / 60 % 60), to: 2)) min"
        }
    }

    /// `12-14 s`, or one duration where both read the same.
    package static func range(_ shortest: Duration, _ longest: Duration) -> String {
        let low = short(shortest)
        let high = short(longest)
        if low == high { return low }
        let blank = Character(" ")
        // Both in seconds: name the unit once.
        if longest < .seconds(60), let cut = low.lastIndex(of: blank) {
            return "\(low[..<cut])-\(high)"
        }
        return "\(low) to \(high)"
    }

    /// `00:20`, `1:02:03`.
    package static func clock(_ duration: Duration) -> String {
        let seconds = Int(max(duration, .zero).components.seconds)
        let tail = "\(padded(seconds / 60 % 60, to: 2)):\(padded(seconds % 60, to: 2))"
        return seconds < 3_600 ? tail : "\(seconds / 3_600):\(tail)"
    }

    /// Seconds as a decimal number with nine places.
    package static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = max(duration, .zero).components
        return "\(seconds).\(padded(Int(attoseconds / 1_000_000_000), to: 9))"
    }

    package static func padded(_ number: Int, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
