// SPDX-License-Identifier: Apache-2.0

import GRDB
import RunModel

/// A host's standing as columns of its row.
struct HostColumns: Hashable, Sendable {
    var state: String
    var code: Int?
    var signal: Int?
    var failure: String?
    var message: String?
    var phase: String?

    init(_ outcome: HostOutcome) {
        state = outcome.summaryClass.rawValue
        switch outcome {
        case .exited(let code): self.code = code
        case .signalled(let signal): self.signal = signal
        case .noStatus(let failure), .notReached(let failure):
            self.failure = failure.kind.rawValue
            message = failure.message
        case .timedOut(let phase), .cancelled(let phase): self.phase = phase.rawValue
        case .notStarted: break
        }
    }

    /// The columns of a host, for rows that are read by the place of a column: a search for its name
    /// in each row takes longer than the query.
    static let list = """
        target, name, state, started, running, closing, ended, code, signal, failure, message, \
        phase, closed_first, left_here, local_port, stdout, stderr, cut
        """

    /// A row of these columns as a host.
    static func host(of row: Row) throws -> HostRecord {
        var contents: [OutputStream: Int64] = [:]
        contents[.standardOutput] = row[15]
        contents[.standardError] = row[16]
        let closedFirst: String? = row[12]
        let note = closedFirst.map {
            ClosingNote(closedFirst: $0, leftHere: row[13] ?? "", localPort: row[14] ?? 0)
        }
        return HostRecord(
            target: row[0], name: row[1], state: try standing(of: row), started: row[3],
            running: row[4], closing: row[5], ended: row[6], note: note, contents: contents,
            cut: row[17])
    }

    /// The standing a row tells; an unknown word is a journal of another version.
    static func standing(of row: Row) throws -> HostStanding {
        let state: String = row[2]
        switch state {
        case "pending": return .pending
        case "started": return .open(.connecting)
        case "running": return .open(.running)
        case "closing": return .open(.closing)
        default: break
        }
        guard let summaryClass = RunSummary.Class(rawValue: state) else {
            throw JournalError(.corrupt, "a host is in the state \(state), which nobody knows")
        }
        switch summaryClass {
        case .ok, .failed: return .ended(.exited(row[7] ?? 0))
        case .signalled: return .ended(.signalled(row[8] ?? 0))
        case .noStatus: return .ended(.noStatus(try failure(of: row)))
        case .notReached: return .ended(.notReached(try failure(of: row)))
        case .timedOut: return .ended(.timedOut(try phase(of: row)))
        case .cancelled: return .ended(.cancelled(try phase(of: row)))
        case .notStarted: return .ended(.notStarted)
        }
    }

    private static func failure(of row: Row) throws -> HostFailure {
        guard let kind = HostFailure.Kind(rawValue: row[9] ?? "") else {
            throw JournalError(.corrupt, "a host has an unknown kind of failure")
        }
        return HostFailure(kind, row[10] ?? "")
    }

    private static func phase(of row: Row) throws -> HostPhase {
        guard let phase = HostPhase(rawValue: row[11] ?? "") else {
            throw JournalError(.corrupt, "a host has an unknown phase")
        }
        return phase
    }
}
