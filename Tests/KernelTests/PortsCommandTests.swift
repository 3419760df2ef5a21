// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import Testing

/// `lastcall ports`, looking into a network namespace of another process.
@Suite(.timeLimit(.minutes(1))) struct `lastcall ports --netns` {
    /// Makes 40 connections to itself, closing first, in a namespace with a hundred ports; then
    /// waits for its standard input to end.
    private static let client = """
        ip link set lo up
        echo "33000 33099" >/proc/sys/net/ipv4/ip_local_port_range
        echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse
        exec perl -e '
            use IO::Socket::INET;
            my $listener = IO::Socket::INET->new(
                LocalAddr => "127.0.0.1:8000", Listen => 500, ReuseAddr => 1) or die $!;
            for (1 .. 40) {
                my $to = IO::Socket::INET->new("127.0.0.1:8000") or die $!;
                my $from = $listener->accept;
                close $to;
                close $from;
            }
            $| = 1;
            print "ready\\n";
            <STDIN>;'
        """

    /// Does something while that process waits; it is given the process's number.
    private static func besideClient(
        _ body: @escaping @Sendable (Int32) async throws -> Void
    ) async throws {
        _ = try await Lastcall.start(
            ["unshare", "--net", "/bin/sh", "-c", client], input: nil, environment: [:]
        ) { client in
            try await client.wait(for: "ready")
            try await body(client.pid)
            await client.endInput()
        }
    }

    @Test func `tells sockets, settings and counters of that namespace`() async throws {
        try await Self.besideClient { pid in
            for name in ["\(pid)", "/proc/\(pid)/ns/net"] {
                let text = try await Lastcall.run(["ports", "--netns", name]).output
                #expect(text.contains("Outgoing: 100 ports for each destination (33000-33099)"))
                #expect(text.contains(#/\n  127\.0\.0\.1:8000 +0 +0 +40 +60 +1\.7 +[0-9.]+\n/#))
                #expect(text.contains(#/\n  33000-33099 \(automatic\) +0 +0 +0 +40 +60\n/#))
            }
            let json = try await Lastcall.run(["ports", "--netns", "\(pid)", "--json"]).output
            #expect(json.contains(#""counters":{"time_waits":40,"#))
            let knobs = try await Lastcall.run(["ports", "--netns", "\(pid)", "--knobs"]).output
            #expect(knobs.contains("net.ipv4.ip_local_port_range = 33000 33099\n"))
            let here = try await Lastcall.run(["ports", "--json"]).output
            #expect(!here.contains(#""first":33000,"last":33099,"automatic""#))
        }
    }

    @Test(arguments: [
        ("", "write a process's number"), ("there is none", "No such file or directory"),
        ("/dev/null", "is no network namespace"), ("2147483647", "No such file or directory"),
    ])
    func `says what is wrong with a name`(name: String, message: String) async throws {
        let result = try await Lastcall.run(["ports", "--netns", name])
        #expect(result.status == 2)
        #expect(result.error.contains(message), "\(result.error)")
        #expect(result.output == "")
    }
}
