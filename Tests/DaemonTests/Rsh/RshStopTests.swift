// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import Testing

extension `lastcall run over real rsh servers` {
    @Suite struct `A run that is stopped` {
        /// Waits until so many hosts run.
        static func running(_ count: Int, _ process: LiveProcess) async throws {
            try await process.wait {
                $0.occurrences(of: #""event":"running""#, on: .output) == count
            }
        }

        @Test(arguments: [(SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
        func `by a signal ends the remote processes`(signal: Int32, status: Int32) async throws {
            let run = try await RshLab.run(
                "10.20.10.[0-11]", ["-f", "8"], command: ["sleep 3.1\(signal)e2"]
            ) { process in
                try await Self.running(8, process)
                process.signal(signal)
            }
            #expect(run.status == status)
            #expect(!run.process.wasKilled)
            #expect(run.totals == ["cancelled": 8, "not-started": 4])
            #expect(run.accountsForAll)
            #expect(try await RshLab.hasEnded("10", with: "sleep 3.1\(signal)e2"))
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `by ^C says first who is pending, and ends them at the second`() async throws {
            let run = try await RshLab.run(
                "10.20.10.[0-11]", ["-f", "8"], command: ["sleep 3.2e2"]
            ) { process in
                try await Self.running(8, process)
                process.signal(SIGINT)
                try await process.wait(for: "running for", on: .error)
                #expect(process.text(.error).contains("8 of 12 hosts have not ended"))
                #expect(process.text(.error).contains("10.20.10.[0-7]"))
                #expect(try await RshLab.processes("10", with: "sleep 3.2e2").count >= 8)
                process.signal(SIGINT)
            }
            #expect(run.status == 130)
            #expect(run.totals == ["cancelled": 8, "not-started": 4])
            #expect(run.accountsForAll)
            #expect(try await RshLab.hasEnded("10", with: "sleep 3.2e2"))
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `by a third ^C does not wait for those that ignore signals`() async throws {
            let run = try await RshLab.run(
                "10.20.11.[0-3],\(RshLab.special("REDONE", 2))",
                command: ["trap '' INT TERM HUP; echo ready; sleep 3.3e2; sleep 3.3e2"]
            ) { process in
                try await process.wait { $0.occurrences(of: "ready", on: .output) == 6 }
                process.signal(SIGINT)
                try await process.wait(for: "have not ended", on: .error)
                process.signal(SIGINT)
                try await process.wait(for: "stopping", on: .output)
                process.signal(SIGINT)
            }
            #expect(run.status == 130)
            #expect(run.totals == ["cancelled": 6])
            #expect(run.accountsForAll)
            #expect(try await RshLab.clientSockets() == [])
            try await RshLab.end("11", with: "sleep 3.3e2")
            try await RshLab.end("redone", with: "sleep 3.3e2")
        }

        @Test(arguments: ["sleep 3.4e2", "trap '' TERM; sleep 3.4e2; sleep 3.4e2"])
        func `by its time limit ends the remote processes`(command: String) async throws {
            let run = try await RshLab.run(
                "10.20.12.[0-7]", ["-u", "1s"], command: [command])
            #expect(run.status == 4)
            #expect(run.totals == ["timed-out": 8])
            #expect(run.accountsForAll)
            #expect(try await RshLab.hasEnded("12", with: "sleep 3.4e2"))
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `by its time limit keeps the exit status of a command that has ended`()
            async throws
        {
            let run = try await RshLab.run(
                "10.20.12.[0-7]", ["-u", "1s"], command: ["sleep 3.5e2 & echo early"])
            #expect(run.totals == ["ok": 8])
            #expect(run.accountsForAll)
            #expect(try await RshLab.hasEnded("12", with: "sleep 3.5e2"))
        }

        @Test func `by its time limit in an endless stream has all output until then`()
            async throws
        {
            let result = try await Lastcall.run(
                [
                    "run", "--via", "rsh", "-N", "-w", "10.20.12.1", "-u", "2s", "--", "yes",
                    "endless",
                ])
            #expect(result.status == 4)
            #expect(result.error.contains("timed out after"))
            #expect(result.outputCount > 1_000_000)
            let line = Array("endless\n".utf8)
            #expect(
                result.outputBytes.prefix(80_000) == ArraySlice((0..<10_000).flatMap { _ in line }))
            #expect(result.peakMemory < 150 * 1024)
            #expect(try await RshLab.hasEnded("12", with: "yes endless"))
        }
    }
}
