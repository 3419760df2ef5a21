// SPDX-License-Identifier: Apache-2.0

import RunModel
import SessionRecording
import ShellContract
import Testing

@Suite(
    .enabled(if: SSHLab.current != nil, "LASTCALL_LAB_SSH_HOST is not set"), .timeLimit(.minutes(5))
)
struct `A command over ssh in this process` {
    @Test(arguments: [0, 1, 3, 126, 127, 128, 254, 255])
    func `ends with its exact exit code, 255 too`(code: Int) async throws {
        let session = try await NativeSSHLab.run(["exit", "\(code)"])
        #expect(session.outcome == .exited(code))
        #expect(session.sink.events == [.running, .closing])
    }

    @Test(arguments: [1, 9, 11, 15])
    func `that dies of a signal is told as such`(signal: Int) async throws {
        let session = try await NativeSSHLab.run(["kill -\(signal) $$"])
        #expect(session.outcome == .signalled(signal))
    }

    @Test func `is joined with blanks and read by the login shell`() async throws {
        let session = try await NativeSSHLab.run(["printf", "'%s|'", "a b", "-v", "--", "$((1+1))"])
        #expect(session.sink.text(.standardOutput) == "a|b|-v|--|2|")
    }

    @Test func `keeps its streams apart`() async throws {
        let session = try await NativeSSHLab.run(["echo out; echo err >&2"])
        #expect(session.sink.text(.standardOutput) == "out\n")
        #expect(session.sink.text(.standardError).hasSuffix("err\n"))
    }

    @Test func `passes every byte value through both ways`() async throws {
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ ($0 >> 8)) }
        let session = try await NativeSSHLab.run(["cat"], input: FixedInput(bytes))
        #expect(session.outcome == .exited(0))
        #expect(session.sink.bytes(.standardOutput) == bytes)
    }

    @Test func `reads an empty input when the run has none`() async throws {
        let session = try await NativeSSHLab.run(["cat; echo end"])
        #expect(session.sink.text(.standardOutput) == "end\n")
    }

    @Test func `that reads no input ends although there is more of it`() async throws {
        let session = try await NativeSSHLab.run(
            ["exit 4"], input: FixedInput([UInt8](repeating: 7, count: 5_000_000)))
        #expect(session.outcome == .exited(4))
    }

    @Test func `waits for a slow reader, and loses nothing`() async throws {
        let gate = Gate()
        let sink = RecordingSink(keepsBytes: false) { _, _ in await gate.wait() }
        async let session = NativeSSHLab.run(
            ["head -c 20000000 /dev/zero; echo done >&2"], sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        // What one turn reads, and nothing more, until the reader goes on.
        #expect(sink.count(.standardOutput) <= 16 * 4096)
        gate.open()
        #expect(try await session.outcome == .exited(0))
        #expect(sink.count(.standardOutput) == 20_000_000)
    }

    @Test func `has no status when the server dies under it`() async throws {
        let gate = Gate()
        let sink = RecordingSink()
        async let session = NativeSSHLab.run(
            ["echo seen; read line; kill -9 $PPID"], input: FixedInput([10], behind: gate),
            sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        gate.open()
        #expect(try await session.failure?.kind == .connectionLost)
        #expect(try await session.wasReached)
        #expect(sink.text(.standardOutput) == "seen\n")
    }

    @Test func `that is stopped is signalled, and ends there`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = NativeSSHLab.run(
            ["echo up; exec sleep 30"], user: NativeSSHLab.ordinaryUser, stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .signal)
        #expect(try await session.outcome == .signalled(15))
    }

    @Test func `that ignores the first signal gets one that it cannot`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = NativeSSHLab.run(
            ["trap '' TERM; echo up; while :; do sleep 1; done"],
            user: NativeSSHLab.ordinaryUser, stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .signal)
        #expect(try await session.outcome == .signalled(9))
    }

    @Test func `ends at once when its session is aborted`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = NativeSSHLab.run(["echo up; exec sleep 30"], stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .abort)
        #expect(try await session.failure?.kind == .connectionLost)
        #expect(sink.notices.count == 1)
    }

    @Test func `leaves the last word to the server`() async throws {
        let session = try await NativeSSHLab.run(["true"])
        #expect(session.closing?.closedFirst == "remote")
        #expect(session.closing?.leftHere == "nothing")
    }
}
