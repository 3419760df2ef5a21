#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ports.sh - what it takes to ask about ports when 100,000 sockets are in TIME-WAIT
#
#   Benchmarks/ports.sh >table.md        # ROUNDS=9 SOCKETS=100000
#
# In a network namespace of its own: makes the sockets over loopback, then runs each tool in turn,
# ROUNDS times, every second round backwards, and keeps up the number of sockets in between. The bare
# dump is a C program that only receives what the kernel says. Needs root. Markdown on stdout.
set -eu -o pipefail

cd "$(dirname "$0")/.."
ROUNDS=${ROUNDS:-9} SOCKETS=${SOCKETS:-100000}

if [ "${1:-}" != --inside ]; then
    Scripts/packages --swift gcc libc6-dev iproute2 lsof net-tools perl >&2
    swift build -c release --static-swift-stdlib --product lastcall >&2
    LASTCALL=$PWD/$(swift build -c release --static-swift-stdlib --show-bin-path | sed "s,^$PWD/,,")/lastcall
    BUILT=$(mktemp -d)
    trap 'rm -rf "$BUILT"' EXIT
    for name in bare-dump crowd; do cc -O2 -Wall -o "$BUILT/$name" "Benchmarks/ports.d/$name.c"; done
    export LASTCALL BUILT ROUNDS SOCKETS
    unshare --net Benchmarks/ports.sh --inside
    exit
fi

ip link set lo up
echo "10000 65535" >/proc/sys/net/ipv4/ip_local_port_range
echo 300000 >/proc/sys/net/ipv4/tcp_max_tw_buckets
# or loopback would use its ports again
echo 0 >/proc/sys/net/ipv4/tcp_tw_reuse

# Nobody listens any more when the question is asked.
top_up="$BUILT/crowd \$(n=\$((SOCKETS - \$($BUILT/bare-dump))); [ \$n -gt 0 ] && echo \$n || echo 0)"
count='awk "{ n[\$5]++ } END { for (to in n) print to, n[to] }"'

perl Benchmarks/ports.d/measure.pl "$ROUNDS" "$top_up" <<END
all ports: bare dump	all ports: bare dump	$BUILT/bare-dump
all ports: bare dump, one family after the other	all ports: bare dump	$BUILT/bare-dump --by-family
all ports: lastcall ports	all ports: bare dump	$LASTCALL ports
all ports: ss, counted with awk	all ports: bare dump	ss -Htan | $count
all ports: netstat, counted with awk	all ports: bare dump	netstat -tan | $count
all ports: lsof (no TIME-WAIT)	all ports: bare dump	lsof -nP -iTCP
port 8080: bare dump	port 8080: bare dump	$BUILT/bare-dump 8080
port 8080: bare dump, one family after the other	port 8080: bare dump	$BUILT/bare-dump --by-family 8080
port 8080: lastcall why 8080	port 8080: bare dump	$LASTCALL why 8080
port 8080: ss	port 8080: bare dump	ss -tanp "sport = :8080"
port 8080: netstat	port 8080: bare dump	netstat -tanp | grep ':8080 .*:'
port 8080: lsof (no TIME-WAIT)	port 8080: bare dump	lsof -nP -iTCP:8080
END
echo
echo "$("$BUILT/bare-dump") sockets at the end, $ROUNDS rounds."
