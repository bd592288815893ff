#!/usr/bin/env bash
# Runs the tests against the built output; arguments go to vitest. The last line says how many passed and failed.
set -uo pipefail
cd "$(dirname "$0")/.."
report=$(mktemp)
status=0
node_modules/.bin/vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" || status=$?
node scripts/test-summary.mjs "$report" "$status" || status=$?
rm -f "$report"
exit "$status"
