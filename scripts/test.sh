#!/bin/sh
# The tests, each file a job of its own, some of them at a time. Without words: what
# every change needs, in some five minutes on two cores: what holds in every shell is tried on
# dash, of servers MariaDB alone, of the fault matrix a sample, of what is rare (file_tags=turns)
# every third test. `all`: everything. Names of
# files, `restore retention`: these, whole; patterns are names too. `-l` lists the names.
# `--repeat n NAME...`: these n times, to their first failure.
#   JOBS=n   how many at a time, two more than there are cores unless said: they wait a lot
#   SEED=n   which cells of the matrix and which third: the day unless said
# A file without tags runs in both; what has the tag `long` only in `all`. The last line
# sums up.
set -eu
cd "$(dirname "$0")/.."
begun=$(date +%s)

# print_weight <job>: the longest begin first, so that no lane is alone at the end.
print_weight() {
    case $1 in
        *kills*:long | *kills_* | *soak* | *_faults*:long | *mysql.bats:long | *deadline*)
            echo 900
            ;;
        test/faults/*) echo 800 ;;
        unit | check | *:long) echo 700 ;;
        *mysql* | *kills* | *hold*) echo 600 ;;
        *) echo $(($(wc -c <"${1%:*}") / 100)) ;;
    esac
}

# print_jobs <file...>: those that take minutes in parts, that lanes can share.
print_jobs() {
    for file; do
        case ${QUICK:-all}:$file in
            all:test/faults/mysql*) printf "$file:%s\n" 1/4 2/4 3/4 4/4 ;;
            all:test/faults/*) printf "$file:%s\n" 1/3 2/3 3/3 ;;
            all:*.bats)
                long=$(grep -c 'test_tags=long' "$file" || :)
                if [ "$long" = "$(grep -c '^@test' "$file")" ]; then
                    echo "$file:long"
                elif [ "$long" != 0 ]; then
                    printf '%s\n' "$file:long" "$file:short"
                else
                    echo "$file"
                fi
                ;;
            *) echo "$file" ;;
        esac
    done
}

print_names() {
    echo check unit
    for file in test/unit/*.test.ts test/*/*.bats; do
        file=${file##*/}
        echo "${file%%.*}"
    done | sort -u | paste -s -d ' ' | fold -s -w 88
}

# print_groups <file...>: of setup.sh, that these need.
print_groups() {
    echo test
    ! grep -qs start_docker "$@" || echo docker
    ! grep -qsi 'oracle\|start_both\|load ../servers' "$@" || echo oracle
    ! grep -qs 'sqlite-versions' "$@" || echo releases
    ! grep -qs alpine "$@" || echo alpine
    case " $* " in *' unit '* | *crons.test.ts*) echo crons ;; esac
    ! grep -qs 'promtool\|restic' "$@" || echo watchers
    ! grep -qs ansible-playbook "$@" || echo fleet
}

SEED=${SEED:-$(($(date +%s) / 86400))}
case $SEED in
    *[!0-9]*)
        echo "scripts/test.sh: SEED='$SEED' is no number" >&2
        exit 2
        ;;
esac

QUICK=''
case ${1-} in
    -l)
        print_names
        exit
        ;;
    --repeat)
        times=$2 n=0
        shift 2
        while [ "$n" -lt "$times" ]; do
            n=$((n + 1))
            echo "$n of $times"
            sh scripts/test.sh "$@"
        done
        exit
        ;;
    all) shift ;;
    '') QUICK=1 ;;
esac

if [ "$#" = 0 ]; then
    files='check unit'
    for file in test/*/*.bats; do files="$files $file"; done
    groups='test docker oracle releases alpine crons watchers fleet'
    [ -z "$QUICK" ] || groups='test'
else
    files=
    for name; do
        found=
        case $name in
            check | unit) found=$name ;;
            *)
                # shellcheck disable=SC2231 # a name may be a pattern
                for file in test/*/$name.bats test/unit/$name.test.ts $name; do
                    case $file in
                        test/*/*.bats | test/unit/*.test.ts) [ ! -f "$file" ] || found="$found $file" ;;
                    esac
                done
                ;;
        esac
        [ -n "$found" ] || {
            echo "scripts/test.sh: no file of tests is named '$name'; there are:"
            print_names
            exit 2
        } >&2
        files="$files $found"
    done
    # shellcheck disable=SC2086 # our own file names
    groups=$(print_groups $files)
fi

# shellcheck disable=SC2086 # words
sh scripts/setup.sh $groups
ready=$(date +%s)

RESULTS=$(mktemp -d "${TMPDIR:-/tmp}/gen-backup-test.XXXXXX")
export GENERATOR="$RESULTS/generator" # for all that make scripts
node test/generator.mjs "$GENERATOR" >"$GENERATOR.log" 2>&1 &
generator=$!
trap 'kill "$generator" || :; rm -rf "$RESULTS"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
JOBS=${JOBS:-$(($(nproc) + 2))}
FAST=$QUICK # fewer runs of each property
export RESULTS SEED QUICK FAST

# shellcheck disable=SC2086
print_jobs $files | while read -r job; do
    echo "$(print_weight "$job") $job"
done | sort -u | sort -rn | sed 's/.* //' >"$RESULTS/jobs"
echo "set-up: $((ready - begun)) s; now $(grep -c . "$RESULTS/jobs") jobs, $JOBS at a time"
[ -z "$QUICK" ] || echo "samples of the fault matrix and of what is rare; to repeat it: SEED=$SEED npm test"

# Each says itself how it went.
xargs -P "$JOBS" -n 1 sh scripts/test-job.sh <"$RESULTS/jobs" || :

# A job without a result is a failure, not nothing.
while read -r job; do
    grep -q " $job\$" "$RESULTS/done" 2>/dev/null || {
        echo "not ok $job: no result" | tee -a "$RESULTS/failed"
        echo "0 0 1 0 $job" >>"$RESULTS/done"
    }
done <"$RESULTS/jobs"

echo
if [ -z "$QUICK" ]; then
    echo 'The ten slowest files, or parts of one:'
    sort -rn "$RESULTS/done" | head -n 10 | awk '{ printf "%6.1f s  %s\n", $1, $5 }'
    echo 'The ten slowest tests:'
    sort -rn "$RESULTS/times" | head -n 10 | awk '{ s = $1; $1 = ""; printf "%6.1f s %s\n", s, $0 }'
fi
[ ! -s "$RESULTS/skipped" ] || {
    echo 'Skipped:'
    sort "$RESULTS/skipped"
}
[ ! -s "$RESULTS/failed" ] || {
    echo 'Failed:'
    cat "$RESULTS/failed"
    [ -z "$QUICK" ] || echo "the samples of SEED=$SEED"
}
now=$(date +%s)
echo "in $((now - ready)) s, after $((ready - begun)) s of set-up"
awk '
    { passed += $2; failed += $3; skipped += $4 }
    END {
        printf "%d passed, %d failed", passed, failed
        if (skipped) printf ", %d skipped", skipped
        print ""
        exit failed > 0 || passed == 0
    }' "$RESULTS/done"
