// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

extension `lastcall run over real rsh servers` {
    @Suite struct `A host that does not let the command run` {
        /// A server's way to say no.
        struct Refusing: Sendable, CustomTestStringConvertible {
            var name: String
            var hosts: String
            var options: [String] = []
            var command = ["echo never"]
            var kind: String
            var words: String

            var testDescription: String { name }
        }

        static let refusals = [
            Refusing(
                name: "untrusted user", hosts: "u-norhosts@10.20.0.[0-7]",
                kind: "permission-denied", words: "refused this user"),
            Refusing(
                name: "unknown user", hosts: "10.20.0.[0-7]", options: ["-l", "nobody-here"],
                kind: "permission-denied", words: "refused this user"),
            Refusing(
                name: "user name of 16 bytes", hosts: "10.20.0.[0-7]",
                options: ["-l", "sixteen-bytes-16"], kind: "permission-denied",
                words: "netkit: 15 bytes"),
            Refusing(
                name: "untrusted user, rsh-redone", hosts: RshLab.special("REDONE", 8),
                options: ["-l", "u-norhosts"], kind: "permission-denied",
                words: "Authentication failure"),
            Refusing(
                name: "1,100 bytes of command, rsh-redone", hosts: RshLab.special("REDONE", 4),
                command: ["true", String(repeating: "x", count: 1100)], kind: "connection-lost",
                words: "rsh-redone's server takes 1023"),
            Refusing(
                name: "nothing listens", hosts: RshLab.special("REFUSED", 8),
                kind: "connection-refused", words: "connection refused"),
            Refusing(
                name: "no route", hosts: RshLab.special("UNREACHABLE", 3), kind: "unreachable",
                words: "cannot be reached"),
            Refusing(
                name: "no such name", hosts: "no-such-name.invalid", kind: "name-resolution",
                words: "no-such-name.invalid"),
            Refusing(
                name: "a server whose DNS does not answer", hosts: RshLab.special("DEAD_DNS", 8),
                options: ["--connect-timeout", "45s"], kind: "name-resolution",
                words: "its DNS does not answer"),
        ]

        @Test(arguments: refusals)
        func `is named with the reason`(refusing: Refusing) async throws {
            let run = try await RshLab.run(
                refusing.hosts, refusing.options, command: refusing.command)
            #expect(run.status == 3)
            #expect(!run.ended.isEmpty && run.accountsForAll)
            for end in run.ended {
                #expect(end.outcome == "not-reached", "\(end)")
                #expect(end.failure?.kind == refusing.kind, "\(end)")
                #expect(end.failure?.message.contains(refusing.words) == true, "\(end)")
            }
            #expect(run.remarks.contains(refusing.words))
            #expect(run.bytes().isEmpty)
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `because no server could take it is not even contacted`() async throws {
            let half = String(repeating: "x", count: 65_536)
            for options in [[], ["--stdin"]] {
                let result = try await Lastcall.run(
                    ["run", "--via", "rsh", "-w", "10.20.0.[0-7]"] + options + ["--", half, half])
                #expect(result.status == 2)
                #expect(
                    result.error.wholeMatch(
                        of:
                            #/lastcall: --via rsh: the command is too long for rsh: \d+ bytes with its wrapping, at most 131071\n/#
                    ) != nil, "\(result.error.prefix(300))")
            }
        }

        @Test func `because this machine has no address to call from does not wait for a port`()
            async throws
        {
            // The kernel's word for it is the one for a four-tuple that is taken.
            let result = try await Lastcall.shell(
                """
                exec unshare --net sh -c 'ip link set lo up
                echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6
                exec "$LASTCALL" run --via rsh -w ::1 -- true'
                """)
            #expect(result.status == 3)
            #expect(result.error.contains("this machine has no address to call from"))
        }

        @Test func `unless the command has exactly as many bytes as fit`() async throws {
            // The wrapping is counted by asking for one byte too many.
            func run(_ length: Int) async throws -> ProcessResult {
                let tail = String(repeating: "x", count: length / 2)
                return try await Lastcall.run(
                    ["run", "--via", "rsh", "-N", "-w", "10.20.0.1", "--", ": " + tail, tail])
            }
            let refused = try await run(140_000)
            let length = try #require(
                refused.error.firstMatch(of: #/(\d+) bytes with/#).flatMap { Int($0.1) })
            // An even number of bytes less than would be needed.
            let excess = (length - 131_071 + 1) / 2 * 2
            #expect(try await run(140_000 - excess).status == 0)
            #expect(try await run(140_000 - excess + 2).status == 2)
        }

        @Test func `because it never answers has timed out`() async throws {
            let run = try await RshLab.run(
                RshLab.special("BLACKHOLE", 32), ["--connect-timeout", "2s"], command: ["true"])
            #expect(run.status == 4)
            #expect(run.totals == ["timed-out": 32])
            #expect(run.ended.allSatisfy { $0.phase == "connecting" })
            #expect(run.accountsForAll)
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `does not hold up the others`() async throws {
            let run = try await RshLab.run(
                "10.20.1.[0-63]",
                [
                    "-w", RshLab.special("REFUSED", 16), "-w", RshLab.special("BLACKHOLE", 16),
                    "-w", RshLab.special("UNREACHABLE", 3), "-w", RshLab.special("REDONE", 16),
                    "-w", "u-norhosts@10.20.2.[0-15]", "--connect-timeout", "4s",
                ], command: ["echo hi"])
            #expect(run.status == 4)
            #expect(run.totals == ["ok": 80, "not-reached": 35, "timed-out": 16])
            #expect(run.accountsForAll)
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `after inetd's limit says that inetd may have it`() async throws {
            let first = try await RshLab.run(
                RshLab.special("RATE_LIMITED", 256), command: ["true"])
            let second = try await RshLab.run(
                RshLab.special("RATE_LIMITED", 44), command: ["true"])
            #expect(first.accountsForAll && second.accountsForAll)
            let ends = first.ended + second.ended
            #expect(ends.count == 300)
            #expect((200...260).contains(ends.count { $0.outcome == "ok" }))
            for end in ends where end.outcome != "ok" {
                #expect(end.outcome == "not-reached", "\(end)")
                #expect(end.failure?.message.contains("inetd") == true, "\(end)")
            }
            #expect(try await RshLab.clientSockets() == [])
        }
    }

    @Suite struct `A death` {
        @Test func `of the server in mid-output leaves no exit status`() async throws {
            let mark = "mid-output-mark"
            let run = try await RshLab.run("10.20.8.1,10.20.9.1", command: ["yes \(mark)"]) {
                process in
                try await process.wait { process in
                    ["10.20.8.1", "10.20.9.1"]
                        .allSatisfy {
                            process.text(.output).contains(#""output","host":"\#($0)""#)
                        }
                }
                for server in ["8", "9"] {
                    let daemons = try await RshLab.onServer(server, ["pgrep", "-x", "in.rshd"])
                    let commands = try await RshLab.processes(server, with: mark)
                    let all = daemons.split(separator: "\n").map(String.init) + commands
                    _ = try await RshLab.onServer(server, ["kill", "-9"] + all)
                }
            }
            #expect(run.status == 3)
            #expect(run.totals == ["no-status": 2])
            #expect(run.ended.allSatisfy { $0.failure?.kind == "connection-lost" })
            #expect(run.remarks.contains("before the exit status came"))
            #expect(run.text(of: "10.20.8.1").hasPrefix("\(mark)\n\(mark)\n"))
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test(arguments: ["exec sleep 3.17e2", "exec yes 3.17e2", "cat; exec sleep 3.17e2"])
        func `of the client leaves no socket`(command: String) async throws {
            let result = try await Lastcall.run(
                ["run", "--via", "rsh", "--json", "-w", "10.20.9.[0-31]", "--", command],
                keepsOutput: true
            ) { process in
                try await process.wait {
                    $0.occurrences(of: #""event":"running""#, on: .output) == 32
                }
                #expect(try await RshLab.clientSockets().count == 64)
                process.signal(9)
            }
            #expect(result.wasKilled)
            #expect(try await RshLab.clientSockets() == [])
            try await RshLab.end("9", with: "3.17e2")
        }
    }
}
