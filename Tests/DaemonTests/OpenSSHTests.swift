// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import RunModel
import SessionRecording
import ShellContract
import Testing

@Suite(
    .enabled(if: SSHLab.current != nil, "LASTCALL_LAB_SSH_HOST is not set"), .timeLimit(.minutes(5))
)
struct `A command through ssh(1) and a real sshd` {
    @Test(arguments: [0, 1, 3, 126, 127, 128, 254, 255])
    func `ends with its exact exit code, 255 too`(code: Int) async throws {
        let session = try await SSHLab.run(["exit", "\(code)"])
        #expect(session.outcome == .exited(code))
        #expect(session.sink.events == [.running, .closing])
    }

    @Test(arguments: [9, 15])
    func `that dies of a signal has no status, and the message says why`(
        signal: Int
    ) async throws {
        let session = try await SSHLab.run(["kill -\(signal) $$"])
        #expect(session.failure?.message.contains("died of a signal") == true)
        #expect(session.wasReached)
    }

    @Test func `that imitates ssh's own failure is believed`() async throws {
        let session = try await SSHLab.run([
            "echo 'ssh: connect to host x port 22: Connection refused' >&2; exit 255"
        ])
        #expect(session.outcome == .exited(255))
        // What comes before is of the login shell's own start-up files.
        #expect(
            session.sink.text(.standardError)
                .hasSuffix("ssh: connect to host x port 22: Connection refused\n"))
        #expect(session.sink.notices.isEmpty)
    }

    @Test func `is joined with blanks and read by the login shell`() async throws {
        let session = try await SSHLab.run(["printf", "'%s|'", "a b", "-v", "--", "$((1+1))"])
        #expect(session.sink.text(.standardOutput) == "a|b|-v|--|2|")
    }

    @Test func `that looks like options is a command all the same`() async throws {
        let session = try await SSHLab.run(["-oProxyCommand=false"])
        // What the login shell makes of it is the login shell's business.
        #expect(session.wasReached)
        #expect(session.outcome != .exited(0))
        #expect(session.sink.events == [.running, .closing])
    }

    @Test func `keeps its streams apart, with nothing of ssh in them`() async throws {
        let session = try await SSHLab.run(["echo out; echo err >&2"])
        #expect(session.sink.text(.standardOutput) == "out\n")
        // What comes before is of the login shell's own start-up files.
        #expect(session.sink.text(.standardError).hasSuffix("err\n"))
        #expect(!session.sink.text(.standardError).contains("debug1:"))
    }

    @Test func `passes every byte value through both ways`() async throws {
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ ($0 >> 8)) }
        let session = try await SSHLab.run(["cat"], input: FixedInput(bytes))
        #expect(session.outcome == .exited(0))
        #expect(session.sink.bytes(.standardOutput) == bytes)
    }

    @Test func `reads an empty input when the run has none`() async throws {
        let session = try await SSHLab.run(["cat; echo end"])
        #expect(session.sink.text(.standardOutput) == "end\n")
    }

    @Test func `has no status when the server dies under it`() async throws {
        let gate = Gate()
        let sink = RecordingSink()
        async let session = SSHLab.run(
            ["echo seen; read line; kill -9 $PPID"], input: FixedInput([10], behind: gate),
            sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        gate.open()
        #expect(try await session.failure?.kind == .connectionLost)
        #expect(try await session.wasReached)
        #expect(sink.text(.standardOutput) == "seen\n")
    }

    @Test func `runs before it has written anything`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = SSHLab.run(["exec sleep 30"], stop: stop, sink: sink)
        await sink.wait { $0.events.contains(.running) }
        stop.raise(to: .signal)
        #expect(try await session.failure?.kind == .connectionLost)
        #expect(sink.notices.contains { $0.contains("may still run") })
    }

    @Test func `that writes ends when its session is stopped`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink(keepsBytes: false)
        async let session = SSHLab.run(["exec yes"], stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 1_000_000 }
        stop.raise(to: .signal)
        #expect(try await session.wasReached)
    }

    @Test func `ends at once when its session is aborted`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = SSHLab.run(["echo up; exec sleep 30"], stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .abort)
        #expect(try await session.failure?.kind == .connectionLost)
    }

    @Test func `over a shared connection ends with its exact exit code up to 254`() async throws {
        let directory = try TemporaryDirectory()
        let shared = [
            "-o", "ControlPath=\(directory.path)/%C", "-o", "ControlMaster=auto",
            "-o", "ControlPersist=60",
        ]
        for code in [0, 7, 254] {
            let session = try await SSHLab.run(["echo hi; exit \(code)"], options: shared)
            #expect(session.outcome == .exited(code))
            #expect(session.sink.text(.standardOutput) == "hi\n")
        }
        let ambiguous = try await SSHLab.run(["exit 255"], options: shared)
        #expect(ambiguous.outcome == .exited(255))
        #expect(ambiguous.sink.notices.count == 1)
        // Ends the process that holds the connection; there is no command to reach.
        #expect(try await !SSHLab.run(["true"], options: shared + ["-O", "exit"]).wasReached)
    }

    @Test func `without ssh's log has the same exit codes, but for 255`() async throws {
        let ended = try await SSHLab.run(["exit 3"], readsLog: false)
        #expect(ended.outcome == .exited(3))
        let ambiguous = try await SSHLab.run(["exit 255"], readsLog: false)
        #expect(ambiguous.outcome == .exited(255))
        #expect(ambiguous.sink.notices.count == 1)
    }
}

@Suite(
    .enabled(if: SSHLab.current != nil, "LASTCALL_LAB_SSH_HOST is not set"), .timeLimit(.minutes(5))
)
struct `A host that ssh(1) does not reach` {
    /// The options that bring about a failure, its kind, and what ssh says.
    struct Failing: Sendable, CustomTestStringConvertible {
        var options: [String] = []
        var target: String?
        var user: String?
        var port: Int?
        let kind: HostFailure.Kind
        let words: String

        var testDescription: String { words }
    }

    static let failures: [Failing] = [
        Failing(
            target: "127.0.0.1", port: 1, kind: .connectionRefused, words: "Connection refused"),
        Failing(
            target: "no.such.host.invalid", kind: .nameResolution,
            words: "Could not resolve hostname"),
        Failing(user: "lastcall-nobody", kind: .permissionDenied, words: "Permission denied ("),
        Failing(
            options: ["-o", "UserKnownHostsFile=/dev/null", "-o", "StrictHostKeyChecking=yes"],
            kind: .protocolError, words: "Host key verification failed"),
        Failing(
            options: ["-o", "HostKeyAlgorithms=ssh-dss", "-o", "HostKeyAlgorithms=ssh-dss"],
            kind: .protocolError, words: "no matching host key"),
        Failing(
            options: ["-o", "ProxyCommand=false"], kind: .connectionLost,
            words: "Connection"),
        Failing(options: ["-o", "NoSuchOption=1"], kind: .localResources, words: "nosuchoption"),
        Failing(options: ["-F", "/no/such/file"], kind: .localResources, words: "/no/such/file"),
    ]

    @Test(arguments: failures, [true, false])
    func `has the failure in ssh's own words`(failing: Failing, readsLog: Bool) async throws {
        let session = try await SSHLab.run(
            ["true"], on: failing.target, user: failing.user, port: failing.port,
            options: failing.options, readsLog: readsLog)
        #expect(!session.wasReached, "\(session.outcome)")
        #expect(session.failure?.kind == failing.kind, "\(session.outcome)")
        #expect(session.failure?.message.contains(failing.words) == true, "\(session.outcome)")
        #expect(session.sink.events.contains(.running) != readsLog)
    }

    @Test func `and is stopped meanwhile was cancelled, not lost`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = SSHLab.run(
            ["true"], options: ["-o", "ProxyCommand=sh -c 'echo waiting >&2; exec sleep 30'"],
            stop: stop,
            sink: sink)
        await sink.wait { $0.count(.standardError) > 0 }
        stop.raise(to: .signal)
        #expect(try await session.outcome == .cancelled(.connecting))
    }
}
