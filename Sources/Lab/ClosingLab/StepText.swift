// SPDX-License-Identifier: Apache-2.0

package import TCPClosing

/// What happens, in words.
package enum StepText {
    /// `A closes`, `A's FIN arrives at B`.
    package static func sentence(of step: Connection.Step) -> String {
        let segment = step.segment.map { ($0.isCopy ? "copied " : "") + $0.label } ?? "segment"
        switch step.event {
        case .call(let call, let end): return "\(end) \(verb(call))"
        case .deliver(from: let end, _): return "\(end)'s \(segment) arrives at \(end.other)"
        case .lose(from: let end, _): return "\(end)'s \(segment) is lost"
        case .duplicate(from: let end, _): return "\(end)'s \(segment) is copied"
        case .retransmit(let end): return "\(end) sends again"
        case .reconnect(let end, let isNewer):
            return "\(end) connects again" + (isNewer ? "" : " with an older SYN")
        case .expire(let timer, let end): return "\(end): \(timer.rawValue)"
        }
    }

    private static func verb(_ call: UserCall) -> String {
        switch call {
        case .close: "closes"
        case .shutDown: "half-closes"
        case .abort: "aborts (linger 0)"
        case .die: "dies"
        case .send: "writes"
        case .read: "reads"
        }
    }

    /// `FIN-WAIT-1 / CLOSE-WAIT`.
    package static func pair(_ ends: [ConnectionEnd: EndShown]) -> String {
        "\(ends[.a] ?? .gone) / \(ends[.b] ?? .gone)"
    }
}
