// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import Glibc
import RunModel
import SessionRecording
import ShellContract
import Testing

@Suite(.timeLimit(.minutes(5))) struct `A local command that is stopped` {
    @Test func `dies of SIGTERM`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = ExecSession.sh("echo up; exec sleep 60", stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .signal)
        #expect(try await session.outcome == .signalled(SIGTERM.asInt))
    }

    @Test func `may end in its own way`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = ExecSession.sh(
            "trap 'echo tidied; exit 9' TERM; echo up; while :; do sleep 60 & wait; done",
            stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .signal)
        #expect(try await session.outcome == .exited(9))
        #expect(sink.text(.standardOutput) == "up\ntidied\n")
    }

    @Test func `is asked again and again`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        let shell = ExecShell(localUser: "operator", timer: ImpatientClock())
        let request = try ExecSession.request([
            "/bin/sh", "-c",
            "n=0; trap 'n=$((n+1)); test $n = 3 && exit 3' TERM; echo up; while :; do sleep 60 & wait $!; done",
        ])
        async let end = shell.run(request, stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .signal)
        #expect(await end.outcome == .exited(3))
    }

    @Test func `takes its whole process group with it`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = ExecSession.sh(
            "sleep 60 & (sleep 60 & echo $$; exec sleep 60); wait", stop: stop, sink: sink)
        await sink.wait { $0.text(.standardOutput).hasSuffix("\n") }
        let group = try #require(
            Int32(sink.text(.standardOutput).split(separator: "\n").first ?? ""))
        #expect(kill(-group, 0) == 0)
        stop.raise(to: .signal)
        #expect(try await session.outcome == .signalled(SIGTERM.asInt))
        #expect(await isGone(group))
    }

    @Test func `goes on a stopped process too`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = ExecSession.sh("echo up; kill -STOP $$", stop: stop, sink: sink)
        await sink.wait { $0.count(.standardOutput) > 0 }
        stop.raise(to: .signal)
        #expect(try await session.outcome == .signalled(SIGTERM.asInt))
    }

    @Test func `is killed when it does not listen and the session is aborted`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = ExecSession.sh(
            "trap '' TERM; echo $$; while :; do sleep 60; done", stop: stop, sink: sink)
        await sink.wait { $0.text(.standardOutput).hasSuffix("\n") }
        let group = try #require(Int32(sink.text(.standardOutput).dropLast()))
        stop.raise(to: .signal)
        stop.raise(to: .abort)
        #expect(try await session.outcome == .signalled(SIGKILL.asInt))
        #expect(await isGone(group))
    }

    @Test func `does not wait for processes that left its group, once aborted`() async throws {
        let stop = SessionStop()
        let sink = RecordingSink()
        async let session = ExecSession.sh(
            "setsid sh -c 'echo $$; exec sleep 60' & wait", stop: stop, sink: sink)
        await sink.wait { $0.text(.standardOutput).hasSuffix("\n") }
        let stray = try #require(Int32(sink.text(.standardOutput).dropLast()))
        stop.raise(to: .abort)
        #expect(try await session.outcome == .signalled(SIGKILL.asInt))
        #expect(kill(stray, SIGKILL) == 0)
    }

    @Test func `before its start is not started`() async throws {
        let stop = SessionStop()
        stop.raise(to: .signal)
        let session = try await ExecSession.sh("echo never", stop: stop)
        #expect(session.outcome == .cancelled(.connecting))
        #expect(session.sink.events.isEmpty)
    }

    @Test func `is killed with its group when the task is cancelled`() async throws {
        let sink = RecordingSink()
        let groups = await withTaskGroup(of: HostOutcome?.self) { tasks in
            tasks.addTask {
                try? await ExecSession.sh(
                    "trap '' TERM; sleep 60 & echo $$; wait; sleep 60", sink: sink
                )
                .outcome
            }
            await sink.wait { $0.text(.standardOutput).hasSuffix("\n") }
            tasks.cancelAll()
            #expect(await tasks.next() == .signalled(SIGKILL.asInt))
            return sink.text(.standardOutput)
        }
        #expect(await isGone(try #require(Int32(groups.dropLast()))))
    }

    /// Whether a process group comes to its end: its last members are reaped by others.
    private func isGone(_ group: Int32) async -> Bool {
        for _ in 0..<100_000 {
            if kill(-group, 0) != 0 { return errno == ESRCH }
            if membersAreZombies(of: group) { return true }
            await Task.yield()
        }
        return false
    }

    /// Whether only zombies are left: in a container nobody may reap orphans.
    private func membersAreZombies(of group: Int32) -> Bool {
        guard let processes = opendir("/proc") else { return false }
        defer { closedir(processes) }
        while let entry = readdir(processes) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let process = Int32(name), getpgid(process) == group,
                let status = contents(of: "/proc/\(name)/stat")
            else { continue }
            let state = status.drop { $0 != ")" }.dropFirst(2).first
            if state != "Z" { return false }
        }
        return true
    }

    private func contents(of path: String) -> String? {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = read(descriptor, &buffer, buffer.count)
        return count > 0 ? String(decoding: buffer[..<count], as: UTF8.self) : nil
    }
}

extension Int32 {
    fileprivate var asInt: Int { Int(self) }
}

/// A clock on which every sleep is over at the next turn.
private struct ImpatientClock: Clock {
    typealias Instant = ContinuousClock.Instant
    var now: Instant { ContinuousClock.now }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try await ContinuousClock().sleep(until: now.advanced(by: .milliseconds(5)))
    }
}
