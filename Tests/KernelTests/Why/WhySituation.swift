// SPDX-License-Identifier: Apache-2.0

import LiveProcesses

/// A situation on the live kernel, made by a program of perl(1) in a network and a process list of
/// its own, and what `lastcall why` says about it.
enum WhySituation {
    /// Runs the program, which is process 1.
    ///
    /// It has words of its own:
    ///
    ///     v4(...), v6(...)   a socket: port, at, to, remote; A, P, only for its flags; listens
    ///     accepted(S)        the next connection of a listener
    ///     resets(S)          closes with a RST
    ///     set(NAME, VALUE)   a setting below /proc/sys/net
    ///     says(PATH)         what a file says
    ///     why(WORDS)         runs `lastcall why`, then prints its status
    ///
    /// - Returns: what it all wrote; times, which differ from run to run, as `N s`.
    static func output(_ program: String) async throws -> String {
        let result = try await Lastcall.shell(
            """
            exec unshare --net --pid --fork --mount-proc sh -c '
                ip link set lo up
                exec perl -e "$0" 2>&1' "$1"
            """, [words + program])
        return result.output
            .replacing(#/\d+ min \d\d s|\d+\.\d+ s/#, with: "N s")
    }

    /// The first lines of what each `why` of a program says, and the statuses.
    static func firstLines(_ program: String) async throws -> [String] {
        let lines = try await output(program).split(separator: "\n").map(String.init)
        return lines.filter {
            $0.hasPrefix("No: ") || $0.hasPrefix("Yes: ") || $0.hasPrefix("Perhaps: ")
                || $0.hasPrefix("status ")
        }
    }

    private static let words = #"""
        use Socket qw(:all); $| = 1;
        sub made { my ($family, %with) = @_;
            socket(my $made, $family, SOCK_STREAM, 0) or die $!;
            setsockopt($made, SOL_SOCKET, SO_REUSEADDR, 1) if $with{A};
            setsockopt($made, SOL_SOCKET, SO_REUSEPORT, 1) if $with{P};
            setsockopt($made, IPPROTO_IPV6, IPV6_V6ONLY, $with{only} ? 1 : 0)
                if $family == AF_INET6;
            bind($made, name($with{at}, $with{port})) or die "bind: $!" if $with{port};
            listen($made, 8) or die "listen: $!" if $with{listens};
            connect($made, name($with{to}, $with{remote})) or die "connect: $!" if $with{remote};
            $made }
        sub name { my ($address, $port) = @_;
            $address =~ /:/ ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address))
                : pack_sockaddr_in($port, inet_aton($address)) }
        sub v4 { made(AF_INET, at => "127.0.0.1", to => "127.0.0.1", @_) }
        sub v6 { made(AF_INET6, at => "::1", to => "::1", @_) }
        sub accepted { accept(my $accepted, $_[0]) or die $!; $accepted }
        sub resets { setsockopt($_[0], SOL_SOCKET, SO_LINGER, pack("ii", 1, 0)); close $_[0] }
        sub why { system $ENV{LASTCALL}, "why", @_;
            print "status ", ($? & 127 ? "signal " . ($? & 127) : $? >> 8), "\n" }
        sub set { open my $file, ">", "/proc/sys/net/$_[0]" or die "$_[0]: $!";
            print $file $_[1]; close $file }
        sub says { open my $file, "<", $_[0] or return ""; local $/; my $text = <$file>; $text }

        """#
}
