#!/bin/sh
# All tests: lint and types, vitest, bats on four lanes: two for the parts and scripts,
# two for the fault matrix. `fast` leaves the long ones out. The last line sums them up.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh "${1-}"

results=$(mktemp -d "${TMPDIR:-/tmp}/gen-backup-test.XXXXXX")
trap 'rm -rf "$results"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

filter=
if [ "${1-}" = fast ]; then
    filter='--filter-tags !long'
    export FAST=1 # fewer runs of each property
fi

# lane <name> <bats file...>: one after the other, into one TAP file.
lane() {
    lane_file=$results/$1.tap
    shift
    # shellcheck disable=SC2086 # an option and its value, or nothing
    node_modules/bats/bin/bats --tap --timing $filter "$@" >"$lane_file" 2>&1 || :
}

sh scripts/check.sh >"$results/check.tap" 2>&1 || :

npx vitest run --reporter=json --outputFile="$results/vitest.json" >"$results/vitest.log" 2>&1 ||
    cat "$results/vitest.log"
# A run without a result is a failure, not nothing.
# shellcheck disable=SC2016 # JavaScript
node -e '
    const { testResults } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    for (const { name, assertionResults, message } of testResults) {
        if (assertionResults.length === 0) console.log(`not ok ${name}: ${message}`);
        for (const { status, fullName, failureMessages } of assertionResults) {
            const skip = ["pending", "skipped", "todo", "disabled"].includes(status);
            console.log(`${status === "passed" || skip ? "ok" : "not ok"} ${fullName}${skip ? " # skip" : ""}`);
            for (const text of failureMessages ?? []) console.log(text.replace(/^/gm, "# "));
        }
    }
' "$results/vitest.json" >"$results/vitest.tap" || echo 'not ok vitest: no result' >"$results/vitest.tap"

one='' two=''
for file in test/parts/*.bats test/script/*.bats; do
    [ -e "$file" ] || continue
    if [ "${#one}" -le "${#two}" ]; then one="$one $file"; else two="$two $file"; fi
done
# shellcheck disable=SC2086 # our own file names
[ -z "$one" ] || lane one $one &
# shellcheck disable=SC2086
[ -z "$two" ] || lane two $two &
lane faults test/faults/run_*.bats &
lane faults-in-place test/faults/restore_*.bats test/faults/mysql.bats &
wait

# A lane that broke before its plan's end is a failure too.
for file in "$results"/one.tap "$results"/two.tap "$results"/faults*.tap; do
    [ -e "$file" ] || continue
    planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$file" | tail -n 1)
    ran=$(grep -c '^\(not \)\{0,1\}ok ' "$file" || :)
    [ "${planned:-x}" = "$ran" ] || {
        echo "not ok ${file##*/}: planned ${planned:-nothing}, ran $ran" >>"$file"
        cat "$file"
    }
done

cat "$results"/*.tap | awk '
    /^not ok / { failed++; show = 60; print; next }
    /^ok .*# skip/ { skipped++; show = 0; print; next }
    /^ok / { passed++; show = 0; next }
    show-- > 0 { print }
    END {
        printf "%d passed, %d failed", passed, failed
        if (skipped) printf ", %d skipped", skipped
        print ""
        exit failed > 0 || passed == 0
    }'
