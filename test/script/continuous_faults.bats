# A continuous plan whose processes are killed, whose archive fails, and whose bases change.
# bats file_tags=turns

setup() {
    load ../helpers
    load ../writer
    load ../continuous
    setup_place
}

teardown() {
    rm -f "$PLACE/hangs"
    stop_writer
    stop_following
}

# aged <minutes>: as if nothing had gone on for so long
aged() { find "$STATE/follow.live" "$STATE/lock.+follow.live" "$LIVE/changes" -exec touch -d "$1 minutes ago" {} +; }

@test 'the archive is full, or cannot be written to: the application goes on, and so does the archive afterwards' {
    make_continuous
    WRITER_MB=2 start_writer wal 50
    mkdir -p "$DEST"
    unshare -m true 2>/dev/null || skip 'NO MOUNTS HERE'
    run unshare -m bash -euc '
        mount -t tmpfs -o size=120m none "$1"
        setsid sh "$2" follow live >>"$3" 2>&1 </dev/null &
        until ls "$1"/live/2*Z/MANIFEST 2>/dev/null; do sleep 0.2; done
        dd if=/dev/zero of="$1/filler" bs=64k 2>/dev/null || :
        sleep 4
        rm "$1/filler"
        sleep 6
        mount -o remount,ro "$1"
        sleep 3
        mount -o remount,rw "$1"
        sleep 3
        rm -rf "$4"
        sh "$2" restore live --at latest --to "$4"
        find "$1" -name cause | grep -c ""
        kill $!
    ' bash "$DEST" "$SCRIPT" "$PLACE/follow.log" "$PLACE/restored"
    echo "$output"
    [ "$status" = 0 ]
    [ "${lines[-1]}" = 1 ]
    said 'cannot write to the archive; it goes on trying'
    said 'archives again'
    is_of_one_instant "$PLACE/restored$DB"
    kill -0 "$WRITER"
}

# lets_go: the next line of cron says that it lets go of the log.
lets_go() {
    under sh follow live
    [[ $err == *'the archive hangs, and the log has reached max_wal'* ]]
}

@test 'the archive hangs: at max_wal the next line of cron lets go of the log' {
    make_continuous 'max_wal = "2MiB"'
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=64000/; s/BEHIND_MOST_S=60/BEHIND_MOST_S=1/' "$SCRIPT"
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sync" <<SH
#!/bin/sh
while [ -e '$PLACE/hangs' ]; do true >'$PLACE/waits' && sleep 0.3; done
exec $(command -v sync) "\$@"
SH
    chmod +x "$PLACE/bin/sync"
    WRITER_MB=2 start_writer wal 100
    PATH=$PLACE/bin:$PATH follow
    settle
    true >"$PLACE/hangs"
    within 60 eval '[ "$(stat -c %s "$DB-wal")" -gt 4000000 ]'
    within 20 test -e "$PLACE/waits"
    aged 1
    within 60 lets_go # the file may be long from before: max_wal is of what is in it
    [ -z "$(pgrep -f "sqlite3 .*$DB.mode=rw$")" ]
    sleep 3
    within 20 eval 'kill -0 "$WRITER"; [ "$(stat -c %s "$DB-wal")" -lt 60000000 ]'
    rm "$PLACE/hangs"
    within 20 eval '! is_held +follow.live'
    follow
    settle
    said 'begins a new chain.*the archive hangs'
    restore_at latest
    expect_status 0
    is_of_one_instant "$OUT"
}

# mounted <max_wal> <shell commands>: a continuous plan whose archive is a bindfs, in a
# mount namespace. Its server is $fuse, and where it is mounted $1.
mounted() {
    command -v bindfs >/dev/null || skip 'BINDFS MISSING'
    unshare -m true 2>/dev/null || skip 'NO MOUNTS HERE'
    make_continuous "max_wal = \"$1\""
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=64000/; s/BEHIND_MOST_S=60/BEHIND_MOST_S=1/' "$SCRIPT"
    WRITER_MB=2 start_writer wal 100
    mkdir -p "$DEST" "$PLACE/real"
    FUNCTIONS=$(declare -f utc within said chains settle reaches) PLACE=$PLACE SCRIPT=$SCRIPT DB=$DB LIVE=$LIVE STATE=$STATE \
        run timeout 150 unshare -m bash -euc '
        eval "$FUNCTIONS"
        cd "$PLACE"
        mount_archive() {
            bindfs -f "$PLACE/real" "$1" 3>&- &
            fuse=$!
            within 20 mountpoint -q "$1"
        }
        log_is_over() { [ "$(stat -c %s "$DB-wal")" -gt "$1" ]; }
        trap "kill -9 \$fuse" EXIT
        mount_archive "$1"
        follow() {
            setsid sh "$SCRIPT" follow live >>"$PLACE/follow.log" 2>&1 </dev/null 3>&- &
            FOLLOWER=$!
        }
        follow
        settle
        '"$2"'
        settle
        sh "$SCRIPT" restore live --at latest --to "$PLACE/restored"
        kill "$FOLLOWER"
        wait "$FOLLOWER" || :
    ' bash "$DEST"
    echo "$output"
    [ "$status" = 0 ]
    kill -0 "$WRITER"
    is_of_one_instant "$PLACE/restored$DB"
    [ -z "$(pgrep -f "sqlite3 .*$DB.mode=rw$")" ]
}

@test 'the archive is a mount that stops answering: the log is let go at max_wal, and it goes on when that answers again' {
    mounted 2MiB '
        kill -STOP "$fuse"
        within 90 log_is_over 4000000
        find "$STATE/follow.live" "$STATE/lock.+follow.live" -exec touch -d "1 minute ago" {} +
        sh "$SCRIPT" follow live 2>"$PLACE/let_go"
        grep "the archive hangs, and the log has reached max_wal" "$PLACE/let_go"
        [ -z "$(pgrep -f "sqlite3 .*$DB.mode=rw\$")" ]
        size=$(stat -c %s "$DB-wal")
        sleep 5
        if log_is_over $((size + 2000000)); then exit 1; fi # it is begun again by whoever writes
        chains_before=$(ls "$PLACE/real/live/changes" | wc -l)
        kill -CONT "$fuse"
        wait "$FOLLOWER" || :
        follow
        within 40 chains $((chains_before + 1))
    '
    said 'begins a new chain.*the archive hangs'
}

@test 'the archive is unmounted while it is followed: nothing is written below, and it goes on when it is mounted again' {
    mounted 24MiB '
        umount -l "$1"
        wait "$fuse" || :
        within 20 said "cannot write to the archive; it goes on trying"
        sleep 3
        [ -z "$(ls -A "$1")" ]
        mount_archive "$1"
        within 20 said "archives again"
        chains 1
        umount -l "$1"
        wait "$fuse" || :
        within 90 said "cannot begin to archive"
        wait "$FOLLOWER" || :
        sh "$SCRIPT" follow live 2>"$PLACE/refused" && exit 1 || [ "$?" = 3 ]
        [ -z "$(ls -A "$1")" ]
        mount_archive "$1"
        follow
        within 40 chains 2
    '
    said 'the archive failed until the log reached max_wal'
}

# bats test_tags=long
@test 'what reads for who follows never answers: the line of cron ends in time, and lets go after an hour' {
    make_continuous
    make_database "$DB"
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/od" <<SH
#!/bin/sh
case "\$*" in *"$DB"*) while [ -e '$PLACE/hangs' ]; do true >'$PLACE/waits' && sleep 0.1; done ;; esac
exec $(command -v od) "\$@"
SH
    chmod +x "$PLACE/bin/od"
    sed -i 's/MAX_DURATION_S=50/MAX_DURATION_S=4/' "$SCRIPT"
    PATH=$PLACE/bin:$PATH follow
    settle
    true >"$PLACE/hangs"
    within 20 test -e "$PLACE/waits"
    aged 30
    PATH=$PLACE/bin:$PATH under sh follow live
    expect_status 1
    [[ $err == *'ended after 4 s'* ]]
    kill -0 "$FOLLOWER"
    sqlite3 "$DB" 'DELETE FROM keys'
    aged 61
    PATH=$PLACE/bin:$PATH under sh follow live
    expect_status 0
    [[ $err == *'it has hung for 3'*' s'* ]]
    within 20 eval '! is_held +follow.live'
    [ -z "$(pgrep -f "$PLACE/bin/od|sqlite3 .*$DB.mode=rw$")" ]
    # and where it hangs before it has begun
    PATH=$PLACE/bin:$PATH follow
    within 20 is_held +follow.live
    within 20 grep -q "^$FOLLOWER " "$STATE/lock.+follow.live"
    aged 61
    under sh follow live
    [[ $err == *'it has hung for 3'*' s'* ]]
    rm "$PLACE/hangs"
    within 20 eval '! is_held +follow.live'
    follow
    is_latest
}

@test 'a look that began before a base was copied leads it nowhere, though looks failed before' {
    make_continuous
    make_database "$DB"
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sync" <<SH
#!/bin/sh
[ ! -e '$PLACE/fails' ] || exit 1
while [ -e '$PLACE/hangs' ]; do true >'$PLACE/waits' && sleep 0.1; done
exec $(command -v sync) "\$@"
SH
    chmod +x "$PLACE/bin/sync"
    PATH=$PLACE/bin:$PATH follow
    settle
    true >"$PLACE/fails"
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('while it fails')"
    within 20 said 'cannot write to the archive'
    sleep 3 # some looks, which fail
    true >"$PLACE/hangs"
    rm "$PLACE/fails"
    await test -e "$PLACE/waits"
    at=$(utc)
    sqlite3 "$DB" "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO keys (key) SELECT 'after the look ' || i || hex(zeroblob(500)) FROM n"
    under sh run live
    expect_status 0
    base=${out##*/}
    sleep 1
    rm "$PLACE/hangs"
    settle
    grep -H changes "$LIVE"/2*Z/MANIFEST
    restore_at "$at"
    [[ $err != *"from base $base on"* ]]
    [ "$status" = 1 ] || expect_status 0
    is_latest
    [[ $err == *"from base $base on"* ]]
}

# bats test_tags=long
@test 'the log cannot be begun again while somebody reads it: it is tried again soon' {
    make_continuous
    sed -i 's/^    FORCE_FROM=/    log forced\n&/' "$SCRIPT"
    WRITER_MB=2 start_writer wal 100
    follow
    settle
    mkfifo "$PLACE/reads"
    sqlite3 "$DB" <"$PLACE/reads" >"$PLACE/read" 3>&- &
    exec 4>"$PLACE/reads"
    echo 'BEGIN; SELECT n FROM meta;' >&4
    log_is_over() { [ "$(awk 'NF == 5 { print $3 + 0 }' "$LIVE"/changes/2*Z/until)" -gt "$1" ]; }
    within 90 log_is_over 50000000
    [ "$(grep -c forced "$PLACE/follow.log")" -ge 3 ]
    exec 4>&-
    within 30 eval '! log_is_over 50000000'
    chains 1
}

# bats test_tags=long
@test 'a base is copied when the log has begun again: changes lead on from that one' {
    make_continuous
    make_database "$DB"
    sqlite3 "$DB" 'PRAGMA journal_mode=wal; PRAGMA wal_checkpoint(TRUNCATE)'
    follow
    settle
    sqlite3 "$DB" "UPDATE keys SET key = 'epsilon' WHERE key = 'alpha'" # no page more
    settle
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sqlite3" <<SH
#!/bin/sh
case "\$*" in *.backup*)
    until [ "\$($(command -v sqlite3) '$DB' 'PRAGMA wal_checkpoint(RESTART)' | cut -d '|' -f 1)" = 0 ]; do sleep 0.1; done
    $(command -v sqlite3) '$DB' "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 500)
        INSERT INTO keys (key) SELECT i || hex(zeroblob(500)) FROM n"
    ;;
esac
exec $(command -v sqlite3) "\$@"
SH
    chmod +x "$PLACE/bin/sqlite3"
    PATH=$PLACE/bin:$PATH under sh run live
    expect_status 0
    base=${out##*/}
    is_latest
    [[ $err == *"from base $base on"* ]]
    sqlite3 "$DB" "DELETE FROM keys WHERE key LIKE '4%'"
    is_latest
    under sh drill live
    expect_status 0
}

@test 'a sqlite3 is killed, and the log is begun again before the next look: a gap, and no state of both logs' {
    make_continuous
    make_database "$DB"
    sqlite3 "$DB" 'SELECT count(*) FROM keys' '.shell sleep 60' >/dev/null 2>&1 3>&- & # no checkpoint when others close it
    application=$!
    follow
    settle
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('first')"
    settle
    for which in -o -n; do
        kill -STOP "$FOLLOWER"
        kill -9 "$(pgrep "$which" -f "sqlite3 .*$DB.mode=rw$")"
        sqlite3 "$DB" "INSERT INTO torrents (info_hash) SELECT hex(randomblob(20)) FROM torrents LIMIT 500"
        sqlite3 "$DB" 'PRAGMA wal_checkpoint(RESTART)'
        sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('next$which')"
        kill -CONT "$FOLLOWER"
        is_latest
    done
    said 'begins a new chain.*begun again while nobody followed'
    chains 2
    under sh drill live
    expect_status 0
    kill "$application"
}

@test 'kills of who follows, of a sqlite3, and of all: what is restorable is right' {
    kill_followers 6
}

# bats test_tags=long
@test 'kills, many of them: KILLS=500 by hand' {
    kill_followers "${KILLS:-20}"
}

# bats test_tags=long
@test '#224 and #1337: restores beside a writer, while bases are made and changes expire' {
    restore_in_a_loop 15
}

# bats test_tags=long
@test '#1337: restores beside a writer, for minutes: LOOP_S=600 by hand' {
    restore_in_a_loop "${LOOP_S:-120}"
}
