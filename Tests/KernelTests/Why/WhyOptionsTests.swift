// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

/// `lastcall why` as several users, elsewhere, and over time.
@Suite(.timeLimit(.minutes(2))) struct `lastcall why` {
    /// Each situation as root and as an ordinary user.
    @Test(arguments: [
        ("LISTEN", "my $l = v4(port => 8080, listens => 1);", ["8080", "--reuseaddr"]),
        ("bound", "my $b = v4(port => 8080);", ["127.0.0.1:8080"]),
        (
            "FIN-WAIT-2",
            """
            my $l = v4(port => 8080, listens => 1); my $c = v4(remote => 8080);
            my $a = accepted($l); close $_ for $a, $l;
            """, ["8080"]
        ),
        (
            "TIME-WAIT",
            """
            my $l = v4(port => 8080, listens => 1); my $c = v4(remote => 8080);
            my $a = accepted($l); close $_ for $a, $l, $c;
            """, ["8080", "--reuseaddr", "--probe"]
        ),
        ("nothing", "", ["8080"]),
    ])
    func `comes to the same verdict for an ordinary user, with less detail`(
        name: String, situation: String, words: [String]
    ) async throws {
        let arguments = words.map { "\"\($0)\"" }.joined(separator: ", ")
        let output = try await WhySituation.output(
            situation
                + """
                why(\(arguments)); print "----\\n"; $( = $) = "1234 1234"; $< = $> = 1234;
                exit if $> != 1234;
                why(\(arguments));
                """)
        let parts = output.split(separator: "----\n")
        // A user namespace may have one user only.
        guard parts.count == 2 else { return }
        #expect(parts[0].suffix(10) == parts[1].suffix(10))
        #expect(parts[0].prefix(3) == parts[1].prefix(3))
        if name == "LISTEN" || name == "bound" {
            #expect(parts[0].hasPrefix("No: perl (pid 1) "))
            #expect(parts[1].hasPrefix("No: a process of user root "))
            #expect(parts[1].contains("As root this would also name the process"))
            #expect(!parts[0].contains("As root this would"))
        }
    }

    @Test func `looks into another network`() async throws {
        let output = try await WhySituation.firstLines(
            #"""
            my $l = v4(port => 8080, listens => 1);
            sub elsewhere { my $pid = fork; exec "unshare", "--net", @_ if !$pid; waitpid $pid, 0 }
            elsewhere($ENV{LASTCALL}, "why", "127.0.0.1:8080", "--netns", "1");
            elsewhere($ENV{LASTCALL}, "why", "0.0.0.0:8080");
            """#)
        #expect(
            output == [
                "No: perl (pid 1) listens on 127.0.0.1:8080.",
                "Yes: bind() to 0.0.0.0:8080 works now.",
            ])
    }

    @Test func `answers for another user`() async throws {
        let output = try await WhySituation.firstLines(
            #"""
            my $l = v4(port => 8080, P => 1, listens => 1);
            why("127.0.0.1:8080", "--reuseport");
            why("127.0.0.1:8080", "--reuseport", "--user", "1234");
            why("80", "--user", "1234");
            """#)
        #expect(
            output == [
                "Yes: bind() to 127.0.0.1:8080 with SO_REUSEPORT works now.", "status 0",
                "No: perl (pid 1) listens on 127.0.0.1:8080.", "status 1",
                "No: port 80 needs a privilege, as all below 1024 do.", "status 1",
            ])
    }

    @Test func `waits until the port is free, or the time is over`() async throws {
        let output = try await WhySituation.firstLines(
            #"""
            use POSIX ":sys_wait_h";
            my $l = v4(port => 8080, listens => 1);
            my $pid = fork;
            exec $ENV{LASTCALL}, "why", "8080", "--wait", "60s" if !$pid;
            # As long as it has not ended, it sleeps in poll(2).
            sub sleeps { grep { says($_) =~ /^poll/ } glob "/proc/$pid/task/*/wchan" }
            1 until sleeps() or waitpid($pid, WNOHANG);
            close $l;
            waitpid $pid, 0;
            print "status ", $? >> 8, "\n";
            my $other = v4(port => 8080, listens => 1);
            why("8080", "--wait", "10ms");
            """#)
        #expect(
            output == [
                "Yes: bind() to 0.0.0.0:8080 works now.", "status 0",
                "No: perl (pid 1) listens on 127.0.0.1:8080.", "status 1",
            ])
    }

    @Test func `is told to programs as well`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 8080, listens => 1);
            why("8080", "--json");
            why("--connect", "127.0.0.1:8080", "--json");
            """#)
        let lines = output.split(separator: "\n")
        #expect(
            lines.first?
                .hasPrefix(
                    #"""
                    {"v":1,"call":"bind","address":"0.0.0.0","port":8080,"reuse_address":false,\#
                    "reuse_port":false,"v6only":false,"user":0,"verdict":"blocked",\#
                    "certainty":"certain","blockers":[{"state":"LISTEN","holder":"LISTEN",\#
                    "local":"127.0.0.1","local_port":8080,"certain":true,\#
                    "overlap":"requestIsWildcard","depends_on":[],"count":1,\#
                    "owners":[{"name":"perl","pid":1,"descriptor":3,"user":"root","running":
                    """#) == true)
        #expect(
            lines.contains { $0.hasPrefix(#"{"v":1,"call":"connect","address":"127.0.0.1","#) })
    }
}
