# Writers first: what a snapshot does to them, and what it never does.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../helpers

setup() { setup_place; }

teardown() {
    [ -z "${WRITER-}" ] || kill "$WRITER" 2>/dev/null || :
    wait
    ! mountpoint -q "$PLACE/volume" || umount "$PLACE/volume"
}

# use_volume <xfs|btrfs|ext4> [MB]: the storage directory on one of its own
use_volume() {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    command -v "mkfs.$1" >/dev/null || skip "mkfs.$1 MISSING"
    truncate -s "${2:-400}M" "$PLACE/disk"
    "mkfs.$1" -q "$PLACE/disk" >/dev/null
    mkdir -p "$PLACE/volume"
    mount -o loop "$PLACE/disk" "$PLACE/volume" || skip "CANNOT MOUNT $1 here"
    STORAGE=$PLACE/volume/storage DB=$PLACE/volume/storage/lib/tracker.db
    mkdir -p "$STORAGE/lib"
}

# start_writer [option...]: whose patience ends after five seconds
start_writer() {
    node "$ROOT/scripts/writer.mjs" --db "$DB" --busy-timeout 5000 "$@" >"$PLACE/writer.json" 2>"$PLACE/writer.err" 3>&- &
    WRITER=$!
    until [ "$(sqlite3 -cmd '.timeout 9000' "$DB" 'SELECT n FROM meta')" -gt 20 ]; do
        kill -0 "$WRITER"
        sleep 0.1
    done
}

# the writer has had no error
stop_writer() {
    kill "$WRITER"
    wait "$WRITER"
    WRITER=
    node -p 'JSON.parse(fs.readFileSync(process.argv[1])).max_ms' "$PLACE/writer.json"
}

# same_instant <database>: every sum is right
same_instant() {
    is_whole "$1"
    [ "$(sqlite3 "$1" 'SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b)')" = 2000000 ]
    [ "$(sqlite3 "$1" 'SELECT n - (SELECT count(*) FROM ledger) FROM meta')" = 0 ]
}

cloned() {
    use_volume "$1" 400
    node "$ROOT/scripts/writer.mjs" --db "$DB" --create 60 --journal delete --only-create
    # no copy of it could be made within this limit on a slow disk; a clone can
    make_script 'type = "database"
compression = "none"'
    start_writer
    for shell in dash ksh93 zsh; do
        [ "$shell" != zsh ] || shell='zsh --emulate sh'
        under "$shell" run
        expect_status 0
        [ -z "$(ls -A "$STORAGE/lib" | grep gen-backup)" ]
        same_instant "$out/databases/tracker.sqlite3"
    done
    stop_writer
    # the hold was a clone: sqlite3 is told to make one, and nothing else
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\necho "$*" >>%s/calls\nexec %s "$@"\n' "$PLACE" "$(command -v cp)" >"$PLACE/bin/cp"
    chmod 755 "$PLACE/bin/cp"
    PATH=$PLACE/bin:$PATH under sh run
    expect_status 0
    grep -q -- '--reflink=always --remove-destination source' "$PLACE/calls"
}

@test "XFS: with a rollback journal writers wait for a clone, not for a copy" { cloned xfs; }
@test "btrfs: with a rollback journal writers wait for a clone, not for a copy" { cloned btrfs; }

@test "a kill while there is a clone: the next run removes it" {
    use_volume xfs 400
    node "$ROOT/scripts/writer.mjs" --db "$DB" --create 60 --journal delete --only-create
    make_script 'type = "database"'
    sh "$SCRIPT" run >/dev/null 2>&1 3>&- &
    pid=$!
    for _ in $(seq 10000); do # it is there for a moment
        ! compgen -G "$STORAGE/lib/.gen-backup-clone*" || break
        sleep 0.002
    done
    kill -9 "$pid"
    wait "$pid" || :
    while pgrep -f "$PLACE/" >/dev/null; do sleep 0.05; done # what it had started
    under sh run
    expect_status 0
    [ -z "$(ls -A "$STORAGE/lib" | grep gen-backup)" ]
}

@test "ext4: a copy within max_write_stall, and one that is cut off: no writer's error; the ways out are named" {
    use_volume ext4 300
    node "$ROOT/scripts/writer.mjs" --db "$DB" --create 60 --journal delete --only-create
    DATABASE_KEYS='max_write_stall = "4s"' make_script 'type = "database"'
    start_writer
    under sh run
    expect_status 0
    zstd -q -d "$out/databases/tracker.sqlite3.zst" -o "$PLACE/x.db"
    same_instant "$PLACE/x.db"
    # as slow as a disk may be
    sed -i "s:'.backup --async copy':'.shell sleep 9' &:" "$SCRIPT"
    sed -i 's/MAX_WRITE_STALL_S=4/MAX_WRITE_STALL_S=2/' "$SCRIPT"
    under sh run
    expect_status 3
    [[ $err == *'journal_mode=wal'*'quiesce'*'larger max_write_stall'* ]]
    under sh run # remembered: not tried again
    expect_status 3
    [ "$(stop_writer | cut -d . -f 1)" -lt 5000 ]
    [ ! -s "$PLACE/writer.err" ]
    under sh check
    [[ $out == *'FAIL'*'holds up its writers'* ]]
}

@test "quiesce and resume: around the snapshot alone, one plan at a time, on every way out" {
    make_database "$DB" delete 30000
    make_script "[backup.hooks]
quiesce = 'echo \"pause \$GEN_BACKUP_PLAN\" >>$PLACE/told; sleep 0.3'
resume = 'echo \"go \$GEN_BACKUP_PLAN\" >>$PLACE/told'
[backup.plans.one]
type = 'database'
[backup.plans.two]
type = 'database'"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE" "$PLACE/told"
        # shellcheck disable=SC2086
        { $shell "$SCRIPT" run one >/dev/null 2>"$PLACE/err1" 3>&- & }
        under "$shell" run two
        expect_status 0
        wait
        # never a plan's window inside another's
        paste -s -d ' ' "$PLACE/told" | grep -qxE 'pause one go one pause two go two|pause two go two pause one go one'
        [ ! -e "$STATE/quiesced" ]
        # a damaged database fails after the window; a hook that fails, in it
        : >"$PLACE/told"
        sed "s/^ON_QUIESCE=.*/ON_QUIESCE='echo pause >>told; exit 1'/" "$SCRIPT" >"$PLACE/bad.sh"
        status=0
        # shellcheck disable=SC2086
        (cd "$PLACE" && $shell bad.sh run one) >/dev/null 2>"$PLACE/err" || status=$?
        [ "$status" = 1 ]
        grep -q "the hook 'quiesce' failed" "$PLACE/err"
        grep -q '^go one' "$PLACE/told"
    done
}

@test "quiesce: a signal resumes at once, a kill -9 at the next start of any plan" {
    make_database "$DB" delete 30000
    make_script "[backup.hooks]
quiesce = 'echo pause >>$PLACE/told'
resume = 'echo go >>$PLACE/told'
[backup.plans.one]
type = 'database'
[backup.plans.two]
type = 'database'"
    slow=$PLACE/slow.sh
    sed "s:'.backup --async copy':'.shell sleep 5.$$' &:" "$SCRIPT" >"$slow"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for signal in TERM KILL KILL-ALL; do
            rm -rf "$DEST" "$STATE" "$PLACE/told"
            # shellcheck disable=SC2086
            setsid $shell "$slow" run one >/dev/null 2>&1 3>&- &
            pid=$!
            await test -s "$PLACE/told"
            sleep 0.3 # and no longer: the watch over writers ends the snapshot after a second
            case $signal in
                TERM | KILL) kill -s "$signal" "$pid" ;;
                KILL-ALL) kill -s KILL -- "-$pid" ;;
            esac
            wait "$pid" || :
            if [ "$signal" = TERM ]; then
                [ "$(paste -s -d ' ' "$PLACE/told")" = 'pause go' ]
            elif [ "$signal" = KILL ]; then
                # the shell that saves this source lives on: it lets them go on itself
                under "$shell" run two
                expect_status 0
                [ "$(paste -s -d ' ' "$PLACE/told")" = 'pause go pause go' ]
            else
                [ "$(paste -s -d ' ' "$PLACE/told")" = 'pause' ]
                under "$shell" run two
                expect_status 0
                [[ $err == *"plan 'one' was killed while writers paused"* ]]
                [ "$(paste -s -d ' ' "$PLACE/told")" = 'pause go pause go' ]
            fi
        done
    done
}

@test "a resume that fails is a failed run, and the next start tries again" {
    make_database "$DB"
    make_script "type = 'database'
[backup.hooks]
quiesce = 'true'
resume = 'test -e $PLACE/may'"
    under sh run
    expect_status 1
    [[ $err == *"writers may still pause"* ]]
    under sh run
    expect_status 1
    touch "$PLACE/may"
    under sh run
    expect_status 0
    [ ! -e "$STATE/quiesced" ]
}
