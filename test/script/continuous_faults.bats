# A continuous plan whose processes are killed, whose archive fails, and whose bases change.

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
aged() { find "$STATE/follow.live" "$LIVE/changes" -exec touch -d "$1 minutes ago" {} +; }

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
    within 20 test -s "$STATE/follow.live/readers"
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
