# The fault matrix: each step of a run x each fault. What must be true then does not
# depend on the cell; it is in cell_run alone.
bats_require_minimum_version 1.11.0

load ../helpers
load faults

STEPS=(lock preflight snapshot check archive compress sums manifest sync publish
    settle prune remove report)

setup_file() {
    make_world "${STEPS[@]}"
    make_sources
    make_script 'keep = { last = 2 }'
    keep_world
}

teardown_file() { end_world; }

teardown() { stop_writer; }

# is_whole_backup <id>: it restores, and is what the source was at an instant between
# these counts of transactions; the whole of one source or of the other.
is_whole_backup() {
    (cd "$DEST/default/$1" && sha256sum -c --quiet SHA256SUMS) || broken "$1: wrong sums"
    under "$shell" restore default "$1" --to "$PLACE/restored.$1"
    expect_status 0 || broken "$1 does not restore"
    local restored=$PLACE/restored.$1 answer
    answer=$(sqlite3 "$restored$DB" "PRAGMA integrity_check;
        SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b);
        SELECT n - (SELECT count(*) FROM ledger) FROM meta; SELECT name FROM mark;
        SELECT n BETWEEN $2 AND $3 FROM meta" | paste -s -d ' ')
    case $answer in
        'ok 2000000 0 one 1' | 'ok 2000000 0 two '*) ;;
        *) broken "$1: the database is of no instant: $answer" ;;
    esac
    hash_tree "$restored$STORAGE/etc" >"$MATRIX/tree"
    cmp -s "$MATRIX/tree" "$WORLD/tree.one" || cmp -s "$MATRIX/tree" "$WORLD/tree.two" ||
        broken "$1: the files are neither those before nor those after"
    [ "$(stat -c '%u:%g %a' "$restored$DB")" = "$(stat -c '%u:%g %a' "$DB")" ] ||
        broken "$1: another owner or mode"
}

cell_run() {
    local step=$1 fault=$2 shell=$3 before after new id word second=
    need_shell "$shell"
    need_fault "$fault"
    CELL="run	$step	$fault	$shell"
    renew_world
    echo "mv '$PLACE/storage/app' '$PLACE/storage/away'" >"$MATRIX/vanished"
    echo "mkdir '$MATRIX/old' && mv '$STORAGE/etc' '$DB'* '$MATRIX/old' &&
        cp -a '$WORLD/two/etc' '$STORAGE' && cp '$WORLD/two/tracker.db' '$DB'" >"$MATRIX/replaced"
    printf '%s\n' '#!/bin/sh' "[ ! -d '$PLACE/storage/away' ] || {
        find '$PLACE/storage/app' 2>/dev/null; mv -T '$PLACE/storage/away' '$PLACE/storage/app'; }" >"$MATRIX/mend"
    chmod 755 "$MATRIX/mend"
    before=$(count_transactions "$DB")
    start_writer
    with_fault "$step" "$fault" "$shell" run
    stop_writer
    local rc=$status printed=$out told=$err
    after=$(count_transactions "$DB")
    [ "$fault" != replaced ] || after=$(count_transactions "$MATRIX/old/tracker.db")

    case $fault in
        killed | read-only | unmounted) ;; # it could not tidy up; the next run does
        *) nothing_left ;;
    esac
    earlier_unchanged
    new=$(list_ids)
    for id in $new; do is_whole_backup "$id" "$before" "$after"; done
    status=$rc out=$printed err=$told
    if [ -e "$MATRIX/second" ]; then
        second=$(cat "$MATRIX/second")
        case $second in
            'held 4' | 'free 4') ;;
            'free 0') new=$(printf '%s\n' "$new" | grep -vxF "$(sed 's:.*/::' "$MATRIX/second.out")") || : ;;
            *) broken "the second run: $second: $(cat "$MATRIX/second.err")" ;;
        esac
        second=", second ${second#* }"
    fi
    tells_the_truth
    record "$word$second"

    # what the fault left, the next run mends
    under "$shell" run
    expect_status 0 || broken 'the next run fails'
    [ ! -d "$out" ] || id=${out##*/}
    nothing_left
    earlier_unchanged
    list_ids | grep -qxF "$id" || broken 'the next backup is not listed'
    case $fault in
        replaced) is_whole_backup "$id" 0 0 ;;
        *) is_whole_backup "$id" "$after" "$after" ;;
    esac
}

# tells_the_truth: the exit status, what was printed, and `status`. Sets word.
tells_the_truth() {
    [ "$(printf '%s\n' "$new" | grep -c .)" -le 1 ] || broken 'more than one new backup'
    [ -z "$printed" ] || [ "${printed##*/}" = "$new" ] || broken 'it printed what is not there'
    case $rc in
        0)
            [ -n "$new" ] && [ -n "$printed" ] || broken 'it says done, and there is no backup'
            word=published
            ;;
        1 | 3)
            word="failed $rc"
            [ "$rc" = 1 ] || word='refused 3'
            [ -n "$told" ] || broken 'it failed without a word'
            # later than the rename: the backup is there, and something else failed
            [ -z "$new" ] || word="published, failed $rc"
            case $step:$new in
                settle:* | prune:* | remove:* | report:* | *:) ;;
                *) [ "$fault" = unmounted ] || broken 'it says failed, and the backup is there' ;;
            esac
            ;;
        4)
            [ -z "$new" ] || broken 'it says busy, and the backup is there'
            word='busy 4'
            ;;
        *)
            case $fault:$rc in
                killed:137 | TERM:143 | INT:130 | HUP:129) ;;
                *) broken "an unexpected exit status: $rc" ;;
            esac
            word=killed
            [ -z "$new" ] || word='published, killed'
            ;;
    esac
    under "$shell" status
    case $rc:$status:$fault in
        0:0:*) ;;
        0:1:clock*) [[ $out == *'from the future'* || $out == *'retention has stopped'* ]] ;;
        4:0:*) ;;
        [123]*:1:*) ;;
        *) [ "$step" = lock ] ;; # nothing had begun yet
    esac || broken "exit status $rc, and status says $status"
    status=$rc
}

register_cells run 'snapshot:killed compress:full publish:child-killed sync:TERM sums:fails prune:killed' "${STEPS[@]}"
