# Two at once, and kills at any instant.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
}

# all_is_well <shell>: what is published verifies and restores, and a run works
all_is_well() {
    under "$1" run
    expect_status 0
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
    # one who was killed while he broke a lock leaves a directory, for a minute
    [ -z "$(ls -A "$STATE/locks" | grep -v '[.]breaking$')" ]
    under "$1" verify default all
    expect_status 0
    rm -rf "$PLACE/restored"
    under "$1" restore default --to "$PLACE/restored"
    expect_status 0
    is_whole "$PLACE/restored$DB"
}

@test "a second run at once exits 4 and names the first" {
    make_database "$DB" wal 200000
    make_script ''
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        # shellcheck disable=SC2086
        $shell "$SCRIPT" run >/dev/null 2>&1 3>&- &
        first=$!
        until [ -s "$STATE/locks/default" ]; do sleep 0.02; done
        under "$shell" run
        expect_status 4
        [[ $err == *"process $first since 20"* ]]
        under "$shell" verify
        [ "$status" = 4 ]
        under "$shell" restore default --yes
        expect_status 4
        wait "$first"
    done
}

@test "one plan does not hold up another; a restore in place waits for none" {
    make_database "$DB" wal 200000
    make_script 'type = "database"
[backup.plans.slow]
[backup.plans.quick]
tables = ["keys"]'
    sh "$SCRIPT" run slow >/dev/null 2>&1 3>&- &
    until [ -s "$STATE/locks/slow" ]; do sleep 0.02; done
    under sh run quick
    expect_status 0
    under sh restore quick --yes
    expect_status 4
    [ -s "$STATE/locks/slow" ]
    wait
    under sh restore quick --yes
    expect_status 0
}

@test "the lock of a dead process, of a pid that was reused, and of an older boot is broken" {
    make_database "$DB"
    make_script 'type = "database"'
    boot=$(cat /proc/sys/kernel/random/boot_id)
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for owner in "999999 1 $boot" "$$ 1 $boot" "1 0 00000000-0000-0000-0000-000000000000" ''; do
            mkdir -p "$STATE/locks"
            printf '%s' "${owner:+$owner since 2026-01-01T00:00:00Z}" >"$STATE/locks/default"
            under "$shell" run
            expect_status 0
        done
    done
}

@test "of many that break a stale lock at once, one runs at a time" {
    make_database "$DB"
    make_script 'type = "database"
keep = { last = 1000 }'
    mkdir -p "$STATE/locks"
    echo "999999 1 x since 2026" >"$STATE/locks/default"
    for shell in "${SHELLS[@]}" "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        # shellcheck disable=SC2086
        { $shell "$SCRIPT" run >/dev/null 2>&1 || echo $? >>"$PLACE/codes"; } 3>&- &
    done
    wait
    [ -z "$(grep -v '^4$' "$PLACE/codes" 2>/dev/null)" ]
    under sh verify default all
    expect_status 0
    [ -z "$(ls -A "$STATE/locks")" ]
}

@test "TERM and HUP end a run at once, and it cleans up" {
    make_database "$DB" wal 400000
    make_script ''
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for signal in TERM HUP; do
            # shellcheck disable=SC2086
            $shell "$SCRIPT" run >/dev/null 2>&1 3>&- &
            pid=$!
            until [ -n "$(ls -d "$DEST"/default/.incomplete-*/databases/* 2>/dev/null)" ]; do sleep 0.02; done
            begun=$(date +%s%N)
            kill -s "$signal" "$pid"
            status=0
            wait "$pid" || status=$?
            [ "$status" -gt 128 ]
            [ $((($(date +%s%N) - begun) / 1000000)) -lt 2000 ]
            [ -z "$(ls -A "$DEST/default" "$STATE/locks" | grep -v :)" ]
            sleep 0.2
            [ -z "$(pgrep -f "$PLACE/dest")" ]
        done
    done
}

# kills <count> <shell...>: kill -9 at random instants of runs
kills() {
    local count=$1 i shell
    shift
    make_database "$DB" wal 20000
    make_script 'keep = { last = 3 }
retention_days = 1'
    for ((i = 0; i < count; i++)); do
        shell=${SHELLS[i % ${#SHELLS[@]}]}
        command -v "${shell%% *}" >/dev/null || continue
        # shellcheck disable=SC2086
        $shell "$SCRIPT" run >/dev/null 2>&1 3>&- &
        sleep "0.$(printf %03d $((RANDOM % 350)))"
        kill -9 "$!" 2>/dev/null || :
        wait "$!" 2>/dev/null || :
        if ((i % 10 == 9)); then all_is_well "$shell"; fi
    done
}

@test "30 runs killed at random instants leave every backup whole and the next run working" { kills 30; }
# bats test_tags=long
@test "200 runs killed at random instants leave every backup whole and the next run working" { kills 200; }

@test "a restore in place that is killed leaves the old database or the new one" {
    make_database "$DB" wal 60000
    make_script 'type = "database"'
    under sh run
    expect_status 0
    new=$(dump "$DB" | md5sum)
    sqlite3 "$DB" 'UPDATE torrents SET completed = 1'
    old=$(dump "$DB" | md5sum)
    for i in $(seq 24); do
        shell=${SHELLS[i % ${#SHELLS[@]}]}
        command -v "${shell%% *}" >/dev/null || continue
        # shellcheck disable=SC2086
        $shell "$SCRIPT" restore default --yes >/dev/null 2>&1 3>&- &
        sleep "0.$(printf %03d $((RANDOM % 700)))"
        kill -9 "$!" 2>/dev/null || :
        wait "$!" 2>/dev/null || :
        sleep 0.1
        now=$(dump "$DB" | md5sum)
        [ "$now" = "$old" ] || [ "$now" = "$new" ]
        [ "$now" = "$old" ] || sqlite3 "$DB" 'UPDATE torrents SET completed = 1'
    done
    under sh restore default --yes
    expect_status 0
    [ "$(dump "$DB" | md5sum)" = "$new" ]
    under sh run
    expect_status 0
    [ -z "$(ls -A "$STORAGE/lib" | grep gen-backup)" ]
}
