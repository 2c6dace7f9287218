# What never ends is ended.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
    make_script "max_duration = \"6s\"
[backup.hooks]
on_failure = 'echo \"\$GEN_BACKUP_MESSAGE\" >>$PLACE/told'"
    mkdir "$PLACE/bin"
}

# limit <seconds>: a machine under load is slow, and not hung
limit() { sed -i "s/MAX_DURATION_S=[0-9]*/MAX_DURATION_S=$1/" "$SCRIPT"; }

# hang <tool>: it never ends, and a TERM is nothing to it
hang() {
    rm -f "$PLACE/bin/"*
    printf '#!/bin/sh\necho $$ >>%s/pids\nkill -STOP $$\n' "$PLACE" >"$PLACE/bin/$1"
    chmod 755 "$PLACE/bin/$1"
}

# bats test_tags=long
@test "a step that never ends: the run fails, says so, frees the lock and leaves nothing, on every shell" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        tools=zstd
        [ "$shell" != dash ] || tools='zstd sha256sum tar'
        for tool in $tools; do
            rm -f "$PLACE/told" "$PLACE/pids"
            hang "$tool"
            status=0
            # shellcheck disable=SC2086
            PATH=$PLACE/bin:$PATH timeout -s KILL 90 $shell "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
            out=$(cat "$PLACE/out") err=$(cat "$PLACE/err")
            expect_status 1 || { echo "$shell, $tool" && return 1; }
            [[ $err == *'ended after 6 s'* ]]
            grep -q 'ended after 6 s' "$PLACE/told" || { echo "$shell, $tool: $(cat "$PLACE/told")" && return 1; }
            [ -z "$(ls -A "$DEST/default")" ] || { echo "$shell, $tool: $(find "$DEST/default") $err" && return 1; }
            while read -r pid; do ! grep -q '^State:.[^Z]' "/proc/$pid/status" 2>/dev/null || { echo "$shell: $tool lives" && return 1; }; done <"$PLACE/pids"
        done
    done
    rm -f "$PLACE/bin/"*
    limit 600
    under sh run
    expect_status 0
    under sh status
    expect_status 0
}

# bats test_tags=long
@test "a pipe in the place of an archive: verify and drill end as failures" {
    limit 600
    under sh run
    expect_status 0
    limit 6
    hang zstd
    for words in verify drill; do
        PATH=$PLACE/bin:$PATH under 'busybox ash' $words
        expect_status 1
        [[ $err == *'ended after 6 s'* ]]
    done
    rm "$PLACE/bin/zstd"
    limit 600
    under sh verify
    expect_status 0
}

@test "status tells a run that goes on for too long, and one in time is no trouble" {
    limit 600
    under sh run
    limit 20
    hang zstd
    PATH=$PLACE/bin:$PATH sh "$SCRIPT" run >/dev/null 2>&1 3>&- &
    await test -s "$PLACE/pids"
    under sh status
    expect_status 0
    sed -i "s/^run began .*/run began $(($(date +%s) - 600))/" "$STATE/results.default"
    under sh status
    expect_status 1
    [[ $out == *'gone on for more than 20 s'* ]]
    kill $!
    wait $! || :
}

@test "after a kill -9 the timer ends soon, and ends nobody" {
    hang zstd
    PATH=$PLACE/bin:$PATH sh "$SCRIPT" run >/dev/null 2>&1 3>&- &
    pid=$!
    await test -s "$PLACE/pids"
    kill -9 "$pid"
    wait "$pid" || :
    kill -9 "$(cat "$PLACE/pids")"
    began=$SECONDS
    await is_none -f "$SCRIPT"
    [ "$((SECONDS - began))" -le 15 ]
}
