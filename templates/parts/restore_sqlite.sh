# target_sqlite <name>: where a restore puts it.
target_sqlite() { printf '%s\n' "$TO$(print_place "$1")"; }

# print_place <name>: of a database. In another directory, not behind a link: that may
# lead to the live one, or anywhere.
print_place() {
    place=$(manifest_value real "$1")
    [ -n "$TO" ] && [ -n "$place" ] || place=$(manifest_value source "$1")
    printf '%s\n' "$place"
}

paths_sqlite() { manifest_value source "$1"; }

# inspect_sqlite <name>: can it be unpacked?
inspect_sqlite() {
    (exec_decompress "$BACKUP/$(manifest_value file "$1")") >/dev/null
}

# ready_sqlite <name>: before anything is changed.
ready_sqlite() {
    has sqlite3 || refuse "sqlite3 is missing here"
    [ -z "$TO" ] || return 0
    choose_live "$1"
    refuse_if_open "$live"
    require_space "$(existing "${live%/*}")" "$(manifest_value snapshot_bytes "$1")" \
        "'$live'"
}

# unpack_sqlite <name>: to its place below $INTO.
unpack_sqlite() {
    OWNER= # all is ours there
    unpacked=$INTO$(print_place "$1")
    refuse_links "${unpacked#"$INTO"/}"
    mkdir -p "${unpacked%/*}"
    write_sqlite "$1" "$unpacked"
}

# write_sqlite <name> <file>: unpack, check, and give it its owner and mode.
write_sqlite() {
    require_space "${2%/*}" "$(manifest_value snapshot_bytes "$1")" "'$2'"
    (stage 1 exec_decompress "$BACKUP/$(manifest_value file "$1")" |
        stage 2 write_as_owner "$2") &
    { await $! && stages_ended_well 1 2; } || die "cannot unpack '$1' to '$2'"
    check_sqlite "$2" || fail 5 "'$1' is damaged, or cannot be checked:" \
        "$(head -c 999 "$SCRATCH/check" | head -n 3)"
    as_owner chmod "$(manifest_value mode "$1")" "$2" || die "cannot chmod '$2'"
    give_back "$1" "$2"
    as_owner sync "$2" || die "cannot write '$2' to the disk"
}

# write_as_owner <file>: standard input.
# shellcheck disable=SC2016 # for the inner shell
write_as_owner() { as_owner sh -c 'umask 077 && exec cat >"$1"' sh "$1"; }

# give_back <name> <path>: to the owner of the database, where only we can change names.
give_back() {
    owner=$(manifest_value owner "$1")
    [ -n "$OWNER" ] || [ "$(stat -c %u:%g "$2")" = "$owner" ] ||
        chown -h "$owner" "$2" 2>/dev/null ||
        log "cannot give '$2' to its owner $owner"
}

# prove_sqlite <name> [SQL]: restored into $INTO, is it what was saved? Of rows that
# refer to nothing, those that the SQL picks are told.
prove_sqlite() {
    unpack_sqlite "$1"
    describe_sqlite "$unpacked" "$1" >"$SCRATCH/proof" ||
        fail 5 "'$1' cannot be read: $(head -n 3 "$SCRATCH/error")"
    sed -n "/^$1[.]rows=/p; /^$1[.]schema=/p" "$BACKUP/MANIFEST" >"$SCRATCH/saved"
    [ ! -s "$SCRATCH/saved" ] || cmp -s "$SCRATCH/saved" "$SCRATCH/proof" ||
        fail 5 "'$1' has other rows than were saved"
    exec_sqlite 'rw&immutable=1' "$unpacked" \
        "SELECT rowid FROM pragma_foreign_key_check ${2-}" >"$SCRATCH/check" 2>&1 &
    if ! await $!; then
        grep -q 'foreign key mismatch' "$SCRATCH/check" ||
            fail 5 "'$1' cannot be read: $(head -n 3 "$SCRATCH/check")"
        log "warning: $1: $(head -n 1 "$SCRATCH/check")"
    elif [ -s "$SCRATCH/check" ]; then
        log "warning: $1: $(grep -c '' "$SCRATCH/check") rows refer to rows that are" \
            "not there, as they did when it was saved"
    fi
    rm -f -- "$unpacked"
}

# choose_aside <database>: aside, a name for what is there now that nothing has.
choose_aside() {
    aside=$1.before-restore-$(date -u +%Y%m%dT%H%M%SZ)
    while [ -e "$aside" ] || [ -e "$aside-wal" ] || [ -e "$aside-journal" ]; do
        sleep 1
        aside=$1.before-restore-$(date -u +%Y%m%dT%H%M%SZ)
    done
}

# choose_live <name>: live, the file that is replaced.
choose_live() {
    source=$(manifest_value source "$1")
    live=$(readlink -f -- "$source" || printf '%s\n' "$source")
}

# prepare_sqlite <name>: made and checked beside the old one, by whoever may change
# names there. Sets new.
prepare_sqlite() {
    choose_live "$1"
    open_work "$STATE_PATH/.restore-$1"
    choose_owner_of "$1"
    [ -d "${live%/*}" ] || make_directory_of "$1" # a bare machine
    new=${live%/*}/.gen-backup-restore-${live##*/}
    as_owner rm -f -- "$new" # of a restore that was killed
    printf '%s\n' "$OWNER" "$new" >"$SCRATCH/new" || die "cannot write to '$WORK'"
    AT_END=drop_sqlite
    write_sqlite "$1" "$new"
    AT_END=: # see undo_restore
}

# choose_prepared: OWNER and new, as they were when it was prepared.
choose_prepared() {
    OWNER=$(sed -n 1p "$SCRATCH/new") && new=$(sed -n 2p "$SCRATCH/new")
}

drop_sqlite() { choose_prepared && as_owner rm -f -- "$new"; }

# replace_sqlite <name>: the old database stays, under another name; between them
# there is no instant without a database.
replace_sqlite() {
    choose_live "$1"
    choose_prepared || die "cannot read '$SCRATCH/new'"
    choose_aside "$live"
    printf '%s\n' "$aside" >"$SCRATCH/set_aside" || die "cannot write to '$WORK'"
    if [ -e "$live" ]; then
        refuse_if_open "$live"
        settle_sqlite "$live"
    fi
    AT_END=end_half_replaced
    if [ -e "$live" ]; then
        as_owner ln "$live" "$aside" 2>/dev/null ||
            as_owner cp -p -- "$live" "$aside" || die "cannot set '$live' aside"
        log "$1: the old database is now '$aside'"
    fi
    for side in -wal -shm -journal; do
        [ ! -e "$live$side" ] || as_owner mv "$live$side" "$aside$side" ||
            die "cannot set '$live$side' aside"
    done
    as_owner sync "${live%/*}" || die "cannot write '${live%/*}' to the disk"
    # Opened as an application does, or the old one comes back.
    look='SELECT count(*) FROM sqlite_master;'
    if ! as_owner mv -f "$new" "$live" ||
        ! (exec_sqlite rw "$live" "$look") >/dev/null; then
        AT_END=:
        put_sqlite_back || die "cannot use '$live' as restored, nor put back what was" \
            "there: that is '$aside'"
        die "cannot use '$live' as restored: all is as it was"
    fi
}

# end_half_replaced: by a signal or a failure. While the new one is not in its place,
# the old one is there still.
end_half_replaced() {
    AT_END=:
    if [ -e "$new" ]; then
        for side in -wal -shm -journal; do
            [ ! -e "$aside$side" ] || as_owner mv -f "$aside$side" "$live$side" ||
                log "'$live$side' is now '$aside$side'"
        done
        as_owner rm -f "$aside"
    elif ! put_sqlite_back; then
        log "'$live' is not as it was: that is '$aside'"
        return
    fi
    log "'$live' is as it was"
}

put_sqlite_back() {
    as_owner rm -f "$live-wal" "$live-shm" "$live-journal" || : # told by who calls
    [ -e "$aside" ] || as_owner rm -f "$live"
    for side in '' -wal -shm -journal; do
        [ ! -e "$aside$side" ] || as_owner mv -f "$aside$side" "$live$side" || return
    done
}

# undo_sqlite <name>: when another artifact failed.
undo_sqlite() {
    choose_live "$1"
    choose_prepared || return
    aside=$(cat "$SCRATCH/set_aside") || return
    refuse_if_open "$live"
    put_sqlite_back
}

# choose_owner_of <name>: OWNER, for its place. Where others may change names, it can
# only be given to the one who works there.
choose_owner_of() {
    choose_owner "$live"
    [ -n "$OWNER" ] || return 0
    owner=$(manifest_value owner "$1")
    [ "${owner%:*}" = "${OWNER%:*}" ] || refuse "'$1' was user ${owner%:*}'s, but" \
        "'$live' is in the hands of user ${OWNER%:*}: restore with --to, and move it" \
        "by hand"
    OWNER=$owner
}

# make_directory_of <name>: with those above it, which are nothing to set aside.
make_directory_of() {
    at=${live%/*}
    until [ -d "$at/" ]; do
        MADE=$MADE.$at$NEWLINE
        at=${at%/*}
    done
    (umask 022 && as_owner mkdir -p "${live%/*}") || refuse "cannot make '${live%/*}'"
    give_back "$1" "${live%/*}" # the application writes beside its database
    choose_owner_of "$1"
}

# refuse_if_open <database>: whoever has it open would go on writing to the old
# file. Compared by inode: a container knows it by another name.
refuse_if_open() {
    [ -e "$1" ] || return 0
    inode=$(stat -L -c %d:%i "$1")
    # Processes come and go, and others' may not be ours to see: no failure.
    user=$(find -L /proc/[0-9]*/fd -maxdepth 1 -inum "${inode#*:}" \
        -exec stat -L -c '%d:%i %n' {} + 2>/dev/null |
        sed -n "s|^$inode /proc/\([0-9]*\)/.*|\1|p" | head -n 1)
    [ -z "$user" ] || refuse "process $user ($(cat "/proc/$user/comm")) has" \
        "'$1' open: stop it first"
}

# settle_sqlite <database>: work its -wal or -journal into it, so that a single
# rename replaces it whole. Finds users of a -wal that /proc does not show.
settle_sqlite() {
    refuse_other_journal "$1"
    (exec_sqlite rw "$1" 'PRAGMA locking_mode=EXCLUSIVE' 'BEGIN EXCLUSIVE' \
        'COMMIT') >"$SCRATCH/settle" 2>&1 ||
        ! grep -q locked "$SCRATCH/settle" || refuse "'$1' is in use: stop its user"
}
