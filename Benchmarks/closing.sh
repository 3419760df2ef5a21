#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# closing.sh - how fast the model of closing explores its orders
#
#   Benchmarks/closing.sh >table.md
#
# Builds Examples/closing-orders with optimization and lets it explore each layer again and again for
# half a second; the quickest time counts. "Counted" visits each state once, "made" builds every order with all its steps.
# Markdown on stdout.
set -eu

cd "$(dirname "$0")/.."

example=(--package-path Examples/closing-orders --scratch-path .build/examples -c release)

Scripts/packages --swift
swift build "${example[@]}" >&2
exec "$(swift build "${example[@]}" --show-bin-path)/closing-orders" --measure
