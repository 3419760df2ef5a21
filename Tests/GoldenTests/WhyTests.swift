// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `lastcall why, before it asks the kernel,` {
    @Test func `has complete help`() async throws {
        let result = try await Lastcall.run(["why", "--help"], environment: ["COLUMNS": "80"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        #expect(result.output == Self.help + "\n\n")
    }

    /// Said in our own words; the whole of standard error.
    static let refusals: [(words: [String], says: String)] = [
        (
            ["99999"],
            #"'99999': '99999' is no port from 1 to 65535: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            ["http"],
            #"'http': 'http' is no port from 1 to 65535: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            ["a:b:1"],
            #"'a:b:1': an IPv6 address needs brackets: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            [":0"],
            #"':0': '0' is no port from 1 to 65535: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            ["[::1:80"],
            #"'[::1:80': '[' is never closed: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            ["[::1]"],
            #"'[::1]': no port behind the address: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            ["[]:80"],
            #"'[]:80': the address is empty: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            ["127.0.0.1:"],
            #"'127.0.0.1:': '' is no port from 1 to 65535: write 8080, 127.0.0.1:8080, [::1]:8080 or db:8080"#
        ),
        (
            ["80", "--user", "nobody-of-that-name"],
            #"--user 'nobody-of-that-name': no such user"#
        ),
        (
            ["--connect", ":5432"],
            #"':5432': name the host as well"#
        ),
        (
            ["80", "--netns", "/nowhere"],
            #"--netns '/nowhere': open /nowhere: No such file or directory"#
        ),
    ]

    @Test(arguments: refusals)
    func `refuses what is no place, with exit status 2`(
        words: [String], says: String
    ) async throws {
        let result = try await Lastcall.run(["why"] + words)
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.error == "lastcall: \(says)\n")
    }

    /// The first line; the usage follows.
    static let forms: [(words: [String], says: String)] = [
        (
            [],
            #"Error: name a port, as in lastcall why 8080; or --connect HOST:PORT; or -- COMMAND"#
        ),
        (
            ["80", "--connect", "a:1"],
            #"Error: a port to bind, --connect and a command exclude each other; --from names the source port of --connect"#
        ),
        (
            ["80", "--", "true"],
            #"Error: a port to bind, --connect and a command exclude each other; --from names the source port of --connect"#
        ),
        (
            ["--from", "80"],
            #"Error: name a port, as in lastcall why 8080; or --connect HOST:PORT; or -- COMMAND"#
        ),
        (
            ["--connect", "a:1", "--wait", "1s"],
            #"Error: --wait is about a port to bind"#
        ),
        (
            ["--connect", "a:1", "--probe"],
            #"Error: --probe is about a port to bind, here or with --from"#
        ),
        (
            ["80", "--probe", "--user", "root"],
            #"Error: --probe binds as the user who runs it, not as --user"#
        ),
        (
            ["--reuseaddr", "--", "true"],
            #"Error: a command's sockets have their own options: leave out those before --"#
        ),
        (
            ["80", "--wait", "soon"],
            #"Error: The value 'soon' is invalid for '--wait <duration>': 'soon' is no duration: write 10s, 500ms, 2m, 1h or none"#
        ),
    ]

    @Test(arguments: forms)
    func `refuses words that do not go together`(words: [String], says: String) async throws {
        let result = try await Lastcall.run(["why"] + words, environment: ["COLUMNS": "80"])
        #expect(result.status == 2)
        #expect(result.output.isEmpty)
        #expect(result.error.hasPrefix(says + "\n"))
    }

    private static let help = #"""
        OVERVIEW: Explain why a bind() or connect() fails: what is in the way, until
        when, what helps.

        Says whether bind() and listen() would work now, as asked; if not, the one
        thing in the way, how long it stays, what helps, what does not, and how sure
        that is. A port alone stands for 0.0.0.0. Nothing is changed, and nothing is
        sent.

        With a command: runs it, watches its bind(), listen() and connect() and those
        of all that it starts, and explains the first that fails, on standard error.
        The command keeps its descriptors, its signals and its exit status.

        EXIT STATUS
          0  it would work now
          1  it would not, or depends on what the kernel does not tell
          2  wrong use, or the kernel does not answer
          with a command: the command's own

        USAGE: lastcall why [ADDRESS:]PORT [OPTIONS] [--probe] [--wait TIME]
                      lastcall why --connect HOST:PORT [--from [ADDRESS:]PORT] [OPTIONS]
                      lastcall why [--json] -- COMMAND [ARGUMENT ...]

        ARGUMENTS:
          <address:port>          Where bind() goes.
          <command>               A command to run and watch, after --.

        THE SOCKET:
          --reuseaddr             It has SO_REUSEADDR.
          --reuseport             It has SO_REUSEPORT.
          --v6only                It has IPV6_V6ONLY.
          --user <user>           Who makes it: a name or a number.
          --netns <path|pid>      The network namespace it is in: a process, a path, or
                                  a name of ip-netns(8).

        OPTIONS:
          --connect <host:port>   Explain a connect() to there instead.
          --from <address:port>   --connect: the source port, bound before.
          --probe                 Prove it: bind a socket, and close it at once.
                It never listens. A program that binds the port in those microseconds
                fails.
          --wait <duration>       Wait until bind() works, at most so long: 90s, 2m, or
                                  none for ever.
          --json                  Print one JSON object (see Docs/why.md).
          --version               Show the version.
          -h, --help              Show help information.
        """#
}
