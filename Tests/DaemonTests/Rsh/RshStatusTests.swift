// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

extension `lastcall run over real rsh servers` {
    @Suite struct `The exit status` {
        /// A command that every login shell understands, and what becomes of it.
        struct Ending: Sendable, CustomTestStringConvertible {
            var command: String
            var outcome: String
            var code: Int?
            var signal: Int?
            var output = ""
            var error = ""

            var testDescription: String { command }
        }

        static let endings = [
            Ending(command: "true", outcome: "ok", code: 0),
            Ending(command: "exit 3", outcome: "failed", code: 3),
            Ending(command: "exit 255", outcome: "failed", code: 255),
            Ending(command: "exec false", outcome: "failed", code: 1),
            Ending(command: "kill -9 $$", outcome: "signalled", signal: 9),
            Ending(command: "kill -TERM $$", outcome: "signalled", signal: 15),
            Ending(command: "echo a; false", outcome: "failed", code: 1, output: "a\n"),
            Ending(command: "/bin/printf 'no end'", outcome: "ok", code: 0, output: "no end"),
            Ending(
                command: "echo out; /bin/sh -c 'echo err >&2'", outcome: "ok", code: 0,
                output: "out\n", error: "err\n"),
            Ending(
                command: #"echo "a  b" 'c!d' \; $HOME # comment"#, outcome: "ok", code: 0,
                output: "a  b c!d ; HOME\n"),
            Ending(command: "/bin/cat", outcome: "ok", code: 0),
            Ending(command: "/bin/no-such-program 2>/dev/null; exit 7", outcome: "failed", code: 7),
        ]

        @Test(arguments: endings)
        func `is exact in every login shell`(ending: Ending) async throws {
            let users = (RshLab.variable("LASTCALL_LAB_USERS") ?? "").split(separator: " ")
            #expect(users.count == 8)
            // tcsh has another way to redirect standard error alone, and ! is special to it.
            let isForAll = !ending.command.contains("2>") && !ending.command.contains("!")
            let hosts = users.filter { isForAll || $0 != "u-tcsh" }
                .map { "\($0)@10.20.0.\($0.utf8.count)" }
            let run = try await RshLab.run(
                hosts.joined(separator: ","), command: [ending.command])
            #expect(run.ended.count == hosts.count)
            #expect(run.accountsForAll)
            for end in run.ended {
                let home =
                    end.host?.hasPrefix("root@") == true
                    ? "/root"
                    : "/home/"
                        + (end.host?.split(separator: "@").first ?? "")
                #expect(end.outcome == ending.outcome, "\(end)")
                #expect(end.code == ending.code)
                #expect(end.signal == ending.signal)
                #expect(run.text(of: end.host) == ending.output.replacing("HOME", with: home))
                #expect(run.text("stderr", of: end.host) == ending.error)
            }
        }

        @Test func `has 256 values, each exact`() async throws {
            let run = try await RshLab.run(
                "10.20.0.[0-255]", command: ["exit $(/etc/lab/host | cut -d. -f4)"])
            #expect(run.accountsForAll)
            for end in run.ended {
                let code = end.host?.split(separator: ".").last.flatMap { Int($0) } ?? -1
                switch code {
                case 0: #expect(end.outcome == "ok")
                // Shells say 128 + n for death by signal n.
                case 129...192: #expect(end.signal == code - 128, "\(end)")
                case _: #expect(end.outcome == "failed" && end.code == code, "\(end)")
                }
            }
        }

        @Test func `cannot be imitated by output`() async throws {
            let fake = #"printf '\0360123456789abcdef:0\036'; printf '\036:0\036'; exit 5"#
            let run = try await RshLab.run("10.20.0.1", command: [fake])
            #expect(run.end()?.code == 5)
            #expect(run.text() == "\u{1e}0123456789abcdef:0\u{1e}\u{1e}:0\u{1e}")
        }

        @Test func `is kept when standard error is merged, over one connection`() async throws {
            let run = try await RshLab.run(
                "10.20.0.[0-3]", ["--merge-stderr"],
                command: ["echo out; echo err >&2; exit 6"])
            #expect(run.totals == ["failed": 4])
            #expect(run.ended.allSatisfy { $0.code == 6 })
            #expect(run.text(of: "10.20.0.2") == "out\nerr\n")
            #expect(run.bytes("stderr").isEmpty)
        }

        @Test func `does not come from a login shell that runs nothing`() async throws {
            let run = try await RshLab.run("u-nologin@10.20.0.1", command: ["true"])
            #expect(run.status == 3)
            #expect(run.end()?.outcome == "no-status")
            #expect(run.remarks.contains("login shell runs no commands"))
            #expect(run.text().contains("not available"))
        }

        @Test func `waits for a background process that holds the output`() async throws {
            let run = try await RshLab.run(
                "10.20.0.1", command: ["(sleep 1; echo late) & echo early; exit 4"])
            #expect(run.end()?.code == 4)
            #expect(run.text() == "early\nlate\n")
        }

        @Test func `does not wait for one that holds nothing`() async throws {
            let run = try await RshLab.run(
                "10.20.0.1", ["-u", "20s"],
                command: ["sleep 4.04e1 >/dev/null 2>&1 </dev/null & echo early"])
            #expect(run.end()?.outcome == "ok")
            try await RshLab.end("0", with: "sleep 4.04e1")
        }
    }

    @Suite struct `Hosts` {
        @Test func `may be IPv6 addresses, as text or with a port`() async throws {
            let address = try #require(RshLab.variable("LASTCALL_LAB_HOST6"))
            let run = try await RshLab.run(
                "[\(address)],[fd20:1::2]:514,10.20.0.1:514", command: ["/etc/lab/host; echo e >&2"]
            )
            #expect(run.totals == ["ok": 3], "\(run.remarks)")
            #expect(run.text(of: run.ended.first { $0.target == 0 }?.host) == "fd20::1\n")
            #expect(run.text(of: run.ended.first { $0.target == 1 }?.host) == "fd20:1::2\n")
            #expect(run.text("stderr", of: run.ended.first { $0.target == 1 }?.host) == "e\n")
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `on another port are other hosts`() async throws {
            let run = try await RshLab.run("10.20.0.1,10.20.0.1:515", command: ["true"])
            #expect(run.totals == ["ok": 1, "not-reached": 1])
            #expect(run.end(of: "10.20.0.1:515")?.failure?.kind == "connection-refused")
        }

        @Test func `come from names, files and standard input`() async throws {
            let list = RshLab.share + "/hosts"
            try SmallFile.write("node[0001-0003] # comment\nnode0900\n".utf8, to: list)
            let fromFile = try await RshLab.run(
                "^\(list)", ["-x", "node0002"], command: ["/etc/lab/host"])
            #expect(fromFile.totals == ["ok": 3])
            #expect(fromFile.text(of: "node0900") == "10.20.3.132\n")
            let fromInput = try await RshLab.run(
                "-", command: ["cat"], input: Array("node0007\n10.20.1.1\n".utf8))
            #expect(fromInput.ended.count == 2)
            #expect(fromInput.totals == ["ok": 2])
        }
    }
}
