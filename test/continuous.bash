# A continuous plan on $DB, one who follows it, and what must hold of its archive.

FOLLOWER=

# make_continuous [lines of the plan]: $SCRIPT
make_continuous() {
    make_script "[backup.plans.live]
type = \"continuous\"
databases = [\"tracker\"]
interval = \"1s\"
nice = false
${1-}"
    LIVE=$DEST/live
}

# follow [shell]: as cron does
follow() {
    # shellcheck disable=SC2086 # a shell and its options
    setsid ${1:-sh} "$SCRIPT" follow live >>"$PLACE/follow.log" 2>&1 </dev/null 3>&- &
    FOLLOWER=$!
}

# stop_following: all that is left. One whose archive hangs does not hear a TERM, so it
# is waited for in vain: 10 s.
stop_following() {
    local pid until=$((SECONDS + 10))
    if [ -n "$FOLLOWER" ]; then
        kill "$FOLLOWER" 2>/dev/null || :
        while [ "$SECONDS" -lt "$until" ] && kill -0 "$FOLLOWER" 2>/dev/null; do sleep 0.1; done
    fi
    for pid in $(pgrep -f "$PLACE/the backup.sh follow"); do kill -9 "$pid" || :; done
    pkill -9 -f "$PLACE/bin/" || :
    [ -z "$FOLLOWER" ] || wait "$FOLLOWER" 2>/dev/null || :
    FOLLOWER=
}

# within <seconds> <command...>: it becomes true
within() {
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$until" ] || {
            echo "not in time: $*"
            tail -n 30 "$PLACE/follow.log"
            ps -eo pid,ppid,stat,wchan:20,etimes,args | grep -F "$PLACE" | grep -v grep | cut -c 1-200
            date && ls -l --time-style=full-iso "$STATE/follow.live" "$LIVE"/changes/*
            tail -n 1 "$LIVE"/changes/*/until
            return 1
        }
        sleep 0.2
    done
}

said() { grep -q -- "$1" "$PLACE/follow.log"; }
chains() { [ "$(find "$LIVE/changes" -mindepth 1 -maxdepth 1 -name '2*Z' | grep -c '')" = "$1" ]; }

# reaches <time>: is it restorable? Of the newest chain.
reaches() {
    sh "$SCRIPT" status --json 2>/dev/null | grep -o '"restorable_to":"[^"]*"' | cut -d '"' -f 4 | {
        read -r to || exit 1
        [[ ! $to < $1 ]]
    }
}

utc() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# settle: all that is committed now is archived, and can be restored
settle() { within 40 reaches "$(sleep 1 && utc)"; }

# restore_at <time> [shell]: to $OUT
restore_at() {
    rm -rf "$PLACE/restored"
    under "${2:-sh}" restore live --at "$1" --to "$PLACE/restored"
    OUT=$PLACE/restored$DB
}

# is_latest: what is restored is what is there; nobody writes
is_latest() {
    settle
    restore_at latest
    expect_status 0
    is_whole "$OUT"
    diff <(dump "$OUT") <(dump "$DB")
}

# kill_followers <times>: who follows, a sqlite3, or all; cron's line starts it again
kill_followers() {
    local i at
    make_continuous
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=512/' "$SCRIPT"
    WRITER_MB=2 start_writer wal 30
    follow
    settle
    for ((i = 0; i < $1; i++)); do
        case $((i % 3)) in
            0) kill -9 "$FOLLOWER" ;;
            1) kill -9 "$(pgrep -f "sqlite3 .*$DB.mode=rw$" | shuf -n 1)" || : ;;
            2) kill -9 -- "-$FOLLOWER" ;;
        esac
        sleep "0.$((RANDOM % 10))"
        [ $((i % 3)) = 1 ] || follow
        settle
        at=$(utc)
        settle
        restore_at "$at"
        expect_status 0
        is_of_one_instant "$OUT"
    done
    stop_writer
    is_latest
    under sh verify live
    expect_status 0
    under sh drill live
    expect_status 0
}

# restore_in_a_loop <seconds>: beside a writer, bases and retention
restore_in_a_loop() {
    local until run
    make_continuous 'keep = { last = 2 }'
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=256/; s/CHANGES_S=[0-9]*/CHANGES_S=8/' "$SCRIPT"
    WRITER_MB=2 start_writer wal 100
    follow
    settle
    until=$((SECONDS + $1))
    while [ "$SECONDS" -lt "$until" ]; do
        sh "$SCRIPT" run live >/dev/null 2>&1 3>&- &
        run=$!
        sleep "0.$((RANDOM % 10))"
        restore_at latest
        wait "$run" || :
        [ "$status" = 4 ] || { expect_status 0 && is_of_one_instant "$OUT"; }
        restore_at latest
        expect_status 0
        is_of_one_instant "$OUT"
    done
}
