// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import Testing

/// All tests of the program over rsh take turns: they count this machine's sockets.
@Suite(
    .enabled(if: RshLab.isHere, "\(RshLab.isMissing)"), .serialized, .timeLimit(.minutes(2)))
struct `lastcall run over real rsh servers` {}

extension `lastcall run over real rsh servers` {
    @Suite struct `A crowd of commands` {
        @Test func `shares 16 reserved ports, 1,024 at once, and lets plain rsh work beside it`()
            async throws
        {
            // Opening a FIFO to read waits for a writer: all commands end when the test lets them.
            let gate = RshLab.share + "/gate"
            try await Lastcall.shell("rm -f \"$1\"; mkfifo -m 666 \"$1\"", [gate])
            let run = try await RshLab.run(
                RshLab.hosts(1024), ["-f", "1024", "--connect-timeout", "none"],
                command: ["echo out; echo err >&2; : <\(gate)"]
            ) { process in
                try await process.wait {
                    $0.occurrences(of: #""event":"output""#, on: .output) == 2048
                }
                let sockets = try await RshLab.clientSockets()
                #expect(sockets.count == 2048)
                #expect(RshLab.localPorts(sockets).count <= 16)
                let plain = try await Lastcall.start(
                    ["rsh", "-n", "10.20.0.7", "echo plain"], input: [], environment: [:])
                #expect(plain.output == "plain\n")
                try await Lastcall.shell(": >\"$1\"", [gate])
            }
            #expect(run.status == 0)
            #expect(run.totals == ["ok": 1024])
            #expect(run.accountsForAll)
            #expect(run.localPorts.count <= 12)
            #expect(run.ended.allSatisfy { $0.closing?.leftHere == "nothing" })
            #expect(run.text("stderr", of: "10.20.3.255") == "err\n")
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test(arguments: [["-f", "40"], ["-f", "7"], ["-f", "40", "--reserved-ports", "3"]])
        func `have their own standard error, though machines are called at two of their addresses`(
            options: [String]
        ) async throws {
            // A server calls back from its address in LASTCALL_LAB_SINGLE, at whichever it is
            // called: those called there share listeners, by address, with those that are not.
            let single = try #require(RshLab.variable("LASTCALL_LAB_SINGLE"))
            for hosts in [single, "\(single),10.20.[0-19].1"] {
                for _ in 0..<6 {
                    let run = try await RshLab.run(
                        hosts, options, command: ["/etc/lab/host >&2; echo $?"])
                    #expect(run.status == 0)
                    #expect(run.ended.count == (hosts == single ? 20 : 40))
                    for ended in run.ended {
                        let host = try #require(ended.host)
                        #expect(run.text("stderr", of: host) == host + "\n")
                        #expect(run.text(of: host) == "0\n")
                    }
                }
            }
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `lose nobody to a server that hangs before it calls back`() async throws {
            // As a machine whose kernel takes connections and whose inetd is stuck.
            let hung = try await Lastcall.start(
                ["lab-server", "5", "perl", "-e", RshLab.hungServer], input: nil, environment: [:]
            ) { server in
                try await server.wait { $0.text(.output).contains("listening") }
                // Amid the others, so that listeners are shared when its turn comes.
                let run = try await RshLab.run(
                    "10.99.[0-9].2,10.20.5.[1-3]:\(RshLab.hungPort),10.99.[10-19].2",
                    ["--connect-timeout", "3s"], command: ["/etc/lab/host >&2"])
                #expect(run.status == 4)
                #expect(run.totals == ["ok": 20, "timed-out": 3])
                #expect(run.accountsForAll)
                for ended in run.ended where ended.outcome == "ok" {
                    let host = try #require(ended.host)
                    #expect(run.text("stderr", of: host) == host + "\n")
                }
                await server.endInput()
            }
            #expect(hung.status == 0)
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `on the same hosts again and again leaves nothing behind`() async throws {
            for _ in 0..<2 {
                let run = try await RshLab.run(
                    RshLab.hosts(512), ["-f", "128"], command: ["echo hi"])
                #expect(run.status == 0)
                #expect(run.totals == ["ok": 512])
                #expect(run.accountsForAll)
                #expect(run.ended.allSatisfy { $0.closing?.leftHere == "nothing" })
                #expect(
                    run.ended.allSatisfy { run.text(of: $0.host) == "hi\n" }
                        || run.events.count < 3000)
                #expect(try await RshLab.clientSockets() == [])
            }
        }

        @Test func `needs no more than two ports`() async throws {
            let run = try await RshLab.run(
                "10.20.4.[0-199]", ["--reserved-ports", "2", "-f", "64"], command: ["echo hi >&2"])
            #expect(run.status == 0)
            #expect(run.totals == ["ok": 200])
            #expect(run.localPorts.count == 1)
        }

        @Test func `more of them to one address than there are ports takes turns`() async throws {
            // Names and addresses of one server are different hosts to us, and one to the kernel.
            let run = try await RshLab.run(
                "10.20.5.1,u-bash@10.20.5.1,u-dash@10.20.5.1,u-zsh@10.20.5.1,u-mksh@10.20.5.1",
                ["--reserved-ports", "3"], command: ["/bin/sleep 0.2"])
            #expect(run.totals == ["ok": 5])
            #expect(run.waitReasons.contains { $0.contains("all of ours (2) go to 10.20.5.1") })
            #expect(run.localPorts.count == 2)
        }

        @Test func `shares its ports with a second run`() async throws {
            async let first = RshLab.run("10.20.6.[0-127]", command: ["/bin/sleep 0.5"])
            async let second = RshLab.run("10.20.6.[0-127]", command: ["/bin/sleep 0.5"])
            let runs = try await (first, second)
            #expect(runs.0.totals == ["ok": 128])
            #expect(runs.1.totals == ["ok": 128])
            #expect(!runs.0.localPorts.isDisjoint(with: runs.1.localPorts))
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test(arguments: [0, 1, 2, 3])
        func `waits, and says why, while another program holds the reserved ports but some`(
            free: Int
        ) async throws {
            var holding: ReservedPortHolder? = try ReservedPortHolder(leaving: free)
            #expect((holding?.count ?? 0) > 400)
            let run = try await RshLab.run("10.20.7.[0-39]", command: ["echo hi"]) { process in
                guard free < 2 else { return }
                try await process.wait {
                    $0.text(.error).contains("no free local port")
                        || $0.text(.output).contains("no free local port")
                }
                holding = nil
            }
            holding = nil
            #expect(run.status == 0)
            #expect(run.totals == ["ok": 40])
        }
    }
}
