// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Bad input` {
    /// A command line that cannot be run, and all that is said about it.
    struct Wrong: Sendable, CustomTestStringConvertible {
        var words: [String]
        var says: String

        init(_ words: String..., says: String) {
            self.words = words
            self.says = says
        }

        var testDescription: String { words.joined(separator: " ") }
    }

    /// Said in our own words; the whole of standard error.
    static let refusals = [
        Wrong("run", says: "no command: lastcall run -w HOSTS -- COMMAND [ARGUMENT ...]"),
        Wrong(
            "run", "-w", "a", says: "no command: lastcall run -w HOSTS -- COMMAND [ARGUMENT ...]"),
        Wrong(
            "run", "-w", "a", "--",
            says: "no command: lastcall run -w HOSTS -- COMMAND [ARGUMENT ...]"),
        Wrong(
            "run", "-w", "a", "--", "",
            says: "no command: lastcall run -w HOSTS -- COMMAND [ARGUMENT ...]"),
        Wrong("run", "uptime", says: "no hosts: name them with -w, as in -w 'node[1-9]'"),
        Wrong(
            "run", "-w", "", "--", "true",
            says: """
                -w: column 1: no host is named: write one, such as node1 or node[1-9]
                    \("")
                    ^
                """),
        Wrong(
            "run", "-w", "n[3-1]", "--", "true",
            says: """
                -w: column 3: the range 3-1 counts down: write 1-3
                    n[3-1]
                      ^
                """),
        Wrong(
            "run", "-w", "a,b/c", "--", "true",
            says: """
                -w: column 4: '/' cannot stand here: paths and regular expressions are not \
                supported, write names or ranges
                    a,b/c
                       ^
                """),
        Wrong(
            "run", "-w=-oProxyCommand", "--", "true",
            says: """
                -w: column 1: a host name cannot start with '-': it could be read as an option
                    -oProxyCommand
                    ^
                """),
        Wrong(
            "run", "-w", "a", "-x", "b[", "--", "true",
            says: """
                -x: column 2: '[' is never closed: add ']' (blanks are not allowed in between)
                    b[
                     ^
                """),
        Wrong(
            "run", "-w", "^/no/such/file", "--", "true",
            says: """
                -w: column 1: cannot read /no/such/file: No such file or directory
                    ^/no/such/file
                    ^
                """),
        Wrong(
            "run", "-w", "^/etc", "--", "true",
            says: """
                -w: column 1: cannot read /etc: Is a directory
                    ^/etc
                    ^
                """),
        Wrong(
            "run", "-w", "n[1-2000000]", "--", "true",
            says: """
                -w: column 1: more than 1000000 hosts: --limit hosts=NUMBER allows more
                    n[1-2000000]
                    ^
                """),
        Wrong("run", "-w", "-", "--", "true", says: "no hosts: -w - names none"),
        Wrong(
            "run", "-w", "a[1-9]", "-x", "a[1-9]", "--", "true",
            says: "no hosts left: -x takes out all 9"),
        Wrong(
            "run", "-w", "a", "-f", "0", "--", "true",
            says: "-f 0: the window holds at least 1 host"),
        Wrong(
            "run", "-w", "a", "--bogus", "--", "true",
            says: """
                unknown option '--bogus'; a command that begins with '-' goes after -- (see lastcall \
                run --help)
                """),
        Wrong(
            "run", "-w", "a", "--bogus", "true",
            says: """
                unknown option '--bogus'; a command that begins with '-' goes after -- (see lastcall \
                run --help)
                """),
        Wrong(
            "run", "-w", "a", "--json", "--gather", "--", "true",
            says: "--json cannot be combined with --gather or --no-prefix"),
        Wrong(
            "run", "-w", "a", "--json", "-N", "--", "true",
            says: "--json cannot be combined with --gather or --no-prefix"),
        Wrong(
            "run", "-w", "a", "-bN", "--", "true",
            says: "--gather cannot be combined with --no-prefix"),
        Wrong(
            "run", "-w", "a", "--stdin", "-w", "-", "--", "true",
            says: "--stdin: standard input is the list of hosts already (-w -)"),
        Wrong(
            "run", "-w", "a", "--stdin", "-x", "b,^-", "--", "true",
            says: "--stdin: standard input is the list of hosts already (-w -)"),
        Wrong(
            "run", "-w", "a", "--port", "0", "--", "true", says: "--port 0: ports are 1 to 65535"),
        Wrong(
            "run", "-w", "a", "--reserved-ports", "1", "--", "true",
            says: """
                --reserved-ports 1: at least 2 (one to call from, one for stderr), at most 512
                """),
        Wrong(
            "run", "-w", "a", "--merge-stderr", "--", "true",
            says: "--merge-stderr and --refuse-strangers are for --via rsh"),
        Wrong(
            "run", "-w", "a", "--via", "exec", "--ssh-option=-v", "--", "true",
            says: "--ssh-option is for --via ssh and --via openssh"),
        Wrong(
            "run", "-w", "a", "--via", "exec", "-l", "x y", "--", "true",
            says: "-l \"x y\": not a user name"),
    ]

    @Test(arguments: refusals)
    func `is refused with one message and exit status 2`(wrong: Wrong) async throws {
        let result = try await Lastcall.run(wrong.words)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.error == "lastcall: \(wrong.says)\n")
    }

    /// Said by the parser of options: the first line.
    static let parserRefusals = [
        Wrong(
            "run", "-w", "a", "-u", "0", "--", "true",
            says: """
                The value '0' is invalid for '-u <duration>': '0' is too short: write none for no limit
                """),
        Wrong(
            "run", "-w", "a", "-u", "5x", "--", "true",
            says: """
                The value '5x' is invalid for '-u <duration>': '5x' is no duration: write 10s, 500ms, \
                2m, 1h or none
                """),
        Wrong(
            "run", "-w", "a", "--connect-timeout", "1e3", "--", "true",
            says: """
                The value '1e3' is invalid for '--connect-timeout <duration>': '1e3' is no duration: \
                write 10s, 500ms, 2m, 1h or none
                """),
        Wrong(
            "run", "-w", "a", "-u", "99999999999d", "--", "true",
            says: """
                The value '99999999999d' is invalid for '-u <duration>': '99999999999d' is too long: \
                write none
                """),
        Wrong(
            "run", "-w", "a", "--via", "telnet", "--", "true",
            says:
                "The value 'telnet' is invalid for '--via <via>'. Please provide one of 'rsh', 'ssh', 'ssh!', 'openssh' or 'exec'."
        ),
        Wrong(
            "run", "-w", "a", "--closing", "never", "--", "true",
            says: """
                The value 'never' is invalid for '--closing <policy>': 'never' is no closing policy: \
                reset-after-end, remote-first or local-first
                """),
        Wrong(
            "run", "-w", "a", "--exit-status", "min", "--", "true",
            says: """
                The value 'min' is invalid for '--exit-status <rule>': 'min' is no rule for the exit \
                status: class or max
                """),
        Wrong(
            "run", "-w", "a", "-f", "many", "--", "true",
            says: "The value 'many' is invalid for '-f <number>'"),
        Wrong(
            "run", "-w", "-oProxyCommand=x", "--", "true",
            says: "Missing value for '-w <pattern>'"),
        Wrong("run", "-w", says: "Missing value for '-w <pattern>'"),
        Wrong("run", "-w", "a", "-f", "-1", "--", "true", says: "Missing value for '-f <number>'"),
        Wrong("bogus", says: "Unexpected argument 'bogus'"),
        Wrong("--bogus", says: "Unknown option '--bogus'"),
    ]

    @Test(arguments: parserRefusals)
    func `of an option's form is refused with exit status 2`(wrong: Wrong) async throws {
        let result = try await Lastcall.run(wrong.words)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(
            result.error.split(separator: "\n").first.map(String.init) == "Error: \(wrong.says)")
    }

    @Test(arguments: ["%q", "100%", "%"])
    func `in the words of a local command is refused in words`(word: String) async throws {
        let result = try await Lastcall.run(["run", "--via", "exec", "-w", "a", "--", "echo", word])
        #expect(result.status == 2)
        #expect(result.error.hasPrefix("lastcall: "))
        #expect(result.error.contains("%%"))
        #expect(!result.error.contains("WordTemplateFault"))
    }

    @Test func `in a list on standard input is told with its place`() async throws {
        let result = try await Lastcall.run(
            ["run", "--via", "exec", "-w", "-", "--", "true"], input: Array("a # one\n  b[\n".utf8))
        #expect(result.status == 2)
        #expect(
            result.error == """
                lastcall: <stdin>:2:4: '[' is never closed: add ']' (blanks are not allowed in between)
                      b[
                       ^

                """)
    }

    @Test func `starts no command, not even on the hosts that are well written`() async throws {
        let mark = try await Lastcall.shell("mktemp -u").output.filter { $0 != "\n" }
        let result = try await Lastcall.run(
            ["run", "--via", "exec", "-w", "a,b[", "--", "touch", mark])
        #expect(result.status == 2)
        #expect(throws: (any Error).self) { try SmallFile.read(mark) }
    }
}
