// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `What audit prints` {
    @Test(arguments: [["audit", "--help"], ["help", "audit"]])
    func `as help is complete`(words: [String]) async throws {
        let result = try await Lastcall.run(words, environment: ["COLUMNS": "80"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        #expect(result.output == Self.help + "\n\n")
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test(arguments: [
        (["--user", "no such user"], "--user 'no such user': there is no such user"),
        (["--netns", "/no/such/file"], "--netns: '/no/such/file': No such file or directory"),
        (["--netns", "/etc/passwd"], "--netns: '/etc/passwd' is no network namespace"),
        (["--netns", ""], "--netns: write a process's number, a name of ip-netns(8), or a path"),
        (
            ["--ignore", "/no/such/file"],
            "--ignore: cannot read '/no/such/file': No such file or directory"
        ),
    ])
    func `of wrong use says what to do`(words: [String], message: String) async throws {
        let result = try await Lastcall.run(["audit"] + words)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.error == "lastcall: \(message)\n")
    }

    @Test func `of a faulty ignore list names file and line`() async throws {
        let result = try await Lastcall.shell(
            #"""
            list=$(mktemp) && printf '# accepted\n\nrestart-window 8080\n' >$list
            cd "${list%/*}" && "$LASTCALL" audit --ignore "${list##*/}"
            status=$?; rm $list; exit $status
            """#)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        let fault = #/lastcall: 'tmp\.\w+':3: a reason is missing: say why it is accepted\n/#
        #expect(result.error.wholeMatch(of: fault) != nil, "\(result.error)")
    }

    private static let help = #"""
        OVERVIEW: Find listeners that another local user could take over or slip in
        beside.

        Judges every listener on a port that any user may bind, and every socket that
        is bound and does not listen yet: who could answer in its place, now, at its
        next restart, or at another address. Each finding has its proof (which bind()
        by whom succeeds, and when) and the changes that close it; Docs/audit.md has a
        section on each.

        Works for every user. Root sees more: whose the sockets are, and whether they
        have SO_REUSEADDR and SO_REUSEPORT, which the kernel tells nobody.

        SEVERITIES
          high    now, by any user, where clients look for the service
          medium  at a moment that comes with each start, or by the service's own user
          low     where nobody expects the service, or while it is down

        EXIT STATUS
          0  nothing found, or nothing as severe as --fail-on
          1  something found
          2  wrong use, or the kernel does not answer

        USAGE: lastcall audit [<options>]

        OPTIONS:
          --port <port>           Only this port; may be repeated.
          --process <name or pid> Only sockets of this process; may be repeated.
          --user <name or uid>    Only sockets of this user; may be repeated.
          --fail-on <severity>    Exit with 1 for findings of this severity, or a worse
                                  one. (values: low, medium, high; default: low)
          --ignore <file>         A file of findings to pass over, with reasons (see
                                  Docs/audit.md).
          --prove                 Try it: bind sockets that never listen. For
                                  microseconds, a service that starts on such an
                                  address fails.
          --netns <namespace>     Look into this network namespace: a path, a name of
                                  ip-netns(8) or a process.
          --json                  Print one JSON object (see Docs/audit.md).
          --version               Show the version.
          -h, --help              Show help information.
        """#
}
