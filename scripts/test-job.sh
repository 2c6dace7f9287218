#!/bin/sh
# test-job.sh <job>: one job of test.sh: `check`, `unit`, a file of either kind, or
# FILE:1/3, every third test of it, or FILE:long, FILE:short, those that have the tag
# `long` and the others. Prints a line when it has ended, and at once the log of what
# failed. Leaves in $RESULTS/done: seconds, passed, failed, skipped, job.
set -eu

# print_turn <file>: a pattern of every third of its tests, where they take turns.
print_turn() {
    awk -v seed="$SEED" '
        /^# bats file_tags=turns$/ { turns = 1 }
        /^# bats test_tags=.*long/ { long = 1 }
        !/^@test "/ { next }
        !long && turns && (seed + number++) % 3 == 0 {
            sub(/^@test "/, "")
            sub(/" [{]$/, "")
            gsub(/[^A-Za-z0-9 ]/, ".")
            names = names (names == "" ? "" : "|") $0
        }
        { long = 0 }
        END { if (turns) print "^(" names ")$" }' "$1"
}

job=$1
file=${job%:*}
log=$RESULTS/$(echo "$job" | tr '/:' '--').tap
tags='' turn=''
[ -z "$QUICK" ] || tags='!long'
case $QUICK$file in 1*.bats) turn=$(print_turn "$file") ;; esac
case $job in
    *:long) tags='long' ;;
    *:short) tags='!long' ;;
    *:*) export MATRIX_PART="${job#*:}" ;;
esac

# run_vitest [file]: into TAP.
run_vitest() {
    json=$log.json
    npx vitest run --reporter=json --outputFile="$json" "$@" >"$log.out" 2>&1 || :
    # shellcheck disable=SC2016 # JavaScript
    node -e '
        const { testResults } = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
        let count = 0;
        const say = (ok, text) => (count++, console.log(`${ok ? "ok" : "not ok"} ${count} ${text}`));
        for (const { name, assertionResults, message } of testResults) {
            if (assertionResults.length === 0) say(false, `${name}: ${message}`);
            for (const { status, fullName, duration, failureMessages } of assertionResults) {
                const skip = ["pending", "skipped", "todo", "disabled"].includes(status);
                const text = `${fullName.replace(/\s+/g, " ")} in ${Math.round(duration ?? 0)}ms`;
                say(skip || status === "passed", text + (skip ? " # skip" : ""));
                for (const lines of failureMessages ?? []) console.log(lines.replace(/^/gm, "# "));
            }
        }
        console.log(`1..${count}`);
    ' "$json" || cat "$log.out"
}

# A trial of a dump is a server in /var/tmp: here in memory, and out of others' sight.
apart=
case $file in
    *mysql_container*) ;;
    *mysql*)
        ! unshare -m mount -t tmpfs tmpfs /var/tmp 2>/dev/null ||
            apart='unshare -m sh scripts/test-apart.sh'
        ;;
esac

began=$(date +%s%3N)
case $file in
    check) sh scripts/check.sh ;;
    unit) run_vitest ;;
    *.test.ts) run_vitest "$file" ;;
    *) # one that hangs has failed after half an hour
        # shellcheck disable=SC2086 # words
        timeout --foreground -k 9 1800 $apart \
            node_modules/bats/bin/bats --tap --timing ${tags:+--filter-tags "$tags"} \
            ${turn:+--filter "$turn"} "$file"
        ;;
esac >"$log" 2>&1 </dev/null || :
took=$(($(date +%s%3N) - began))
times >"$log.cpu" # in the second line what it started: user, system
cpu=$(sed -n '2s/m/ /gp' "$log.cpu" | awk '{ printf "%.0f", ($1 + $3) * 60 + $2 + $4 }')

# One write, so that no other job's line comes between. A file that broke before its
# plan's end has failed, whatever it says of the tests that ran.
report=$(awk -v job="$job" -v took="$took" -v cpu="$cpu" -v results="$RESULTS" -v quick="$QUICK" '
    function name(line) {
        sub(/^(not )?ok [0-9]* */, "", line)
        return line
    }
    /^1\.\.[0-9]+$/ { planned = substr($0, 4) + 0; has_plan = 1; next }
    /^(not )?ok / {
        ran++
        shown = /^not/
        if (match($0, / in [0-9]+ms( #.*)?$/)) {
            took_s = substr($0, RSTART + 4) / 1000
            print took_s, substr(name($0), 1, length(name($0)) - RLENGTH), "(" job ")" >>(results "/times")
        }
    }
    /^not ok / {
        failed++
        print name($0), "(" job ")" >>(results "/failed")
    }
    /^ok .*# skip left to / { next }
    /^ok .*# skip/ {
        skipped++
        print name($0), "(" job ")" >>(results "/skipped")
        next
    }
    /^ok / { passed++; next }
    shown { text = text $0 "\n" }
    { last[NR] = $0 }
    END {
        if (!has_plan || planned != ran) {
            why = "broke before its end: planned " (has_plan ? planned : "nothing") ", ran " ran + 0
        } else if (ran == 0 && !quick) {
            why = "has no test"
        }
        if (why != "") {
            failed++
            print job ": " why >>(results "/failed")
            text = text "not ok " job ": " why "\n"
            for (line = NR - 40; line <= NR; line++) if (line in last) text = text last[line] "\n"
        }
        printf "%.1f %d %d %d %s\n", took / 1000, passed, failed, skipped, job >>(results "/done")
        if (ran == 0 && failed == 0) exit
        count = passed + 0 " passed"
        if (failed) count = count ", " failed " FAILED"
        if (skipped) count = count ", " skipped " skipped"
        printf "%6.1f s (cpu %3d)  %-36s %s\n%s", took / 1000, cpu, job, count, text
    }' "$log")
[ -z "$report" ] || printf '%s\n' "$report"
