// SPDX-License-Identifier: Apache-2.0

import Glibc
import LiveProcesses
import PrivateNetworks
import Testing

/// `lastcall ports --watch` beside a program that makes and ends connections when it is told to.
@Suite(.timeLimit(.minutes(1))) struct `lastcall ports --watch` {
    /// Makes five connections to itself; then closes this end of them first, the other one, or makes
    /// new ones, as its standard input says.
    private static let client = """
        ip link set lo up
        echo "33000 33099" >/proc/sys/net/ipv4/ip_local_port_range
        echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse
        exec perl -e '
            use IO::Socket::INET;
            $| = 1;
            my $listener = IO::Socket::INET->new(
                LocalAddr => "127.0.0.1:8000", Listen => 500, ReuseAddr => 1) or die $!;
            my (@here, @there);
            sub connect_five {
                for (1 .. 5) {
                    push @here, IO::Socket::INET->new("127.0.0.1:8000") || die $!;
                    push @there, scalar $listener->accept;
                }
                print "connected\\n";
            }
            connect_five;
            while (my $word = <STDIN>) {
                my ($first, $second) = $word =~ /^here/ ? (\\@here, \\@there) : (\\@there, \\@here);
                close $_ for @$first;
                close $_ for @$second;
                @here = @there = ();
                print "closed\\n";
                connect_five;
            }'
        """

    private static func besideClient(
        _ body: @escaping @Sendable (LiveProcess) async throws -> Void
    ) async throws {
        _ = try await Lastcall.start(
            ["unshare", "--net", "/bin/sh", "-c", client], input: nil, environment: [:]
        ) { client in
            try await client.wait(for: "connected\n")
            try await body(client)
            await client.endInput()
        }
    }

    /// The latest complete line.
    private static func lastLine(_ process: LiveProcess) -> Substring {
        process.text(.output).split(separator: "\n", omittingEmptySubsequences: false)
            .dropLast().last ?? ""
    }

    @Test func `learns which program closed first, and how many were made`() async throws {
        try await Self.besideClient { client in
            let arguments = ["ports", "--watch", "--json", "--interval", "100ms"]
            let result = try await Lastcall.run(arguments + ["--netns", "\(client.pid)"]) { watch in
                try await watch.wait { Self.lastLine($0).contains(#""open":5,"#) }
                await client.write(Array("here\n".utf8))
                let here =
                    #"{"address":"127.0.0.1","port":8000,"program":"perl","here":5,"there":0}"#
                try await watch.wait { Self.lastLine($0).contains(here) }
                #expect(
                    Self.lastLine(watch).contains(#""local_port":8000,"program":"perl","here":0"#))
                await client.write(Array("there\n".utf8))
                let there =
                    #"{"address":"127.0.0.1","port":8000,"program":"perl","here":5,"there":5}"#
                try await watch.wait { Self.lastLine($0).contains(there) }
                watch.signal(SIGINT)
            }
            #expect(result.status == 0 && !result.wasKilled)
            // Ten were made while it watched; the first five were there.
            let rates = result.output.matches(of: #/"port":8000,"opened_per_second":([0-9.]+)/#)
                .compactMap { Double($0.1) }
            #expect(rates.first == 0)
            #expect(rates.contains { $0 > 0 })
        }
    }

    @Test func `is a line per destination and interval in a pipe, for scripts`() async throws {
        try await Self.besideClient { client in
            let arguments = ["ports", "--watch", "--interval", "100ms", "--netns", "\(client.pid)"]
            let counted = try await Lastcall.run(arguments + ["--count", "2"])
            let line =
                #/(?m)^00:00 127\.0\.0\.1:8000 open 5 closing 0 TIME-WAIT 0 free 95 new/s 0\.0$/#
            #expect(counted.output.matches(of: line).count == 2)
            // Below it may stand what is hidden, in a pid namespace.
            #expect(counted.output.contains("\nNo connection ended.\n"))
            #expect(counted.status == 0)
            let timed = try await Lastcall.run(arguments + ["--for", "300ms"])
            #expect(timed.output.matches(of: line).count >= 1)
        }
    }

    @Test func `says what an ordinary user does not see`() async throws {
        guard FileSystemUser.isEveryUser() else { return }
        // The program through its descriptor: not everybody may reach where it was built.
        let result = try await Lastcall.shell(
            """
            exec 3<"$LASTCALL"
            exec unshare --net sh -c 'ip link set lo up; exec perl -e "$0"' '
                use IO::Socket::INET;
                $^F = 3;
                my $listener = IO::Socket::INET->new(
                    LocalAddr => "127.0.0.1:8000", Listen => 5, ReuseAddr => 1) or die $!;
                my $to = IO::Socket::INET->new("127.0.0.1:8000") or die $!;
                system "setpriv --reuid 1234 --regid 1234 --clear-groups /proc/self/fd/3 "
                    . "ports --watch --count 1 --interval 100ms";'
            """)
        #expect(result.output.contains("127.0.0.1:8000 open 1"), "\(result.error)")
        #expect(result.output.contains("Programs of other users are hidden: root sees them."))
    }

    @Test func `says that programs outside of its pid namespace are hidden`() async throws {
        let result = try await Lastcall.shell(
            """
            exec unshare --net sh -c 'ip link set lo up; exec perl -e "$0"' '
                use IO::Socket::INET;
                my $listener = IO::Socket::INET->new(
                    LocalAddr => "127.0.0.1:8000", Listen => 5, ReuseAddr => 1) or die $!;
                my $to = IO::Socket::INET->new("127.0.0.1:8000") or die $!;
                system "unshare --pid --fork --mount-proc $ENV{LASTCALL} "
                    . "ports --watch --count 1 --interval 100ms";
                system "unshare --pid --fork --mount-proc $ENV{LASTCALL} why 8000";'
            """)
        #expect(result.output.contains("127.0.0.1:8000 open 1"), "\(result.error)")
        #expect(result.output.contains("Programs outside of this pid namespace are hidden."))
        #expect(result.output.contains("it is in a pid namespace"))
    }

    @Test(arguments: [
        (["--interval", "1s"], "need --watch"), (["--count", "1"], "need --watch"),
        (["--watch", "--metrics"], "goes with --json"),
        (["--watch", "--count", "0"], "at least 1"),
        (["--watch", "--interval", "1ms"], "at least 100ms"),
        (["--watch", "--interval", "none"], "at least 100ms"),
    ])
    func `refuses what does not go together`(options: [String], message: String) async throws {
        let result = try await Lastcall.run(["ports"] + options)
        #expect(result.status == 2)
        #expect(result.error.contains(message), "\(result.error)")
    }
}
