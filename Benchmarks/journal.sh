#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# journal.sh - what the journal costs a run, and how fast a large one answers
#
#   Benchmarks/journal.sh >table.md      ROUNDS (5), HOSTS (10000) and FANOUT (64) may be set
#
# First HOSTS quick local commands (--via exec, "echo hi"), with and without the journal, taking
# turns. Then a journal of 1,000,000 hosts (100 runs of 10,000): lastcall's commands beside the bare
# query in sqlite3(1). Prints Markdown on stdout, progress on stderr. CPU is user + system time of
# lastcall and the commands it started. Medians of the rounds.
set -eu

cd "$(dirname "$0")/.."
rounds=${ROUNDS:-5}
hosts=${HOSTS:-10000}
fanout=${FANOUT:-64}

Scripts/packages --swift time sqlite3
if [ -z "${LASTCALL_BINARY:-}" ]; then
    swift build -c release --static-swift-stdlib --product lastcall >&2
    LASTCALL_BINARY=$(swift build -c release --show-bin-path)/lastcall
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME=$work/state
database=$XDG_STATE_HOME/lastcall/journal.sqlite

# Runs a command; appends "CPU-seconds wall-seconds" to a record.
measure() { # RECORD COMMAND...
    local record=$1 user system wall
    shift
    /usr/bin/time --quiet -o "$work/time" -f '%U %S %e' "$@" >"$work/out" 2>"$work/err" || :
    read -r user system wall <"$work/time"
    awk -v u="$user" -v s="$system" -v w="$wall" 'BEGIN { print u + s, w }' >>"$work/$record"
    echo "$record: $(tail -n 1 "$work/$record") (CPU s, wall s)" >&2
}

median() { # RECORD COLUMN
    cut -d ' ' -f "$2" "$work/$1" | sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

quick() { measure "$1" "$LASTCALL_BINARY" run "--$1" --via exec -f "$fanout" -w "h[1-$hosts]" -- echo hi; }

for _ in $(seq "$rounds"); do
    quick no-journal
    quick journal
done

echo "| $hosts quick hosts, fanout $fanout | CPU s | wall s |"
echo "|---|---|---|"
for mode in no-journal journal; do
    echo "| --$mode | $(median $mode 1) | $(median $mode 2) |"
done
awk -v a="$(median no-journal 1)" -v b="$(median journal 1)" -v c="$(median no-journal 2)" \
    -v d="$(median journal 2)" \
    'BEGIN { printf "| more | %.1f %% | %.1f %% |\n\n", (b / a - 1) * 100, (d / c - 1) * 100 }'

# One run of 10,000 hosts, copied a hundred times.
rm -rf "$XDG_STATE_HOME"
"$LASTCALL_BINARY" run --via exec -f "$fanout" -w 'h[1-10000]' -- sh -c 'exit $((%n %% 100 == 0))' \
    >"$work/out" 2>&1 || :
columns=$(sqlite3 "$database" "SELECT group_concat(name) FROM pragma_table_info('run') WHERE name NOT IN ('number', 'id')")
host=$(sqlite3 "$database" "SELECT group_concat(name) FROM pragma_table_info('host') WHERE name <> 'run'")
sqlite3 "$database" "
    WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
    INSERT INTO run (number, id, $columns)
        SELECT i, printf('%08d', i), $columns FROM run, n WHERE number = 1;
    INSERT INTO host (run, $host) SELECT number, $host FROM run, host WHERE number > 1 AND run = 1;
    INSERT INTO trace (run, part, bytes) SELECT number, part, bytes FROM run, trace
        WHERE number > 1 AND run = 1;"
rows=$(sqlite3 "$database" 'SELECT count(*) FROM host')

# Wall time in ms, the median of a few rounds.
milliseconds() { # COMMAND...
    local began
    for _ in $(seq "$((rounds * 2 + 1))"); do
        began=$(date +%s%N)
        "$@" >"$work/out" 2>"$work/err" || :
        echo $((($(date +%s%N) - began) / 10000))
    done | sort -g | awk '{ v[NR] = $1 } END { printf "%.1f", v[int((NR + 1) / 2)] / 100 }'
}

compare() { # NAME QUERY COMMAND...
    local name=$1 query=$2
    shift 2
    echo "| $name | $(milliseconds "$LASTCALL_BINARY" "$@") | $(milliseconds sqlite3 "$database" "$query") |"
}

echo "| $rows rows of hosts | lastcall, ms | sqlite3(1), ms |"
echo "|---|---|---|"
compare 'history' 'SELECT * FROM run ORDER BY number DESC LIMIT 20' history
compare 'history --host' "SELECT * FROM run WHERE number IN (SELECT run FROM host WHERE name = 'h77') ORDER BY number DESC LIMIT 20" history --host h77
compare 'again --failed --dry-run' "SELECT name FROM host WHERE run = 50 AND state IN ('failed', 'signalled')" again 00000050 --failed --dry-run
compare 'again --unfinished (none)' "SELECT name FROM host WHERE run = 50 AND state = 'pending'" again 00000050 --unfinished
compare 'show HOST' "SELECT bytes FROM piece JOIN host ON content = stdout WHERE run = 50 AND name = 'h77'" show 00000050 h77
compare 'show (10,000 hosts)' 'SELECT * FROM host WHERE run = 50' show 00000050
