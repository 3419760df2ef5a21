#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# rsh.sh - what it costs the client to run a command on many hosts over rsh
#
#   Benchmarks/rsh.sh >table.md      ROUNDS (3) and FANOUT (200) may be set
#
# Compares lastcall, pdsh and netkit's "rsh -n" under xargs, all against the same in.rshd in
# Scripts/lab: 1,280 and 5,120 times "echo hi", one host each, the tools taking turns. Then lastcall's
# memory with 5,000 commands in flight. Prints Markdown on stdout, progress on stderr.
#
# CPU is user + system time of the client and its children (GNU time). Memory is the largest resident
# set of any one of these processes; under xargs FANOUT of them run at once. Medians of the rounds.
# The servers run on the same machine, so wall time mostly tells how fast they are.
set -eu

cd "$(dirname "$0")/.."
rounds=${ROUNDS:-3}
fanout=${FANOUT:-200}
in_flight=${IN_FLIGHT:-5000}

# --- Outside the lab: build ----------------------------------------------------------------------

if [ -z "${LASTCALL_LAB:-}" ]; then
    Scripts/packages --swift time iproute2
    if [ -z "${LASTCALL_BINARY:-}" ]; then
        swift build -c release --static-swift-stdlib --product lastcall >&2
        LASTCALL_BINARY=$(swift build -c release --show-bin-path)/lastcall
    fi
    LASTCALL_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
    export LASTCALL_BINARY LASTCALL_COMMIT
    exec Scripts/lab --servers 20 --tw0 -- Benchmarks/rsh.sh
fi

# --- Inside --------------------------------------------------------------------------------------

work=$(mktemp -d)
export XDG_STATE_HOME=$work/state # the journal of these runs is nobody's
trap 'rm -rf "$work"' EXIT

declare -A pattern=([1280]="10.20.[0-4].[0-255]" [5120]="10.20.[0-19].[0-255]")
printf '10.20.%s\n' {0..19}.{0..255} >"$work/hosts"

# The tools. Each prints one line with "hi" per host that answered.
lastcall() { "${measure[@]}" "$LASTCALL_BINARY" run -w "${pattern[$1]}" --via rsh -f "$fanout" -- echo hi; }
pdsh() { "${measure[@]}" "$LASTCALL_LAB_PDSH" -f "$fanout" -w "${pattern[$1]}" echo hi; }
rsh() { head -n "$1" "$work/hosts" | "${measure[@]}" xargs -P "$fanout" -I HOST "$LASTCALL_LAB_RSH" -n HOST echo hi; }

measure=(/usr/bin/time --quiet -o "$work/time" -f '%U %S %M %e')

# Runs TOOL once on COUNT hosts; appends "cpu-seconds rss-MiB wall answered" to the tool's record.
once() { # TOOL COUNT
    local user system rss wall answered
    "$1" "$2" >"$work/out" 2>"$work/err" || :
    answered=$(grep -c 'hi$' "$work/out" || :)
    read -r user system rss wall <"$work/time"
    awk -v u="$user" -v s="$system" -v r="$rss" -v w="$wall" -v a="$answered" \
        'BEGIN { printf "%.2f %.1f %.1f %d\n", u + s, r / 1024, w, a }' >>"$work/$1.$2"
    echo "$1 $2: $(tail -n 1 "$work/$1.$2") (CPU s, MiB, wall s, answered)" >&2
    [ "$answered" = "$2" ] || head -n 3 "$work/err" >&2
}

median() { # FILE COLUMN
    awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
smallest() { awk -v c="$2" '{ print $c }' "$1" | sort -n | head -n 1; }

for count in 1280 5120; do
    for ((round = 0; round < rounds; round++)); do
        for tool in lastcall pdsh rsh; do once $tool $count; done
    done
done

echo "Machine: $(nproc) cores ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), Linux $(uname -r)," \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release). Commit ${LASTCALL_COMMIT:-unknown}," \
    "pdsh $("$LASTCALL_LAB_PDSH" -V 2>&1 | sed -n 's/^pdsh-\([0-9.]*\).*/\1/p'), netkit rsh 0.17."
echo "Fan-out $fanout, medians of $rounds rounds. Command: \`Benchmarks/rsh.sh\`."
echo
echo "| commands | tool | answered | client CPU s | of pdsh's | peak memory MiB | wall s | of pdsh's |"
echo "|---:|---|---:|---:|---:|---:|---:|---:|"
for count in 1280 5120; do
    pdsh_cpu=$(median "$work/pdsh.$count" 1)
    pdsh_wall=$(median "$work/pdsh.$count" 3)
    for tool in lastcall pdsh rsh; do
        record=$work/$tool.$count
        label=$tool
        [ $tool != rsh ] || label="rsh -n, xargs -P $fanout"
        awk -v count=$count -v label="$label" -v cpu="$(median "$record" 1)" -v rss="$(median "$record" 2)" \
            -v wall="$(median "$record" 3)" -v answered="$(smallest "$record" 4)" \
            -v pcpu="$pdsh_cpu" -v pwall="$pdsh_wall" 'BEGIN {
            printf "| %d | %s | %d | %.2f | %s | %.1f | %.1f | %s |\n", count, label, answered, cpu,
                (pcpu > 0 ? sprintf("%.2f", cpu / pcpu) : "-"), rss, wall,
                (pwall > 0 ? sprintf("%.2f", wall / pwall) : "-") }'
    done
done

# All of them at once: sleep until the last one has been started, and then some. The servers, on this
# same machine, need longer than the usual time to take 5,000 connections.
count=$in_flight
pattern[$count]=$(head -n "$count" "$work/hosts" | paste -sd ,)
"${measure[@]}" "$LASTCALL_BINARY" run -w "${pattern[$count]}" --via rsh -f "$count" -u 300s \
    --connect-timeout 300s -- 'sleep 60; echo hi' >"$work/out" 2>"$work/err" &
client=$!
most=0
while kill -0 $client 2>/dev/null; do
    # the connections that we made; those for stderr come from the servers
    now=$(ss -tnH state established 'dport = :514' | wc -l)
    [ "$now" -le "$most" ] || most=$now
    sleep 1
done
wait $client || :
tail -n 3 "$work/err" >&2
read -r user system rss wall <"$work/time"
echo
awk -v u="$user" -v s="$system" -v r="$rss" -v a="$(grep -c 'hi$' "$work/out")" -v c="$count" -v m="$most" 'BEGIN {
    printf "lastcall with fan-out %d, `sleep 60; echo hi`: %d in flight at most, %d answered, %.1f MiB, %.2f s of CPU.\n",
        c, m, a, r / 1024, u + s }'
