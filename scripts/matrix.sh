#!/bin/sh
# The fault matrix: every step of a run, and of a restore in place, with every fault,
# and the tables of it in docs/reliability.md. `all`: every cell under every shell, not
# each cell under one. Ends with 1 when an invariant is broken, or a cell did not run.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh test

results=$(mktemp -d "${TMPDIR:-/tmp}/gen-backup-matrix.XXXXXX")
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
[ "${1-}" != all ] || export MATRIX_SHELLS=all

# Much of a cell is waiting, so all files at once.
for file in test/faults/*.bats; do
    name=${file##*/}
    MATRIX_RESULTS=$results/cells node_modules/bats/bin/bats --tap "$file" \
        >"$results/${name%.bats}.tap" 2>&1 &
done
wait
grep -h -A 40 '^not ok' "$results"/*.tap || :
# The rows in the order of a run.
set --
for name in run_until_sums run_from_manifest mysql restore_sqlite restore_files; do
    set -- "$@" "$results/$name.tap"
done
[ "$#" = "$(find "$results" -name '*.tap' | wc -l)" ] || {
    echo 'scripts/matrix.sh: a file of test/faults is in no table' >&2
    exit 1
}
node scripts/matrix.mjs docs/reliability.md "$results/cells" "$@"
