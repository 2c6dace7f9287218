# A run of a plan with a database and files: what the cells of run_*.bats share. STEPS are
# the file's.

setup_file() {
    make_world "${STEPS[@]}"
    make_sources
    make_script 'keep = { last = 2 }'
    keep_world
}

teardown_file() { end_world; }

teardown() { stop_writer; }

prepare_cell() {
    echo "mv '$PLACE/storage/app' '$PLACE/storage/away'" >"$MATRIX/vanished"
    echo "mkdir '$MATRIX/old' && mv '$STORAGE/etc' '$DB'* '$MATRIX/old' &&
        cp -a '$WORLD/two/etc' '$STORAGE' && cp -p '$WORLD/two/tracker.db' '$DB'" >"$MATRIX/replaced"
    printf '%s\n' '#!/bin/sh' "[ ! -d '$PLACE/storage/away' ] || {
        find '$PLACE/storage/app' 2>/dev/null; mv -T '$PLACE/storage/away' '$PLACE/storage/app'; }" >"$MATRIX/mend"
    chmod 755 "$MATRIX/mend"
}

# count_now: the transactions of the writer, who knows only the first source.
count_now() {
    local db=$MATRIX/old/tracker.db
    [ -e "$db" ] || db=$DB
    sqlite3 -cmd '.timeout 9000' "$db" 'SELECT n FROM meta'
}

# start_writer: a light one, until $MATRIX/stop.
start_writer() {
    mkfifo "$MATRIX/never"
    {
        while [ ! -e "$MATRIX/stop" ]; do
            a=$((RANDOM % 1000 + 1)) b=$((RANDOM % 1000 + 1)) c=$((RANDOM % 100))
            printf '%s' "BEGIN IMMEDIATE; UPDATE accounts_a SET amount = amount - $c WHERE id = $a;" \
                "UPDATE accounts_b SET amount = amount + $c WHERE id = $b;" \
                "INSERT INTO ledger (moved) VALUES ($c); UPDATE meta SET n = n + 1; COMMIT;"
            echo
            read -rt 0.04 <>"$MATRIX/never" || :
        done | sqlite3 -init /dev/null -batch -cmd '.timeout 9000' "$DB"
    } >/dev/null 2>&1 3>&- &
    WRITER=$!
}

# is_whole_backup <id> <transactions> <transactions> <which>: it restores, and is what
# the source was at an instant between these counts; the whole of one source. A partial
# one lacks what it says, and no more.
is_whole_backup() {
    (cd "$DEST/default/$1" && sha256sum -c --quiet SHA256SUMS) || broken "$1: wrong sums"
    under "$shell" restore default "$1" --to "$PLACE/restored.$1"
    expect_status 0 || broken "$1 does not restore"
    local restored=$PLACE/restored.$1 answer mode lacks kept
    lacks=" $(sed -n 's/^partial=\([^:]*\):.*/\1/p' "$DEST/default/$1/MANIFEST" | paste -s -d ' ') "
    kept=" $(sed -n 's/^artifact=//p' "$DEST/default/$1/MANIFEST" | paste -s -d ' ') "
    case "$lacks$kept" in
        '  '*' tracker files ' | ' files  tracker ') ;;
        ' tracker  files ')
            has_files "$1" "$4"
            return
            ;;
        *) broken "$1: of tracker and files it lacks '$lacks', and holds '$kept'" ;;
    esac
    answer=$(sqlite3 "$restored$DB" "PRAGMA integrity_check;
        SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b);
        SELECT n - (SELECT count(*) FROM ledger) FROM meta; SELECT name FROM mark;
        SELECT name = 'two' OR n BETWEEN $2 AND $3 FROM meta, mark" | paste -s -d ' ')
    mode=$(stat -c '%u:%g %a' "$restored$DB")
    case "$4:$answer $mode" in
        *one*:'ok 2000000 0 one 1 0:0 644' | *two*:'ok 2000000 0 two 1 0:0 640') ;;
        *) broken "$1: the database is of no instant: $answer, $mode" ;;
    esac
    [ "$lacks" != '  ' ] || has_files "$1" "$4"
}

# has_files <id> <which>: those of one source.
has_files() {
    local is_one is_two
    hash_tree "$PLACE/restored.$1$STORAGE/etc" >"$MATRIX/tree"
    is_one=$(cmp -s "$MATRIX/tree" "$WORLD/tree.one" && echo one) || :
    is_two=$(cmp -s "$MATRIX/tree" "$WORLD/tree.two" && echo two) || :
    [[ -n $is_one$is_two && " $2 " == *" $is_one$is_two "* ]] ||
        broken "$1: the files are neither those before nor those after"
}
