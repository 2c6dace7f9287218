#!/bin/sh
# Lint and types. A line per step, `ok` or `not ok`; ends with 1 if one failed.
set -eu
cd "$(dirname "$0")/.."
failed=0 steps=0

step() { # <name> <command...>
    name=$1
    steps=$((steps + 1))
    shift
    if output=$("$@" 2>&1); then
        echo "ok $name"
    else
        echo "not ok $name"
        printf '%s\n' "$output" | head -n 100
        failed=1
    fi
}

parts=$(find templates -name '*.sh' | sort)
scripts="scripts/*.sh $parts test/faults/*.sh .ci/run"
emitted='test/fixtures/*.sh'

step 'types: tsc' npx tsc
step 'format: prettier' npx prettier --check --log-level warn src test/unit scripts '*.json' '*.ts'
# shellcheck disable=SC2086 # patterns
step 'shellcheck: emitted scripts' shellcheck -s sh $emitted
# Alone, a part cannot know what others set (SC2154, SC2153), use (SC2034), call
# (SC2317) or pass (SC2119, SC2120), nor that set -e is on (SC2164).
# shellcheck disable=SC2086
step 'shellcheck: parts' shellcheck -s sh -e SC2154,SC2153,SC2034,SC2317,SC2119,SC2120,SC2164 $parts
# shellcheck disable=SC2086
step 'shellcheck: scripts' shellcheck scripts/*.sh test/faults/*.sh .ci/run
# shellcheck disable=SC2086
step 'shfmt' shfmt -i 4 -ci -d $scripts
# Called from a trap, it gives in bash, mksh and yash what was before the trap.
# shellcheck disable=SC2317 # called by step
bare_return() { ! grep -rnE '\breturn *($|[;&|)}])' templates; }
step 'every return says its number' bare_return
echo "1..$steps" # written last: so it is known that none was left out
exit "$failed"
