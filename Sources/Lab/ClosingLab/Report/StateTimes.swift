// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// How long an end was in each state.
package enum StateTimes {
    /// A state that an end came into and left.
    package struct Stay: Sendable {
        /// The end.
        package let end: ConnectionEnd
        /// The state, and what is left of the socket.
        package let shown: String
        /// From the first look that showed it to the first that showed another.
        package let time: Duration
    }

    /// The stays of a scene.
    static func stays(in record: SceneRecord) -> [Stay] {
        stays(record.rows.map { ($0.time, $0.kernel) })
    }

    /// The stays of a replay.
    static func stays(in record: OrderRecord) -> [Stay] {
        stays(record.events.map { ($0.time, $0.kernel) })
    }

    private static func stays(_ looks: [(Duration, [ConnectionEnd: EndShown])]) -> [Stay] {
        var stays: [Stay] = []
        for end in ConnectionEnd.allCases {
            var since: (Duration, EndShown)?
            for (time, kernel) in looks {
                let shown = kernel[end] ?? .gone
                guard let (start, last) = since else {
                    since = (time, shown)
                    continue
                }
                if last.description == shown.description { continue }
                stays.append(Stay(end: end, shown: last.description, time: time - start))
                since = (time, shown)
            }
        }
        return stays.filter { !$0.shown.hasPrefix(TCPState.closed.rawValue) }
    }
}

extension Duration {
    /// `0.213 s`.
    package var inSeconds: String {
        let thousandths = Int((self / .milliseconds(1)).rounded())
        let digits = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
            + " s"
    }

    /// `16.40 ms`.
    var inMilliseconds: String {
        let hundredths = Int((self / .microseconds(10)).rounded())
        return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "")
            + "\(hundredths % 100) ms"
    }

    /// Thousandths of a second.
    var milliseconds: Int { Int((self / .milliseconds(1)).rounded()) }
}
