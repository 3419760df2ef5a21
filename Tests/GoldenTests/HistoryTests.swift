// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import Testing

/// `lastcall` with a state directory of its own.
private struct Home {
    let state: String

    init() throws {
        var template = Array("\(Lastcall.stateHome)-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        state = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func lastcall(_ words: [String], input: [UInt8] = []) async throws -> ProcessResult {
        try await Lastcall.run(words, input: input, environment: ["XDG_STATE_HOME": state])
    }

    /// A run on hosts n1, n2, ...: the command is a script that knows its host.
    func run(_ options: [String] = [], hosts: String, script: String) async throws -> ProcessResult
    {
        try await lastcall(
            ["run", "--via", "exec", "-w", hosts] + options + ["--", "sh", "-c", script])
    }

    /// Somebody's rows, as SQL finds them.
    func ask(_ sql: String) async throws -> String {
        try await Lastcall.start(
            ["sqlite3", "\(state)/lastcall/journal.sqlite", sql], input: [], environment: [:]
        )
        .output
    }
}

@Suite(.timeLimit(.minutes(2)))
struct `The journal` {
    @Test(arguments: [[], ["-b"], ["--json"], ["-N"], ["-N", "-f", "1"]] as [[String]])
    func `shows a run byte for byte as it was reported`(options: [String]) async throws {
        let home = try Home()
        let script = #"""
            printf 'a\000\377 %h'; echo e%n >&2; head -c 70000 /dev/zero; echo; [ %n != 3 ] || kill -9 $$
            exit %n
            """#
        let live = try await home.run(options, hosts: "n[1-9]", script: script)
        let shown = try await home.lastcall(["show"])
        #expect(shown.status == 0)
        #expect(shown.outputBytes == live.outputBytes)
        #expect(shown.errorBytes == live.errorBytes)
    }

    @Test func `shows one host's output, and a run in another form`() async throws {
        let home = try Home()
        _ = try await home.run(hosts: "n[1-3]", script: #"printf 'x\r%n'; echo err >&2"#)
        let one = try await home.lastcall(["show", "last", "n2"])
        #expect(one.output == "x\r1")
        #expect(one.error == "err\n")
        let folded = try await home.lastcall(["show", "-b"])
        #expect(folded.output.contains("n2 (1)\n---------------\nx"))
        #expect(try await home.lastcall(["show", "last", "n4"]).status == 2)
        #expect(try await home.lastcall(["show", "last~1"]).status == 2)
        #expect(try await home.lastcall(["show", "nobody!"]).status == 2)
    }

    @Test func `lists runs, and finds them`() async throws {
        let home = try Home()
        _ = try await home.run(hosts: "n[1-3]", script: "exit %n")
        _ = try await home.run(hosts: "m[1-2]", script: "echo needle")
        func lines(_ words: String...) async throws -> [String] {
            try await home.lastcall(["history"] + words).output.split(separator: "\n")
                .map(String.init)
        }
        let all = try await lines()
        #expect(all.count == 2)
        #expect(all[0].hasSuffix("2 ok  exec: sh -c echo needle"))
        #expect(all[1].hasSuffix("1 ok, 2 failed  exec: sh -c exit %n"))
        #expect(try await lines("--command", "NEEDLE") == [all[0]])
        #expect(try await lines("--host", "n2") == [all[1]])
        #expect(try await lines("--outcome", "failed") == [all[1]])
        #expect(try await lines("--outcome", "interrupted") == [])
        #expect(try await lines("-n", "1") == [all[0]])
        #expect(try await home.lastcall(["history", "--outcome", "bad"]).status == 2)
        let id = String(all[1].prefix(8))
        #expect(try await home.lastcall(["show", String(id.prefix(7)), "n1"]).status == 0)
        #expect(try await home.lastcall(["history", "verify"]).output == "the journal is sound\n")
        let pruned = try await home.lastcall(["history", "prune", "--keep", "1"])
        #expect(pruned.output == "1 run removed\n")
        #expect(try await lines() == [all[0]])
    }

    @Test func `has nobody else's rights, and no standard input`() async throws {
        let home = try Home()
        _ = try await home.lastcall(
            ["run", "--stdin", "--via", "exec", "-w", "n1", "--", "sh", "-c", "cat >/dev/null"],
            input: Array("a secret".utf8))
        let look = try await Lastcall.start(
            [
                "sh", "-c",
                "cd \"$1\" && stat -c '%a %n' . * && ! grep -c 'a secret' *", "sh",
                home.state + "/lastcall",
            ], input: [], environment: [:])
        #expect(look.status == 0)
        #expect(look.output.hasPrefix("700 .\n600 journal.sqlite\n"))
        let again = try await home.lastcall(["again", "--ok"])
        #expect(again.status == 2)
        #expect(again.error.contains("--stdin"))
    }

    @Test func `is not kept when it is not wanted`() async throws {
        let home = try Home()
        _ = try await home.run(["--no-journal"], hosts: "n1", script: "echo x")
        #expect(access(home.state + "/lastcall", F_OK) != 0)
        _ = try await home.run(["--no-output-journal"], hosts: "n1", script: "echo x")
        #expect(try await home.ask("SELECT count(*) FROM piece") == "0\n")
        let shown = try await home.lastcall(["show"])
        #expect(shown.status == 5)
        #expect(shown.output.isEmpty)
        #expect(shown.error.contains("2 bytes of output were not recorded, of n1"))
    }

    @Test func `says at once what its limits have cut`() async throws {
        let home = try Home()
        let live = try await home.run(
            ["--journal-host-limit", "1K"], hosts: "n[1-3]",
            script: "head -c $((%n * 1000)) /dev/zero; echo")
        #expect(
            live.error.contains("journal: 977 bytes of output are not recorded, of n3: over"))
        #expect(try await home.lastcall(["show", "last", "n3"]).outputCount == 1_024)
    }
}

@Suite(.timeLimit(.minutes(2)))
struct `Again` {
    @Test func `takes the classes of hosts that are named`() async throws {
        let home = try Home()
        _ = try await home.run(
            ["-u", "2s"], hosts: "n[1-6]",
            script: "case %n in 1) exit 3;; 2) kill -9 $$;; 3) exit 4;; 4) sleep 60;; esac")
        func hosts(_ words: String...) async throws -> [String] {
            let result = try await home.lastcall(["again"] + words + ["--dry-run"])
            return result.output.split(separator: "\n").map(String.init)
        }
        #expect(try await hosts("--failed") == ["n2", "n3", "n4"])
        #expect(try await hosts("last", "--exit", "3", "--exit", "4") == ["n2", "n4"])
        #expect(try await hosts("--timed-out") == ["n5"])
        #expect(try await hosts("--ok", "-w", "n[1-3]") == ["n1"])
        #expect(try await hosts("--failed", "--ok", "-x", "n[2-4]") == ["n1", "n6"])
        #expect(try await hosts("-w", "n[2,5]") == ["n2", "n5"])
        #expect(try await hosts("--unreached") == [])
        #expect(try await home.lastcall(["again", "-w", "n9"]).status == 2)
        #expect(try await home.lastcall(["again"]).status == 2)
    }

    @Test func `repeats the command with its options, or runs another`() async throws {
        let home = try Home()
        let mark = home.state + "/mark"
        let script = "test -e \(mark).%h || { touch \(mark).%h; exit 3; }; echo fine"
        _ = try await home.run(["-N", "-f", "1"], hosts: "n[1-2]", script: script)
        let again = try await home.lastcall(["again", "--failed"])
        #expect(again.status == 0)
        #expect(again.output == "fine\nfine\n")
        let other = try await home.lastcall(["again", "last", "--ok", "--", "echo", "-g", "%h"])
        #expect(other.output == "-g n1\n-g n2\n")
        #expect(try await home.ask("SELECT number, continues FROM run") == "1|\n2|1\n3|\n")
    }
}

@Suite(.timeLimit(.minutes(2)))
struct `A journal that cannot be used` {
    private func run(state: String, _ options: String...) async throws -> ProcessResult {
        try await Lastcall.run(
            ["run", "--via", "exec", "-w", "n1"] + options + ["--", "echo", "ran"],
            environment: ["XDG_STATE_HOME": state])
    }

    @Test func `is said, and the run goes on unless it was to be recorded`() async throws {
        // No directory can be made below a device, not even by root.
        let result = try await run(state: "/dev/null")
        #expect(result.status == 0)
        #expect(result.output == "n1: ran\n")
        #expect(result.error.contains("lastcall: journal: /dev/null"))
        #expect(result.error.contains("this run is not recorded"))
        let insisting = try await run(state: "/dev/null", "--journal")
        #expect(insisting.status == 2)
        #expect(insisting.output.isEmpty)
        #expect(
            try await run(state: "/dev/null", "--no-journal").error.contains("journal") == false)
        let history = try await Lastcall.run(
            ["history"], environment: ["XDG_STATE_HOME": "/dev/null"])
        #expect(history.status == 2)
    }

    @Test func `stops starting hosts when the disk is full`() async throws {
        // A file system of 1 MiB of its own; the outputs of a few hosts fill it.
        let home = try Home()
        let result = try await Lastcall.shell(
            #"""
            unshare -rm sh -c '
                mount -t tmpfs -o size=1m none "$1" && export XDG_STATE_HOME="$1" && cd "$1" &&
                "$LASTCALL" run --journal --via exec -f 2 -w "n[1-40]" -- \
                    sh -c "head -c 100000 /dev/urandom | od -An -tx1 >&2; echo ran"; echo "status $?"
                "$LASTCALL" history verify
                "$LASTCALL" again --unfinished --at-most-once --dry-run | wc -l
            ' sh "$1"
            """#, [home.state])
        let ran = result.output.split(separator: "\n").count { $0.hasSuffix(": ran") }
        #expect(result.output.contains("status 3"), "\(result.error.suffix(2_000))")
        #expect(result.error.contains("no room on the disk: no further host is started"))
        #expect(result.output.contains("the journal is sound"))
        let left = result.output.split(separator: "\n").last.flatMap { Int($0) }
        // What was open then is unknown; all others are accounted for.
        #expect(
            ran > 0 && ran + (left ?? 0) <= 40 && ran + (left ?? 0) >= 36, "\(ran), \(left ?? -1)")
    }
}
