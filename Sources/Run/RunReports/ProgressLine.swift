// SPDX-License-Identifier: Apache-2.0

package import RunModel
import TextForms

/// How far a run is, in one line of ASCII:
/// `[=====>    ] 312/5120 done, 2 failed, 64 open, 230/s, 00:20 left`.
package struct ProgressLine: Hashable, Sendable {
    /// The longest bar, in columns, with its brackets.
    private static let longestBar = 32
    /// The shortest bar that says something.
    private static let shortestBar = 12

    private var targets = 0
    private var done = 0
    private var failed = 0
    private var open = 0

    package init() {}

    /// Counts what an event changed.
    package mutating func receive(_ event: RunEvent) {
        switch event.kind {
        case .began(let targets): self.targets = targets
        case .connecting: open += 1
        case .ended(_, let outcome, _):
            done += 1
            switch outcome {
            case .notStarted, .timedOut(.pending), .cancelled(.pending): break
            case .exited, .signalled, .noStatus, .notReached, .timedOut, .cancelled: open -= 1
            }
            if outcome != .exited(0) { failed += 1 }
        case .waiting, .running, .output, .notice, .closing, .interrupted, .finished: break
        }
    }

    /// The line, shorter than `width` columns; what does not fit is left out, the least first.
    ///
    /// - Parameters:
    ///   - width: how many columns the terminal has.
    ///   - time: since the run began.
    /// - Returns: ASCII without control bytes.
    package func text(width: Int, at time: Duration) -> String {
        // A character in the last column makes some terminals go on to the next line.
        let room = max(0, width - 1)
        var text = "\(done)/\(targets) done"
        for part in details(at: time) where text.utf8.count + 2 + part.utf8.count <= room {
            text += ", \(part)"
        }
        let bar = min(Self.longestBar, room - text.utf8.count - 1)
        if bar >= Self.shortestBar { return "\(self.bar(columns: bar)) \(text)" }
        return String(text.prefix(room))
    }

    private func details(at time: Duration) -> [String] {
        var parts: [String] = []
        if failed > 0 { parts.append("\(failed) failed") }
        parts.append("\(open) open")
        let seconds = time / .seconds(1)
        if done > 0, seconds > 0 {
            let tenths = Int(Double(done) / seconds * 10)
            parts.append(tenths < 100 ? "\(tenths / 10).\(tenths % 10)/s" : "\(tenths / 10)/s")
            if done < targets {
                parts.append("\(DurationText.clock(time / done * (targets - done))) left")
            }
        }
        return parts
    }

    private func bar(columns: Int) -> String {
        let inner = columns - 2
        let filled = targets > 0 ? inner * min(done, targets) / targets : 0
        let head = filled < inner ? ">" : ""
        let blank = inner - filled - head.utf8.count
        return "[" + String(repeating: "=", count: filled) + head
            + String(repeating: " ", count: blank) + "]"
    }
}
