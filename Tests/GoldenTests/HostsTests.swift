// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `lastcall hosts` {
    /// Without a configuration of this machine's.
    private static let nowhere: [String: String?] = [
        "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent",
        "XDG_CONFIG_DIRS": "/nonexistent",
    ]

    @Test(arguments: [
        (["n1", "n2", "m[1-3]!m2"], "m[1,3],n[1-2]\n"), (["-e", "n[1-3]"], "n1\nn2\nn3\n"),
        (["-e", "-S", ",", "n[1-3]"], "n1,n2,n3\n"), (["-c", "n[1-1000]"], "1000\n"),
        (["--order", "-e", "b,a"], "b\na\n"), (["--split", "2", "n[1-5]"], "n[1-3]\nn[4-5]\n"),
        (["--contiguous", "n[1-3,7]"], "n[1-3]\nn7\n"), (["-I", "0,2-3", "n[1-9]"], "n[1,3-4]\n"),
        (["-I", "0-8/2", "n[1-9]"], "n[1,3,5,7,9]\n"),
        (["-x", "n2", "-i", "n[1-3]", "n[1-9]"], "n[1,3]\n"),
        (["-X", "n[2-3]", "n[1-2]"], "n[1,3]\n"),
        (["--axis", "1", "a[1-2]b[1-2]"], "a[1-2]b1,a[1-2]b2\n"),
        (["--json", "-e", "n[1-2]"], #"{"count":2,"folded":"n[1-2]","hosts":["n1","n2"]}"# + "\n"),
        (["-O", "{user}/{name}/{port}", "u@n1:22,n2"], "/n2/\nu/n1/22\n"),
        (["--pick", "9", "n[1-2]"], "n[1-2]\n"),
        (["--limit", "hosts=2000000", "-c", "n[1-2000000]"], "2000000\n"), (["n1!n1"], "\n"),
        (["-e", "n1!n1"], ""),
    ])
    func `prints`(words: [String], output: String) async throws {
        let result = try await Lastcall.run(["hosts"] + words, environment: Self.nowhere)
        #expect(result.error == "")
        #expect(result.output == output)
        #expect(result.status == 0)
    }

    @Test func `reads standard input when nothing is named`() async throws {
        let result = try await Lastcall.run(["hosts"], input: Array("n1 n2 # c\nn[4-5]".utf8))
        #expect(result.output == "n[1-2,4-5]\n")
    }

    @Test func `says by its status whether hosts are contained`() async throws {
        let (yes, no) = (
            try await Lastcall.run(["hosts", "--contains", "n2", "n[1-3]"]),
            try await Lastcall.run(["hosts", "--contains", "n[2-4]", "n[1-3]"])
        )
        #expect((yes.status, no.status) == (0, 1))
        #expect(yes.output + no.output + yes.error + no.error == "")
    }

    @Test func `refuses with a caret`() async throws {
        let result = try await Lastcall.run(["hosts", "a!(b,c"])
        #expect(result.status == 2)
        #expect(
            result.error == """
                lastcall: hosts: column 3: '(' is never closed: add ')'
                    a!(b,c
                      ^

                """)
    }

    @Test func `is ClusterShell's nodeset under its name`() async throws {
        let script =
            #"d=$(mktemp -d); ln -s "$LASTCALL" "$d/nodeset"; "$d/nodeset" "$@"; s=$?; rm -r "$d"; exit $s"#
        let folded = try await Lastcall.shell(script, ["-f", "n1", "n2"])
        #expect((folded.output, folded.error, folded.status) == ("n[1-2]\n", "", 0))
        let refused = try await Lastcall.shell(script, ["-f", "n[1"])
        #expect(refused.error == "nodeset: Parse error: missing bracket: \"n[1\"\n")
        #expect(refused.status == 1)
    }

    @Test func `refuses a list of 100 MB in little memory`() async throws {
        let script = #"head -c 100000000 /dev/zero | tr '\0' a | "$LASTCALL" hosts"#
        let result = try await Lastcall.shell(script)
        #expect(result.status == 2)
        #expect(
            result.error.contains("longer than 67108864 bytes: --limit bytes=NUMBER allows more"))
    }

    @Test func `gives the command of a run what it knows of each host`() async throws {
        let script = #"""
            f=$(mktemp) && cat >"$f" && "$LASTCALL" run --groups "$f" -g r --attributes --via exec "$@"
            s=$?; rm "$f"; exit $s
            """#
        let groups = """
            [sources.g]
            groups = { r = "n[1-2]" }
            attributes = { n1 = { rack = "A" }, n2 = { rack = "50%h" } }
            """
        let told = try await Lastcall.shell(
            script, ["--", "echo", "%{rack}", "%h"], input: Array(groups.utf8))
        #expect(told.output.split(separator: "\n").sorted() == ["n1: A n1", "n2: 50%h n2"])
        let unknown = try await Lastcall.shell(
            script, ["--", "echo", "%{nope}"], input: Array(groups.utf8))
        #expect(unknown.status == 2)
        #expect(
            unknown.error
                == "lastcall: --attributes: no source of groups says what %{nope} is on n1\n")
    }

    @Test(arguments: [
        (["-w", "n[1-4]!n2", "--hosts-only"], "n[1,3-4]\n3 hosts\n"),
        (["-w", "(n[1-4],m1)&(m1,n4)", "--hosts-only"], "m1,n4\n2 hosts\n"),
        (["-w", "n[1-2]", "--pick", "5", "--hosts-only"], "n[1-2]\n2 hosts\n"),
    ])
    func `chooses the hosts of a run`(words: [String], output: String) async throws {
        let result = try await Lastcall.run(["run"] + words, environment: Self.nowhere)
        #expect((result.output, result.error, result.status) == (output, "", 0))
    }
}
