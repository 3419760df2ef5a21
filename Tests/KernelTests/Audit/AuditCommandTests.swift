// SPDX-License-Identifier: Apache-2.0

import LiveProcesses
import PrivateNetworks
import Testing
import Threads

/// `lastcall audit` as users start it, in a network of its own with the sockets of a service.
@Suite(.timeLimit(.minutes(2))) struct `lastcall audit` {
    /// Makes each socket `ADDRESS,PORT,OPTIONS,listen|bind[,USER]` in a child named as told, as user
    /// 1234 or the one that is named,
    /// then carries out each line of the script: `root`, `user` or `owner` runs the program so,
    /// `elsewhere` does from another network namespace, `bind ADDRESS,PORT,OPTIONS` is another
    /// user's bind() and listen(), and `reserve PORT` keeps the ports below for root.
    private static let world = #"""
        use Socket qw(:all);
        sub become { $( = $) = "$_[0] $_[0]"; ($<, $>) = ($_[0], $_[0]); $> == $_[0] or exit 99 }
        sub make {
            my ($address, $port, $options, $what) = split /,/, $_[0];
            my $is6 = $address =~ /:/;
            socket(my $made, $is6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0) or return;
            setsockopt($made, SOL_SOCKET, SO_REUSEADDR, 1) if $options =~ /A/;
            setsockopt($made, SOL_SOCKET, SO_REUSEPORT, 1) if $options =~ /P/;
            bind($made, $is6 ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address))
                : pack_sockaddr_in($port, inet_aton($address))) or return;
            return $made if $what eq "bind";
            listen($made, 5) or return;
            $made
        }
        if ($ARGV[0] eq "serve") {
            $0 = $ARGV[1];
            my $made = make($ARGV[2]) or die "$ARGV[2]: $!";
            open my $tell, ">&=", $ARGV[3];
            open my $wait, "<&=", $ARGV[4];
            syswrite $tell, "x";
            sysread $wait, my $byte, 1;
            exit
        }
        $^F = 255;
        open my $program, "<", $ENV{LASTCALL} or die $!;
        my $run = "/proc/self/fd/" . fileno $program;
        $| = 1;
        my ($name, $sockets, @script) = @ARGV;
        pipe my $ready, my $tell;
        pipe my $wait, my $hold;
        for (split / /, $sockets) {
            next if fork;
            close $hold;
            become((split /,/)[4] || 1234);
            # A process that has changed its user hides from it until it runs a program.
            exec $^X, "-e", $ENV{WORLD}, "serve", $name, $_, fileno $tell, fileno $wait;
        }
        close $tell;
        for (split / /, $sockets) { sysread $ready, my $byte, 1 or die }
        for (@script) {
            my ($who, @words) = split / /;
            if ($who eq "reserve") {
                open my $file, ">", "/proc/sys/net/ipv4/ip_unprivileged_port_start" or die $!;
                print $file $words[0];
                next
            }
            unless (my $child = fork) {
                become($who eq "owner" ? 1234 : 1235) if $who =~ /owner|user|bind/;
                if ($who eq "bind") { print "bind: ", (make(@words) ? "ok" : $!), "\n"; exit }
                exec "unshare", "--net", $run, "audit", "--netns", getppid
                    if $who eq "elsewhere";
                exec $run, "audit", @words;
            }
            wait;
            print "status: ", $? >> 8, "\n" unless $who eq "bind";
        }
        """#

    /// What the script prints; `nil` where only one user may be.
    private func play(
        _ sockets: [String], _ script: [String], named name: String = "service"
    ) async throws -> String? {
        let isEveryUser = try await DetachedThread.run { FileSystemUser.isEveryUser() }
        guard isEveryUser else { return nil }
        let result = try await Lastcall.shell(
            """
            exec unshare --net --mount sh -c '
            ip link set lo up && ip addr add 10.0.0.5/32 dev lo
            hosts=$(mktemp) && printf "::1 localhost\\n127.0.0.1 localhost\\n" >$hosts
            chmod 644 $hosts && mount --bind $hosts /etc/hosts && rm $hosts
            export WORLD="$0"
            exec perl -e "$0" -- "$@"' "$@"
            """, [Self.world, name, sockets.joined(separator: " ")] + script)
        return result.output + result.error
    }

    @Test func `says the same to root and to others, and what root adds`() async throws {
        let sockets = ["127.0.0.1,6379,A,listen", "::1,7000,A,bind", "::,8080,P,listen"]
        guard let root = try await play(sockets, ["root"]) else { return }
        #expect(root.contains("HIGH  other-family: "), "\(root)")
        #expect(root.contains(#/\n  127\.0\.0\.1:6379  service \(pid \d+\), user 1234\n/#))
        #expect(root.contains("\n    free: [::1]:6379, [::]:6379\n"))
        #expect(root.contains("HIGH  not-listening: "))
        #expect(root.contains("MEDIUM  same-user: "))
        #expect(root.contains("MEDIUM  restart-window: "))
        #expect(root.contains("LOW  while-down: "))
        #expect(!root.contains("Not known"))
        #expect(root.hasSuffix("status: 1\n"))

        guard let user = try await play(sockets, ["user"]) else { return }
        #expect(user.contains("HIGH  other-family: "), "\(user)")
        #expect(user.contains("\n  127.0.0.1:6379  user 1234\n"))
        #expect(user.contains("\n    free: [::1]:6379, [::]:6379\n"))
        #expect(user.contains("MEDIUM  not-listening: "))
        #expect(user.contains("it is not known whether it has SO_REUSEADDR."))
        #expect(user.contains("\nNot known of 3 sockets (port 6379, 7000, 8080): SO_REUSEADDR"))
        #expect(user.contains("As root it reads"))
        #expect(user.hasSuffix("status: 1\n"))
    }

    @Test func `tells of two users on one port, and of addresses that are free`() async throws {
        let sockets = ["0.0.0.0,8080,,listen", "::1,8080,,listen,1235", "10.0.0.5,9000,,listen"]
        guard let text = try await play(sockets, ["user"]) else { return }
        #expect(
            text.contains(
                #/\n  0\.0\.0\.0:8080  user 1234\n  \[::1\]:8080    service \(pid \d+\), user 1235\n/#
            ), "\(text)")
        #expect(text.contains("\nLOW  other-addresses: other addresses are left to any user\n"))
        #expect(text.contains("\n    free: 127.0.0.1:9000, [::1]:9000, [::]:9000\n"))
    }

    @Test func `tells the owner what it tells root`() async throws {
        let sockets = ["127.0.0.1,6379,A,listen", "::,8080,P,listen"]
        guard let texts = try await play(sockets, ["root", "owner"]) else { return }
        let parts = texts.split(separator: "status: 1\n")
        // Yama keeps processes of one user apart.
        let scope = (try? SmallFile.read("/proc/sys/kernel/yama/ptrace_scope")) ?? "0"
        guard scope.hasPrefix("0") else { return }
        #expect(parts.count == 2 && parts.first == parts.last, "\(texts)")
    }

    @Test func `looks into another network namespace`() async throws {
        let sockets = ["127.0.0.1,6379,A,listen", "::,8080,P,listen"]
        let script = ["reserve 7000", "root", "elsewhere"]
        guard let texts = try await play(sockets, script) else { return }
        let parts = texts.split(separator: "status: 1\n")
        #expect(parts.count == 2 && parts.first == parts.last, "\(texts)")
        #expect(texts.contains("1 listener is on ports below 7000"))
        let refused = try await play(["::,8080,,listen"], ["user --netns /proc/1/ns/net"])
        let refusal = """
            lastcall: --netns: '/proc/1/ns/net' may not be entered: that needs root (CAP_SYS_ADMIN)
            """
        #expect(refused?.contains(refusal) ?? true, "\(refused ?? "")")
    }

    @Test func `tries what it says, by sockets that never listen`() async throws {
        let sockets = ["127.0.0.1,6379,A,listen", "::1,7000,A,bind", "::1,7001,,bind"]
        guard let root = try await play(sockets, ["root --prove --json"]) else { return }
        let trial = #/"trials":\[{"address":"::1","port":6379,"uid":\d+,"succeeded":true}\]/#
        #expect(root.contains(trial), "\(root)")
        // What an ordinary user cannot read is tried, and then known.
        guard let user = try await play(sockets, ["user --prove"]) else { return }
        #expect(user.contains("HIGH  not-listening: "), "\(user)")
        #expect(user.contains("\n    tried: bind() to [::1]:7000 as uid 1235: succeeded\n"))
        #expect(!user.contains("[::1]:7001"))
        #expect(user.contains("\nTried with sockets that never listened."))
    }

    @Test func `ends with the status that is asked for`() async throws {
        let script = [
            "root --fail-on high", "root --fail-on medium", "root --fail-on low --port 1",
            "root --user 1235", "root --process service --port 8080", "root --process 1",
        ]
        guard let text = try await play(["::,8080,A,listen"], script) else { return }
        let statuses = text.matches(of: #/status: (\d)/#).map { String($0.1) }
        #expect(statuses == ["0", "1", "0", "0", "1", "0"])
    }

    @Test func `finds nothing where only root may bind, as nobody else may`() async throws {
        let script = ["reserve 8081", "root", "user", "bind ::1,8080,A", "bind ::1,8081,A"]
        guard let text = try await play(["0.0.0.0,8080,AP,listen"], script) else { return }
        let nothing = """
            Nothing found; 1 listener.

            1 listener is on ports below 8081, where only root may bind.
            status: 0

            """
        #expect(text == nothing + nothing + "bind: Permission denied\nbind: ok\n")
    }

    @Test func `finds no restart where systemd keeps the socket, as nobody gets in`() async throws {
        let script = ["root", "bind ::,8080,A", "bind ::,8080,AP"]
        let text = try await play(["::,8080,A,listen"], script, named: "systemd")
        guard let text else { return }
        #expect(text.hasPrefix("Nothing found; 1 listener.\nstatus: 0\n"), "\(text)")
        #expect(text.hasSuffix("bind: Address already in use\nbind: Address already in use\n"))
    }
}
