// SPDX-License-Identifier: Apache-2.0

import TCPClosing

/// One event a closer can be told.
enum CloserEvent: CaseIterable {
    case finished
    case endOfStream
    case deadlinePassed
    case abort
    case failed
}

extension Closer {
    mutating func tell(_ event: CloserEvent) -> [Action] {
        switch event {
        case .finished: finished()
        case .endOfStream: endOfStream()
        case .deadlinePassed: deadlinePassed()
        case .abort: abort()
        case .failed: failed()
        }
    }
}

/// A closer with all it was told and all it answered, judged from outside.
struct CloserStory {
    private(set) var closer: Closer
    private(set) var events: [CloserEvent] = []
    private var actions: [Closer.Action] = []
    /// How many events it took to close.
    private var length: Int?

    init(_ policy: ClosingPolicy) { closer = Closer(policy) }

    func continued(by event: CloserEvent) -> CloserStory {
        var story = self
        story.events.append(event)
        story.actions += story.closer.tell(event)
        if story.length == nil, story.closer.record != nil { story.length = story.events.count }
        return story
    }

    /// The promise that was broken, if one was.
    var fault: String? {
        let closings = actions.filter { $0 == .closeInOrder || $0 == .reset }
        guard let record = closer.record, let length else {
            if !closings.isEmpty { return "closed, and does not know it" }
            return sendsFinTooEarly ? "a FIN although the policy waits for the remote end's" : nil
        }
        if closings.count != 1 || actions.last != closings[0] { return "closes once, and last" }
        if (closings[0] == .reset) != record.byReset { return "the record is wrong about the RST" }
        let told = events.prefix(length)
        let last = told.last
        let remoteEnded = told.contains(.endOfStream)
        let mayReset =
            closer.policy == .resetAfterEnd && (remoteEnded || last == .deadlinePassed)
            || last == .abort || last == .failed
        if record.byReset, !mayReset { return "a RST that neither policy nor abort allows" }
        if record.bytesMayBeLost != !remoteEnded { return "the record is wrong about lost bytes" }
        if record.byReset, record.leftHere != .nothing || record.leftThere != .nothing {
            return "a RST leaves nothing"
        }
        if record.leftHere != .nothing, record.leftThere != .nothing { return "one end pays" }
        if (record.closedFirst == .local) != localIsFirst(told) {
            return "the record is wrong about who was first"
        }
        if closer.policy == .remoteFirst, record.leftHere != .nothing, last != .deadlinePassed {
            return "TIME-WAIT here, and the remote end was not late"
        }
        if closer.policy == .resetAfterEnd, !record.byReset { return "a FIN of ours" }
        return sendsFinTooEarly ? "a FIN although the policy waits for the remote end's" : nil
    }

    private var sendsFinTooEarly: Bool {
        closer.policy != .localFirst && actions.contains(.shutDownWriting)
    }

    /// Whose FIN or RST was the first on the wire.
    private func localIsFirst(_ told: ArraySlice<CloserEvent>) -> Bool {
        for event in told {
            switch event {
            case .endOfStream, .failed: return false
            case .abort: return true
            case .finished where closer.policy == .localFirst: return true
            case .finished, .deadlinePassed: continue
            }
        }
        return true
    }
}
