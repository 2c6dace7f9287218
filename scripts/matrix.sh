#!/bin/sh
# The fault matrix: every step of a run, and of a restore in place, with every fault,
# and the tables of it in docs/reliability.md. `all`: every cell under every shell, not
# each cell under one. Ends with 1 when an invariant is broken, or a cell did not run.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh matrix

results=$(mktemp -d "${TMPDIR:-/tmp}/gen-backup-matrix.XXXXXX")
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ "${1-}" != all ] || export MATRIX_SHELLS=all

# lane <name> <bats file...>: one after the other, into one TAP file.
lane() {
    lane_file=$results/$1.tap
    shift
    MATRIX_RESULTS=$results/cells node_modules/bats/bin/bats --tap "$@" >"$lane_file" 2>&1 || :
}
lane run test/faults/run.bats &
lane restore test/faults/restore.bats test/faults/dump.bats &
wait
grep -h -A 40 '^not ok' "$results"/*.tap || :
node scripts/matrix.mjs docs/reliability.md "$results/cells" "$results"/*.tap
