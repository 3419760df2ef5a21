// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

@Suite(.timeLimit(.minutes(1)))
struct `Help of the journal's commands` {
    @Test(arguments: [
        (["history", "--help"], history), (["history", "list", "--help"], list),
        (["history", "verify", "--help"], verify), (["history", "prune", "--help"], prune),
        (["show", "--help"], show), (["again", "--help"], again),
    ])
    func `is complete, and no error`(words: [String], text: String) async throws {
        let result = try await Lastcall.run(words, environment: ["COLUMNS": "80"])
        #expect(result.status == 0)
        #expect(result.error.isEmpty)
        #expect(result.output == text + "\n")
    }
}

private let history = #"""
    OVERVIEW: List recorded runs; check and prune the journal.

    RUN in other commands is an id of this list or its beginning, last, or last~2
    for the one two before the last. A run whose process died is interrupted.
    Docs/journal.md describes the journal, and how to ask it in SQL.

    USAGE: lastcall history <subcommand>

    OPTIONS:
      --version               Show the version.
      -h, --help              Show help information.

    SUBCOMMANDS:
      list (default)          List recorded runs, the latest first.
      verify                  Check what must hold in the journal at every moment.
      prune                   Remove old runs from the journal.

      See 'lastcall help history <subcommand>' for detailed help.
    """#

private let list = #"""
    OVERVIEW: List recorded runs, the latest first.

    EXIT STATUS
      0  listed, perhaps none
      2  wrong use, or the journal cannot be read

    USAGE: lastcall history list [--command <text>] [--host <name>] [--since <date>] [--until <date>] [--outcome <outcome>] [--limit <number>]

    OPTIONS:
      --command <text>        Runs whose command contains this.
      --host <name>           Runs on this host, named as it was then.
      --since <date>          Runs since a date: 2026-03-01, or '2026-03-01 12:30'.
      --until <date>          Runs until the end of a date.
      --outcome <outcome>     Runs in which a host ended so: ok, failed, signalled,
                              no-status, not-reached, timed-out, cancelled,
                              not-started; or interrupted runs.
      -n, --limit <number>    How many to list at most. (default: 20)
      --version               Show the version.
      -h, --help              Show help information.

    """#

private let verify = #"""
    OVERVIEW: Check what must hold in the journal at every moment.

    Every target of every run has one state; totals are those of the hosts; phases
    are in order; outputs are whole and have their digests; the file is sound.

    EXIT STATUS
      0  all of it holds
      1  something does not
      2  the journal cannot be read

    USAGE: lastcall history verify [--no-digests]

    OPTIONS:
      --no-digests            Do not read outputs and compare their digests.
      --version               Show the version.
      -h, --help              Show help information.

    """#

private let prune = #"""
    OVERVIEW: Remove old runs from the journal.

    Every recorded run does so at its end, with the defaults: 1000 runs, 400 days,
    2 GiB. A run that goes on is never removed, nor the last one for its size.

    EXIT STATUS
      0  done
      2  wrong use, or the journal cannot be written

    USAGE: lastcall history prune [--keep <number>] [--older-than <days>] [--max-size <size>] [--dry-run]

    OPTIONS:
      --keep <number>         Keep this many runs.
      --older-than <days>     Remove runs older than this.
      --max-size <size>       Remove the oldest until the rest fits: 500M, 2G.
      --dry-run               Say what --keep and --older-than would remove; remove
                              nothing.
      --version               Show the version.
      -h, --help              Show help information.

    """#

private let show = #"""
    OVERVIEW: Show a recorded run again, as it was reported, or one host's output.

    Prints the same bytes to the same streams as the run did, in the form it had or
    in the one asked for; never the progress line. With HOST only what that host
    printed, as it is. RUN is last (the default), last~2, or the beginning of an id
    of lastcall history.

    EXIT STATUS
      0  shown
      2  no such run or host, or the journal cannot be read
      5  output could not be written in full, or was not recorded in full

    USAGE: lastcall show [-g | --json | -N] [RUN] [HOST]

    ARGUMENTS:
      <run>                   Which run. (default: last)
      <host>                  Which host of it.

    OPTIONS:
      -b, --gather            Print equal output of several hosts once.
      --json                  Print one JSON object per event and line.
      -N, --no-prefix         Print output without host names.
      --version               Show the version.
      -h, --help              Show help information.

    """#

private let again = #"""
    OVERVIEW: Run a recorded command again, on some of its hosts.

    RUN is last (the default), last~2, or the beginning of an id of lastcall
    history. The options are those of the run, and so is the command unless another
    one is given. Several classes of hosts add up; -w and -x then take part of
    them.

    --unfinished runs on the hosts that certainly have not run the command: those
    whose turn had not come, that were not reached, or not started. Of hosts that
    had started, and whose end is unknown, nobody knows: it asks, and without a
    terminal it refuses unless --at-least-once or --at-most-once says what to do.
    Runs that went on with the same run count.

    The exit status is that of lastcall run.

    USAGE: lastcall again [RUN] --unfinished|--failed|--unreached|--timed-out|--exit N|--ok|-w HOSTS [OPTIONS] [-- COMMAND [ARGUMENT ...]]

    ARGUMENTS:
      <name>                  Which run. (default: last)
      <command>               Another command, after --.

    WHICH HOSTS:
      --unfinished            Hosts that certainly have not run the command; asks
                              about those that may have.
      --failed                Hosts whose command failed or died of a signal.
      --unreached             Hosts that were not reached.
      --timed-out             Hosts that timed out.
      --ok                    Hosts that ended ok.
      --exit <code>           Hosts whose command ended with this.
      -w, --hosts <pattern>   Only these hosts; alone: these hosts.
      -x, --exclude <pattern> Not these hosts.

    OPTIONS:
      --at-least-once         Run also where the command may have run, perhaps a
                              second time.
      --at-most-once          Leave out hosts where the command may have run.
      --stdin                 Send standard input to every host; of a recorded run
                              it is not known.
      --dry-run               List the hosts and what would run; contact nobody.
      --version               Show the version.
      -h, --help              Show help information.

    """#
