// SPDX-License-Identifier: Apache-2.0

import ChildProcessShells
import Glibc
import RunModel
import SessionRecording
import ShellContract
import Testing

/// These look at the whole process, so each runs in one of its own.
@Suite(.timeLimit(.minutes(5))) struct `Local commands leave nothing behind` {
    @Test func `no descriptor, no zombie: 256 at once, some stopped, some that cannot start`() async
    {
        await #expect(processExitsWith: .success) {
            _ = try await ExecSession.sh("echo warm", input: FixedInput([65]))
            let before = openDescriptors()
            let stops = (0..<64).map { _ in SessionStop() }
            let gate = Gate()
            try await withThrowingTaskGroup(of: HostOutcome.self) { group in
                for index in 0..<256 {
                    group.addTask {
                        switch index % 4 {
                        case 0:
                            try await ExecSession.sh(
                                "cat; exit 1", input: FixedInput([65], behind: gate)
                            )
                            .outcome
                        case 1: try await ExecSession.run(["/no/such/program"]).outcome
                        case 2:
                            try await ExecSession.sh("exec sleep 60", stop: stops[index / 4])
                                .outcome
                        case _: try await ExecSession.sh("read x; exit 2").outcome
                        }
                    }
                }
                var counts: [String: Int] = [:]
                while let outcome = try await group.next() {
                    let name =
                        if case .notReached = outcome { "notReached" } else { "\(outcome)" }
                    counts[name, default: 0] += 1
                    if counts["notReached"] == 64, counts["exited(2)"] == 64 {
                        gate.open()
                        for stop in stops { stop.raise(to: .signal) }
                    }
                }
                // One that had not been started when the stop came was cancelled.
                try #require(counts["exited(1)"] == 64)
                try #require(counts.values.reduce(0, +) == 256)
                try #require(counts["signalled(15)"] ?? 0 > 0)
            }
            try #require(openDescriptors() == before)
            try #require(waitpid(-1, nil, WNOHANG) == -1 && errno == ECHILD)
        }
    }

    @Test func `too few descriptors are waited for, then named`() async {
        await #expect(processExitsWith: .success) {
            _ = try await ExecSession.run(["true"])
            let lowestFree = dup(0)
            close(lowestFree)
            var limit = rlimit(rlim_cur: rlim_t(lowestFree + 2), rlim_max: 4096)
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            let sink = RecordingSink()
            async let scarce = ExecSession.run(["true"], sink: sink)
            await sink.wait { !$0.events.isEmpty }
            limit.rlim_cur = 4096
            try #require(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
            try #require(try await scarce.outcome == .exited(0))
            guard case .waiting(let reason)? = sink.events.first else { exit(1) }
            try #require(reason.contains("Too many open files"))
        }
    }

    @Test func `and block no thread: many run on an executor of one`() async throws {
        let executor = OneThread()
        let gate = Gate()
        try await withTaskExecutorPreference(executor) {
            try await withThrowingTaskGroup(of: HostOutcome.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        try await ExecSession.sh("cat", input: FixedInput([65], behind: gate))
                            .outcome
                    }
                }
                // Were a session to block the thread, this one could not end.
                let other = try await ExecSession.sh("echo through")
                #expect(other.outcome == .exited(0))
                gate.open()
                for try await outcome in group { #expect(outcome == .exited(0)) }
            }
        }
    }
}

/// The pipes, process descriptors and null devices this process has open.
///
/// Not its epoll, event and timer descriptors: the run-time's own come with the first use.
private func openDescriptors() -> [String] {
    (0..<4096)
        .compactMap { number in
            var target = [CChar](repeating: 0, count: 256)
            let count = readlink("/proc/self/fd/\(number)", &target, target.count)
            guard count > 0 else { return nil }
            let text = String(
                decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let isOurs = ["pipe:", "anon_inode:[pidfd]", "pidfd:", "/dev/null"]
                .contains {
                    text.hasPrefix($0)
                }
            return isOurs ? text : nil
        }
}
