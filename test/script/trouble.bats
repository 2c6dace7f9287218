# What may go wrong at night, and what a person is told of it: refusals, a full /var,
# damage, hooks that fail, a disk that dies. More of it: night.bats.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers
load ../night

setup() {
    setup_place
    make_database "$DB"
}

teardown() {
    local mounted
    for mounted in "$PLACE/volume" "$STATE"; do
        ! mountpoint -q "$mounted" || umount "$mounted"
    done
    [ -z "${HOLDER-}" ] || kill "$HOLDER" 2>/dev/null || :
}

# --- refusals -----------------------------------------------------------------

# bats test_tags=long
@test "a full local state: the backup is made, under a lock that others respect, and status says so" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    mkdir "$PLACE/metrics" "$PLACE/volume"
    make_script "type = \"database\"
keep = { last = 1 }
metrics = \"$PLACE/metrics\"
[backup.hooks]
before = 'until [ -e \"$PLACE/go\" ]; do sleep 0.05; done'"
    mkdir "$STATE" && mount -t tmpfs -o size=128k tmpfs "$STATE" || skip 'CANNOT MOUNT a tmpfs here'
    full_state() {
        rm -rf "$DEST" "${STATE:?}"/*
        touch "$PLACE/go"
        under "$1" run
        expect_status 0
        dd if=/dev/zero of="$STATE/filler" bs=1k 2>/dev/null || :
        rm -f "$PLACE/metrics"/* "$PLACE/go"
        # shellcheck disable=SC2086
        $1 "$SCRIPT" run >/dev/null 2>&1 3>&- &
        await is_held default
        under "$1" run
        expect_status 4
        touch "$PLACE/go"
        wait "$!"
        [ "$(backups)" = 1 ]
        no_lock
        [ "$(value last_run_exit_code) $(value consecutive_failures) $(value last_run_warnings)" = '0 0 1' ]
        [ "$(value last_success_timestamp_seconds)" -ge "$(($(date +%s) - 30))" ]
        under "$1" status
        expect_status 1
        [[ $out == *"no space in '$STATE'"* ]]
        rm "$STATE/filler"
        under "$1" run
        expect_status 0
        under "$1" status
        expect_status 0
    }
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        echo "shell: $shell"
        full_state "$shell"
    done
}

@test "every refusal is told to the hook: a lock, no state, no volume, no room, a df that fails" {
    make_script "type = \"database\"
[backup.hooks]
on_failure = 'echo \"\$GEN_BACKUP_STATUS \$GEN_BACKUP_MESSAGE\" >>$PLACE/told'
after = 'touch \"$PLACE/after\"'"
    told() {
        expect_status "${1%% *}"
        [[ $(cat "$PLACE/told") == $1 ]]
        rm "$PLACE/told"
    }
    refusals() {
        under "$1" run
        expect_status 0
        exec {held}<"$STATE/lock.default"
        flock -n "$held"
        echo "$$ since 2026-01-01T00:00:00Z" >"$STATE/lock.default"
        rm "$PLACE/after"
        under "$1" run
        [ ! -e "$PLACE/after" ] # which is that other run's, to unmount the volume, say
        told "4 another run of 'default' is active: process $$ since 2026*"
        exec {held}<&-
        under "$1" status --json
        expect_status 0 # the record is that other run's
        mv "$DEST" "$DEST.away"
        under "$1" run
        told '3 *lacks the ID file .gen-backup that we left there: mount the volume*'
        mv "$DEST.away" "$DEST"
        mkdir -p "$PLACE/bin"
        printf '#!/bin/sh\necho "df: oh" >&2\nexit 1\n' >"$PLACE/bin/df"
        chmod +x "$PLACE/bin/df"
        PATH=$PLACE/bin:$PATH under "$1" run
        told '3 cannot tell whether * has room *: df failed'
        printf '#!/bin/sh\necho head\necho "fs 9 9 0 99%% /x"\n' >"$PLACE/bin/df"
        PATH=$PLACE/bin:$PATH under "$1" run
        told '3 no space for a backup like the last one in *'
        rm "$PLACE/bin/df"
        under "$1" status
        expect_status 1
        [[ $out == *'no space for'* ]]
        rm -rf "$STATE"
        echo >"$STATE"
        under "$1" run
        told "3 cannot make '$STATE'*"
        rm "$STATE"
    }
    each_shell refusals
}

# --- what a person must look at -------------------------------------------------

@test "a damaged backup troubles status, check and the metrics, until it is gone" {
    mkdir "$PLACE/metrics"
    make_script "type = \"database\"
metrics = \"$PLACE/metrics\""
    damage() {
        under "$1" run
        damaged=$out
        under "$1" run
        expect_status 0
        [ "$(value damaged_backups)" = 0 ]
        echo x >>"$damaged/databases/tracker.sqlite3.zst"
        under "$1" verify default all
        expect_status 5
        [ "$(value damaged_backups)" = 1 ]
        under "$1" status
        expect_status 1
        [[ $out == *"damaged, and so worth nothing: ${damaged##*/}; "* ]]
        under "$1" status --json
        [ "$(json 's.damaged + " " + s.ok')" = '1 false' ]
        under "$1" check
        [[ $out == *"warn  default: state"*"${damaged##*/}"* ]]
        rm -r "$damaged"
        under "$1" status
        expect_status 0
    }
    each_shell damage
}

@test "hooks that fail after a good backup: on_success ends the run with 1, and all are in status" {
    mkdir "$PLACE/metrics"
    make_script "type = \"database\"
metrics = \"$PLACE/metrics\"
[backup.hooks]
on_success = 'test ! -e \"$PLACE/no-copy\"'
on_failure = 'echo \"\$GEN_BACKUP_STATUS \$GEN_BACKUP_DIRECTORY \$GEN_BACKUP_MESSAGE\" >>$PLACE/told; test ! -e \"$PLACE/no-page\"'
after = 'test ! -e \"$PLACE/no-after\"'"
    hooks_fail() {
        rm -f "$PLACE"/no-*
        under "$1" run
        expect_status 0
        touch "$PLACE/no-copy"
        for times in 1 2; do
            rm -f "$PLACE/told"
            under "$1" run
            expect_status 1
            [ "$(cat "$PLACE/told")" = "1 $out the hook 'on_success' failed; '$out' itself is complete" ]
            [ "$(value last_run_exit_code) $(value consecutive_failures)" = "1 $times" ]
            # the backup is one
            [ "$(value last_success_timestamp_seconds)" -ge "$(($(date +%s) - 20))" ]
        done
        under "$1" status
        expect_status 1
        [[ $out == *"the last run failed at "*"the hook 'on_success' failed"* ]]
        touch "$PLACE/no-page"
        under "$1" run
        under "$1" status
        [[ $out == *"the last run warned: the hook 'on_failure' failed"* ]]
        rm "$PLACE/no-copy" "$PLACE/no-page"
        touch "$PLACE/no-after"
        under "$1" run
        expect_status 0
        under "$1" status
        expect_status 1
        [[ $out == *"the last run warned: the hook 'after' failed"* ]]
        [ "$(value last_run_warnings)" = 1 ]
        rm "$PLACE/no-after"
        under "$1" run
        under "$1" status
        expect_status 0
    }
    each_shell hooks_fail
}

# --- every exit status ----------------------------------------------------------

# bats test_tags=long
@test "the destination vanishes at any instant of a run: 1 or 3, and never raw words of rm" {
    mkdir "$PLACE/bin"
    for tool in date sed grep tr cat awk stat find cp mv od sync head sha256sum; do
        cat >"$PLACE/bin/$tool" <<SH
#!/bin/sh
echo >>'$PLACE/calls'
[ "\$(wc -l <'$PLACE/calls')" != "\$WRECK_AT" ] || rm -rf '$DEST'/default/.incomplete-* 2>/dev/null # what is written to stays
exec $(command -v "$tool") "\$@"
SH
        chmod +x "$PLACE/bin/$tool"
    done
    make_script ''
    PATH=$PLACE/bin:$PATH WRECK_AT=0 under sh run
    expect_status 0
    most=$(wc -l <"$PLACE/calls")
    i=0
    for ((nth = 12; nth < most; nth += most / $(tries 30))); do
        shell=${SHELLS[i++ % ${#SHELLS[@]}]}
        command -v "${shell%% *}" >/dev/null || continue
        : >"$PLACE/calls"
        PATH=$PLACE/bin:$PATH WRECK_AT=$nth under "$shell" run
        case $status in
            0 | 1 | 3) ;;
            *) echo "$shell, call $nth: $status, $err" && return 1 ;;
        esac
        [[ $err != *'rm: '* ]] || { echo "$shell, call $nth: $err" && return 1; }
        no_lock >&2 || { echo "$shell, call $nth: a lock" && return 1; }
    done
    under sh verify default all
    expect_status 0
}

# busybox'es awk and sed end with 0 when nothing of what they print is written
says_so() {
    local path=$PATH words
    mkdir -p "$PLACE/bin"
    ln -sf "$(command -v busybox)" "$PLACE/bin/awk"
    ln -sf "$(command -v busybox)" "$PLACE/bin/sed"
    under "$1" run
    expect_status 0
    local first=${out##*/}
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('in $1')"
    under "$1" run
    expect_status 0
    for PATH in "$path" "$PLACE/bin:$path"; do
        for words in list 'list --json' 'list --rows keys' 'show default' 'show default *.toml' "diff default $first" 'run --dry-run' status 'status --json' 'prune --dry-run' crontab check help version; do
            status=0
            # shellcheck disable=SC2086 # a shell and its options, words
            $1 "$SCRIPT" $words >/dev/full 2>/dev/null || status=$?
            [ "$status" = 1 ] || { echo "$words: $status, by $(command -v awk)" && return 1; }
        done
    done
    PATH=$path
}

@test "what cannot print its answer ends with 1" {
    make_script ''
    each_shell says_so
}

# is_json: what is on standard output, in UTF-8
is_json() { node -e 'JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(require("fs").readFileSync(0)))' <"$PLACE/out"; }

@test "status --json is JSON, wherever a message is cut, and whatever a name is written in" {
    local name before
    name=$(printf 'ä%.0s' {1..100})
    for before in '' x; do
        make_script "[backup.plans.default]
type = 'selective'
include = ['$PLACE/$before$name/$name', 'etc']"
        under sh run
        expect_status 1
        under sh status --json
        is_json
        grep -q 'ää' "$PLACE/out"
    done
    before=$(printf 'etc/\344\355\240\200.db')
    make_database "$STORAGE/$before"
    dd if=/dev/urandom of="$STORAGE/$before" bs=4096 seek=1 count=9 conv=notrunc 2>/dev/null
    make_script ''
    under sh run
    expect_status 1
    for PATH in "$PATH" "$PLACE/bin:$PATH"; do
        under sh status --json
        is_json
        grep -q 'etc/????.db' "$PLACE/out"
        mkdir -p "$PLACE/bin"
        ln -sf "$(command -v busybox)" "$PLACE/bin/awk"
    done
}

# bats test_tags=long
@test "the destination's disk dies in the middle: 1 or 3 on every shell, and the next run is fine" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    command -v xfs_io >/dev/null || skip 'XFS_IO MISSING'
    sqlite3 "$DB" "INSERT INTO torrents (info_hash) SELECT hex(randomblob(200)) FROM torrents, keys, keys"
    mkdir "$PLACE/volume"
    truncate -s 128M "$PLACE/disk.0"
    mkfs.ext4 -q "$PLACE/disk.0"
    mount -o loop "$PLACE/disk.0" "$PLACE/volume" || skip 'CANNOT MOUNT'
    # a namespace made while it is mounted, as other tests make them, keeps the dead disk alive
    unshare -m sleep 600 3>&- &
    HOLDER=$!
    DEST=$PLACE/volume/backups
    make_script ''
    under sh run
    expect_status 0
    i=0
    for shell in "${SHELLS[@]}" "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        # shellcheck disable=SC2086
        $shell "$SCRIPT" run >/dev/null 2>"$PLACE/err" 3>&- &
        pid=$!
        await compgen -G "$DEST/default/.incomplete-*"
        sleep "0.$((i++ * 37 % 10))"
        xfs_io -x -c shutdown "$PLACE/volume"
        status=0
        wait "$pid" || status=$?
        for _ in {1..90}; do umount "$PLACE/volume" && break || sleep 0.1; done
        # a copy: the same image would be the same loop device, and the dead filesystem again
        sync
        cp --sparse=always "$PLACE/disk.$((i - 1))" "$PLACE/disk.$i"
        rm "$PLACE/disk.$((i - 1))"
        mount -o loop "$PLACE/disk.$i" "$PLACE/volume"
        case $status in
            0 | 1 | 3) ;;
            *) echo "$shell: $status, $(cat "$PLACE/err")" && return 1 ;;
        esac
        [ -z "$(grep '^rm: ' "$PLACE/err")" ]
        no_lock
        under sh run
        expect_status 0
    done
}
