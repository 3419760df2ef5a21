// SPDX-License-Identifier: Apache-2.0

import TCPClosing
import Testing

@Suite struct `A closer` {
    /// A state by the shortest story that leads to it.
    enum Stage: CaseIterable {
        case open
        case remoteEnded
        /// We are done; what that means depends on the policy.
        case finished
        case closed

        func closer(_ policy: ClosingPolicy) -> Closer {
            var closer = Closer(policy)
            switch self {
            case .open: break
            case .remoteEnded: _ = closer.endOfStream()
            case .finished: _ = closer.finished()
            case .closed: _ = closer.abort()
            }
            return closer
        }
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var policy: ClosingPolicy
        var stage: Stage
        var event: CloserEvent
        var actions: [Closer.Action]
        var state: Closer.State

        init(
            _ policy: ClosingPolicy, _ stage: Stage, _ event: CloserEvent,
            _ actions: [Closer.Action], _ state: Closer.State
        ) {
            self.policy = policy
            self.stage = stage
            self.event = event
            self.actions = actions
            self.state = state
        }

        var testDescription: String { "\(policy.rawValue), \(stage): \(event)" }
    }

    /// Both ends sent a FIN, or one a RST.
    private static func closed(
        by end: ClosingRecord.End, reset: Bool = false, here: ClosingRecord.Leftover = .nothing,
        there: ClosingRecord.Leftover = .nothing, lost: Bool = false
    ) -> Closer.State {
        .closed(
            ClosingRecord(
                closedFirst: end, byReset: reset, leftHere: here, leftThere: there,
                bytesMayBeLost: lost))
    }

    private static let aborted = closed(by: .local, reset: true, lost: true)
    private static let broken = closed(by: .remote, reset: true, lost: true)
    private static let afterEnd = closed(by: .remote, reset: true)
    private static let remoteFirst = closed(by: .remote, there: .timeWait)
    private static let localFirst = closed(by: .local, here: .timeWait)
    private static let orphaned = closed(by: .local, here: .finWait2, lost: true)

    /// What does not depend on the policy.
    private static func common(_ policy: ClosingPolicy) -> [Row] {
        [
            Row(policy, .open, .endOfStream, [], .remoteEnded),
            Row(policy, .open, .deadlinePassed, [], .open),
            Row(policy, .open, .abort, [.reset], aborted),
            Row(policy, .open, .failed, [.reset], broken),
            Row(policy, .remoteEnded, .endOfStream, [], .remoteEnded),
            Row(policy, .remoteEnded, .deadlinePassed, [], .remoteEnded),
            Row(policy, .remoteEnded, .abort, [.reset], afterEnd),
            Row(policy, .remoteEnded, .failed, [.reset], afterEnd),
            Row(policy, .finished, .abort, [.reset], aborted),
            Row(policy, .finished, .failed, [.reset], policy == .localFirst ? aborted : broken),
        ] + CloserEvent.allCases.map { Row(policy, .closed, $0, [], aborted) }
    }

    static let table: [Row] =
        ClosingPolicy.allCases.flatMap(common) + [
            Row(.resetAfterEnd, .open, .finished, [.readToEnd], .draining),
            Row(.resetAfterEnd, .remoteEnded, .finished, [.reset], afterEnd),
            Row(.resetAfterEnd, .finished, .finished, [], .draining),
            Row(.resetAfterEnd, .finished, .endOfStream, [.reset], afterEnd),
            Row(.resetAfterEnd, .finished, .deadlinePassed, [.reset], aborted),

            Row(.remoteFirst, .open, .finished, [.readToEnd], .draining),
            Row(.remoteFirst, .remoteEnded, .finished, [.closeInOrder], remoteFirst),
            Row(.remoteFirst, .finished, .finished, [], .draining),
            Row(.remoteFirst, .finished, .endOfStream, [.closeInOrder], remoteFirst),
            Row(.remoteFirst, .finished, .deadlinePassed, [.closeInOrder], orphaned),

            Row(.localFirst, .open, .finished, [.shutDownWriting, .readToEnd], .halfClosed),
            Row(.localFirst, .remoteEnded, .finished, [.closeInOrder], remoteFirst),
            Row(.localFirst, .finished, .finished, [], .halfClosed),
            Row(.localFirst, .finished, .endOfStream, [.closeInOrder], localFirst),
            Row(.localFirst, .finished, .deadlinePassed, [.closeInOrder], orphaned),
        ]

    @Test(arguments: table)
    func `answers each event as its policy says`(row: Row) {
        var closer = row.stage.closer(row.policy)
        #expect(closer.tell(row.event) == row.actions)
        #expect(closer.state == row.state)
    }

    @Test func `has a row for every policy, stage and event`() {
        #expect(
            Self.table.count
                == ClosingPolicy.allCases.count * Stage.allCases.count * CloserEvent.allCases.count)
        #expect(Set(Self.table.map(\.testDescription)).count == Self.table.count)
    }

    @Test(arguments: ClosingPolicy.allCases)
    func `keeps its promises in every order of events`(policy: ClosingPolicy) {
        // Four states, each left for good: a story of five events has nothing new to tell.
        var stories = [CloserStory(policy)]
        var closed = 0
        for _ in 0..<5 {
            stories = stories.flatMap { story in CloserEvent.allCases.map(story.continued) }
            for story in stories {
                #expect(story.fault == nil, "\(story.events)")
                closed += story.closer.record == nil ? 0 : 1
            }
        }
        #expect(closed > 3_000, "most stories come to an end")
    }

    @Test(arguments: ClosingPolicy.allCases)
    func `can be closed from every state`(policy: ClosingPolicy) {
        for stage in Stage.allCases {
            for last in [CloserEvent.abort, .failed] {
                var closer = stage.closer(policy)
                _ = closer.tell(last)
                #expect(closer.record != nil, "\(stage), \(last)")
            }
            for order in [[CloserEvent.finished, .endOfStream], [.endOfStream, .finished]] {
                var closer = stage.closer(policy)
                for event in order { _ = closer.tell(event) }
                #expect(closer.record != nil, "\(stage), \(order)")
            }
        }
    }
}
