// SPDX-License-Identifier: Apache-2.0

import RcmdProtocol

/// A machine with all that it answered, deliveries joined.
struct RcmdConversation: Hashable {
    private(set) var machine: RcmdMachine
    private(set) var output: [UInt8] = []
    private(set) var error: [UInt8] = []
    private(set) var requests: [RcmdMachine.RequestPart] = []
    private(set) var runnings = 0
    private(set) var statuses = 0
    private(set) var ends: [RcmdEnd] = []
    /// What was done after the end.
    private(set) var late: [RcmdMachine.Action] = []

    static let marker = StatusMarker(nonce: "Kq3")

    init(stderr: Bool, waits: Bool = false) {
        machine = RcmdMachine(
            marker: Self.marker, usesStderrConnection: stderr, commandWaitsForStderr: waits)
    }

    mutating func tell(_ event: (inout RcmdMachine) -> [RcmdMachine.Action]) {
        for action in event(&machine) {
            if !ends.isEmpty { late.append(action) }
            switch action {
            case .sendRequest(let part): requests.append(part)
            case .running: runnings += 1
            case .deliver(.output, let bytes): output += bytes
            case .deliver(.error, let bytes): error += bytes
            case .statusArrived: statuses += 1
            case .sendSignal: break
            case .end(let end): ends.append(end)
            }
        }
    }

    /// Bytes on the primary connection, as text; `\0` and `\u{1}` are the verdicts.
    mutating func receive(_ text: String) { tell { $0.received(Array(text.utf8)) } }
}
