#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# listener.sh - how many connected clients a server resets when it stops listening
#
#   Benchmarks/listener.sh >table.md        # ROUNDS=50
#
# Over loopback, in one process: a server answers 500 calls of 32 clients that call without a pause,
# and when 16 of them wait it stops listening in one of six ways while they go on; ROUNDS times each.
# Needs CAP_NET_ADMIN for the SYN filter. Markdown on stdout.
set -eu -o pipefail

cd "$(dirname "$0")/.."
LASTCALL_LISTENER_ROUNDS=${ROUNDS:-50}
export LASTCALL_LISTENER_ROUNDS

swift build --build-tests >&2
echo "| way of closing | answered | connected, then reset | refused | accepted while draining | segments dropped |"
echo "|---|---:|---:|---:|---:|---:|"
swift test --skip-build --disable-xctest --filter "closes under load" |
    tee /dev/stderr | grep '^|'
