# Two at once, and kills at any instant.
bats_require_minimum_version 1.5.0

load ../helpers
load ../writer
load ../kills

setup() {
    setup_place
}

teardown() {
    stop_writer
}

@test "a second run at once exits 4 and names the first" {
    make_database "$DB"
    make_script ''
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\nuntil [ -e "%s" ]; do sleep 0.05; done\nexec /usr/bin/sqlite3 "$@"\n' "$PLACE/go" >"$PLACE/bin/sqlite3"
    chmod 755 "$PLACE/bin/sqlite3"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -f "$PLACE/go"
        # shellcheck disable=SC2086
        PATH=$PLACE/bin:$PATH $shell "$SCRIPT" run >/dev/null 2>&1 3>&- &
        first=$!
        await eval "is_held default && grep -q '^$first ' '$STATE/lock.default'"
        under "$shell" run
        expect_status 4
        [[ $err == *"process $first since 20"* ]]
        under "$shell" status
        [[ $out != *'was killed'* ]]
        under "$shell" verify
        [ "$status" = 4 ]
        under "$shell" restore default --yes
        expect_status 4
        true >"$PLACE/go"
        wait "$first"
    done
}

@test "what a killed run has started goes on without touching the next one, of the same second even" {
    make_database "$DB"
    make_script 'type = "database"'
    mkdir "$PLACE/bin"
    # The first sqlite3 waits, and so does the compressor of the second run.
    printf '#!/bin/sh\nmkdir "%s/waits" 2>/dev/null && until [ -e "%s/go" ]; do sleep 0.05; done\nexec /usr/bin/sqlite3 "$@"\n' \
        "$PLACE" "$PLACE" >"$PLACE/bin/sqlite3"
    printf '#!/bin/sh\ntrue >"%s/packs"\nuntil [ -e "%s/go on" ]; do sleep 0.05; done\nexec /usr/bin/zstd "$@"\n' \
        "$PLACE" "$PLACE" >"$PLACE/bin/zstd"
    # shellcheck disable=SC2016 # for the script
    printf '#!/bin/sh\ncase $* in *%%s\\ %%Y*) echo 1795785600 20261127T120000Z ;; *) exec /usr/bin/date "$@" ;; esac\n' \
        >"$PLACE/bin/date"
    chmod 755 "$PLACE"/bin/*
    PATH=$PLACE/bin:$PATH dash "$SCRIPT" run >/dev/null 2>&1 3>&- &
    killed=$!
    await test -e "$PLACE/waits"
    kill -9 "$killed"
    wait "$killed" || :
    PATH=$PLACE/bin:$PATH dash "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" 3>&- &
    next=$!
    await test -e "$PLACE/packs"
    left=$(pgrep -f "$PLACE/bin/sqlite3")
    left=$(ps -o ppid= -p "${left%%$'\n'*}")
    true >"$PLACE/go"
    await eval "! kill -0 $left 2>/dev/null"
    true >"$PLACE/go on"
    wait "$next" || { cat "$PLACE/err" && return 1; }
    [[ $(<"$PLACE/out") == */20261127T120000Z ]]
    under dash verify
    expect_status 0
}

# bats test_tags=long
@test "what a run started and left behind keeps no lock, nor does a killed run's; the file of a lock says nothing" {
    make_database "$DB" wal 200000
    make_script "type = \"database\"
[backup.hooks]
before = 'sleep 300 & echo \$! >>$PLACE/left'"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        echo "shell: $shell"
        under "$shell" run
        expect_status 0
        no_lock
        # shellcheck disable=SC2086
        $shell "$SCRIPT" run >/dev/null 2>&1 3>&- &
        await compgen -G "$DEST/default/.incomplete-*/databases"
        kill -9 "$!"
        wait "$!" || :
        under "$shell" status
        [[ $out == *'was killed'* ]]
        # as a script of before left it, or a power cut
        for words in "$$ 1 $(cat /proc/sys/kernel/random/boot_id) since 2026-01-01T00:00:00Z" ''; do
            printf '%s' "$words" >"$STATE/lock.default"
            under "$shell" run
            expect_status 0
        done
    done
    # shellcheck disable=SC2046
    kill $(cat "$PLACE/left")
}

@test "one plan does not hold up another; a restore in place waits for none" {
    make_database "$DB" wal 200000
    make_script 'type = "database"
[backup.plans.slow]
[backup.plans.quick]
tables = ["keys"]'
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\nuntil [ -e "%s" ]; do sleep 0.05; done\nexec /usr/bin/sqlite3 "$@"\n' "$PLACE/go" \
        >"$PLACE/bin/sqlite3"
    chmod 755 "$PLACE/bin/sqlite3"
    PATH=$PLACE/bin:$PATH sh "$SCRIPT" run slow >/dev/null 2>&1 3>&- &
    await is_held slow
    under sh run quick
    expect_status 0
    under sh restore quick --yes
    expect_status 4
    is_held slow
    true >"$PLACE/go"
    wait
    under sh restore quick --yes
    expect_status 0
}

@test "of many that begin at once, one runs at a time" {
    make_database "$DB"
    make_script 'type = "database"
keep = { last = 1000 }'
    for shell in "${SHELLS[@]}" "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        # shellcheck disable=SC2086
        { $shell "$SCRIPT" run >/dev/null 2>&1 || echo $? >>"$PLACE/codes"; } 3>&- &
    done
    wait
    [ -z "$(grep -v '^4$' "$PLACE/codes" 2>/dev/null)" ]
    under sh verify default all
    expect_status 0
    no_lock
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
            await compgen -G "$DEST/default/.incomplete-*/databases/*"
            begun=$(date +%s%N)
            kill -s "$signal" "$pid"
            status=0
            wait "$pid" || status=$?
            [ "$status" -gt 128 ]
            [ $((($(date +%s%N) - begun) / 1000000)) -lt 6000 ]
            [ -z "$(ls -A "$DEST/default")" ]
            no_lock
            # what ran below it ends with it, or at once behind it
            for ((tries = 0; tries < 40; tries++)); do
                pgrep -f "$PLACE/the" >/dev/null || break
                sleep 0.05
            done
            [ "$tries" -lt 40 ]
        done
    done
}

@test "30 runs killed at random instants beside a live writer leave every backup whole and the next run working" { kills 30 wal; }
# bats test_tags=long
@test "235 runs killed at random instants beside a live writer, write-ahead log" { kills 235 wal; }
