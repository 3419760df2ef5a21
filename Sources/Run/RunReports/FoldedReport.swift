// SPDX-License-Identifier: Apache-2.0

package import RunModel
package import Spool

/// Hosts with equal output under one header, the largest group first, when the run has ended.
///
///     ---------------
///     node[001-127] (127)
///     ---------------
///     Linux 6.1.0
///
/// Hosts share a header when both their streams are equal byte for byte and they ended alike. Each
/// host's output waits in the spool; a host that turns out equal to one before gives its room back
/// at once, so that ten thousand equal outputs cost as much as one. What a group wrote to its
/// standard error goes to ours under a header of its own. Hosts on which no command ran have no
/// output and no header: `HostMessages` and `SummaryText` name them.
package struct FoldedReport: Reporter {
    /// What one host has written so far.
    private struct Gathered {
        var streams: [SpooledBytes]
        /// Bytes for which there was no room.
        var lostBytes = 0
    }

    /// Hosts that ended alike with equal output.
    private struct Group {
        var gathered: Gathered
        var ending: String
        var hosts: [Int]
    }

    /// Where equal groups are looked for: equal keys make candidates, the bytes decide.
    private struct Key: Hashable {
        var ending: String
        var counts: [Int]
        var fingerprints: [Int]
    }

    private let names: TargetNames
    private let terminal: TerminalStreams
    private let spool: Spool
    private var open: [Gathered?]
    private var hasRun: [Bool]
    private var groups: [Group] = []
    private var candidates: [Key: [Int]] = [:]
    private var owed = OwedOutput()

    package init(names: TargetNames, terminal: TerminalStreams, spool: Spool) {
        self.names = names
        self.terminal = terminal
        self.spool = spool
        open = Array(repeating: nil, count: names.count)
        hasRun = Array(repeating: false, count: names.count)
    }

    package mutating func receive(_ event: RunEvent, into page: inout Page) {
        switch event.kind {
        case .running(let host): hasRun[host] = true
        case .output(let host, let stream, let bytes):
            hasRun[host] = true
            gather(bytes, of: host, stream, into: &page)
        case .ended(let host, let outcome, _):
            endHost(host, outcome, into: &page)
        case .finished(let summary):
            // A host without an end of its own is shown as the summary counts it.
            for host in names.labels.indices where hasRun[host] {
                let outcome =
                    host < summary.outcomes.count ? summary.outcomes[host] : .notStarted
                endHost(host, outcome, into: &page)
            }
            oweGroups()
        case .began, .connecting, .waiting, .notice, .closing, .interrupted: break
        }
    }

    package mutating func drain(into page: inout Page) -> Bool {
        owed.drain(into: &page, names: names)
    }

    private func makeGathered() -> Gathered {
        Gathered(streams: OutputStream.allCases.map { _ in spool.makeBytes(fingerprinted: true) })
    }

    private mutating func gather(
        _ bytes: [UInt8], of host: Int, _ stream: OutputStream, into page: inout Page
    ) {
        var gathered = open[host] ?? makeGathered()
        do {
            // What follows a gap would read as if nothing were missing.
            guard gathered.lostBytes == 0 else {
                gathered.lostBytes += bytes.count
                open[host] = gathered
                return
            }
            try gathered.streams[Int(stream.rawValue)].append(bytes[...])
        } catch {
            gathered.lostBytes += bytes.count
            page.outputLost = true
            page.say("\(names[host]): output from here on is lost: \(error)")
        }
        open[host] = gathered
    }

    private mutating func endHost(
        _ host: Int, _ outcome: HostOutcome, into page: inout Page
    ) {
        guard hasRun[host] || open[host] != nil || Self.commandRan(outcome) else { return }
        hasRun[host] = false
        let gathered = open[host] ?? makeGathered()
        open[host] = nil
        let ending = outcome == .exited(0) ? "" : OutcomeText.brief(outcome)
        let key = Key(
            ending: ending, counts: gathered.streams.map(\.count),
            fingerprints: gathered.streams.map(\.fingerprint))
        if gathered.lostBytes == 0 {
            for group in candidates[key] ?? []
            where hasEqualOutput(gathered, groups[group].gathered) {
                groups[group].hosts.append(host)
                return
            }
            candidates[key, default: []].append(groups.count)
        }
        groups.append(Group(gathered: gathered, ending: ending, hosts: [host]))
    }

    /// Whether the outcome alone tells that the remote command was started.
    private static func commandRan(_ outcome: HostOutcome) -> Bool {
        switch outcome {
        case .exited, .signalled, .noStatus: true
        case .notReached, .timedOut, .cancelled, .notStarted: false
        }
    }

    /// Whether both streams are equal.
    ///
    /// Bytes that cannot be read back are equal to none; printing them will say so.
    private func hasEqualOutput(_ one: Gathered, _ other: Gathered) -> Bool {
        zip(one.streams, other.streams)
            .allSatisfy { one, other in
                (try? one.hasSameBytes(as: other)) ?? false
            }
    }

    private mutating func oweGroups() {
        for index in groups.indices { groups[index].hosts.sort() }
        groups.sort { ($1.hosts.count, $0.hosts[0]) < ($0.hosts.count, $1.hosts[0]) }
        for group in groups {
            let pattern = "\(names.folded(group.hosts)) (\(group.hosts.count))"
            let isSilent = group.gathered.streams.map { $0.count == 0 }
            var notes = group.ending.isEmpty ? [] : [group.ending]
            if group.gathered.lostBytes > 0 {
                notes.append("the last \(group.gathered.lostBytes) bytes are lost")
            }
            let silence = isSilent[1] ? "no output" : "output on the standard error only"
            let title = Self.title(pattern, notes + (isSilent[0] ? [silence] : []))
            owe(title, group, .standardOutput)
            if !isSilent[1] {
                owe(Self.title(pattern, notes + ["standard error"]), group, .standardError)
            }
        }
        groups = []
        candidates = [:]
    }

    private static func title(_ pattern: String, _ notes: [String]) -> String {
        notes.isEmpty ? pattern : "\(pattern): \(notes.joined(separator: ", "))"
    }

    private mutating func owe(_ title: String, _ group: Group, _ stream: OutputStream) {
        let rule = String(repeating: "-", count: 15)
        owed.add(Array("\(rule)\n\(title)\n\(rule)\n".utf8), to: stream)
        let bytes = group.gathered.streams[Int(stream.rawValue)]
        guard bytes.count > 0 else { return }
        owed.add(
            bytes, of: group.hosts[0], to: stream, isSafe: terminal[stream],
            ending: .newlineIfMissing)
    }
}
