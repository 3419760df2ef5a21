// SPDX-License-Identifier: Apache-2.0

import Testing

/// Each way in which a port decides about connect(2), on the live kernel, and the whole text about it.
@Suite(.timeLimit(.minutes(2))) struct `lastcall why, of connect(),` {
    @Test func `from a port finds the bind() that fails first`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 514, listens => 1, A => 1);
            my $c = v4(port => 1010, remote => 514, A => 1);
            my $a = accepted($l);
            close $_ for $c, $a;
            why("--connect", "127.0.0.1:514", "--from", ":1010");
            """#)
        #expect(
            output == """
                No: TIME-WAIT from 127.0.0.1:514, N s left, at most N s, no owner.

                bind() to 0.0.0.0:1010 fails with EADDRINUSE (Address already in use).
                This end had closed first.

                What helps, the safest first:
                  - Wait: it ends by itself in N s at most (--wait does that).
                  - Set SO_REUSEADDR before bind(), in both runs: it helps now if the old socket
                    had it too, which the kernel tells nobody (--reuseaddr --probe finds out).
                    While nobody listens, any user whose socket has it may take the port as
                    well.
                  - For the next time: let the other end close first; it then keeps TIME-WAIT,
                    and this port is free at once.
                  - As root, end it: ss -K src 127.0.0.1:1010 dst 127.0.0.1:514. The price:
                    stray segments of the old connection are not caught any more.

                What does not:
                  - tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a
                    constant 60 s.
                  - tcp_tw_reuse: it is about outgoing connections, not about bind().

                connect() from port 1010 to 127.0.0.1:514 needs that bind() first.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `from a port says what timestamps decide`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 514, listens => 1, A => 1);
            my $c = v4(port => 1010, remote => 514, A => 1);
            my $a = accepted($l);
            close $_ for $c, $a;
            why("--connect", "127.0.0.1:514", "--from", ":1010", "--reuseaddr", "--probe");
            """#)
        #expect(
            output == """
                Perhaps: if the old connection had TCP timestamps; it is in TIME-WAIT, N s
                left, at most N s.

                Otherwise connect() from port 1010 to 127.0.0.1:514 fails with EADDRNOTAVAIL
                (Cannot assign requested address).

                What helps, the safest first:
                  - Take another source port, or wait.
                  - Keep net.ipv4.tcp_timestamps=1 on both ends: the default.

                What does not:
                  - SO_REUSEADDR: bind() works then, and connect() fails as before.

                How sure: it hangs on what the kernel tells nobody.
                status 1

                """)
    }

    @Test func `from a port without timestamps fails, as the kernel does`() async throws {
        let output = try await WhySituation.output(
            #"""
            set("ipv4/tcp_timestamps", 0);
            my $l = v4(port => 514, listens => 1, A => 1);
            my $c = v4(port => 1010, remote => 514, A => 1);
            my $a = accepted($l);
            close $_ for $c, $a;
            why("--connect", "127.0.0.1:514", "--from", ":1010", "--reuseaddr");
            my $n = v4(port => 1010, A => 1);
            connect($n, name("127.0.0.1", 514)) or print "connect: $!\n";
            """#)
        #expect(
            output == """
                No: the same connection is there, TIME-WAIT, N s left, at most N s.

                connect() from port 1010 to 127.0.0.1:514 fails with EADDRNOTAVAIL (Cannot
                assign requested address).

                What helps, the safest first:
                  - Take another source port, or let the kernel choose.

                What does not:
                  - SO_REUSEADDR: bind() works then, and connect() fails as before.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1
                connect: Cannot assign requested address

                """)
    }

    @Test func `counts the ports that are left, and says when none is`() async throws {
        let output = try await WhySituation.output(
            #"""
            set("ipv4/ip_local_port_range", "40000 40009");
            set("ipv4/tcp_tw_reuse", 0);
            my $l = v4(port => 5432, listens => 1);
            sub call { my $c = v4(remote => 5432); my $a = accepted($l); $_[0] ? close $_ : 0 for $c, $a; push @kept, $c, $a }
            call($_ < 7) for 0 .. 8;
            why("--connect", "127.0.0.1:5432");
            call(0);
            why("--connect", "127.0.0.1:5432");
            eval { v4(remote => 5432) } or print $@ =~ s/ at -e.*//sr, "\n";
            """#)
        #expect(
            output == """
                Yes: connect() to 127.0.0.1:5432 works: 1 of 10 local ports is left.

                In use: 7 in TIME-WAIT, 2 open.
                At the rate of the last 10 s none is left in N s.
                More than half are in use: the kernel searches long for a free one.

                How sure: as far as this machine decides it; nothing was sent, and whether
                somebody answers was not asked.
                status 0
                No: no local port is left towards 127.0.0.1:5432: 7 in TIME-WAIT, 3 open.

                connect() to 127.0.0.1:5432 fails with EADDRNOTAVAIL (Cannot assign requested
                address).
                The kernel chooses from 40000-40009, and a port serves one connection to one
                destination at a time.
                For ever it bears 0.2 connections a second that this end closes first.
                The first TIME-WAIT ends in N s at the latest.

                What helps, the safest first:
                  - Keep connections open and use them again, or let the remote end close first:
                    then no port rests here.
                  - Call from a second local address: each has all ports to itself. Bind it with
                    IP_BIND_ADDRESS_NO_PORT, or bind() chooses a port before the destination is
                    known.
                  - Widen net.ipv4.ip_local_port_range. A daemon that starts later may find its
                    port taken: name such ports in ip_local_reserved_ports.
                  - Set net.ipv4.tcp_tw_reuse=1: outgoing connections then take over a TIME-WAIT
                    older than 1 s, where both ends have timestamps (RFC 6191).

                What does not:
                  - tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a
                    constant 60 s.
                  - SO_REUSEADDR: it is about bind(), and the kernel chooses this port in
                    connect().

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1
                connect: Cannot assign requested address

                """)
    }

    @Test func `says that nobody listens, and that there is no way`() async throws {
        let output = try await WhySituation.output(
            #"""
            why("--connect", "127.0.0.1:5432");
            why("--connect", "10.0.0.7:514", "--from", ":1010");
            """#)
        #expect(
            output == """
                No: nobody listens on 127.0.0.1:5432.

                connect() to 127.0.0.1:5432 fails with ECONNREFUSED (Connection refused).

                What helps, the safest first:
                  - Start the server, or see in its log whether it listens elsewhere: ss -ltn.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1
                No: there is no route to 10.0.0.7.

                connect() from port 1010 to 10.0.0.7:514 fails with ENETUNREACH (Network is
                unreachable).

                What helps, the safest first:
                  - Look at the routes: ip route get 10.0.0.7.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }
}
