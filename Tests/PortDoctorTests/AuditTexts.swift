// SPDX-License-Identifier: Apache-2.0

/// What an audit prints of one machine.
enum AuditTexts {
    static let asRoot = #"""
        12 findings: 3 high, 5 medium, 4 low. 6 listeners.

        HIGH  answered-by-other: two users answer on one port
          0.0.0.0:8080  python3 (pid 4711), user ada, session-3.scope
          [::1]:8080    evil\x1b[2J (pid 666), user bob
          Proof: both listen now. Which one a client reaches depends on the address it
          takes; its user sees no difference. Here `localhost` is ::1 first.
          Change: Ask whose it is, and stop what is nobody's. Then have the service
          listen on both families, so that the place is taken.

        HIGH  other-family: the other IP family is left to any user
          127.0.0.1:6379  redis-server (pid 812), user redis, redis-server.service
            free: [::1]:6379, [2001:db8::5]:6379, [::]:6379
            redis.conf: bind 127.0.0.1 -::1
          Proof: bind() and listen() by any user succeed now at the addresses that are
          free. Here `localhost` is ::1 first: clients that try it in that order reach
          whoever listens there.
          Change, one of:
            - Listen there too. One socket on [::] with IPV6_V6ONLY off takes IPv4 as
              well and leaves nothing free; for this machine only, 127.0.0.1 and [::1].
            - A systemd socket unit: ListenStream=6379 takes both families. [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=6380 [2]

        HIGH  not-listening: bound, not listening: any user may listen first
          [::]:9000  java (pid 31), user ada
          Proof: it has SO_REUSEADDR, and so bind() and listen() by any user whose
          socket has it succeed now. The service's own listen() fails then (EADDRINUSE),
          and the other one gets the connections.
          Change, one of:
            - Call listen() right behind bind(). Where no restart needs SO_REUSEADDR,
              leave it out: that is all there is of an exclusive bind() on Linux.
            - A systemd socket unit (ListenStream=). [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=9001 [2]

        MEDIUM  other-family: the other IP family is left to any user
          0.0.0.0:8080  python3 (pid 4711), user ada, session-3.scope
            free: [2001:db8::5]:8080
          Proof: bind() and listen() by any user succeed now at the addresses that are
          free. Here `localhost` is ::1 first, so only clients that choose a free
          address get there.
          Change, one of:
            - Listen there too. One socket on [::] with IPV6_V6ONLY off takes IPv4 as
              well and leaves nothing free; for this machine only, 127.0.0.1 and [::1].
            - A systemd socket unit: ListenStream=8080 takes both families. [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=8081 [2]

        MEDIUM  same-user: any program of the same user may join in
          [::]:8443  nginx (pid 55), user www-data
          Proof: it has SO_REUSEPORT, and so bind() and listen() by any process of the
          same user whose socket has it succeed now. The other one is given a share of
          the connections; at a more specific address, all of them.
          Change, one of:
            - Leave SO_REUSEPORT out where one listener is enough: its address is its
              own then.
            - Give the service a user of its own (systemd: DynamicUser=yes).
            - sysctl net.ipv4.ip_unprivileged_port_start=8444 [2]

        MEDIUM  restart-window: any user may take the port at a restart
          127.0.0.1:6379  redis-server (pid 812), user redis, redis-server.service
          0.0.0.0:8080    python3 (pid 4711), user ada, session-3.scope
          [::]:8443       nginx (pid 55), user www-data
          Proof: they have SO_REUSEADDR, and so have the connections: from the moment
          the listener is closed, bind() and listen() by any user whose socket has it
          succeed, also between the service's own bind() and its listen(), which fails
          then (EADDRINUSE).
          Change, one of:
            - A systemd socket unit (ListenStream=). [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=8444 [2]
            - Leave SO_REUSEADDR out. That keeps others out while old connections last,
              and the service as well: it starts again when they have gone (TIME-WAIT:
              60 s).

        LOW  other-addresses: other addresses are left to any user
          127.0.0.1:6379  redis-server (pid 812), user redis, redis-server.service
            free: 10.0.0.5:6379
          [::1]:8080      evil\x1b[2J (pid 666), user bob
            free: [2001:db8::5]:8080
          Proof: bind() and listen() by any user succeed now at the addresses that are
          free. Who expects the service there reaches whoever listens.
          Change, one of:
            - If clients look for it there, listen on [::] with IPV6_V6ONLY off, which
              leaves nothing free. If not, tell no client of these addresses.
            - sysctl net.ipv4.ip_unprivileged_port_start=8081 [2]

        LOW  while-down: any user may take the port while it is down
          [::1]:8080  evil\x1b[2J (pid 666), user bob
          [::]:40000  sleepy (pid 56), user ada
          Proof: they have no SO_REUSEADDR: when the listener is closed, its old
          connections keep everybody out, also in TIME-WAIT (unless it has
          SO_REUSEPORT). When the last has gone, bind() and listen() by any user
          succeed.
          Change, one of:
            - A systemd socket unit (ListenStream=). [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=8081 [2]
            - Instead of 40000 a port below 32768: those from there on cannot be kept
              from users, as outgoing connections are given them.
            - In any case add 40000 to net.ipv4.ip_local_reserved_ports: while the
              service is down, any outgoing connection may be given the port.

        [1] systemd binds and listens before the service starts, and keeps the socket
            while it restarts; the program has to take it over (sd_listen_fds(3)).
        [2] Ports below are then for root and CAP_NET_BIND_SERVICE only: every program
            that listens on one needs it to start.

        1 listener is on ports below 1024, where only root may bind.

        """#

    static let asUser = #"""
        11 findings: 2 high, 7 medium, 2 low. 6 listeners.

        HIGH  answered-by-other: two users answer on one port
          0.0.0.0:8080  user ada, session-3.scope
          [::1]:8080    user bob
          Proof: both listen now. Which one a client reaches depends on the address it
          takes; its user sees no difference. Here `localhost` is ::1 first.
          Change: Ask whose it is, and stop what is nobody's. Then have the service
          listen on both families, so that the place is taken.

        HIGH  other-family: the other IP family is left to any user
          127.0.0.1:6379  user redis, redis-server.service
            free: [::1]:6379, [2001:db8::5]:6379, [::]:6379
          Proof: bind() and listen() by any user succeed now at the addresses that are
          free. Here `localhost` is ::1 first: clients that try it in that order reach
          whoever listens there.
          Change, one of:
            - Listen there too. One socket on [::] with IPV6_V6ONLY off takes IPv4 as
              well and leaves nothing free; for this machine only, 127.0.0.1 and [::1].
            - A systemd socket unit: ListenStream=6379 takes both families. [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=6380 [2]

        MEDIUM  other-family: the other IP family is left to any user
          0.0.0.0:8080  user ada, session-3.scope
            free: [2001:db8::5]:8080
          Proof: bind() and listen() by any user succeed now at the addresses that are
          free. Here `localhost` is ::1 first, so only clients that choose a free
          address get there.
          Change, one of:
            - Listen there too. One socket on [::] with IPV6_V6ONLY off takes IPv4 as
              well and leaves nothing free; for this machine only, 127.0.0.1 and [::1].
            - A systemd socket unit: ListenStream=8080 takes both families. [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=8081 [2]

        MEDIUM  not-listening: bound, not listening: any user may listen first
          [::]:9000  user ada
          Proof: it is not known whether it has SO_REUSEADDR. If so, bind() and listen()
          by any user whose socket has it succeed now. The service's own listen() fails
          then (EADDRINUSE), and the other one gets the connections.
          Change, one of:
            - Call listen() right behind bind(). Where no restart needs SO_REUSEADDR,
              leave it out: that is all there is of an exclusive bind() on Linux.
            - A systemd socket unit (ListenStream=). [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=9001 [2]

        MEDIUM  restart-window: any user may take the port at a restart
          127.0.0.1:6379  user redis, redis-server.service
          0.0.0.0:8080    user ada, session-3.scope
          [::1]:8080      user bob
          [::]:8443       user www-data
          [::]:40000      user ada
          Proof: when the listener is closed and its last connection has gone, bind()
          and listen() by any user succeed. It is not known whether they have
          SO_REUSEADDR, as most servers do. If so, from the moment the listener is
          closed, bind() and listen() by any user whose socket has it succeed, also
          between the service's own bind() and its listen(), which fails then
          (EADDRINUSE).
          Change, one of:
            - A systemd socket unit (ListenStream=). [1]
            - sysctl net.ipv4.ip_unprivileged_port_start=8444 [2]
            - Instead of 40000 a port below 32768: those from there on cannot be kept
              from users, as outgoing connections are given them.
            - Leave SO_REUSEADDR out. That keeps others out while old connections last,
              and the service as well: it starts again when they have gone (TIME-WAIT:
              60 s).
            - In any case add 40000 to net.ipv4.ip_local_reserved_ports: while the
              service is down, any outgoing connection may be given the port.

        LOW  other-addresses: other addresses are left to any user
          127.0.0.1:6379  user redis, redis-server.service
            free: 10.0.0.5:6379
          [::1]:8080      user bob
            free: [2001:db8::5]:8080
          Proof: bind() and listen() by any user succeed now at the addresses that are
          free. Who expects the service there reaches whoever listens.
          Change, one of:
            - If clients look for it there, listen on [::] with IPV6_V6ONLY off, which
              leaves nothing free. If not, tell no client of these addresses.
            - sysctl net.ipv4.ip_unprivileged_port_start=8081 [2]

        [1] systemd binds and listens before the service starts, and keeps the socket
            while it restarts; the program has to take it over (sd_listen_fds(3)).
        [2] Ports below are then for root and CAP_NET_BIND_SERVICE only: every program
            that listens on one needs it to start.

        Not known of 6 sockets (port 6379, 8080, 8443, 9000, 40000): SO_REUSEADDR and
        SO_REUSEPORT, which the kernel tells nobody. As root it reads them from the
        owners' descriptors, and names the owners.

        1 listener is on ports below 1024, where only root may bind.

        """#
}
