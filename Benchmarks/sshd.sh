#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# sshd.sh - what a command over ssh costs the client where a real sshd serves it
#
#   Benchmarks/sshd.sh >table.md      ROUNDS (5), HOSTS (200) and FANOUT (64) may be set
#
# Compares lastcall in this process, pdsh -R ssh and ssh under xargs, all against the same sshd in
# Scripts/lab with the same key and strict host keys, tools taking turns; then pdsh and ssh with
# their default key exchange. Prints Markdown on stdout, progress on stderr.
#
# CPU is user + system time of the client and its children (GNU time), medians of the rounds. The
# server is a real sshd on the same machine, which costs ten times as much as any client: wall time
# tells how fast it is.
set -eu

cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5}
hosts=${HOSTS:-200}
fanout=${FANOUT:-64}

if [ -z "${LASTCALL_LAB:-}" ]; then
    Scripts/packages --swift time iproute2 openssh-client
    if [ -z "${LASTCALL_BINARY:-}" ]; then
        swift build -c release --static-swift-stdlib --product lastcall >&2
        LASTCALL_BINARY=$(swift build -c release --show-bin-path)/lastcall
    fi
    LASTCALL_COMMIT=$(git rev-parse --short HEAD 2>/dev/null || echo unknown)
    export LASTCALL_BINARY LASTCALL_COMMIT
    exec Scripts/lab -- Benchmarks/sshd.sh
fi

work=$(mktemp -d)
export XDG_STATE_HOME=$work/state # the journal of these runs is nobody's
trap 'rm -rf "$work"' EXIT
pattern="10.20.0.[1-$hosts]"
seq -f '10.20.0.%.0f' "$hosts" >"$work/hosts"
config=$LASTCALL_LAB_SSH_CONFIG
measure=(/usr/bin/time --quiet -o "$work/time" -f '%U %S %M %e')
same=-oKexAlgorithms=curve25519-sha256

# The tools. Each prints one line with "hi" per host that answered.
lastcall() {
    "${measure[@]}" "$LASTCALL_BINARY" run -w "$pattern" --via ssh! --ssh-option=-F \
        --ssh-option="$config" -f "$fanout" -- echo hi
}
pdsh() {
    PDSH_SSH_ARGS_APPEND="-F $config $same" "${measure[@]}" "$LASTCALL_LAB_PDSH" -R ssh -f "$fanout" \
        -w "$pattern" echo hi
}
ssh_xargs() { "${measure[@]}" xargs -P "$fanout" -I HOST ssh -F "$config" $same -n HOST echo hi <"$work/hosts"; }
pdsh_default() {
    PDSH_SSH_ARGS_APPEND="-F $config" "${measure[@]}" "$LASTCALL_LAB_PDSH" -R ssh -f "$fanout" \
        -w "$pattern" echo hi
}
ssh_default() { "${measure[@]}" xargs -P "$fanout" -I HOST ssh -F "$config" -n HOST echo hi <"$work/hosts"; }

# Runs TOOL once; appends "CPU-ms-per-host RSS-MiB wall answered TIME-WAIT" to the tool's record.
once() { # TOOL
    local user system rss wall answered left
    ss -tanH state time-wait | sort >"$work/before"
    "$1" >"$work/out" 2>"$work/err" || :
    left=$(ss -tanH state time-wait | sort | comm -13 "$work/before" - | wc -l)
    answered=$(grep -c 'hi$' "$work/out" || :)
    read -r user system rss wall <"$work/time"
    awk -v u="$user" -v s="$system" -v r="$rss" -v w="$wall" -v a="$answered" -v n="$hosts" -v l="$left" \
        'BEGIN { printf "%.2f %.1f %.1f %d %d\n", 1000 * (u + s) / n, r / 1024, w, a, l }' >>"$work/$1"
    echo "$1: $(tail -n 1 "$work/$1") (CPU ms a host, MiB, wall s, answered, TIME-WAIT)" >&2
    [ "$answered" = "$hosts" ] || head -n 3 "$work/err" >&2
}

median() { # FILE COLUMN
    awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
smallest() { awk -v c="$2" '{ print $c }' "$1" | sort -n | head -n 1; }

for ((round = 0; round < rounds; round++)); do
    for tool in lastcall pdsh ssh_xargs; do once $tool; done
done
for tool in pdsh_default ssh_default; do once $tool; done

echo "Machine: $(nproc) cores ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), Linux $(uname -r)," \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release). Commit ${LASTCALL_COMMIT:-unknown}," \
    "$(ssh -V 2>&1 | cut -d, -f1), libssh $(dpkg-query -W -f '${Version}' libssh-4 2>/dev/null)."
echo "$hosts hosts, fan-out $fanout, medians of $rounds rounds (default key exchange: one). Command: \`Benchmarks/sshd.sh\`."
echo
echo "| tool | key exchange | answered | client CPU ms a host | of lastcall's | peak memory of a process MiB | TIME-WAIT left | wall s |"
echo "|---|---|---:|---:|---:|---:|---:|---:|"
own=$(median "$work/lastcall" 1)
row() { # TOOL LABEL EXCHANGE
    awk -v label="$2" -v kex="$3" -v cpu="$(median "$work/$1" 1)" -v rss="$(median "$work/$1" 2)" \
        -v wall="$(median "$work/$1" 3)" -v answered="$(smallest "$work/$1" 4)" \
        -v left="$(median "$work/$1" 5)" -v own="$own" 'BEGIN {
        printf "| %s | %s | %d | %.2f | %.1f | %.1f | %d | %.1f |\n", label, kex, answered, cpu,
            cpu / own, rss, left, wall }'
}
row lastcall "lastcall" curve25519
row pdsh "pdsh -R ssh" curve25519
row ssh_xargs "ssh, xargs -P $fanout" curve25519
row pdsh_default "pdsh -R ssh" "ssh's default"
row ssh_default "ssh, xargs -P $fanout" "ssh's default"
