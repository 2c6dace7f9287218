# Names of processes, as others choose them.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    NAP=$$
    setup_place
    make_database "$DB"
    FORGERS=()
}

teardown() { kill "${FORGERS[@]}" 2>/dev/null || :; }

# forge <name> [file]: a process of that name
forge() {
    python3 "$ROOT/test/attack/name.py" "$@" >"$PLACE/ready" 3>&- &
    FORGERS+=($!)
    await test -s "$PLACE/ready"
    rm "$PLACE/ready"
}

@test "a name that looks like a line of /proc has nobody killed" {
    make_script "type = 'database'
[backup.hooks]
before = 'sleep 29.$NAP'"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        sleep 60 3>&- &
        victim=$!
        FORGERS+=("$victim")
        # shellcheck disable=SC2086
        $shell "$SCRIPT" run >/dev/null 2>"$PLACE/err" 3>&- &
        pid=$!
        await pgrep -f "^sleep 29.$NAP" >/dev/null
        forge "
$victim S $pid "
        kill -TERM "$pid"
        for ((tries = 0; tries < 200; tries++)); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null && { echo "$shell: it does not end" && return 1; }
        wait "$pid" || :
        kill -0 "$victim" || { echo "$shell: killed by a name" && return 1; }
        ! pgrep -f "^sleep 29.$NAP" || { echo "$shell: the hook lives on" && return 1; }
        kill "${FORGERS[@]}" 2>/dev/null || :
        FORGERS=()
    done
}

@test "what is printed has no control characters of others" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    forge $'\x1b]0;x\x07\n2026 x' "$DB"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" restore default --yes
        expect_status 3
        [ "$(wc -l <"$PLACE/err")" = 1 ]
        ! tr -d '\n' <"$PLACE/err" | grep -q '[[:cntrl:]]' || return 1
        [[ $err == *' has '*'open: stop it first'* ]]
    done
}
