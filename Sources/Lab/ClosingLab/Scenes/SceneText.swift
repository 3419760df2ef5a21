// SPDX-License-Identifier: Apache-2.0

/// A scene as text: its steps with what both ends showed.
package enum SceneText {
    /// The lines, without line ends.
    package static func lines(of record: SceneRecord) -> [String] {
        var lines = ["scene \(record.scene.name): \(record.scene.title)"]
        for row in record.rows {
            lines.append("  \(row.time.inSeconds)  \(row.text)")
            lines.append("           \(StepText.pair(row.kernel))")
            lines += row.segments.map { "           sent \($0)" }
        }
        switch record.outcome {
        case .asExpected: lines.append("  " + record.scene.finding)
        case .differs(let text): lines.append("  this kernel differs: \(text)")
        case .notPlayed(let text): lines.append("  not played: \(text)")
        }
        return lines
    }
}
