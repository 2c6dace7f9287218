# What the cells of the fault matrix share: a place that is the same at the start
# of each, faults, and what must be true whatever happened. See docs/reliability.md.

FAULTS=(killed child-killed TERM INT HUP full read-only unmounted vanished replaced
    fails writes-fails clock+14y clock-1d second)
MATRIX_PART=${MATRIX_PART:-1/1}

# tools_of <step>: the programs that may do it.
tools_of() {
    case $1 in
        lock) echo flock ;;
        preflight | space) echo df ;;
        snapshot | check | settled | look) echo sqlite3 ;;
        archive | extract | times) echo tar ;;
        dump) echo mysqldump mariadb-dump ;;
        compress | unpack) echo zstd gzip xz ;;
        sums | inspect) echo sha256sum ;;
        manifest) echo mv cp tee ;;
        sync | settle | new | kept | end) echo sync ;;
        publish | prune | report | place) echo mv ;;
        remove) echo rm ;;
        aside) echo tar ln cp mysqldump mariadb-dump ;;
        trial | load) echo mysql mariadb ;;
    esac
}

# register_cells <subject> <fast cells> <step...>: a test for each step and fault. The
# shells take turns, so that each meets every step and every fault; MATRIX_SHELLS=all:
# every cell under every shell. All but `fast` cells, step:fault, are tagged long; and in
# `npm test` one fault of every eighth step: others with the next SEED, so all in 120 days.
# MATRIX_PART=1/2: every second cell.
register_cells() {
    local subject=$1 fast=$2 step fault shell tag s f cells=0
    shift 2
    local steps=("$@")
    for s in "${!steps[@]}"; do
        for f in "${!FAULTS[@]}"; do
            step=${steps[s]} fault=${FAULTS[f]} tag=long
            [[ " $fast " != *" $step:$fault "* ]] || tag=matrix
            [ -z "${QUICK-}" ] || (((10#$SEED + s) % 8 || f != (10#$SEED + 8 * s) % ${#FAULTS[@]})) || tag=matrix
            for shell in "${!ALL_SHELLS[@]}"; do
                [ "${MATRIX_SHELLS-}" = all ] || [ "$shell" = $(((s + f) % ${#ALL_SHELLS[@]})) ] || continue
                ((cells++ % ${MATRIX_PART##*/} == ${MATRIX_PART%/*} - 1)) || continue
                bats_test_function --description "$subject: $step x $fault, ${ALL_SHELLS[shell]}" \
                    --tags "$tag" -- "${CELL_OF-cell_run}" "$subject" "$step" "$fault" "${ALL_SHELLS[shell]}"
            done
        done
    done
}

# make_world: once a file. Everything is in memory; the destination is a small disk of
# its own, mounted at $PLACE/volume, and so is the storage at $PLACE/storage.
make_world() {
    forget_dead_clocks
    unset GENERATOR # in another namespace, it does not see what is mounted here
    WORLD=$BATS_FILE_TMPDIR
    PLACE=$WORLD/place TEMPLATE=$WORLD/template
    DISK=$WORLD/disk HOME_DISK=$WORLD/home
    STORAGE=$PLACE/storage/app DB=$PLACE/storage/app/lib/tracker.db
    DEST=$PLACE/volume/backups STATE=$PLACE/state SCRIPT=$PLACE/backup.sh
    MATRIX=$PLACE/matrix MOUNTS=yes
    mkdir "$DISK" "$HOME_DISK" "$PLACE" "$TEMPLATE"
    if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=8m tmpfs "$DISK" 2>/dev/null; then
        MOUNTS=no
        ln -s "$DISK" "$PLACE/volume"
        ln -s "$HOME_DISK" "$PLACE/storage"
    else
        mount -t tmpfs -o size=16m tmpfs "$HOME_DISK"
        mount -t tmpfs tmpfs "$PLACE"
        mkdir "$PLACE/volume" "$PLACE/storage"
    fi
    export WORLD PLACE TEMPLATE DISK HOME_DISK STORAGE DB DEST STATE SCRIPT MATRIX MOUNTS
    local step tool
    for step in "$@"; do
        mkdir -p "$WORLD/bin.$step"
        for tool in $(tools_of "$step"); do
            ln -sf "$ROOT/test/faults/shim.sh" "$WORLD/bin.$step/$tool"
        done
    done
    CLOCK_LIBRARY=$(find /usr/lib -name libfaketime.so.1 2>/dev/null | head -n 1)
    export CLOCK_LIBRARY
    mount_volumes
}

mount_volumes() {
    [ "$MOUNTS" = yes ] || return 0
    mountpoint -q "$PLACE/volume" || mount --bind "$DISK" "$PLACE/volume"
    mountpoint -q "$PLACE/storage" || mount --bind "$HOME_DISK" "$PLACE/storage"
    mount -o remount,bind,rw "$PLACE/volume"
    mount -o remount,bind,rw "$PLACE/storage"
}

end_world() {
    [ "${MOUNTS-}" = yes ] || return 0
    umount -l "$PLACE/volume" "$PLACE/storage" 2>/dev/null || :
    umount -l "$PLACE" "$DISK" "$HOME_DISK" || :
}

# keep_world: what is there now is what every cell begins with. Two earlier backups:
# the older one expires with the next.
keep_world() {
    local hours
    for hours in 2 1; do
        under "faketime -f -${hours}h sh" run
        expect_status 0
    done
    cp -a "$DISK" "$TEMPLATE/disk"
    cp -a "$HOME_DISK" "$TEMPLATE/home"
    cp -a "$STATE" "$TEMPLATE/state"
    ls "$DEST/default" >"$WORLD/earlier"
    hash_backups >"$WORLD/hashes"
}

# renew_world: at the start of a cell.
renew_world() {
    mount_volumes
    find "$DISK" "$HOME_DISK" -mindepth 1 -delete
    rm -rf "$STATE" "$MATRIX" "$PLACE/tmp" "$PLACE"/restored.*
    cp -a "$TEMPLATE/disk/." "$DISK"
    cp -a "$TEMPLATE/home/." "$HOME_DISK"
    cp -a "$TEMPLATE/state" "$STATE"
    mkdir "$MATRIX" "$PLACE/tmp"
}

# make_sources: a database with invariants, and a tree; another of each, to be put in
# their place. mark tells which one.
make_sources() {
    mkdir -p "$STORAGE/lib" "$STORAGE/etc/deep/er" "$WORLD/two"
    node "$ROOT/scripts/writer.mjs" --db "$DB" --create 0.5 --only-create
    sqlite3 "$DB" "CREATE TABLE mark (name TEXT); INSERT INTO mark VALUES ('one')"
    local i
    for i in {1..20}; do echo "one $i" >"$STORAGE/etc/$i.toml"; done
    head -c 150000 /dev/urandom >"$STORAGE/etc/deep/er/random"
    ln -s deep/er/random "$STORAGE/etc/link"
    sqlite3 "$DB" "VACUUM INTO '$WORLD/two/tracker.db'"
    sqlite3 "$WORLD/two/tracker.db" "UPDATE mark SET name = 'two'; DELETE FROM whitelist"
    chmod 644 "$DB"
    chmod 640 "$WORLD/two/tracker.db"
    cp -a "$STORAGE/etc" "$WORLD/two/etc"
    sed -i 's/one/two/' "$WORLD"/two/etc/*.toml
    head -c 150000 /dev/urandom >"$WORLD/two/etc/deep/er/random"
    hash_tree "$STORAGE/etc" >"$WORLD/tree.one"
    hash_tree "$WORLD/two/etc" >"$WORLD/tree.two"
}

hash_tree() (cd "$1" && find . -type f -print0 | sort -z | xargs -0 sha256sum)

hash_backups() (cd "$DEST/default" && find 2* -type f -print0 2>/dev/null | sort -z | xargs -0 -r sha256sum)

stop_writer() {
    [ -n "${WRITER-}" ] || return 0
    true >"$MATRIX/stop"
    wait "$WRITER" || :
    WRITER=
}

# need_fault <fault>: can it be had here?
need_fault() {
    case $1 in
        full | read-only | unmounted) [ "$MOUNTS" = yes ] || skip 'CANNOT MOUNT here' ;;
        clock*) [ -n "$CLOCK_LIBRARY" ] || skip 'FAKETIME MISSING' ;;
    esac
}

# with_fault <step> <fault> <shell> <word...>: run the script, and have it happen.
# Sets status, out and err; then the fault is over.
with_fault() {
    local step=$1 fault=$2 shell=$3 clock=()
    shift 3
    case $fault in
        clock*)
            echo +0 >"$MATRIX/clock"
            clock=(LD_PRELOAD="$CLOCK_LIBRARY" FAKETIME_TIMESTAMP_FILE="$MATRIX/clock"
                FAKETIME_NO_CACHE=1 NO_FAKE_STAT=1 FAKETIME_DONT_FAKE_MONOTONIC=1)
            ;;
    esac
    status=0
    # shellcheck disable=SC2086,SC2016 # a shell and its options
    timeout --foreground -k 5 60 env --default-signal=INT,HUP,TERM TMPDIR="$PLACE/tmp" \
        MATRIX_CELL="$$" MATRIX_STEP="$step" MATRIX_FAULT="$fault" MATRIX="$MATRIX" \
        MATRIX_PATH="$PATH" MATRIX_SHELL="$shell" MATRIX_SCRIPT="$SCRIPT" MATRIX_WORDS="$*" \
        MATRIX_DISK="${FULL_DISK:-$DISK}" MATRIX_VOLUME="${READ_ONLY:-$PLACE/volume}" \
        MATRIX_UNMOUNT="$PLACE/volume" MATRIX_LOCK="$STATE/lock.default" \
        PATH="$WORLD/bin.$step:$PATH" "${clock[@]}" \
        sh -c 'echo $$ >"$MATRIX/pid"; exec "$@"' sh $shell "$SCRIPT" "$@" \
        >"$MATRIX/out" 2>"$MATRIX/err" </dev/null 3>&- || status=$?
    out=$(cat "$MATRIX/out") err=$(cat "$MATRIX/err")
    # ksh93u+m 1.0.4: a signal in a $( ) leaves the number of the signal alone
    case $shell:$fault:$status in
        ksh93:TERM:15 | ksh93:INT:2 | ksh93:HUP:1) status=$((status + 128)) ;;
    esac
    [ -d "$MATRIX/fired" ] || broken "the step '$step' never came"
    [ "$status" != 124 ] || broken 'it hangs'
    no_process
    end_fault
}

end_fault() {
    true >"$MATRIX/over"
    rm -f "$DISK/filler" "$HOME_DISK/filler"
    if [ "$MOUNTS" = yes ]; then
        mountpoint -q "$PLACE/volume" || [ -z "$(ls -A "$PLACE/volume")" ] ||
            broken "written below the mount point: $(find "$PLACE/volume")"
        mount_volumes
        sleep 0.02
        mount_volumes # whoever made it read-only may have been about to
    fi
    [ ! -x "$MATRIX/mend" ] || "$MATRIX/mend"
}

# broken <what>: an invariant is. An exit, so that no context makes it nothing.
broken() {
    {
        printf 'BROKEN: %s\nstatus %s\nout: %s\nerr: %s\n' "$1" "${status-}" "${out-}" "${err-}"
        ls -lA "$DEST/default" "$STATE" || :
    } >&2
    [ -z "${CELL-}" ] || record BROKEN
    exit 1
}

# no_process: none is left of this cell; one whose script was killed may end its work.
no_process() {
    local tries
    for ((tries = 0; tries < 100; tries++)); do
        [ -n "$(grep -lzx "MATRIX_CELL=$$" /proc/[0-9]*/environ 2>/dev/null)" ] || return 0
        [ "$fault" = killed ] || [ "$tries" -lt 20 ] || break
        sleep 0.05
    done
    grep -lzx "MATRIX_CELL=$$" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
        tr '\0' ' ' <"/proc/$pid/cmdline"
        echo
    done
    broken 'a process is left'
}

# nothing_left: no lock, no unfinished backup, no file of ours beside the sources.
nothing_left() {
    no_lock || broken 'a lock is left'
    [ -z "$(ls -A "$DEST/default" | grep -v -x -e '2[0-9T]*Z' -e '[.]before-restore-.*')" ] ||
        broken 'something unfinished is left'
    [ -z "$(find "$PLACE/storage" -name '.gen-backup*')" ] || broken 'something is left beside the sources'
    [ -z "$(ls -A "$PLACE/tmp")" ] || broken "a temporary file is left: $(ls -A "$PLACE/tmp")"
    [ -z "$(ls -A "$STATE" | grep -vx -e destination -e destinations -e asides -e mark -e 'lock.*' -e results.default \
        -e retention.default -e reason.default -e clock.default)" ] || broken 'something is left in the state'
}

# earlier_unchanged: each of them is as it was, or was removed for two newer ones.
earlier_unchanged() {
    local id newer
    while read -r id; do
        newer=$(ls "$DEST/default" | awk -v id="$id" '$0 > id && /^2/ { n++ } END { print n + 0 }')
        if [ ! -d "$DEST/default/$id" ]; then
            [ "$newer" -ge 2 ] || broken "the earlier backup $id is gone"
        else
            diff <(grep "  $id/" "$WORLD/hashes") <(hash_backups | grep "  $id/") ||
                broken "the earlier backup $id has changed"
        fi
    done <"$WORLD/earlier"
}

# list_ids: as the script lists them; nothing else has an id for a name.
list_ids() {
    under "$shell" list
    expect_status 0
    printf '%s\n' "$out" | awk 'NR > 1 { print $2 }' >"$MATRIX/listed"
    ls "$DEST/default" | diff - "$MATRIX/listed" >&2 || broken 'not all are listed'
    grep -vxF -f "$WORLD/earlier" "$MATRIX/listed" || :
}

# record <what happened>: for the table.
record() {
    [ -z "${MATRIX_RESULTS-}" ] || printf '%s\t%s\n' "$CELL" "$1" >>"$MATRIX_RESULTS"
}

# cell_run <subject> <step> <fault> <shell>: a run with a fault, and one after it. The
# file knows its sources: prepare_cell, start_writer, count_now and is_whole_backup.
cell_run() {
    local subject=$1 step=$2 fault=$3 shell=$4 before after new id word second=
    need_shell "$shell"
    need_fault "$fault"
    CELL="$subject	$step	$fault	$shell"
    renew_world
    prepare_cell
    before=$(count_now)
    start_writer
    with_fault "$step" "$fault" "$shell" run
    stop_writer
    local rc=$status printed=$out told=$err
    after=$(count_now)

    case $fault in
        killed | read-only | unmounted) ;; # it could not tidy up; the next run does
        *) nothing_left ;;
    esac
    earlier_unchanged
    new=$(list_ids)
    local which=one
    [ "$fault" != replaced ] || which='one two'
    for id in $new; do is_whole_backup "$id" "$before" "$after" "$which"; done
    status=$rc out=$printed err=$told
    if [ -e "$MATRIX/second" ]; then
        second=$(cat "$MATRIX/second")
        case $second in
            'held 4' | 'free 4') ;;
            'free 0') new=$(printf '%s\n' "$new" | grep -vxF "$(sed 's:.*/::' "$MATRIX/second.out")") || : ;;
            *) broken "the second run: $second: $(cat "$MATRIX/second.err")" ;;
        esac
        second=", second ${second#* }"
    fi
    tells_the_truth
    record "$word$second"

    # what the fault left, the next run mends
    under "$shell" run
    expect_status 0 || broken 'the next run fails'
    [ ! -d "$out" ] || id=${out##*/}
    nothing_left
    earlier_unchanged
    list_ids | grep -qxF "$id" || broken 'the next backup is not listed'
    is_whole_backup "$id" "$after" "$after" "${which#one }"
}

# tells_the_truth: the exit status, what was printed, and `status`. Sets word.
tells_the_truth() {
    [ "$(printf '%s\n' "$new" | grep -c .)" -le 1 ] || broken 'more than one new backup'
    [ -z "$printed" ] || [ "${printed##*/}" = "$new" ] || broken 'it printed what is not there'
    case $rc in
        0)
            [ -n "$new" ] && [ -n "$printed" ] || broken 'it says done, and there is no backup'
            ! is_partial || broken 'it says done, and the backup is partial'
            word=published
            ;;
        1 | 3)
            word="failed $rc"
            [ "$rc" = 1 ] || word='refused 3'
            [ -n "$told" ] || broken 'it failed without a word'
            # after the rename, something else may fail: it has printed the backup, or
            # could not take it back
            [ -z "$new" ] || word="published, failed $rc"
            ! is_partial || word="partial, $rc"
            [ -z "$new$printed" ] || [ -n "$printed" ] || [ "$fault" = unmounted ] ||
                [ "$fault" = read-only ] || broken 'it says failed, and the backup is there'
            ;;
        4)
            [ -z "$new" ] || broken 'it says busy, and the backup is there'
            word='busy 4'
            ;;
        *)
            case $fault:$rc in
                killed:137 | TERM:143 | INT:130 | HUP:129) ;;
                *) broken "an unexpected exit status: $rc" ;;
            esac
            word=killed
            [ -z "$new" ] || word='published, killed'
            ;;
    esac
    under "$shell" status
    case $rc:$status:$fault in
        0:0:*) ;;
        0:1:clock*) [[ $out == *'from the future'* || $out == *'retention has stopped'* ]] ;;
        0:1:*) [[ $out == *'the last run warned: cannot remove what has expired'* ]] ;;
        4:0:*) ;;
        [123]*:1:*) ;;
        *) [ "$step" = lock ] ;; # nothing had begun yet
    esac || broken "exit status $rc, and status says $status"
    status=$rc
}

is_partial() { [ -n "$new" ] && grep -qs '^partial=' "$DEST/default/$new/MANIFEST"; }

# check_second: one that was started while another had the lock.
check_second() {
    second=$(cat "$MATRIX/second")
    case $second in
        'held 4' | 'free 0' | 'free 4') second=", second ${second#* }" ;;
        *) broken "the second one: $second: $(cat "$MATRIX/second.err")" ;;
    esac
}
