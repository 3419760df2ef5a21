// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

/// A command that is run and watched, on the live kernel.
@Suite(.timeLimit(.minutes(2))) struct `lastcall why, of a command's own calls,` {
    /// A server of perl(1) that says what bind() and listen() answer, and ends with 3 if they fail.
    private static let server = #"""
        our $server = 'use Socket; sub server { socket(my $s, AF_INET, SOCK_STREAM, 0) or die;
            setsockopt($s, SOL_SOCKET, SO_REUSEADDR, 1);
            unless (bind($s, pack_sockaddr_in(8080, inet_aton("127.0.0.1"))) && listen($s, 5)) {
                print STDERR "server: $!\n"; exit 3 } $s }';

        """#

    @Test func `explains the one that fails, with its socket's own flags`() async throws {
        let output = try await WhySituation.output(
            Self.server
                + #"""
                my $l = v4(port => 8080, listens => 1);
                why("--", "perl", "-e", "$server server()");
                """#)
        #expect(
            output.replacing(#/\(pid [2-9]\d*\)/#, with: "(pid N)") == """
                lastcall: perl (pid 1) listens on 127.0.0.1:8080.

                bind() of perl (pid N) to 127.0.0.1:8080 with SO_REUSEADDR failed with
                EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 3, user root.

                What helps, the safest first:
                  - Stop perl (pid 1): kill 1. What it does ends.

                What does not:
                  - SO_REUSEADDR: on Linux it never shares a port with a socket that listens.
                  - Waiting: a listener does not end by itself.

                How sure: it has happened.
                server: Address already in use
                lastcall: the command ended with status 3.
                status 3

                """)
    }

    @Test func `sees those of children, and of their children`() async throws {
        let lines = try await WhySituation.output(
            Self.server
                + #"""
                my $l = v4(port => 8080, listens => 1);
                why("--", "sh", "-c", 'perl -e "$0" & wait; true', "$server server()");
                """#)
        #expect(lines.contains("lastcall: perl (pid 1) listens on 127.0.0.1:8080.\n"))
        #expect(lines.hasSuffix("lastcall: the command ended with status 0.\nstatus 0\n"))
    }

    @Test func `explains listen() that comes too late, and a connect() without a port`()
        async throws
    {
        let output = try await WhySituation.output(
            Self.server
                + #"""
                my $b = v4(port => 8080, A => 1);
                my $late = "$server; socket(my \$t, AF_INET, SOCK_STREAM, 0);"
                    . 'setsockopt($t, SOL_SOCKET, SO_REUSEADDR, 1);'
                    . 'bind($t, pack_sockaddr_in(8080, inet_aton("127.0.0.1"))) or die;'
                    . 'my $s = server(); listen($t, 1) or exit 4;';
                my $other = v4(port => 8081, listens => 1);
                why("--", "perl", "-e", $late);
                set("ipv4/ip_local_port_range", "40000 40000");
                my $c = v4(remote => 8081);
                why("--", "perl", "-MSocket", "-e", 'socket(my $s, AF_INET, SOCK_STREAM, 0);
                    connect($s, pack_sockaddr_in(8081, inet_aton("127.0.0.1"))) or exit 5;');
                """#)
        let flat = output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(
            flat.contains(
                #/listen\(\) of perl \(pid \d+\) on 127.0.0.1:8080 with SO_REUSEADDR failed/#))
        #expect(flat.contains("status 4"))
        #expect(
            flat.contains("lastcall: no local port is left towards 127.0.0.1:8081: 1 open."))
        #expect(flat.hasSuffix("status 5"))
    }

    @Test func `keeps quiet about what works, and passes on every end`() async throws {
        let output = try await WhySituation.output(
            Self.server
                + #"""
                why("--", "perl", "-e", "$server server(); print qq{serves\n}");
                why("--", "sh", "-c", "exit 7");
                why("--", "sh", "-c", 'kill -TERM $$');
                why("--", "/nowhere/program");
                why("--", "/etc/passwd");
                $SIG{HUP} = "IGNORE";
                my $state = q{grep SigBlk /proc/self/status; ls /proc/$$/fd; }
                    . q{perl -e 'print "$_ $SIG{$_}\n" for qw(HUP TERM PIPE)'};
                why("--", "sh", "-c", $state);
                system "sh", "-c", $state;
                """#)
        let (own, rest) = (output.components(after: "status 126\n"), output)
        #expect(
            rest.hasPrefix(
                """
                serves
                status 0
                status 7
                status signal 15
                lastcall: '/nowhere/program': No such file or directory
                status 127
                lastcall: '/etc/passwd': Permission denied
                status 126

                """))
        let watched = own.components(before: "status 0\n")
        #expect(watched == own.components(after: "status 0\n"))
        #expect(watched.contains("HUP IGNORE\n"))
    }

    @Test func `has the command's own process, which has no child it did not make`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $pid = fork;
            exec $ENV{LASTCALL}, "why", "--", "perl", "-e",
                'print "$$ ", getppid, " ", wait(), "\n"' if !$pid;
            waitpid $pid, 0;
            print "$pid $$ -1\n";
            """#)
        let lines = output.split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first == lines.last)
    }

    @Test func `is told to programs as one line`() async throws {
        let output = try await WhySituation.output(
            Self.server
                + #"""
                my $l = v4(port => 8080, listens => 1);
                why("--json", "--", "perl", "-e", "$server server()");
                """#)
        #expect(output.hasPrefix(#"{"v":1,"call":"bind","address":"127.0.0.1","port":8080,"#))
        #expect(output.contains(#""verdict":"blocked","certainty":"proved","#))
        #expect(output.hasSuffix("}\nserver: Address already in use\nstatus 3\n"))
    }
}

extension String {
    /// What comes before the first occurrence of a text; all of it where there is none.
    fileprivate func components(before text: String) -> String {
        firstRange(of: text).map { String(self[..<$0.lowerBound]) } ?? self
    }

    /// What comes after the first occurrence of a text; nothing where there is none.
    fileprivate func components(after text: String) -> String {
        firstRange(of: text).map { String(self[$0.upperBound...]) } ?? ""
    }
}
