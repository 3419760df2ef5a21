// SPDX-License-Identifier: Apache-2.0

import Testing

/// Each thing that can be in the way, made on the live kernel, and the whole text about it.
@Suite(.timeLimit(.minutes(2))) struct `lastcall why, of bind(),` {
    @Test func `names who listens`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(at => "0.0.0.0", port => 8080, listens => 1);
            why("8080");
            """#)
        #expect(
            output == """
                No: perl (pid 1) listens on 0.0.0.0:8080.

                bind() to 0.0.0.0:8080 fails with EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 3, user root.

                What helps, the safest first:
                  - Stop perl (pid 1): kill 1. What it does ends.

                What does not:
                  - SO_REUSEADDR: on Linux it never shares a port with a socket that listens.
                  - Waiting: a listener does not end by itself.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `says that SO_REUSEADDR does not help against a listener`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 8080, listens => 1, A => 1);
            why("127.0.0.1:8080", "--reuseaddr", "--probe");
            """#)
        #expect(
            output == """
                No: perl (pid 1) listens on 127.0.0.1:8080.

                bind() to 127.0.0.1:8080 with SO_REUSEADDR fails with EADDRINUSE (Address
                already in use).
                perl: pid 1, descriptor 3, user root.

                What helps, the safest first:
                  - Stop perl (pid 1): kill 1. What it does ends.

                What does not:
                  - SO_REUSEADDR: on Linux it never shares a port with a socket that listens.
                  - Waiting: a listener does not end by itself.

                How sure: proved: bind() of a socket of our own has failed just now.
                status 1

                """)
    }

    @Test func `explains an IPv4 listener that blocks IPv6`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 443, listens => 1);
            why("[::]:443", "--reuseaddr");
            why("[::]:443", "--v6only");
            """#)
        #expect(
            output == """
                No: perl (pid 1) listens on 127.0.0.1:443, and [::] takes IPv4 too.

                bind() to [::]:443 with SO_REUSEADDR fails with EADDRINUSE (Address already in
                use).
                perl: pid 1, descriptor 3, user root.

                What helps, the safest first:
                  - Set IPV6_V6ONLY on the IPv6 socket: then each family has the port to itself.
                    IPv4 clients no longer reach the IPv6 one.
                  - Stop perl (pid 1): kill 1. What it does ends.

                What does not:
                  - SO_REUSEADDR: on Linux it never shares a port with a socket that listens.
                  - Waiting: a listener does not end by itself.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1
                Yes: bind() to [::]:443 with IPV6_V6ONLY works now.
                status 0

                """)
    }

    @Test func `explains an IPv6 listener that blocks IPv4`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v6(at => "::", port => 8080, listens => 1);
            why("127.0.0.1:8080");
            """#)
        #expect(
            output == """
                No: perl (pid 1) listens on [::]:8080, which takes IPv4 too.

                bind() to 127.0.0.1:8080 fails with EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 3, user root.

                What helps, the safest first:
                  - Set IPV6_V6ONLY on the IPv6 socket: then each family has the port to itself.
                    IPv4 clients no longer reach the IPv6 one.
                  - Stop perl (pid 1): kill 1. What it does ends.

                What does not:
                  - SO_REUSEADDR: on Linux it never shares a port with a socket that listens.
                  - Waiting: a listener does not end by itself.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `explains an IPv6 connection that blocks the IPv4 wildcard`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v6(at => "::", port => 8080, listens => 1);
            my $c = v6(port => 5311, remote => 8080);
            my $a = accepted($l);
            close $l;
            why("8080");
            why("127.0.0.1:8080");
            """#)
        #expect(
            output == """
                No: perl (pid 1) has a connection with [::1]:5311, ESTABLISHED, over IPv6, which
                blocks 0.0.0.0.

                bind() to 0.0.0.0:8080 fails with EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 5, user root.

                What helps, the safest first:
                  - Bind one IPv4 address instead of 0.0.0.0: the IPv6 connection is in the way
                    of the wildcard only.
                  - For the next time: set SO_REUSEADDR before bind() in both runs. The old
                    socket has not got it, so the new one alone does not help. While nobody
                    listens, any user whose socket has it may take the port as well.
                  - Stop perl (pid 1): kill 1. What it does ends.
                  - As root, end it: ss -K src [::1]:8080 dst [::1]:5311. The price: its program
                    gets ECONNABORTED, and what is under way is lost.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1
                Yes: bind() to 127.0.0.1:8080 works now.
                status 0

                """)
    }

    @Test func `counts TIME-WAIT down`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 8080, listens => 1, A => 1);
            my $c = v4(port => 5311, remote => 8080);
            my $a = accepted($l);
            close $_ for $a, $c, $l;
            why("8080");
            """#)
        #expect(
            output == """
                No: TIME-WAIT from 127.0.0.1:5311, N s left, at most N s, no owner.

                bind() to 0.0.0.0:8080 fails with EADDRINUSE (Address already in use).
                This end had closed first.

                What helps, the safest first:
                  - Wait: it ends by itself in N s at most (--wait does that).
                  - Set SO_REUSEADDR before bind(), in both runs: it helps now if the old socket
                    had it too, which the kernel tells nobody (--reuseaddr --probe finds out).
                    While nobody listens, any user whose socket has it may take the port as
                    well.
                  - For the next time: let the other end close first; it then keeps TIME-WAIT,
                    and this port is free at once.
                  - As root, end it: ss -K src 127.0.0.1:8080 dst 127.0.0.1:5311. The price:
                    stray segments of the old connection are not caught any more.

                What does not:
                  - tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a
                    constant 60 s.
                  - tcp_tw_reuse: it is about outgoing connections, not about bind().

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `hangs on SO_REUSEADDR of the old socket`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 8080, listens => 1, A => 1);
            my $c = v4(port => 5311, remote => 8080);
            my $a = accepted($l);
            close $_ for $a, $c, $l;
            why("8080", "--reuseaddr");
            why("8080", "--reuseaddr", "--probe");
            """#)
        #expect(
            output == """
                Perhaps: if the old socket has SO_REUSEADDR too: TIME-WAIT from 127.0.0.1:5311,
                N s left, at most N s, no owner.

                Otherwise bind() to 0.0.0.0:8080 with SO_REUSEADDR fails with EADDRINUSE
                (Address already in use).
                This end had closed first.

                What helps, the safest first:
                  - Wait: it ends by itself in N s at most (--wait does that).
                  - For the next time: let the other end close first; it then keeps TIME-WAIT,
                    and this port is free at once.
                  - As root, end it: ss -K src 127.0.0.1:8080 dst 127.0.0.1:5311. The price:
                    stray segments of the old connection are not caught any more.

                What does not:
                  - tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a
                    constant 60 s.
                  - tcp_tw_reuse: it is about outgoing connections, not about bind().

                How sure: it hangs on what the kernel tells nobody; --probe finds out, by doing
                it.
                status 1
                Yes: bind() to 0.0.0.0:8080 with SO_REUSEADDR works now.

                How sure: proved: bind() of a socket of our own has succeeded just now. It did
                not listen, and is closed again.
                status 0

                """)
    }

    @Test func `finds out that the old socket had no SO_REUSEADDR`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 8080, listens => 1);
            my $c = v4(port => 5311, remote => 8080);
            my $a = accepted($l);
            close $_ for $a, $c, $l;
            why("8080", "--reuseaddr", "--probe");
            """#)
        #expect(
            output == """
                No: TIME-WAIT for at most N s; the old socket had no SO_REUSEADDR.

                bind() to 0.0.0.0:8080 with SO_REUSEADDR fails with EADDRINUSE (Address already
                in use).
                TIME-WAIT from 127.0.0.1:5311, N s left, at most N s, no owner. This
                end had closed first.

                What helps, the safest first:
                  - Wait: it ends by itself in N s at most (--wait does that).
                  - For the next time: set SO_REUSEADDR before bind() in both runs. The old
                    socket has not got it, so the new one alone does not help. While nobody
                    listens, any user whose socket has it may take the port as well.
                  - For the next time: let the other end close first; it then keeps TIME-WAIT,
                    and this port is free at once.
                  - As root, end it: ss -K src 127.0.0.1:8080 dst 127.0.0.1:5311. The price:
                    stray segments of the old connection are not caught any more.

                What does not:
                  - tcp_fin_timeout, though it is recommended everywhere: TIME-WAIT is a
                    constant 60 s.
                  - tcp_tw_reuse: it is about outgoing connections, not about bind().

                How sure: proved: bind() of a socket of our own has failed just now.
                status 1

                """)
    }

    @Test func `names who holds the other end of a FIN-WAIT-2`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 8080, listens => 1, A => 1);
            my $c = v4(port => 5311, remote => 8080);
            my $a = accepted($l);
            close $_ for $a, $l;
            why("8080");
            """#)
        #expect(
            output == """
                No: FIN-WAIT-2 from 127.0.0.1:5311: perl (pid 1) here has not closed its end.

                bind() to 0.0.0.0:8080 fails with EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 4, user root.
                This end has closed, the other one has not. The kernel gives it up in N s
                at most; TIME-WAIT follows if the other end closes before.

                What helps, the safest first:
                  - Wait: it ends by itself in N s at most, or TIME-WAIT follows for 60 s
                    more if the other end closes until then (--wait does that).
                  - Set SO_REUSEADDR before bind(), in both runs: it helps now if the old socket
                    had it too, which the kernel tells nobody (--reuseaddr --probe finds out).
                    While nobody listens, any user whose socket has it may take the port as
                    well.
                  - Have perl (pid 1) close its end of the connection, or stop it: kill 1.
                    TIME-WAIT follows for 60 s.
                  - As root, end it: ss -K src 127.0.0.1:8080 dst 127.0.0.1:5311. The price:
                    stray segments of the old connection are not caught any more.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `names a socket that is bound and does not listen`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $b = v4(port => 8080);
            why("8080");
            """#)
        #expect(
            output == """
                No: perl (pid 1) has bound 127.0.0.1:8080, and does not listen.

                bind() to 0.0.0.0:8080 fails with EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 3, user root.
                ss, lsof -i, netstat and fuser do not show such a socket.

                What helps, the safest first:
                  - For the next time: set SO_REUSEADDR before bind() in both runs. The old
                    socket has not got it, so the new one alone does not help. While nobody
                    listens, any user whose socket has it may take the port as well.
                  - Stop perl (pid 1): kill 1. What it does ends.

                What does not:
                  - Waiting: only its process can end it.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `names a dead connection under an open descriptor`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $l = v4(port => 8080, listens => 1);
            my $c = v4(port => 5311, remote => 8080);
            resets(accepted($l));
            why("127.0.0.1:5311");
            """#)
        #expect(
            output == """
                No: perl (pid 1) holds a dead connection's socket on 127.0.0.1:5311.

                bind() to 127.0.0.1:5311 fails with EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 4, user root.
                The connection is over, but bind() had named its port, and that stays bound
                until the descriptor is closed; ss, lsof -i and netstat do not show it.

                What helps, the safest first:
                  - For the next time: set SO_REUSEADDR before bind() in both runs. The old
                    socket has not got it, so the new one alone does not help. While nobody
                    listens, any user whose socket has it may take the port as well.
                  - Stop perl (pid 1): kill 1. What it does ends.

                What does not:
                  - Waiting: only its process can end it.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `names an outgoing connection that took the port`() async throws {
        let output = try await WhySituation.output(
            #"""
            set("ipv4/ip_local_port_range", "40000 40001");
            my $l = v4(port => 8080, listens => 1);
            my $c = v4(remote => 8080);
            why("40000");
            """#)
        #expect(
            output == """
                No: an outgoing connection of perl (pid 1) to 127.0.0.1:8080 took the port.

                bind() to 0.0.0.0:40000 fails with EADDRINUSE (Address already in use).
                perl: pid 1, descriptor 4, user root.

                What helps, the safest first:
                  - So that no outgoing connection is given this port again: sysctl
                    net.ipv4.ip_local_reserved_ports=40000 (add it to what is there); bind() to
                    it still works.
                  - Stop perl (pid 1): kill 1. What it does ends.
                  - As root, end it: ss -K src 127.0.0.1:40000 dst 127.0.0.1:8080. The price:
                    its program gets ECONNABORTED, and what is under way is lost.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `names a connection with itself`() async throws {
        let output = try await WhySituation.output(
            #"""
            my $s = v4(port => 40001, remote => 40001);
            why("127.0.0.1:40001", "--reuseaddr");
            """#)
        #expect(
            output == """
                No: perl (pid 1) is connected to itself on 127.0.0.1:40001.

                bind() to 127.0.0.1:40001 with SO_REUSEADDR fails with EADDRINUSE (Address
                already in use).
                perl: pid 1, descriptor 3, user root.
                A program that calls a port on which nobody listens may be given that very port
                by the kernel, and is then connected to itself.
                The new socket has SO_REUSEADDR, the old one has not.

                What helps, the safest first:
                  - So that no outgoing connection is given this port again: sysctl
                    net.ipv4.ip_local_reserved_ports=40001 (add it to what is there); bind() to
                    it still works.
                  - Stop perl (pid 1): kill 1. What it does ends.
                  - As root, end it: ss -K src 127.0.0.1:40001 dst 127.0.0.1:40001. The price:
                    its program gets ECONNABORTED, and what is under way is lost.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `says that an address is not here`() async throws {
        let output = try await WhySituation.output(
            #"""
            why("10.9.9.9:8080");
            """#)
        #expect(
            output == """
                No: 10.9.9.9 is no address of this machine.

                bind() to 10.9.9.9:8080 fails with EADDRNOTAVAIL (Cannot assign requested
                address). It has 127.0.0.1.

                What helps, the safest first:
                  - Bind an address that is here, or 0.0.0.0 for all of them.
                  - If the address comes later (DHCP, a tunnel, a floating one): start the
                    program after it, for one After=network-online.target; or set IP_FREEBIND on
                    the socket, or sysctl net.ipv4.ip_nonlocal_bind=1 (IPv6:
                    net.ipv6.ip_nonlocal_bind).

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }

    @Test func `tells of a privilege that an ordinary user lacks`() async throws {
        let output = try await WhySituation.output(
            #"""
            why("80", "--user", "1234");
            """#)
        #expect(
            output == """
                No: port 80 needs a privilege, as all below 1024 do.

                bind() to 0.0.0.0:80 fails with EACCES (Permission denied).

                What helps, the safest first:
                  - Let systemd open the socket and hand it over (ListenStream=80): the program
                    needs no privilege then.
                  - Give the program the capability: setcap cap_net_bind_service=+ep FILE, or in
                    its unit AmbientCapabilities=CAP_NET_BIND_SERVICE. It may then bind every
                    such port.
                  - Run it as root. It may then do everything.
                  - Lower the limit: sysctl net.ipv4.ip_unprivileged_port_start=80. Every user
                    may then bind these ports.

                How sure: certain, by the kernel's rule; all that decides is known.
                status 1

                """)
    }
}
