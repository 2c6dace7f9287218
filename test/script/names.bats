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

@test "a process that got the number of one of ours, while another is waited for, is not killed" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    unshare --pid --fork --mount-proc true 2>/dev/null || skip 'NO NAMESPACES here'
    make_script "type = 'database'
[backup.hooks]
before = 'sh $PLACE/hook'"
    cat >"$PLACE/hook" <<SH
trap '' TERM
env --default-signal=TERM sleep 61 &
echo \$! >'$PLACE/ended.new' && mv '$PLACE/ended.new' '$PLACE/ended'
while :; do sleep 0.3; done
SH
    cat >"$PLACE/inner" <<'SH'
"$1" "$2" run >/dev/null 2>&1 &
run=$!
until [ -e "$3" ]; do sleep 0.1; done
ended=$(cat "$3") victim=
kill "$run"
while [ -e "/proc/$ended" ]; do sleep 0.05; done
until [ "$victim" = "$ended" ]; do
    [ -z "$victim" ] || kill -9 "$victim"
    [ ! -e "/proc/$ended" ] || exit 3
    echo "$((ended - 1))" >/proc/sys/kernel/ns_last_pid
    sleep 60 &
    victim=$!
done
wait "$run"
kill -0 "$victim"
SH
    for shell in dash bash; do
        rm -f "$PLACE/ended"
        run unshare --pid --fork --mount-proc bash "$PLACE/inner" "$shell" "$SCRIPT" "$PLACE/ended" 3>&-
        [ "$status" = 0 ] || { echo "$shell: $status $output" && return 1; }
    done
}
