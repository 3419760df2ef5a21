// SPDX-License-Identifier: Apache-2.0

import RunModel

/// Outcomes in words.
enum OutcomeText {
    /// What hosts with this outcome have in common, in a few words: `exit 3`,
    /// `not reached: connection refused`.
    static func brief(_ outcome: HostOutcome) -> String {
        switch outcome {
        case .exited(0): "ok"
        case .exited(let code): "exit \(code)"
        case .signalled(let signal): "killed by \(SignalName.described(signal))"
        case .noStatus(let failure): "no exit status: \(words(failure.kind))"
        case .notReached(let failure): "not reached: \(words(failure.kind))"
        case .timedOut(let phase): "timed out while \(words(phase))"
        case .cancelled(let phase): "stopped while \(words(phase))"
        case .notStarted: "not started"
        }
    }

    /// The name of a class in a sentence that counts its hosts.
    static func words(_ summaryClass: RunSummary.Class) -> String {
        switch summaryClass {
        case .ok: "ok"
        case .failed: "failed"
        case .signalled: "killed by a signal"
        case .noStatus: "without exit status"
        case .notReached: "not reached"
        case .timedOut: "timed out"
        case .cancelled: "stopped"
        case .notStarted: "not started"
        }
    }

    static func words(_ kind: HostFailure.Kind) -> String {
        switch kind {
        case .nameResolution: "unknown name"
        case .connectionRefused: "connection refused"
        case .unreachable: "unreachable"
        case .noAnswer: "no answer"
        case .permissionDenied: "permission denied"
        case .connectionLost: "connection lost"
        case .protocolError: "protocol error"
        case .localPorts: "no local port"
        case .localResources: "short of local resources"
        }
    }

    static func words(_ phase: HostPhase) -> String {
        switch phase {
        case .pending: "waiting for its turn"
        case .connecting: "connecting"
        case .running: "running"
        case .closing: "closing"
        case .ended: "ended"
        }
    }

    /// `1 host`, `5120 hosts`.
    static func hosts(_ count: Int) -> String { count == 1 ? "1 host" : "\(count) hosts" }
}
