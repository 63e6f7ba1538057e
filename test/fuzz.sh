#!/usr/bin/env bash
# Runs each fuzz target for FUZZTIME, one after another. A number of runs ("20000x") is
# safer than a time: at the end of a time, Go's fuzzing now and then fails a target
# with nothing but "context deadline exceeded" (golang/go#75804), on busy machines most.
set -euo pipefail
cd "$(dirname "$0")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for module in . test/judge; do
	for package in $(go -C "$module" list ./...); do
		targets=$(go -C "$module" test -list '^Fuzz' "$package" | grep '^Fuzz' || true)
		for target in $targets; do
			echo "fuzz $package $target"
			go -C "$module" test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-100000x}" -fuzzminimizetime 100x "$package" >"$log" 2>&1 || { cat "$log"; exit 1; }
		done
	done
done
