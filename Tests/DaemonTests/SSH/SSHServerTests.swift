// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import RunModel
import SSHSessionModel
import SSHShells
import SessionRecording
import ShellContract
import Synchronization
import TCPClosing
import TCPSockets
import Testing

@Suite(
    .enabled(if: SSHLab.current != nil, "LASTCALL_LAB_SSH_HOST is not set"), .timeLimit(.minutes(5))
)
struct `A sshd with settings of its own` {
    @Test func `shows a banner, and output stays exact`() async throws {
        guard OwnSSHD.isPossible else { return }
        let banner = OwnSSHD.shared("banner")
        try SmallFile.write("Keep out!\n".utf8, to: banner)
        try await OwnSSHD.run(port: 2221, ["Banner \(banner)"]) { server in
            let session = try await NativeSSHLab.run(["echo hi"], user: "rshu", port: server.port)
            #expect(session.outcome == .exited(0))
            #expect(session.sink.text(.standardOutput) == "hi\n")
            #expect(session.sink.text(.standardError) == "")
        }
    }

    @Test func `forces a command`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(
            port: 2222, ["ForceCommand echo forced: $SSH_ORIGINAL_COMMAND; exit 9"]
        ) { server in
            let session = try await NativeSSHLab.run(["echo hi"], user: "rshu", port: server.port)
            #expect(session.outcome == .exited(9))
            #expect(session.sink.text(.standardOutput) == "forced: echo hi\n")
        }
    }

    @Test func `that drops connections beyond MaxStartups is called again`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(port: 2223, ["MaxStartups 2:100:2"]) { server in
            let held = Mutex(try (1...2).map { try silent(host: $0, port: server.port) })
            // Both must be counted before the third comes.
            try await server.process.wait { $0.occurrences(of: "Connection from", on: .error) >= 2 }
            let outcome = try await outcome(at: server.port) { held.withLock { $0 = [] } }
            #expect(outcome == .exited(6))
        }
    }

    /// A connection that says nothing.
    private func silent(host: UInt32, port: Int) throws -> SharedTCPSocket {
        let socket = SharedTCPSocket(try TCPSocket(towards: .v4(0)))
        _ = try socket.socket.connect(
            to: Destination(address: .v4(0x0a14_0000 + host), port: UInt16(port)))
        return socket
    }

    /// How a host ends; calls the body when the session has been dropped for the first time.
    private func outcome(
        at port: Int, whenDropped body: @escaping @Sendable () -> Void
    ) async throws -> HostOutcome {
        let sink = RecordingSink()
        async let session = NativeSSHLab.run(["exit 6"], user: "rshu", port: port, sink: sink)
        await sink.wait { $0.hasWaited }
        body()
        return try await session.outcome
    }

    @Test func `with another key is refused, with both fingerprints and the line`() async throws {
        guard OwnSSHD.isPossible else { return }
        let key = try await OwnSSHD.makeKey("host-changed")
        let known = OwnSSHD.shared("known-changed")
        let lab = try SmallFile.read(NativeSSHLab.knownHosts)
        let text = lab.split(separator: " ").dropFirst().joined(separator: " ")
        try SmallFile.write("# one\n[10.20.0.1]:2224 \(text)".utf8, to: known)
        try await OwnSSHD.run(port: 2224, [], hostKeys: [key]) { server in
            let session = try await NativeSSHLab.run(["true"], port: server.port) {
                $0.knownHostsFiles = [known]
            }
            let message = session.failure?.message ?? ""
            #expect(!session.wasReached)
            #expect(message.contains("HAS CHANGED"))
            #expect(message.contains("\(known):2"))
            #expect(message.matches(of: #/SHA256:[A-Za-z0-9+/]{43}/#).count == 2)
            #expect(server.logged("Accepted") == 0)
        }
    }

    @Test(arguments: [false, true])
    func `is asked for the type of key it is known by`(isHashed: Bool) async throws {
        guard OwnSSHD.isPossible else { return }
        let rsa = try await OwnSSHD.makeKey("host-rsa-\(isHashed)", type: "rsa")
        let known = OwnSSHD.shared("known-rsa-\(isHashed)")
        let port = isHashed ? 2225 : 2226
        let key = try SmallFile.read("\(rsa).pub").split(separator: " ").prefix(2)
            .joined(separator: " ")
        try SmallFile.write("[10.20.0.1]:\(port) \(key)\n".utf8, to: known)
        if isHashed {
            let hashed = try await Lastcall.shell("ssh-keygen -q -H -f \"$1\"", [known])
            try #require(hashed.status == 0, "\(hashed.error)")
        }
        try await OwnSSHD.run(port: port, [], hostKeys: [OwnSSHD.hostKey, rsa]) { server in
            let session = try await NativeSSHLab.run(["exit 5"], user: "rshu", port: server.port) {
                $0.knownHostsFiles = [known]
            }
            #expect(session.outcome == .exited(5), "\(session.outcome)")
        }
    }

    @Test func `that is new is written down once, by two runs at the same time`() async throws {
        let known = OwnSSHD.shared("known-new-\(ThisTest.number)")
        let shells = try (0..<2)
            .map { _ in
                try NativeSSHLab.shell { settings in
                    settings.knownHostsFiles = [known]
                    settings.newHosts = .accept(file: known, hashed: true)
                }
            }
        let outcomes = try await withThrowingTaskGroup(of: HostOutcome.self) { group in
            for index in 0..<20 {
                group.addTask {
                    try await NativeSSHLab.run(
                        ["true"], on: "10.20.0.\(index / 2 + 1)", shell: shells[index % 2]
                    )
                    .outcome
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.allSatisfy { $0 == .exited(0) }, "\(outcomes)")
        let lines = try SmallFile.read(known).split(separator: "\n")
        #expect(lines.count == 10)
        // What was written is known from now on, and to ssh itself.
        let again = try await NativeSSHLab.run(["true"], on: "10.20.0.3") {
            $0.knownHostsFiles = [known]
        }
        #expect(again.outcome == .exited(0))
        let found = try await Lastcall.shell("ssh-keygen -F 10.20.0.3 -f \"$1\"", [known])
        #expect(found.status == 0)
    }

    @Test func `that is new and not accepted is refused, with its fingerprint`() async throws {
        let session = try await NativeSSHLab.run(["true"]) { $0.knownHostsFiles = [] }
        #expect(!session.wasReached)
        #expect(session.failure?.message.contains("SHA256:") == true)
        #expect(session.failure?.message.contains("--accept-new") == true)
    }

    @Test func `takes variables that its AcceptEnv lists`() async throws {
        guard OwnSSHD.isPossible else { return }
        try await OwnSSHD.run(port: 2227, ["AcceptEnv LAB_*"]) { server in
            let session = try await NativeSSHLab.run(
                ["echo $LAB_ONE $OTHER $LAB_TWO"], user: "rshu", port: server.port
            ) {
                $0.environment = [
                    .init(name: "LAB_ONE", value: "1"), .init(name: "OTHER", value: "no"),
                    .init(name: "LAB_TWO", value: "two words"),
                ]
            }
            #expect(session.sink.text(.standardOutput) == "1 two words\n")
        }
    }

    @Test func `compresses, where both ends want it`() async throws {
        let session = try await NativeSSHLab.run(["head -c 3000000 /dev/zero"]) {
            $0.usesCompression = true
        }
        #expect(session.outcome == .exited(0))
        #expect(session.sink.count(.standardOutput) == 3_000_000)
    }
}

extension RecordingSink {
    /// Whether the session has said that it waits.
    fileprivate var hasWaited: Bool {
        events.contains { event in
            switch event {
            case .waiting: true
            case .proceeding, .running, .closing, .notice: false
            }
        }
    }
}
