// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

/// `lastcall run --via exec`, one host after another, so that the order is known.
private func run(
    _ hosts: String, _ options: String..., script: String, input: [UInt8] = []
) async throws -> ProcessResult {
    try await Lastcall.run(
        ["run", "--via", "exec", "-f", "1", "-w", hosts] + options + ["--", "sh", "-c", script],
        input: input)
}

/// A text with every number of seconds replaced by `T`.
private func timeless(_ text: String) -> String {
    text.replacing(#/\b\d+\.\d+(?= s\b|,"event"|,"targets")/#, with: "T")
}

@Suite(.timeLimit(.minutes(1)))
struct `What a run prints` {
    @Test func `is host and line, apart for the two streams, and a summary`() async throws {
        let result = try await run(
            "n[01-03]", script: "echo out %h; echo err %n >&2; printf end; exit %n")
        #expect(result.status == 1)
        #expect(
            result.output == """
                n01: out n01
                n01: end
                n02: out n02
                n02: end
                n03: out n03
                n03: end

                """)
        #expect(
            timeless(result.error) == """
                n01: err 0
                n02: err 1
                lastcall: n02: exit 1
                n03: err 2
                lastcall: n03: exit 2
                lastcall: 3 hosts: 1 ok, 2 failed in T s
                  exit 1 (1): n02
                  exit 2 (1): n03

                """)
    }

    @Test func `is bytes as they are with -N`() async throws {
        let result = try await run("n[1-3]", "-N", script: #"printf '%n\000\377\r'"#)
        #expect(result.status == 0)
        #expect(
            result.outputBytes == [48, 0, 255, 13, 49, 0, 255, 13, 50, 0, 255, 13])
    }

    @Test func `is equal output once with --gather`() async throws {
        let result = try await run(
            "n[1-12]", "-b",
            script:
                "echo same; [ %n -lt 8 ] || { echo other >&2; exit 3; }; [ %n != 3 ] || kill -9 $$")
        #expect(result.status == 1)
        #expect(
            result.output == """
                ---------------
                n[1-3,5-8] (7)
                ---------------
                same
                ---------------
                n[9-12] (4): exit 3
                ---------------
                same
                ---------------
                n4 (1): killed by signal 9 (KILL)
                ---------------
                same

                """)
        #expect(
            timeless(result.error) == """
                lastcall: n4: killed by signal 9 (KILL)
                lastcall: n9: exit 3
                lastcall: n10: exit 3
                lastcall: n11: exit 3
                lastcall: n12: exit 3
                ---------------
                n[9-12] (4): exit 3, standard error
                ---------------
                other
                lastcall: 12 hosts: 7 ok, 4 failed, 1 killed by a signal in T s
                  exit 3 (4): n[9-12]
                  killed by signal 9 (KILL) (1): n4

                """)
    }

    @Test func `is an object per event with --json`() async throws {
        let result = try await run(
            "n1,root@n2", "--json", script: #"echo '%h %%'; printf '\377' >&2; exit %n"#)
        #expect(result.status == 1)
        let lines = timeless(result.output).split(separator: "\n").map(String.init)
        func both(_ host: String, _ number: Int) -> Set<String> {
            [
                #"{"v":1,"time":T,"event":"output","host":"\#(host)","target":\#(number),"stream":"stdout","text":"\#(host.split(separator: "@").last ?? "") %\n"}"#,
                #"{"v":1,"time":T,"event":"output","host":"\#(host)","target":\#(number),"stream":"stderr","base64":"/w=="}"#,
            ]
        }
        #expect(lines.count == 14)
        #expect(
            lines.first == #"{"v":1,"time":T,"event":"began","targets":2}"#)
        for (number, host) in ["n1", "root@n2"].enumerated() {
            let own = lines.filter { $0.contains(#""host":"\#(host)""#) }
            let start = #"{"v":1,"time":T,"event":"#
            let end = #","host":"\#(host)","target":\#(number)"#
            try #require(own.count == 6)
            #expect(own[0] == start + #""connecting""# + end + "}")
            #expect(own[1] == start + #""running""# + end + "}")
            // The two streams are two pipes: either may come first.
            #expect(Set(own[2...3]) == both(host, number))
            #expect(own[4] == start + #""closing""# + end + "}")
            #expect(
                own[5] == start + #""ended""# + end
                    + (number == 0
                        ? #","outcome":"ok","code":0}"# : #","outcome":"failed","code":1}"#))
        }
        #expect(
            lines.last
                == #"{"v":1,"time":T,"event":"finished","duration":T,"targets":2,"totals":{"ok":1,"failed":1,"signalled":0,"no-status":0,"not-reached":0,"timed-out":0,"cancelled":0,"not-started":0}}"#
        )
        #expect(
            timeless(result.error) == """
                lastcall: root@n2: exit 1
                lastcall: 2 hosts: 1 ok, 1 failed in T s
                  exit 1 (1): root@n2

                """)
    }

    @Test func `is the plan with --dry-run, which starts nothing`() async throws {
        let result = try await run("n[8-10],m", "-x", "n9", "--dry-run", script: "exit 7")
        #expect(result.status == 0)
        #expect(result.output == "n8\nn10\nm\n")
        #expect(result.error == "3 hosts via exec, 1 at once: sh -c exit 7\n")
    }

    @Test func `names exclusions that exclude nothing`() async throws {
        let result = try await run("n1", "-x", "m9", script: "true")
        #expect(result.status == 0)
        #expect(
            timeless(result.error) == """
                lastcall: -x m9: no such host among those of -w
                lastcall: 1 host: 1 ok in T s

                """)
    }

    @Test func `is standard input again when the command is cat`() async throws {
        let bytes = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ ($0 >> 9)) }
        let result = try await run("n1", "-N", "--stdin", script: "cat", input: bytes)
        #expect(result.status == 0)
        #expect(result.outputBytes == bytes)
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `The exit status of a run` {
    /// What three hosts do, and what comes of it.
    struct Ending: Sendable, CustomTestStringConvertible {
        var script: String
        var classes: Int32
        var max: Int32
        var options: [String] = []

        var testDescription: String { script }
    }

    static let endings = [
        Ending(script: "exit 0", classes: 0, max: 0),
        Ending(script: "exit %n", classes: 1, max: 2),
        Ending(script: "exit 255", classes: 1, max: 255),
        Ending(script: "kill -9 $$", classes: 1, max: 137),
        Ending(
            script: "[ %n != 1 ] || exec sleep 30", classes: 4, max: 255, options: ["-u", "300ms"]),
    ]

    @Test(arguments: endings)
    func `follows the table, or is the largest`(ending: Ending) async throws {
        for (rule, status) in [("class", ending.classes), ("max", ending.max)] {
            let result = try await Lastcall.run(
                ["run", "--via", "exec", "-w", "n[1-3]", "--exit-status", rule] + ending.options
                    + ["--", "sh", "-c", ending.script])
            #expect(result.status == status, "\(rule): \(result.error)")
        }
    }

    @Test func `is 3 when a command cannot be started`() async throws {
        let result = try await Lastcall.run(
            ["run", "--via", "exec", "-w", "n[1-2]", "--", "/no/such/program"])
        #expect(result.status == 3)
        #expect(result.error.contains("n1: not reached: cannot start /no/such/program"))
        #expect(result.error.contains("2 hosts: 2 not reached in"))
    }

    @Test(arguments: [(2, 130), (15, 143), (1, 129)] as [(Int32, Int32)])
    func `tells the signal that stopped the run`(signal: Int32, status: Int32) async throws {
        let result = try await Lastcall.run(
            ["run", "--via", "exec", "-w", "n[1-3]", "-f", "2", "--json", "--", "sleep", "30"]
        ) { process in
            try await process.wait { $0.occurrences(of: #""running""#, on: .output) == 2 }
            process.signal(signal)
            if signal == 2 {
                try await process.wait(for: "2 of 3 hosts have not ended", on: .error)
                process.signal(signal)
            }
        }
        #expect(result.status == status)
        #expect(!result.wasKilled)
        #expect(result.error.contains("2 stopped, 1 not started"))
    }
}

@Suite(.timeLimit(.minutes(1)))
struct `Output that cannot be written` {
    static let command = #""$LASTCALL" run --via exec -w 'n[1-2]' -- sh -c 'echo hi'"#

    @Test func `because standard output is closed stops all before it begins`() async throws {
        let result = try await Lastcall.shell(Self.command + " >&-")
        #expect(result.status == 2)
        #expect(
            result.error == "lastcall: standard output is closed: there is nowhere to write to\n")
    }

    @Test func `because the disk is full is counted, and the run goes on`() async throws {
        let result = try await Lastcall.shell(Self.command + " >/dev/full")
        #expect(result.status == 5)
        #expect(
            timeless(result.error) == """
                lastcall: 2 hosts: 2 ok in T s
                lastcall: 14 bytes could not be written to standard output: No space left on device

                """)
    }

    @Test func `because the reader has gone is counted, and the run goes on`() async throws {
        let result = try await Lastcall.shell(
            #"""
            { "$LASTCALL" run --via exec -w 'n[1-4]' -- seq 100000; echo "status $?" >&2; } | head -n 1
            """#)
        #expect(result.output.wholeMatch(of: #/n[1-4]: 1\n/#) != nil)
        #expect(result.error.contains("4 hosts: 4 ok"))
        #expect(
            result.error.contains(
                #/\d+ bytes could not be written to standard output: Broken pipe/#))
        #expect(result.error.hasSuffix("status 5\n"))
    }

    @Test func `because standard error is closed goes nowhere else`() async throws {
        let result = try await Lastcall.shell(Self.command + " 2>&-")
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").sorted() == ["n1: hi", "n2: hi"])
    }

    @Test(arguments: [
        ("--stdin -w a", "--stdin: standard input is closed: there is nothing to send\n"),
        ("-w -", "-w: column 1: cannot read <stdin>: Bad file descriptor\n    -\n    ^\n"),
    ])
    func `nor can standard input be read when it is closed`(
        options: String, message: String
    ) async throws {
        let result = try await Lastcall.shell(
            #""$LASTCALL" run --via exec \#(options) -- cat <&-"#)
        #expect(result.status == 2)
        #expect(result.error == "lastcall: " + message)
    }

    @Test func `and a closed standard input harms nobody who does not read it`() async throws {
        let result = try await Lastcall.shell(Self.command + " <&-")
        #expect(result.status == 0)
        #expect(result.output.split(separator: "\n").sorted() == ["n1: hi", "n2: hi"])
    }
}
