// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(1)))
struct Help {
    @Test(arguments: [
        ["run", "--help"], ["run", "-h"], ["help", "run"], ["run", "-w", "a", "--help"],
    ])
    func `of run is complete, and no error`(words: [String]) async throws {
        let result = try await Lastcall.run(words, environment: ["COLUMNS": "80"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        #expect(result.output == Self.ofRun + "\n\n")
    }

    @Test func `after the command belongs to the command`() async throws {
        let result = try await Lastcall.run(
            ["run", "--via", "exec", "-N", "-w", "a", "--", "echo", "--help", "-h", "--version"])
        #expect(result.output == "--help -h --version\n")
    }

    @Test(arguments: [[], ["--help"], ["-h"], ["help"]] as [[String]])
    func `of lastcall names its commands`(words: [String]) async throws {
        let result = try await Lastcall.run(words, environment: ["COLUMNS": "80"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        #expect(result.output.contains("  run                     Run a command on many hosts."))
    }

    static let ofRun = #"""
        OVERVIEW: Run a command on many hosts.

        A window of hosts is always open while others wait. Every host ends in the
        summary: ok, failed, signalled, no status, not reached, timed out, cancelled or
        not started.

        rsh trusts addresses, encrypts nothing, and is meant for closed networks only.
        With exec the command's words are started here, once per host, without a shell;
        %h is the host's name, %u the user, %n the host's number, %% a percent sign.

        ^C shows who is pending; ^C again stops the run in order; a third one aborts
        it.

        EXIT STATUS (the first that applies)
          130, 143, 129  stopped by ^C, SIGTERM, SIGHUP
          2  the request was wrong; nothing was contacted
          5  output could not be written in full
          4  a host timed out
          3  a host was not reached, or gave no exit status
          1  a command failed or died of a signal
          0  every host's command ended with 0

        USAGE: lastcall run -w HOSTS [-x HOSTS] [--via ssh|openssh|rsh|exec] [OPTIONS] -- COMMAND [ARGUMENT ...]

        ARGUMENTS:
          <command>               The command, after --.

        HOSTS:
          -w, --hosts <pattern>   Hosts: node[001-128,200], user@host:port, @group,
                                  web*, /regex/, ^FILE, or - for standard input.
                Joined by , (or) ! (without) & (in both) ^ (in one). Several -w add up;
                a host named twice is one host.
          -g, --group <groups>    Groups of hosts: web, racks:r[1-4], web,db.
          -x, --exclude <pattern> Hosts to leave out; the same patterns.
          --pick <number>         Only so many of them, drawn at random.
          --seed <number>         --pick: draw the same hosts again.

        GROUPS:
          --groups <file>         A configuration of group sources instead of the usual
                                  ones.
          -s, --source <name>     The source of groups that name none.
          --limit <name=number>   Raise or lower a limit: hosts=2000000, brackets=64,
                                  nesting=100, bytes=1000000000.

        TRANSPORT:
          --via <via>             How to reach the hosts: ssh (in this process; through
                                  ssh(1) where the configuration needs it), ssh! (never
                                  through ssh(1)), openssh (one ssh(1) per host), rsh
                                  (insecure), or exec (a local command per host).
                                  (values: rsh, ssh, ssh!, openssh, exec; default: ssh)
          -l, --user <name>       The user on hosts that name none.
          --port <number>         The port on hosts that name none.
          --ssh-option <argument> An argument as ssh(1) takes it, before the host:
                                  --ssh-option=-F --ssh-option=FILE.
          --accept-new            ssh: trust hosts that are not known yet, and write
                                  their keys to known_hosts.
          --password-descriptor <number>
                                  ssh: read the password or passphrase from this
                                  descriptor, one line.
          --merge-stderr          rsh: mix standard error into standard output; one
                                  connection per host.
          --refuse-strangers      rsh: refuse a stderr connection that comes from
                                  another address than the host's.
          --reserved-ports <number>
                                  rsh: how many local ports below 1024 to share among
                                  all hosts. (default: 16)
          --closing <policy>      rsh, ssh: who keeps TIME-WAIT: reset-after-end
                                  (nobody), remote-first, local-first.

        LIMITS:
          -f, --fanout <number>   How many hosts are open at once. (default: 64)
          --connect-timeout <duration>
                                  How long a host may take until its command runs: 10s,
                                  500ms, 2m, 1h, or none.
          -u, --command-timeout <duration>
                                  How long a host's command may run; it is then
                                  signalled, and its connection reset.
          --max-failures <number> How many hosts may fail, as in 3 or 5%; with the next
                                  one no further is started.

        OUTPUT:
          -b, --gather            Print equal output of several hosts once, at the end.
          --json                  Print one JSON object per event and line (see
                                  Docs/output.md).
          -N, --no-prefix         Pass output on as it comes, without host names.
          --progress/--no-progress
                                  Show progress; the default on a terminal.
          --exit-status <rule>    What to exit with: class (the table above) or max
                                  (the largest remote code).

        JOURNAL:
          --journal/--no-journal  Record the run, or do not; the default records where
                                  the journal can be opened.
          --no-output-journal     Record the run without what the hosts print.
          --journal-host-limit <size>
                                  Bytes of one host's output to record at most: 64K,
                                  16M, 1G. (default: 16M)
          --journal-run-limit <size>
                                  Bytes of all hosts' output to record at most.
                                  (default: 1G)

        OPTIONS:
          --stdin                 Send standard input to every host; without it
                                  commands read /dev/null.
          --attributes            Replace %{name} in the command by what group sources
                                  know of each host.
          --dry-run               List the hosts and what would run; contact nobody.
          --hosts-only            Print the hosts folded, and how many they are;
                                  contact nobody.
          --version               Show the version.
          -h, --help              Show help information.
        """#
}
