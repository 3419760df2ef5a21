// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import RunModel
import SSHShells
import SessionRecording
import SocketDiagnostics
import TCPClosing
import Testing

@Suite(
    .enabled(if: SSHLab.current != nil, "LASTCALL_LAB_SSH_HOST is not set"), .timeLimit(.minutes(5))
)
struct `Connections over ssh in this process` {
    /// The states of this machine's sockets towards a port.
    private func left(towards port: Int) throws -> [SocketState] {
        var kernel = try SocketDiagnostics()
        let sockets = try kernel.sockets(matching: SocketQuery(remotePort: UInt16(port)))
        return sockets.map(\.state)
    }

    /// How many sessions say that they leave this here.
    private func notes(of sessions: [SSHSession], with left: String) -> Int {
        sessions.count { $0.closing?.leftHere == left }
    }

    private func run(
        _ count: Int, port: Int, closing: ClosingPolicy
    ) async throws -> [SSHSession] {
        let shell = try NativeSSHLab.shell(closing: closing)
        return try await withThrowingTaskGroup(of: SSHSession.self) { group in
            for index in 0..<count {
                group.addTask {
                    try await NativeSSHLab.run(
                        ["true"], on: "10.20.0.\(index + 1)", user: "rshu", port: port,
                        shell: shell)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test(arguments: [ClosingPolicy.resetAfterEnd, .remoteFirst])
    func `leave nothing here when the server closes first`(policy: ClosingPolicy) async throws {
        guard OwnSSHD.isPossible else { return }
        let port = policy == .remoteFirst ? 2231 : 2232
        try await OwnSSHD.run(port: port, ["MaxStartups 1000"]) { _ in
            let ended = try await run(30, port: port, closing: policy)
            #expect(ended.allSatisfy { $0.outcome == .exited(0) })
            #expect(ended.allSatisfy { $0.closing?.closedFirst == "remote" })
            #expect(ended.allSatisfy { $0.closing?.leftHere == "nothing" })
            let sockets = try left(towards: port)
            #expect(sockets.isEmpty)
        }
    }

    /// That the look above would see it: ssh(1) closes first, and so does this policy.
    @Test func `leave TIME-WAIT here when we close first`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(port: 2233, ["MaxStartups 1000"]) { _ in
            let ended = try await run(10, port: 2233, closing: .localFirst)
            let kept = notes(of: ended, with: "TIME-WAIT")
            let seen = try left(towards: 2233)
            #expect(kept > 0)
            #expect(seen.contains(.timeWait))
        }
    }
}
