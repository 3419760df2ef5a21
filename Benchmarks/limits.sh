#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# limits.sh - where rsh runs out of ports, pdsh loses hosts, and lastcall does neither
#
#   Benchmarks/limits.sh >table.md
#
# In one laboratory (Scripts/lab, real in.rshd), one after another:
#   lastcall   5,120 hosts; then 20 rounds on the same 512 hosts; then 5,120 again with the ports that
#              rsh has left unusable (see below)
#   pdsh       5,120 hosts at a fan-out of 256, which works, and of 257
#   netkit rsh 5,120 hosts under xargs -P 64 with stdin at end of file, as from cron
# For each: how many hosts answered, and the sockets left on the client in a closing state. Before
# each run (but the last) the reserved ports are left to recover. Markdown on stdout.
set -eu

cd "$(dirname "$0")/.."

# --- Outside the lab: build ----------------------------------------------------------------------

if [ -z "${LASTCALL_LAB:-}" ]; then
    Scripts/packages --swift iproute2
    if [ -z "${LASTCALL_BINARY:-}" ]; then
        swift build -c release --static-swift-stdlib --product lastcall >&2
        LASTCALL_BINARY=$(swift build -c release --show-bin-path)/lastcall
    fi
    export LASTCALL_BINARY
    exec Scripts/lab --servers 20 --tw0 -- Benchmarks/limits.sh
fi

# --- Inside --------------------------------------------------------------------------------------

work=$(mktemp -d)
export XDG_STATE_HOME=$work/state # the journal of these runs is nobody's
trap 'rm -rf "$work"' EXIT
all="10.20.[0-19].[0-255]"
printf '10.20.%s\n' {0..19}.{0..255} >"$work/hosts"

sockets_left() {
    ss -tanH state time-wait state fin-wait-1 state fin-wait-2 state closing state last-ack \
        state close-wait | wc -l
}

lastcall_once() { "$LASTCALL_BINARY" run -w "$all" --via rsh -f 200 -u 300s -- echo hi; }
lastcall_rounds() {
    local round
    for ((round = 0; round < 20; round++)); do
        "$LASTCALL_BINARY" run -w "10.20.[0-1].[0-255]" --via rsh -f 200 -u 300s -- echo hi
    done
}
pdsh_256() { "$LASTCALL_LAB_PDSH" -f 256 -w "$all" echo hi; }
pdsh_257() { "$LASTCALL_LAB_PDSH" -f 257 -w "$all" echo hi; }
rsh_eof() { xargs -P 64 -I HOST "$LASTCALL_LAB_RSH" HOST echo hi <"$work/hosts"; }

recover() { while [ "$(sockets_left)" -gt 0 ]; do sleep 1; done; }

row() { # LABEL COMMANDS FUNCTION
    local began=$EPOCHREALTIME answered left wall status=0
    "$3" >"$work/out" 2>"$work/err" || status=$?
    left=$(sockets_left)
    wall=$(((${EPOCHREALTIME/[.,]/} - ${began/[.,]/}) / 1000000))
    answered=$(grep -c 'hi$' "$work/out" || :)
    # the most frequent complaint, without the hosts' names
    complaint=$(sed 's/^[^ ]*: 10\.[0-9.]*: //; s/10\.[0-9.]*//g' "$work/err" | sort | uniq -c | sort -rn |
        head -n 1 | sed 's/^ *\([0-9]*\) /\1 x /; s/|/\\|/g')
    [ "$answered" != "$2" ] || complaint=""
    echo "| $1 | $2 | $answered | $(($2 - answered)) | $left | $wall | $status | $complaint |"
}

echo "| | commands | answered | lost | sockets left | wall s | exit status | says |"
echo "|---|---:|---:|---:|---:|---:|---:|---|"
row "lastcall, 5,120 hosts" 5120 lastcall_once
recover
row "lastcall, 20 rounds on 512 hosts" 10240 lastcall_rounds
recover
row "pdsh, fan-out 256" 5120 pdsh_256
recover
row "pdsh, fan-out 257" 5120 pdsh_257
recover
row "netkit rsh </dev/null, 64 at a time" 5120 rsh_eof
row "lastcall, right after that" 5120 lastcall_once
