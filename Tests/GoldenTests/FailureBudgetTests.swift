// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `A budget of failures` {
    private func run(_ limit: String, script: String) async throws -> ProcessResult {
        try await Lastcall.run([
            "run", "--via", "exec", "-f", "1", "-w", "n[1-20]", "--max-failures", limit, "--", "sh",
            "-c", script,
        ])
    }

    @Test(arguments: [("0", 1), ("2", 3), ("10%", 3), ("12%", 3), ("4%", 1)])
    func `starts no host after it is spent`(limit: String, failed: Int) async throws {
        let result = try await run(limit, script: "exit 7")
        #expect(result.status == 3)
        #expect(
            result.error.contains("20 hosts: \(failed) failed, \(20 - failed) not started"))
        let told = result.error.split(separator: "\n").count { $0.contains("--max-failures") }
        #expect(told == 1)
    }

    @Test func `is not spent by as many as may fail`() async throws {
        let result = try await run("2", script: "[ %n -ge 2 ]")
        #expect(result.status == 1)
        #expect(result.error.contains("20 hosts: 18 ok, 2 failed in"))
        #expect(!result.error.contains("--max-failures"))
    }

    @Test(arguments: ["-1", "x", "101%", "%"]) func `is a number or a part`(
        text: String
    ) async throws {
        let result = try await Lastcall.run([
            "run", "--via", "exec", "-w", "a", "--max-failures=\(text)", "--", "true",
        ])
        #expect(result.status == 2)
    }
}
