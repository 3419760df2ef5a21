// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

extension `lastcall run over real rsh servers` {
    @Suite struct `Output` {
        /// Random bytes that every host can print, ending with a line feed.
        static func randomFile(_ name: String, megabytes: Int) async throws -> String {
            let path = "\(RshLab.share)/\(name)"
            try await Lastcall.shell(
                #"{ head -c "$2" /dev/urandom; echo; } >"$1"; chmod 644 "$1""#,
                [path, "\(megabytes << 20)"])
            return path
        }

        @Test func `of 64 MiB from each of four hosts is exact, in little memory`() async throws {
            let file = try await Self.randomFile("random", megabytes: 64)
            let hosts = (13...16).map { "10.20.\($0).1" }
            // The lines of one host, without its name, must be the file again.
            let script = #"""
                file=$1 list=$2; shift 2
                set -e
                out=$(mktemp -d); trap 'rm -rf "$out"' EXIT
                "$LASTCALL" run --via rsh -w "$list" -- cat "$file" >"$out/all" & pid=$!
                peak=0
                while now=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' /proc/$pid/status) &&
                    [ -n "$now" ]; do
                    peak=$now; sleep 0.05
                done 2>/dev/null
                wait $pid
                echo "peak $peak"
                sha256sum <"$file"
                for host in "$@"; do
                    LC_ALL=C sed -n "s/^$host: //p" "$out/all" | sha256sum
                done
                """#
            let result = try await Lastcall.shell(
                script, [file, hosts.joined(separator: ",")] + hosts)
            #expect(result.status == 0, "\(result.error)")
            #expect(result.error.contains("4 hosts: 4 ok"))
            let lines = result.output.split(separator: "\n")
            let peak = lines.first { $0.hasPrefix("peak ") }?.split(separator: " ").last
                .flatMap { Int($0) }
            #expect(try #require(peak) < 150 * 1024)
            #expect(peak != 0)
            let hashes = lines.suffix(5)
            #expect(hashes.count == 5 && Set(hashes).count == 1, "\(result.output)")
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `passes every byte through, also a last line without an end`() async throws {
            // NUL, invalid UTF-8, control bytes, and what looks like our own marks.
            let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ ($0 >> 8)) }
            let path = RshLab.share + "/bytes"
            try SmallFile.write(bytes, to: path)
            let plain = try await Lastcall.run(
                [
                    "run", "--via", "rsh", "-N", "-w", "10.20.13.1", "--",
                    "cat \(path)",
                ])
            #expect(plain.status == 0)
            #expect(plain.outputBytes == bytes)
            #expect(plain.error.contains("1 host: 1 ok"))
            let run = try await RshLab.run(
                "10.20.13.1", command: ["cat \(path); cat \(path) >&2"])
            #expect(run.bytes() == bytes)
            #expect(run.bytes("stderr") == bytes)
        }

        @Test func `has lines of 10 MB`() async throws {
            let script = #"""
                "$LASTCALL" run --via rsh -w '10.20.14.[0-3]' -- \
                    'head -c 10000000 /dev/zero | tr "\0" x; echo; echo next' |
                    sort | uniq -c | awk '{print length($3), $1, $2}'
                """#
            let result = try await Lastcall.shell(script)
            let lengths = result.output.split(separator: "\n").sorted()
            #expect(
                lengths
                    == (0...3).flatMap { ["10000000 1 10.20.14.\($0):", "4 1 10.20.14.\($0):"] }
                    .map { Substring($0) }.sorted(), "\(result.error)")
        }
    }

    @Suite struct `Standard input` {
        @Test func `goes to every host, and ends there`() async throws {
            let run = try await RshLab.run(
                "10.20.0.[0-63],u-tcsh@10.20.1.1,u-zsh@10.20.1.1,u-busybox@10.20.1.1",
                ["--stdin"], command: ["cat"], input: Array("a line\nno end".utf8))
            #expect(run.status == 0)
            #expect(run.totals == ["ok": 67])
            #expect(run.ended.allSatisfy { run.text(of: $0.host) == "a line\nno end" })
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test(arguments: [true, false])
        func `of 20 MB arrives whole, from a file or a pipe`(isFile: Bool) async throws {
            let file = try await `Output`.randomFile("input", megabytes: 20)
            let command = "run --via rsh --stdin -w '10.20.2.[0-2]' -N -- sha256sum"
            let result = try await Lastcall.shell(
                "sha256sum <\"$1\"; "
                    + (isFile
                        ? "$LASTCALL \(command) <\"$1\"" : "cat \"$1\" | $LASTCALL \(command)"),
                [file])
            #expect(result.status == 0, "\(result.error)")
            let hashes = result.output.split(separator: "\n")
            #expect(hashes.count == 4 && Set(hashes).count == 1, "\(result.output)")
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `that trickles is passed on as it comes`() async throws {
            let run = try await RshLab.run(
                "10.20.2.[0-3]", ["--stdin"], command: ["while read x; do echo \"got $x\"; done"],
                input: nil
            ) { process in
                for word in ["one", "two", "three"] {
                    await process.write(Array("\(word)\n".utf8))
                    try await process.wait { $0.occurrences(of: "got \(word)", on: .output) == 4 }
                }
                await process.endInput()
            }
            #expect(run.totals == ["ok": 4])
            #expect(run.text(of: "10.20.2.3") == "got one\ngot two\ngot three\n")
        }

        @Test(arguments: [true, false])
        func `that is empty is empty there`(isFile: Bool) async throws {
            let result = try await Lastcall.shell(
                (isFile ? "" : ": | ")
                    + "$LASTCALL run --via rsh --stdin -w '10.20.2.[0-3]' -N -- 'wc -c'"
                    + (isFile ? " </dev/null" : ""))
            #expect(result.status == 0, "\(result.error)")
            #expect(result.output == "0\n0\n0\n0\n")
        }

        @Test(arguments: [true, false])
        func `need not be read to its end`(isFile: Bool) async throws {
            let file = try await `Output`.randomFile("unread", megabytes: 8)
            let result = try await Lastcall.shell(
                (isFile ? "" : "cat \"$1\" | ")
                    + "$LASTCALL run --via rsh --stdin -w '10.20.2.[0-3]' -N -- 'head -c 1|wc -c; exit 9'"
                    + (isFile ? " <\"$1\"" : ""), [file])
            #expect(result.status == 1, "\(result.error)")
            #expect(result.output == "1\n1\n1\n1\n")
            #expect(result.error.contains("exit 9 (4)"))
            #expect(try await RshLab.clientSockets() == [])
        }

        @Test func `that never ends does not keep a run whose commands have ended`() async throws {
            let run = try await RshLab.run(
                "10.20.2.[0-3]", ["--stdin"], command: ["echo done"], input: nil
            ) { process in
                await process.write(Array("some".utf8))
                try await process.wait(for: #""event":"finished""#)
            }
            #expect(run.totals == ["ok": 4])
        }

        @Test func `is not sent without --stdin, and commands read nothing`() async throws {
            let run = try await RshLab.run(
                "10.20.2.[0-3]", command: ["cat; echo end"], input: Array("unwanted\n".utf8))
            #expect(run.totals == ["ok": 4])
            #expect(run.text(of: "10.20.2.0") == "end\n")
        }
    }

    @Suite struct `Who closes first` {
        static func timeWaits(on server: Int) async throws -> Int {
            try await RshLab.onServer(
                "\(server)", ["ss", "-tanH", "state", "time-wait", "( sport = :514 )"]
            )
            .split(separator: "\n").count
        }

        @Test func `is the remote end, and TIME-WAIT is there`() async throws {
            let before = try await Self.timeWaits(on: 17)
            let run = try await RshLab.run(
                "10.20.17.[0-31]", ["--closing", "remote-first"], command: ["true"])
            #expect(run.totals == ["ok": 32])
            #expect(run.ended.allSatisfy { $0.closing?.closedFirst == "remote" })
            #expect(run.ended.allSatisfy { $0.closing?.leftHere == "nothing" })
            #expect(try await RshLab.clientSockets() == [])
            #expect(try await Self.timeWaits(on: 17) - before == 32)
        }

        @Test func `is the remote end, and nobody has TIME-WAIT after our reset`() async throws {
            let before = try await Self.timeWaits(on: 18)
            let run = try await RshLab.run("10.20.18.[0-31]", command: ["true"])
            #expect(run.totals == ["ok": 32])
            #expect(run.ended.allSatisfy { $0.closing?.leftHere == "nothing" })
            #expect(try await RshLab.clientSockets() == [])
            #expect(try await Self.timeWaits(on: 18) == before)
        }

        /// A command whose end comes after its status, or at once: then either end may be first.
        @Test(arguments: ["/bin/sleep 0.5 & exit 2", "exit 2"])
        func `is us, and the ports serve again all the same`(command: String) async throws {
            let server = RshLab.timeWaitServer
            for _ in 0..<3 {
                let run = try await RshLab.run(
                    "10.20.\(server).[0-31]", ["--closing", "local-first"], command: [command])
                #expect(run.totals == ["failed": 32])
                let waiting = run.ended.filter { $0.closing?.leftHere == "TIME-WAIT" }
                #expect(waiting.count == 32 || command == "exit 2")
                #expect(
                    run.ended.allSatisfy {
                        ($0.closing?.closedFirst == "local")
                            == ($0.closing?.leftHere == "TIME-WAIT")
                    })
                let left = try await RshLab.clientSockets(towards: server)
                    .map { $0.split(separator: " ") }
                for end in waiting {
                    let (host, port) = (end.host ?? "", end.closing?.localPort ?? 0)
                    #expect(
                        left.contains {
                            $0[0] == "TIME-WAIT" && $0[3].hasSuffix(":\(port)")
                                && $0[4] == "\(host):514"
                        })
                }
            }
        }
    }
}
