// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

/// `lastcall ports` on the live kernel, in a network of its own with a hundred ports.
@Suite(.enabled(if: RshLab.isHere, "\(RshLab.isMissing)"))
struct `lastcall ports` {
    /// Connects to a listener of its own, closing first, as often as told or until that fails;
    /// then runs the program, and reports by how many connections it got.
    private static let client = """
        use IO::Socket::INET;
        my $listener = IO::Socket::INET->new(
            LocalAddr => "127.0.0.1:8000", Listen => 500, ReuseAddr => 1) or die $!;
        my $count = 0;
        while ($count < $ARGV[0]) {
            my $to = IO::Socket::INET->new("127.0.0.1:8000") or last;
            my $from = $listener->accept;
            close $to;
            close $from;
            $count++;
        }
        print "connections: $count ", ($count < $ARGV[0] ? "then: $!" : ""), "\\n";
        system $ENV{LASTCALL}, "ports", @ARGV[1 .. $#ARGV];
        print "status: ", $? >> 8, "\\n";
        """

    private static func run(_ count: Int, _ options: [String] = []) async throws -> String {
        try await Lastcall.shell(
            """
            exec unshare --net sh -c 'ip link set lo up
            echo "33000 33099" >/proc/sys/net/ipv4/ip_local_port_range
            echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse
            exec perl -e "$0" -- "$@"' "$@"
            """, [client, "\(count)"] + options
        )
        .output
    }

    @Test func `tells how many ports are left, as connect() finds out`() async throws {
        let some = try await Self.run(40)
        #expect(some.contains("connections: 40 \n"))
        #expect(some.contains(#/\n  127\.0\.0\.1:8000 +0 +0 +40 +60 +1\.7 +4\n/#))
        #expect(some.contains("status: 0\n"))
        let all = try await Self.run(1000)
        #expect(all.contains("connections: 100 then: Cannot assign requested address"))
        #expect(all.contains(#/\n  127\.0\.0\.1:8000 +0 +0 +100 +0 +1\.7 +10\n/#))
        #expect(all.contains("127.0.0.1:8000: no port is left."))
        #expect(all.contains("status: 1\n"))
    }

    @Test func `tells it to programs as well`() async throws {
        let json = try await Self.run(40, ["--json"])
        #expect(json.contains(#""address":"127.0.0.1","port":8000,"open":0,"closing":0,"#))
        #expect(json.contains(#""time_wait":40,"sources":1,"free":60,"#))
        #expect(json.contains(#""counters":{"time_waits":40,"#))
        let metrics = try await Self.run(40, ["--metrics"])
        #expect(
            metrics.contains(
                "lastcall_outgoing_ports_free{address=\"127.0.0.1\",port=\"8000\"} 60\n"))
        #expect(metrics.contains("lastcall_time_waits_total 40\n"))
    }
}
