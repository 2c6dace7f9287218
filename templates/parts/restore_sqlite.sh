# unpack_sqlite <name>: to its place below $WORK.
unpack_sqlite() {
    unpacked=$WORK$(manifest_value source "$1")
    mkdir -p "${unpacked%/*}"
    write_sqlite "$1" "$unpacked"
}

# write_sqlite <name> <file>: unpack, check, and give it its owner and mode.
write_sqlite() {
    MIN_FREE_KB=0
    require_space "${2%/*}" "$(manifest_value snapshot_bytes "$1") / 1024" "'$1'"
    exec_decompress "$BACKUP/$(manifest_value file "$1")" >"$2" &
    await || die "cannot unpack '$1' to '$2'"
    check_sqlite "$2" || fail 5 "'$1' is damaged: $(head -n 3 "$SCRATCH/check")"
    chmod "$(manifest_value mode "$1")" "$2" || die "cannot chmod '$2'"
    owner=$(manifest_value owner "$1")
    [ "$(stat -c %u:%g "$2")" = "$owner" ] || chown "$owner" "$2" 2>/dev/null ||
        log "cannot give '$2' to its owner $owner: not root"
    sync "$2" || die "cannot write '$2' to the disk"
}

# replace_sqlite <name>: the old database stays, under another name. The new one
# is made beside it; between them there is no instant without a database.
replace_sqlite() {
    source=$(manifest_value source "$1")
    live=$(readlink -f -- "$source" || printf '%s\n' "$source")
    aside=$live.before-restore-$(date -u +%Y%m%dT%H%M%SZ)
    [ -d "${live%/*}" ] || make_home "$1" "${live%/*}"
    open_work "${live%/*}/.gen-backup-restore"
    refuse_if_open "$live"
    write_sqlite "$1" "$WORK/new"
    if [ -e "$live" ]; then
        refuse_if_open "$live"
        settle_sqlite "$live"
        ln "$live" "$aside" 2>/dev/null || cp -p -- "$live" "$aside" ||
            die "cannot set '$live' aside"
        log "$1: the old database is now '$aside'"
    fi
    for side in -wal -shm -journal; do
        [ ! -e "$live$side" ] || mv "$live$side" "$aside$side" ||
            die "cannot set '$live$side' aside"
    done
    sync "${live%/*}"
    if ! mv -f "$WORK/new" "$live" || ! is_sqlite_usable "$live"; then
        put_back_sqlite
        die "cannot use '$live' as restored: the old database is back"
    fi
    rm -rf -- "$WORK"
}

# make_home <name> <directory>: on a bare machine. The application must be able
# to write beside its database.
make_home() {
    (umask 022 && mkdir -p "$2") || refuse "cannot make '$2'"
    chown "$(manifest_value owner "$1")" "$2" 2>/dev/null ||
        log "cannot give '$2' to the owner of the database: not root"
}

# refuse_if_open <database>: whoever has it open would go on writing to the old
# file.
refuse_if_open() {
    [ -e "$1" ] || return 0
    user=$(print_user "$1")
    [ -z "$user" ] || refuse "process $user has '$1' open: stop it first"
}

# print_user <file>: the first process that has it open, if any. Compared by
# inode: a container knows it by another name.
print_user() (
    inode=$(stat -L -c %d:%i "$1")
    # Processes come and go, and others' may not be ours to see: no failure.
    find -L /proc/[0-9]*/fd -maxdepth 1 -inum "${inode#*:}" 2>/dev/null |
        while read -r fd; do
            [ "$(stat -L -c %d:%i "$fd" 2>/dev/null)" = "$inode" ] || continue
            pid=${fd#/proc/} pid=${pid%%/*}
            echo "$pid ($(cat "/proc/$pid/comm"))"
            break
        done
)

# settle_sqlite <database>: work its -wal or -journal into it, so that a single
# rename replaces it whole. Finds users of a -wal that /proc does not show.
settle_sqlite() {
    (exec_sqlite rw "$1" 'PRAGMA locking_mode=EXCLUSIVE' 'BEGIN EXCLUSIVE' \
        'COMMIT') >"$SCRATCH/settle" 2>&1 ||
        ! grep -q locked "$SCRATCH/settle" || refuse "'$1' is in use: stop its user"
}

# is_sqlite_usable <database>: opened as an application does.
is_sqlite_usable() {
    (exec_sqlite rw "$1" 'SELECT count(*) FROM sqlite_master;') >/dev/null
}

# put_back_sqlite: undo what replace_sqlite did to $live.
put_back_sqlite() {
    rm -f "$live-wal" "$live-shm" "$live-journal"
    if [ -e "$aside" ]; then mv -f "$aside" "$live"; else rm -f "$live"; fi
    for side in -wal -shm -journal; do
        [ ! -e "$aside$side" ] || mv "$aside$side" "$live$side"
    done
}
