# exec_sqlite <mode> <file> <command...>: no ~/.sqliterc, and end at the first
# error. The mode rw never makes a database that is missing. Views, CHECKs and
# other definitions, which others wrote, get no function that reaches further.
exec_sqlite() {
    uri=$(print_uri "$1" "$2") || exit
    shift 2
    exec_gently sqlite3 -init /dev/null -batch -bail "$uri" \
        'PRAGMA trusted_schema=OFF' "$@" </dev/null
}

# print_uri <mode> <file>: as sqlite3 takes it, also between single quotes.
print_uri() {
    quoted_path=$(printf '%s\n' "$2" | sed "s/%/%25/g; s/?/%3f/g; s/#/%23/g; s/'/%27/g") ||
        return
    printf 'file:%s?mode=%s\n' "$quoted_path" "$1"
}

# look_at_sqlite <database>: is it one, and may we open it? Sets JOURNAL.
look_at_sqlite() {
    has sqlite3 || refuse "sqlite3 is missing here"
    [ -f "$1" ] || die "the database '$1' is missing"
    [ -s "$1" ] || die "the database '$1' is empty"
    [ -r "$1" ] || refuse "user $(id -u) cannot read the database '$1'"
    case $(od -An -v -tx1 -N20 "$1" | tr -d ' \n') in
        53514c69746520666f726d6174203300????0202) JOURNAL=wal ;;
        53514c69746520666f726d6174203300????0101) JOURNAL=rollback ;;
        *) die "'$1' is not an SQLite database" ;;
    esac
    # Another user's -wal and -shm would lock the application out.
    case $(id -u) in
        0 | "$(stat -L -c %u "$1")") ;;
        *) refuse "'$1' belongs to another user: run as that one or as root" ;;
    esac
}

# backup_sqlite <name> <database>: a checked copy becomes an artifact.
backup_sqlite() {
    begin_snapshot "$1" "$2"
    if [ "$JOURNAL" = rollback ] && can_clone "$2"; then
        clone_sqlite "$1" "$2"
    else
        refuse_known_stall "$1" "$2"
        hold_sqlite "$2" ".backup --async $SNAPSHOT"
    fi
    ! was_cut_off "$2" || copy_cut_off "$2"
    finish_snapshot "$1" "$2" sqlite3
}

# was_cut_off <database>: is its last transaction, by a crash, so that it cannot be
# read as it stands?
was_cut_off() {
    [ "$hold_status" != 0 ] && [ "$JOURNAL" = rollback ] &&
        [ -s "$(readlink -f -- "$1")-journal" ] && grep -q readonly "$SCRATCH/error"
}

# copy_cut_off <database>: with its journal, which is rolled back in the copy. Not in
# place: a forged journal has whoever rolls it back, so root, remove a file it names.
copy_cut_off() {
    live=$(readlink -f -- "$1")
    journal=$(stat -c '%i %s %y' "$live-journal")
    {
        cp -- "$live-journal" "$WORK/$SNAPSHOT-journal" &&
            cp -- "$live" "$WORK/$SNAPSHOT" &&
            refuse_other_journal "$WORK/$SNAPSHOT" &&
            [ "$(stat -c '%i %s %y' "$live-journal")" = "$journal" ] &&
            exec_sqlite rw "$WORK/$SNAPSHOT" 'SELECT count(*) FROM sqlite_master' \
                >/dev/null
    } 2>"$SCRATCH/error" &
    hold_status=0
    await $! || hold_status=$?
    rm -f -- "$WORK/$SNAPSHOT-journal"
    echo 0.0 >"$SCRATCH/held_s"
}

# refuse_other_journal <database>: its journal names one of several databases, or
# anything; at its end.
refuse_other_journal() {
    [ "$(tail -c 8 "$1-journal" 2>/dev/null | od -An -v -tx1 | tr -d ' \n')" != \
        d9d505f920a163d7 ] ||
        refuse "'$1-journal' names another file, which SQLite would remove: look at" \
            "it; its application rolls it back"
}

# can_clone <database>: can its filesystem? Tried beside it, in a directory of ours that
# is looked at from inside: the owner of the place could have put links there.
can_clone() {
    beside=$(readlink -f -- "$1")
    beside=${beside%/*}/.gen-backup-probe-$PLAN
    clones=no
    rm -rf -- "$beside"
    (mkdir "$beside" && cd -P "$beside" && [ "$(pwd -P)" = "$beside" ] &&
        [ "$(stat -c %u .)" = "$(id -u)" ] && echo probe >one &&
        cp --reflink=always one two) && clones=yes
    rm -rf -- "$beside"
    [ "$clones" = yes ]
} 2>/dev/null

# clone_sqlite <name> <database>: writers of a rollback-journal database wait for the
# clone alone, which is copied afterwards.
clone_sqlite() {
    CLONE=$(readlink -f -- "$2")
    beside=${CLONE%/*} CLONE=${CLONE%/*}/.gen-backup-clone-$PLAN-$1
    rm -f -- "$CLONE" # of a run that was killed
    AT_END=remove_clone
    { ln -s "$beside" "$SCRATCH/beside" && ln -s "$2" "$SCRATCH/source"; } ||
        die "cannot write to '$WORK'"
    # Not through a link that somebody else has put there meanwhile.
    hold_sqlite "$2" ".shell cp --reflink=always --remove-destination \
.scratch/source .scratch/beside/${CLONE##*/}"
    rm "$SCRATCH/beside" "$SCRATCH/source"
    if [ "$hold_status" = 0 ] && [ ! -e "$SCRATCH/cut_off" ]; then
        cp -- "$CLONE" "$WORK/$SNAPSHOT" &
        await $! || die "cannot copy the clone of '$2': $(cat "$SCRATCH/error")"
    fi
    remove_clone
}

remove_clone() {
    rm -f -- "$CLONE"
    AT_END=:
}

# begin_snapshot <name> <database>: look, before the first byte is written.
begin_snapshot() {
    progress "$1: copying '$2'"
    look_at_sqlite "$2"
    remove_work_beside "$(readlink -f -- "${2%/*}")"
    database_kb=$(du -Lk "$2" | cut -f 1)
    require_space "$WORK" "${database_kb}k" "a copy of '$2'"
    open_databases
    manifest "$1.at=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    SNAPSHOT=databases/$1.sqlite3
}

# hold_sqlite <database> <command...>: sqlite3 commands on the state of one
# instant. BEGIN pins nothing by itself, the SELECT does; without the pin a
# .backup starts over at each commit of others, and never ends. Only read: see
# copy_cut_off.
hold_sqlite() {
    held=$1
    shift
    rm -f "$SCRATCH/pinned"
    quiesce
    {
        cd "$WORK"
        NICE=no # the sooner it is done, the better for the writers
        exec_sqlite ro "$held" ".timeout $BUSY_TIMEOUT_MS" 'BEGIN' \
            '.output .scratch/pinned' 'SELECT count(*) FROM sqlite_master;' '.output' \
            "CREATE TEMP TABLE hold AS SELECT julianday('now') AS since" "$@" \
            "SELECT round((julianday('now') - since) * 86400, 3) FROM hold" 'COMMIT'
    } >"$SCRATCH/held_s" 2>"$SCRATCH/error" &
    snapshot=$!
    CHILD=$snapshot
    watch_hold "$snapshot" "$held" &
    WATCHER=$!
    hold_status=0
    await "$snapshot" || hold_status=$?
    kill "$WATCHER" 2>/dev/null || : # it may have ended by itself
    wait "$WATCHER" 2>/dev/null || : # killed by us: no news
    WATCHER=
    resume || die "the hook 'resume' failed"
}

# watch_hold <pid> <database>: cut the snapshot off when it holds up writers
# for too long, or when the write-ahead log, which must grow, fills the disk.
watch_hold() {
    tenths=0
    while sleep 0.1 && kill -0 "$1" 2>/dev/null; do
        [ -s "$SCRATCH/pinned" ] || continue
        tenths=$((tenths + 1))
        if [ "$JOURNAL" = rollback ]; then
            [ -z "$QUIESCED" ] || continue # nobody waits
            [ "$tenths" -ge "$((MAX_WRITE_STALL_S * 10))" ] || continue
        else
            [ "$((tenths % 10))" = 0 ] || continue
            case $(print_room "${2%/*}" 0) in enough | '') continue ;; esac
        fi
        true >"$SCRATCH/cut_off"
        kill "$1"
        return
    done
}

# refuse_known_stall <name> <database>: do not try again what was cut off while
# the database is as large, or larger, and the limit the same.
refuse_known_stall() {
    [ "$JOURNAL$ON_QUIESCE" = rollback ] && [ -s "$STATE_PATH/stall.$1" ] || return 0
    awk -v s="$MAX_WRITE_STALL_S" -v kb="$database_kb" \
        '{ exit s <= $1 && kb >= $2 }' "$STATE_PATH/stall.$1" ||
        refuse "copying '$2' holds up its writers for over $MAX_WRITE_STALL_S s:" \
            "switch it to a write-ahead log (sqlite3 '$2' 'PRAGMA" \
            "journal_mode=wal'), make them pause with the hooks quiesce and resume," \
            "or declare it with a larger max_write_stall"
}

# finish_snapshot <name> <database> <kind>: check, compress, describe.
finish_snapshot() {
    if [ -e "$SCRATCH/cut_off" ]; then
        [ "$JOURNAL" = rollback ] || refuse "the disk of '$2' is filling up"
        (echo "$MAX_WRITE_STALL_S $database_kb" >"$STATE_PATH/stall.$1") ||
            log "cannot write to '$STATE_PATH': the next run will try the same again"
        refuse_known_stall "$1" "$2"
    fi
    ! grep -qsE 'unknown option: --async|pragma_trusted_schema' "$SCRATCH/error" ||
        refuse "this sqlite3 is too old for a snapshot: it knows no .backup --async"
    [ "$hold_status" = 0 ] ||
        die "cannot copy '$2': $(head -n 3 "$SCRATCH/error")"
    # Now: by the end, another database may be there.
    {
        owner=$(stat -L -c %u:%g "$2") && mode=$(stat -L -c %a "$2") &&
            real=$(readlink -f -- "${2%/*}")
    } || die "the database '$2' has gone"
    progress "$1: checking, and compressing"
    kept_s=$(date +%s)
    snapshot_bytes=$(stat -c %s "$WORK/$SNAPSHOT")
    beside check_sqlite "$WORK/$SNAPSHOT"
    beside write_description "$WORK/$SNAPSHOT" "$1"
    compress_snapshot "$WORK/$SNAPSHOT"
    await_helpers || case $(head -n 3 "$SCRATCH/check") in
        '' | ok) die "cannot read the copy of '$2', or write it to the disk:" \
            "$(head -n 3 "$SCRATCH/error")" ;;
        *) die "the database '$2' is damaged: $(head -n 3 "$SCRATCH/check")" ;;
    esac
    [ -z "$SUFFIX" ] || rm "$WORK/$SNAPSHOT"
    cat "$SCRATCH/description" >>"$SCRATCH/manifest" || die "cannot write to '$WORK'"
    add_artifact "$1" "$3" "$SNAPSHOT$SUFFIX"
    [ "$real" = "${2%/*}" ] || manifest "$1.real=$real/${2##*/}"
    manifest "$1.source=$2" "$1.owner=$owner" "$1.mode=$mode" \
        "$1.snapshot_bytes=$snapshot_bytes" \
        "$1.held_s=$(cat "$SCRATCH/held_s")"
    log "$1: $snapshot_bytes bytes copied in $(cat "$SCRATCH/held_s") s, checked and" \
        "kept as $BYTES in $(seconds_since "$kept_s") s"
}

# write_description <file> <name>: a redirection that fails ends who makes it.
write_description() { describe_sqlite "$1" "$2" >"$SCRATCH/description"; }

# check_sqlite <file>: of a copy that nobody has open. sqlite3 ends with 0 for a
# damaged one too: only the word counts. What is immutable is only read: else a CHECK
# of a forged database would be run, with all that sqlite3 can do.
check_sqlite() {
    check=integrity_check
    case $VERIFY in
        quick) check=quick_check ;;
        auto) [ -z "$(find "$1" -size +2097152k)" ] || check=quick_check ;;
    esac
    exec_sqlite 'rw&immutable=1' "$1" "PRAGMA $check" >"$SCRATCH/check" 2>&1 &
    await $! && [ "$(cat "$SCRATCH/check")" = ok ]
}

# describe_sqlite <file> <name>: manifest lines of what a restore must bring back:
# the rows of each table, and a digest of the schema.
describe_sqlite() {
    {
        cd "$SCRATCH"
        exec_sqlite 'rw&immutable=1' "$1" '.output count.sql' "
            SELECT 'SELECT ''rows='' || count(*) || '' '
                || replace(replace(name, '''', ''''''), char(10), '?')
                || ''' FROM \"' || replace(name, '\"', '\"\"') || '\";'
            FROM sqlite_master
            WHERE type = 'table' AND sql LIKE 'CREATE TABLE %' ORDER BY name;" \
            '.output' '.read count.sql' '.output schema.sql' \
            'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2;'
    } >"$SCRATCH/rows" 2>"$SCRATCH/error" &
    await $! || return
    schema=$(sha256sum <"$SCRATCH/schema.sql") || return
    printf 'schema=%s\n' "${schema%% *}" >>"$SCRATCH/rows"
    sed "s/^/$2./" "$SCRATCH/rows"
}

# compress_snapshot <file>: and prove that it reads back, byte for byte.
compress_snapshot() {
    [ -n "$SUFFIX" ] || { begin_sum "$SNAPSHOT" && return; }
    exec_compress <"$1" >"$1$SUFFIX" &
    await $! || die "cannot compress '$1'"
    begin_sum "$SNAPSHOT$SUFFIX"
    (exec_decompress "$1$SUFFIX" | cmp -s - "$1") &
    await $! || die "'$1$SUFFIX' does not read back as it was written"
}
