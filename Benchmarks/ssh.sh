#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# ssh.sh - what it costs the client to run a command on many hosts over ssh
#
#   Benchmarks/ssh.sh >table.md
#
#   HOSTS (1000)  ROUNDS (3)  WINDOWS ("64 256")  TOOLS (all below that are found)
#   SSH_HOSTS (HOSTS)  how many hosts the tools get that start an ssh(1) for each
#   PARTS ("compare ten-thousand waiting memory known-hosts")
#   IN_FLIGHT (10000)  how many are open at once in "memory": two descriptors each
#   VIA (ssh!)    the engine of lastcall; openssh to try the benchmark itself
#   TOOLS_DIR     where the Python peers are put (default: ~/.cache/lastcall/ssh-tools)
#
# One fleet (lastcall lab fleet: one process, not measured) answers for all clients. The tools take
# turns, A B A B; medians of the rounds. CPU is user + system time of the client and of all it has
# started (GNU time). All exchange keys by curve25519 and have one Ed25519 key and a known_hosts with
# as many lines as hosts; parallel-ssh checks no host keys. Markdown on stdout, progress on stderr.
set -eu

cd "$(dirname "$0")/.."
hosts=${HOSTS:-1000}
rounds=${ROUNDS:-3}
windows=${WINDOWS:-64 256}
via=${VIA:-ssh!}
in_flight=${IN_FLIGHT:-10000}
parts=${PARTS:-compare ten-thousand waiting memory known-hosts}
here=$PWD/Benchmarks

# --- Outside: build, fetch the peers, raise the fleet ---------------------------------------------

# Those in Python go into a virtual environment.
fetch_tools() { # DIRECTORY
    [ -d "$1/venv" ] || { mkdir -p "$1" && python3 -m venv "$1/venv" &&
        "$1/venv/bin/pip" -q install asyncssh parallel-ssh ansible-core; } ||
        echo "ssh.sh: not all Python tools could be fetched" >&2
}

if [ -z "${LASTCALL_FLEET:-}" ]; then
    Scripts/packages --swift time iproute2 openssh-client python3-venv pdsh clustershell pssh
    if [ -z "${LASTCALL_BINARY:-}" ]; then
        swift build -c release --static-swift-stdlib --product lastcall >&2
        LASTCALL_BINARY=$(swift build -c release --show-bin-path)/lastcall
    fi
    LASTCALL_COMMIT=${LASTCALL_COMMIT:-$(git rev-parse --short HEAD 2>/dev/null || echo unknown)}
    TOOLS_DIR=${TOOLS_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/lastcall/ssh-tools}
    fetch_tools "$TOOLS_DIR"
    export LASTCALL_BINARY LASTCALL_COMMIT TOOLS_DIR
    ulimit -n "$(ulimit -Hn)"
    exec "${FLEET_BINARY:-$LASTCALL_BINARY}" lab fleet --hosts 10000 -- Benchmarks/ssh.sh
fi

# --- Inside ----------------------------------------------------------------------------------------

work=$(mktemp -d)
export XDG_STATE_HOME=$work/state # the journal of these runs is nobody's
trap 'rm -rf "$work"' EXIT
export BENCH_KEY=$LASTCALL_FLEET_KEY BENCH_KNOWN_HOSTS BENCH_CONFIG
venv=$TOOLS_DIR/venv/bin

# So many hosts: a list, a known_hosts with a line for each, a configuration that names it.
prepare() { # COUNT [LINES-OF-KNOWN-HOSTS]
    list=$work/hosts.$1
    head -n "$1" "$LASTCALL_FLEET_LIST" >"$list"
    BENCH_KNOWN_HOSTS=$work/known_hosts.${2:-$1}
    head -n "${2:-$1}" "$LASTCALL_FLEET_KNOWN_HOSTS" >"$BENCH_KNOWN_HOSTS"
    BENCH_CONFIG=$work/config.${2:-$1}
    sed "s|UserKnownHostsFile .*|UserKnownHostsFile $BENCH_KNOWN_HOSTS|" \
        "$LASTCALL_FLEET_SSH_CONFIG" >"$BENCH_CONFIG"
}

# The tools: each prints a line with "hi" for each host in $list that answered, $window at a time.
measure=(/usr/bin/time --quiet -o "$work/time" -f '%U %S %M %e')
command="echo hi"
# shellcheck disable=SC2086 # the command is words
lastcall() {
    "${measure[@]}" "$LASTCALL_BINARY" run -w "^$list" --via "$via" -f "$window" \
        --ssh-option=-F "--ssh-option=$BENCH_CONFIG" -- $command
}
pdsh() {
    PDSH_SSH_ARGS="-F $BENCH_CONFIG %h" "${measure[@]}" \
        /usr/bin/pdsh -R ssh -f "$window" -w "^$list" "$command"
}
clush() {
    "${measure[@]}" /usr/bin/clush -q -f "$window" --hostfile "$list" \
        -o "-F $BENCH_CONFIG" "$command"
}
pssh() {
    "${measure[@]}" /usr/bin/parallel-ssh -p "$window" -h "$list" -i \
        -x "-F $BENCH_CONFIG" "$command"
}
xargs_ssh() { "${measure[@]}" xargs -P "$window" -I HOST ssh -F "$BENCH_CONFIG" HOST "$command" <"$list"; }
asyncssh() { "${measure[@]}" "$venv/python" "$here/ssh-clients/with-asyncssh.py" "$list" "$window" "$command"; }
parallel_ssh() { "${measure[@]}" "$venv/python" "$here/ssh-clients/with-parallel-ssh.py" "$list" "$window" "$command"; }
ansible() {
    ANSIBLE_SSH_ARGS="-F $BENCH_CONFIG -o ControlMaster=no" ANSIBLE_HOST_KEY_CHECKING=True \
        ANSIBLE_HOME=$work/ansible "${measure[@]}" \
        "$venv/ansible" all -i "$list" -f "$window" -u lab -m raw -a "$command"
}

exists() { # TOOL
    case $1 in
    lastcall | xargs_ssh) true ;;
    pssh) [ -e /usr/bin/parallel-ssh ] ;;
    pdsh | clush) [ -e "/usr/bin/$1" ] ;;
    asyncssh | parallel_ssh) "$venv/python" -c "import ${1/parallel_ssh/pssh}" 2>/dev/null ;;
    ansible) [ -x "$venv/ansible" ] ;;
    *) echo "ssh.sh: no tool '$1'" >&2; exit 2 ;;
    esac
}

tools=()
for tool in ${TOOLS:-lastcall pdsh clush pssh xargs_ssh asyncssh parallel_ssh ansible}; do
    if exists "$tool"; then tools+=("$tool"); else echo "ssh.sh: $tool was not found" >&2; fi
done

# Ansible is so slow that a tenth of the hosts must do.
count_for() {
    case $1 in
    lastcall | asyncssh | parallel_ssh) echo "$hosts" ;;
    ansible) echo $(((${SSH_HOSTS:-$hosts} + 9) / 10)) ;;
    *) echo "${SSH_HOSTS:-$hosts}" ;;
    esac
}

median() { # FILE COLUMN
    awk -v c="$2" '{ print $c }' "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}
smallest() { awk -v c="$2" '{ print $c }' "$1" | sort -n | head -n 1; }

# Runs TOOL once; appends "CPU-ms-per-host RSS-MiB seconds answered" to its record.
once() { # TOOL COUNT RECORD
    local user system rss wall answered
    "$1" >"$work/out" 2>"$work/err" || :
    answered=$(grep -c 'hi$' "$work/out" || :)
    read -r user system rss wall <"$work/time"
    awk -v u="$user" -v s="$system" -v r="$rss" -v w="$wall" -v a="$answered" -v n="$2" \
        'BEGIN { printf "%.3f %.1f %.2f %d\n", (u + s) * 1000 / n, r / 1024, w, a }' >>"$3"
    echo "$1 $2 hosts, window $window: $(tail -n 1 "$3") (CPU ms a host, MiB, s, answered)" >&2
    [ "$answered" = "$2" ] || head -n 3 "$work/err" >&2
}

row() { # LABEL COUNT RECORD RECORD-OF-LASTCALL
    awk -v label="$1" -v n="$2" -v window="$window" -v cpu="$(median "$3" 1)" -v rss="$(median "$3" 2)" \
        -v wall="$(median "$3" 3)" -v answered="$(smallest "$3" 4)" -v own="$(median "$4" 1)" 'BEGIN {
        printf "| %s | %d | %d | %d | %.2f | %s | %.0f | %.1f |\n", label, window, n, answered, cpu,
            (own > 0 ? sprintf("%.1f", cpu / own) : "-"), (wall > 0 ? n / wall : 0), rss }'
}

# Sockets of the client that are closing; those of the hosts.
left_here() { ss -tanH state time-wait state fin-wait-1 state fin-wait-2 state closing state last-ack \
    state close-wait src "$LASTCALL_FLEET_CLIENT" | wc -l; }
left_there() { ss -tanH state time-wait sport = :22 | wc -l; }

version() { # the peers' versions, as far as they say
    "$venv/python" - <<'PYTHON' 2>/dev/null || :
from importlib.metadata import version, PackageNotFoundError
for name in ("asyncssh", "parallel-ssh", "ansible-core"):
    try: print(f"{name} {version(name)}", end=", ")
    except PackageNotFoundError: pass
PYTHON
    command pdsh -V 2>&1 | sed -n 's/^pdsh-\([0-9.]*\).*/pdsh \1, /p' | tr -d '\n'
    ssh -V 2>&1 | sed 's/,.*//'
}

echo "Machine: $(nproc) cores ($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)), Linux $(uname -r)," \
    "$(sed -n 's/^PRETTY_NAME="\(.*\)"/\1/p' /etc/os-release). Commit ${LASTCALL_COMMIT:-unknown}, --via $via;" \
    "$(version)."
echo "Medians of $rounds rounds. Command: \`Benchmarks/ssh.sh\`."

part() { case " $parts " in *" $1 "*) return 0 ;; *) return 1 ;; esac; }

if part compare; then
    for window in $windows; do
        for ((round = 0; round < rounds; round++)); do
            for tool in "${tools[@]}"; do
                count=$(count_for "$tool")
                prepare "$count"
                once "$tool" "$count" "$work/$tool.$window"
            done
        done
    done
    echo
    echo "| client | window | hosts | answered | CPU ms/host | of lastcall's | hosts/s | peak RSS of one process, MiB |"
    echo "|---|---:|---:|---:|---:|---:|---:|---:|"
    for window in $windows; do
        for tool in "${tools[@]}"; do
            row "${tool//_/ }" "$(count_for "$tool")" "$work/$tool.$window" "$work/${tools[0]}.$window"
        done
    done
fi

if part ten-thousand; then
    window=256
    prepare 10000
    for ((round = 0; round < rounds; round++)); do
        once lastcall 10000 "$work/ten-thousand"
        echo "$(left_here) $(left_there)" >>"$work/ten-thousand.left"
    done
    echo
    awk -v cpu="$(median "$work/ten-thousand" 1)" -v rss="$(median "$work/ten-thousand" 2)" \
        -v wall="$(median "$work/ten-thousand" 3)" -v answered="$(smallest "$work/ten-thousand" 4)" \
        -v left="$(sort -n "$work/ten-thousand.left" | tail -n 1)" 'BEGIN {
        split(left, side, " ")
        printf "10,000 hosts cold, window 256: %d answered at least, %.2f s, %.2f ms of CPU a host, %.1f MiB; sockets left: %d here, %d on the hosts.\n",
            answered, wall, cpu, rss, side[1], side[2] }'
fi

if part known-hosts; then
    window=64
    echo
    for lines in 1000 10000; do
        prepare 1000 $lines
        for ((round = 0; round < rounds; round++)); do once lastcall 1000 "$work/known.$lines"; done
    done
    echo "1,000 hosts with known_hosts of 1,000 and of 10,000 lines: $(median "$work/known.1000" 1) and" \
        "$(median "$work/known.10000" 1) ms of CPU a host."
fi

# So many hosts that wait: memory while all are open, and CPU over ten seconds.
waiting() { # COUNT
    local pid="" before after
    window=$1
    prepare "$1"
    "$LASTCALL_BINARY" run -w "^$list" --via "$via" -f "$window" --connect-timeout 120s \
        --ssh-option=-F "--ssh-option=$BENCH_CONFIG" -- sleep 60 >"$work/out" 2>"$work/err" &
    pid=$!
    most=0
    for ((tries = 0; tries < 30; tries++)); do
        sleep 1
        most=$(ss -tnH state established dport = :22 | wc -l)
        [ "$most" -lt "$1" ] || break
    done
    # connected is not yet logged in: until they all sleep there is work to do
    sleep 15
    kill -0 $pid 2>/dev/null || { echo "$1 hosts that wait: $(tail -n 1 "$work/err")"; return; }
    before=$(cut -d ' ' -f 14,15 "/proc/$pid/stat")
    pss=$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")
    rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$pid/status")
    before_at=$EPOCHREALTIME
    sleep 10
    after=$(cut -d ' ' -f 14,15 "/proc/$pid/stat")
    awk -v n="$1" -v open="$most" -v b="$before" -v a="$after" -v hz="$(getconf CLK_TCK)" -v pss="$pss" -v rss="$rss" \
        -v seconds="$(awk -v from="$before_at" -v to="$EPOCHREALTIME" 'BEGIN { print to - from }')" 'BEGIN {
        split(b, x, " "); split(a, y, " ")
        printf "%d hosts that wait (%d open): RSS %.1f MiB, PSS %.1f MiB, %.2f %% of a core.\n", n, open, rss / 1024,
            pss / 1024, (y[1] + y[2] - x[1] - x[2]) / hz / seconds * 100 }'
    wait $pid || { echo "exit status $?" >&2; tail -n 3 "$work/err" >&2; }
}

if part waiting; then echo; waiting 1000; fi
if part memory; then echo; waiting "$in_flight"; fi
