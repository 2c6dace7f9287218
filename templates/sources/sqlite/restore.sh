# What load_saved finds, and keep adds to it.
saved_source='' saved_owner='' saved_mode='' saved_snapshot_bytes=''
saved_live='' saved_new='' saved_work_as=''

# target_sqlite <name>: where a restore puts it.
target_sqlite() { printf '%s\n' "$TO$(print_place)"; }

# print_place: of the database that is loaded. In another directory, not behind a link:
# that may lead to the live one, or anywhere.
print_place() {
    [ -z "$TO" ] || saved_source=${saved_real:-$saved_source}
    printf '%s\n' "$saved_source"
}

paths_sqlite() { printf '%s\n' "$saved_source"; }

# inspect_sqlite <name>: can it be unpacked, and is it as long as it was? A forged one
# may have no end. Some shells count in 32 bits.
inspect_sqlite() {
    # A patch was applied before it was published; the sum of its base is right. #? differential
    [ "${saved_file%.patch}" = "$saved_file" ] || return 0 #? differential
    one_more=$(echo "$saved_snapshot_bytes" | awk '{ printf "%.0f", $1 + 1 }')
    [ "$({ (exec_decompress "$BACKUP/$saved_file") || echo 'torn'; } |
        head -c "$one_more" | wc -c)" = "$saved_snapshot_bytes" ]
}

# ready_sqlite <name>: before anything is changed.
ready_sqlite() {
    has sqlite3 || refuse "sqlite3 is missing here"
    [ -z "$TO" ] || return 0
    choose_live
    [ ! -d "${live%/*}" ] || choose_work_as_of "$1"
    refuse_if_open "$live"
    require_space "$(existing "${live%/*}")" "$saved_snapshot_bytes" "'$live'"
}

# choose_live: live, the file that is replaced.
choose_live() {
    live=$(readlink -f -- "$saved_source" || printf '%s\n' "$saved_source")
}

# unpack_sqlite <name>: to its place below $INTO.
unpack_sqlite() {
    unpacked=$INTO$(print_place)
    refuse_links "${unpacked#"$INTO"/}"
    mkdir -p "${unpacked%/*}"
    unpack_database "$1" "$unpacked"
    chmod "$saved_mode" "$unpacked" || log "cannot chmod '$unpacked'"
    give_back "$unpacked"
    sync "$unpacked" || die "cannot write '$unpacked' to the disk"
}

# unpack_database <name> <file>: where only we write; and check it.
unpack_database() {
    WORK_AS='' SMALL=yes
    case $saved_snapshot_bytes in ???????*) SMALL='' ;; esac
    require_space "${2%/*}" "$saved_snapshot_bytes" "'$2'"
    rm -f -- "$SCRATCH/torn"
    # A forged one may have no end. A tool that failed says nothing of the backup.
    ({ (exec_decompress "$BACKUP/$saved_file") || true >"$SCRATCH/torn"; } |
        head -c "$saved_snapshot_bytes" >"$2") &
    { await $! && [ ! -e "$SCRATCH/torn" ]; } || die "cannot unpack '$1' to '$2'"
    [ -z "$INSTANT" ] || apply_changes "$2" #? follow
    if check_sqlite "$2" >/dev/null; then
        [ ! -s "$SCRATCH/unchecked" ] || log "warning: $1: not all of it could be" \
            "checked: $(print_unchecked)"
        return 0
    fi
    said=$(print_start 'check')
    case $await_status$said in
        0?* | *malformed* | *'not a database'*) fail_damaged "'$1': $said" ;;
    esac
    fail 5 "'$1' is damaged, or cannot be checked: $said"
}

# give_back <path>: to the owner of the database, where only we can change names.
give_back() {
    [ -n "$WORK_AS" ] || [ "$(stat -c %u:%g "$1")" = "$saved_owner" ] ||
        chown -h "$saved_owner" "$1" 2>/dev/null ||
        log "cannot give '$1' to its owner $saved_owner"
}

# prove_sqlite <name> [SQL]: restored into $INTO, is it what was saved? Of rows that
# refer to nothing, those that the SQL picks are told.
prove_sqlite() {
    unpack_sqlite "$1"
    describe_sqlite "$unpacked" "$1" >"$SCRATCH/proof" ||
        fail 5 "'$1' cannot be read: $(print_start 'error')"
    print_manifest | sed -n "/^$1[.]rows=/p; /^$1[.]schema=/p" >"$SCRATCH/saved"
    [ ! -s "$SCRATCH/saved" ] || cmp -s "$SCRATCH/saved" "$SCRATCH/proof" ||
        fail_damaged "'$1' has other rows than were saved"
    exec_sqlite 'rw&immutable=1' "$unpacked" \
        "SELECT rowid FROM pragma_foreign_key_check ${2-}" >"$SCRATCH/check" 2>&1 &
    if ! await $!; then
        grep -qE "foreign key mismatch|$OF_APPLICATION" "$SCRATCH/check" ||
            fail 5 "'$1' cannot be read: $(print_start 'check')"
        log "warning: $1: $(head -n 1 "$SCRATCH/check")"
    elif [ -s "$SCRATCH/check" ]; then
        log "warning: $1: $(grep -c '' "$SCRATCH/check") rows refer to rows that are" \
            "not there, as they did when it was saved"
    fi
    rm -f -- "$unpacked"
}

# prepare_sqlite <name>: unpacked and checked where only we write.
prepare_sqlite() { unpack_database "$1" "$INTO/database"; }

# replace_sqlite <name>: the new one is written beside the old, by whoever may change
# names there. The old one stays, under another name; between them there is no instant
# without a database.
replace_sqlite() {
    choose_live
    choose_work_as_of "$1"
    [ -d "${live%/*}" ] || make_directory_of "$1"
    new=${live%/*}/.gen-backup-restore-${live##*/}
    keep "$1" "live=$live" "new=$new" "work_as=$WORK_AS"
    as_user rm -f -- "$new" # of a restore that was killed
    write_as_user "$new" <"$INTO/database" &
    await $! || die "cannot write '$new'"
    rm -f -- "$INTO/database"
    as_user chmod "$saved_mode" "$new" || die "cannot chmod '$new'"
    give_back "$new"
    as_user sync "$new" || die "cannot write '$new' to the disk"
    set_aside_sqlite "$1"
    as_user sync "${live%/*}" || die "cannot write '${live%/*}' to the disk"
    printf '%s\n' "$live" | tell_bound
    as_user mv -f "$new" "$live" || die "cannot use '$live' as restored"
    # Opened as an application does, or the old one comes back.
    (exec_sqlite rw "$live" 'SELECT count(*) FROM sqlite_master;') >/dev/null ||
        die "cannot use '$live' as restored"
}

# write_as_user <file>: standard input.
# shellcheck disable=SC2016 # for the inner shell
write_as_user() { as_user sh -c 'umask 077 && exec cat >"$1"' sh "$1"; }

# set_aside_sqlite <name>: what lies at $live, with what belongs to it.
set_aside_sqlite() {
    choose_aside "$live"
    if [ -e "$live" ]; then
        refuse_if_open "$live"
        settle_sqlite "$live"
    fi
    keep "$1" "aside=$aside"
    if [ -e "$live" ]; then
        as_user ln "$live" "$aside" 2>/dev/null ||
            as_user cp -p -- "$live" "$aside" || die "cannot set '$live' aside"
        log "$1: the old database is now '$aside'"
    fi
    for side in -wal -shm -journal; do
        [ ! -e "$live$side" ] || as_user mv "$live$side" "$aside$side" ||
            die "cannot set '$live$side' aside"
    done
}

# undo_sqlite <name>: while the new one is not in its place, the old one is there still.
# Status 2: nothing was changed yet.
undo_sqlite() {
    live=$saved_live new=$saved_new WORK_AS=$saved_work_as aside=${saved_aside-}
    if [ -e "$new" ] || [ -z "$aside" ]; then
        as_user rm -f -- "$new" || log "cannot remove '$new'"
        [ -n "$aside" ] || return 2
        for side in -wal -shm -journal; do
            [ ! -e "$aside$side" ] || as_user mv -f "$aside$side" "$live$side" ||
                log "'$live$side' is now '$aside$side'"
        done
        as_user rm -f "$aside"
    else
        refuse_if_open "$live"
        as_user rm -f "$live-wal" "$live-shm" "$live-journal"
        [ -e "$aside" ] || as_user rm -f "$live"
        for side in '' -wal -shm -journal; do
            [ ! -e "$aside$side" ] || as_user mv -f "$aside$side" "$live$side" || {
                log "'$live' cannot be put back: it is in '$aside'"
                return 1
            }
        done
    fi
    log "'$live' was put back"
}

# choose_work_as_of <name>: WORK_AS, for its place. Where others may change names, it
# can only be given to the one who works there.
choose_work_as_of() {
    choose_work_as "$live"
    [ -n "$WORK_AS" ] || return 0
    [ "${saved_owner%:*}" = "${WORK_AS%:*}" ] || refuse "'$1' was user" \
        "${saved_owner%:*}'s, but '$live' is in the hands of user ${WORK_AS%:*}:" \
        "restore with --to, and move it by hand"
    WORK_AS=$saved_owner
}

# make_directory_of <name>: with those above it.
make_directory_of() {
    (umask 022 && as_user mkdir -p "${live%/*}") || refuse "cannot make '${live%/*}'"
    give_back "${live%/*}" # the application writes beside its database
    choose_work_as_of "$1"
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
    said=$(exec_sqlite rw "$1" 'PRAGMA locking_mode=EXCLUSIVE' 'BEGIN EXCLUSIVE' \
        'COMMIT' 2>&1) || case $said in
        *locked*) refuse "'$1' is in use: stop its user" ;;
    esac
}
