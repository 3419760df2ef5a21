// SPDX-License-Identifier: Apache-2.0

import RunModel

/// What is written in one transaction.
struct RecorderBatch: Sendable {
    /// A host whose phase began at a time.
    struct Moment: Sendable {
        var host: Int
        var phase: HostPhase
        var time: Duration
    }

    /// Bytes of a host that goes on.
    struct Output: Sendable {
        var source: OutputStore.Source
        var bytes: [UInt8]
    }

    /// How a host ended, with the rest of its output.
    struct End: Sendable {
        var host: Int
        /// When its phases began, where no earlier transaction says so.
        var running: Duration?
        var closing: Duration?
        var time: Duration
        var outcome: HostOutcome
        var note: ClosingNote?
        var rest: [OutputStream: [UInt8]]
        var cut: Int
    }

    /// In order per host: a host's start comes before its other phases.
    var moments: [Moment] = []
    var outputs: [Output] = []
    var ends: [End] = []
    var trace: [UInt8] = []
    /// That every host is accounted for.
    var summary: RunSummary?
}
