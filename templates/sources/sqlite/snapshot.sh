# exec_sqlite <mode> <file> [command...]: as WORK_AS, without ~/.sqliterc, and end at
# the first error. Without commands it reads them. The mode rw never makes a database
# that is missing. Views, CHECKs and other definitions, which others wrote, get no
# function that reaches further; not by -cmd: behind a statement there, sqlite3 3.53
# -bail does nothing, and ends with 0.
exec_sqlite() {
    uri=$(print_uri "$1" "$2") || exit
    shift 2
    if [ "$#" != 0 ]; then
        exec </dev/null
        set -- "$TRUST_NO_SCHEMA" "$@"
    fi
    # shellcheck disable=SC2086 # a word, or none
    exec_as_user sqlite3 -init /dev/null -batch $BAIL "$uri" ${1+"$@"}
}
TRUST_NO_SCHEMA='PRAGMA trusted_schema=OFF;' BAIL=-bail

# print_uri <mode> <file>: as sqlite3 takes it, also between single quotes.
print_uri() {
    case $2 in
        *[%?#\']*)
            quoted_path=$(printf '%s\n' "$2" |
                sed "s/%/%25/g; s/?/%3f/g; s/#/%23/g; s/'/%27/g") || return 1
            ;;
        *) quoted_path=$2 ;;
    esac
    printf 'file:%s?mode=%s\n' "$quoted_path" "$1"
}

# look_at_sqlite <database>: is it one, and may we open it? Sets LIVE, what it really
# is, WORK_AS, what see does, and JOURNAL.
look_at_sqlite() {
    has sqlite3 || refuse "sqlite3 is missing here"
    [ -f "$1" ] || die "the database '$1' is missing"
    [ -s "$1" ] || die "the database '$1' is empty"
    # Who opens a pipe waits for ever. They come and go: one look decides.
    for side in -wal -shm -journal; do
        [ ! -e "$1$side" ] ||
            case $(stat -L -c %F -- "$1$side" 2>/dev/null) in
                '' | r*) ;; # regular
                *) die "'$1$side' is no file" ;;
            esac
    done
    [ -r "$1" ] || refuse "user $USER_ID cannot read the database '$1'"
    LIVE=$(readlink -f -- "$1") || die "the database '$1' has gone"
    choose_work_as "$LIVE"
    see
    case $(exec_as_user od -An -v -tx1 -N20 "$LIVE") in
        *'53 51 4c 69 74 65 20 66 6f 72 6d 61 74 20 33 00'*' 02 02') JOURNAL=wal ;;
        *'53 51 4c 69 74 65 20 66 6f 72 6d 61 74 20 33 00'*' 01 01') JOURNAL=rollback ;;
        '')
            reader=${WORK_AS:-$USER_ID:}
            refuse "user ${reader%:*} cannot read the database '$1', or get to it:" \
                "let all pass the directories above it (chmod o+x)"
            ;;
        *) die "'$1' is not an SQLite database" ;;
    esac
    # Another user's -wal and -shm would lock the application out.
    case $USER_ID in
        0 | "$(stat -c %u "$LIVE")") ;;
        *) refuse "'$1' belongs to another user: run as that one or as root" ;;
    esac
}

# see: SEEN, which file is LIVE, and whose; SIZES, of it and its log; SMALL, below 1 MB:
# what is done at once disturbs nobody.
see() {
    # shellcheck disable=SC2046 # words
    set -- $(stat -c '%d:%i %a %u:%g %s' -- "$LIVE" "${LIVE%/*}" "$LIVE-wal" \
        2>/dev/null)
    SEEN="${1-} ${2-} ${3-} ${5-} ${6-} ${7-}" SIZES="${4-} ${12-0}" SMALL=
    case $SIZES in ???????*' '* | *' '???????*) ;; *) SMALL=yes NICE=no ;; esac
}

# print_kb: of LIVE, with the holes in it, which a copy fills.
print_kb() { echo "$SIZES" | awk '{ printf "%.0f", ($1 + $2) / 1024 }'; }

# backup_sqlite <name> <database>: a checked copy becomes an artifact.
backup_sqlite() {
    begin_snapshot "$1" "$2"
    if [ "$JOURNAL" = rollback ] && can_clone "$1"; then
        clone_sqlite
    else
        refuse_known_stall "$1" "$2"
        hold_sqlite '.backup --async copy'
    fi
    ! was_cut_off || copy_cut_off
    finish_snapshot "$1" "$2" sqlite3
}

# was_cut_off: is its last transaction, by a crash, so that it cannot be read as it
# stands?
was_cut_off() {
    [ "$hold_status" != 0 ] && [ "$JOURNAL" = rollback ] &&
        [ -s "$LIVE-journal" ] && grep -q readonly "$SCRATCH/error"
}

# copy_cut_off: with its journal, which is rolled back in the copy. Not in place: a
# forged journal has whoever rolls it back remove a file it names.
copy_cut_off() {
    journal=$(stat -c '%i %s %y' "$LIVE-journal")
    lend copy-journal
    {
        as_user cat "$LIVE-journal" >"$LENT/copy-journal" &&
            as_user cat "$LIVE" >"$LENT/copy" &&
            refuse_other_journal "$LENT/copy" &&
            [ "$(stat -c '%i %s %y' "$LIVE-journal")" = "$journal" ] &&
            exec_sqlite rw "$LENT/copy" 'PRAGMA locking_mode=EXCLUSIVE' \
                'SELECT count(*) FROM sqlite_master' >/dev/null
    } 2>"$SCRATCH/error" &
    hold_status=0
    await $! || hold_status=$?
    echo 0.0 >"$SCRATCH/held_s"
}

# refuse_other_journal <database>: its journal names one of several databases, or
# anything; at its end.
refuse_other_journal() {
    [ "$(as_user tail -c 8 "$1-journal" 2>/dev/null | od -An -v -tx1 |
        tr -d ' \n')" != d9d505f920a163d7 ] ||
        refuse "'$1-journal' names another file, which SQLite would remove: look at" \
            "it, then start the application, which rolls it back"
}

# can_clone <name>: can its filesystem? Sets CLONE.
can_clone() {
    case $SMALL$1 in yes*+*) return 1 ;; esac   # one of many that were found #? files
    CLONE=${LIVE%/*}/.gen-backup-clone-$PLAN-$1 # one of a killed run makes way
    as_user cp --reflink=always --remove-destination -- "$LIVE" "$CLONE" 2>/dev/null &&
        return 0
    remove_clone
    false
}

# clone_sqlite: writers of a rollback-journal database wait for the clone alone, which
# is copied afterwards.
clone_sqlite() {
    { ln -s "${LIVE%/*}" "$LENT/beside" && ln -s "$LIVE" "$LENT/source"; } ||
        die "cannot write to '$LENT'"
    # Not through a link that somebody else has put there meanwhile.
    hold_sqlite ".shell cp --reflink=always --remove-destination source \
beside/${CLONE##*/}"
    if [ "$hold_status" = 0 ] && [ ! -e "$SCRATCH/cut_off" ]; then
        as_user cat "$CLONE" >"$LENT/copy" 2>"$SCRATCH/error" &
        await $! || die "cannot copy the clone of '$LIVE': $(cat "$SCRATCH/error")"
    fi
    remove_clone
}

remove_clone() {
    [ -z "$CLONE" ] || as_user rm -f -- "$CLONE" || return 1
    CLONE=
}

# begin_snapshot <name> <database> [file...]: look, before the first byte is written.
# Sets artifact and database to these.
begin_snapshot() {
    artifact=$1 database=$2
    shift 2
    progress "$artifact: copying '$database'"
    look_at_sqlite "$database"
    open_lent copy pinned ${1+"$@"}
    database_kb=$(print_kb)
    case $SMALL$artifact in
        yes*+*[1-9]) ;; # of thousands that were found, room for each tenth
        *) require_space "$LENT" "${database_kb}k" "a copy of '$database'" ;;
    esac
    # Not with all above it: a later run may have removed that, as this one was killed.
    [ -d "$WORK/databases" ] || mkdir "$WORK/databases" || die "cannot write to '$WORK'"
    manifest "$artifact.at=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    SNAPSHOT=databases/$artifact.sqlite3
}

# open_lent <file...>: LENT, a directory of ours that WORK_AS may pass, but neither list
# nor change, and these in it. In the local state where he cannot get to the backups, or
# own a file there.
open_lent() {
    CLONE=''
    [ ! -e "$STATE_PATH/lent.$PLAN" ] || rm -rf -- "$STATE_PATH/lent.$PLAN" # leftovers
    AT_END=give_up_snapshot
    for place in "$WORK/.lent" "$STATE_PATH/lent.$PLAN"; do
        LENT=$place # yash keeps the variable of a for to itself
        { { [ ! -e "$LENT" ] || rm -rf -- "$LENT"; } && mkdir "$LENT"; } ||
            die "cannot write to '${LENT%/*}'"
        [ -n "$WORK_AS" ] || { lend "$@" && return 0; }
        above=${LENT%/*}
        case $LENT:$STATE_PATH in
            "$PLAN_PATH"/*) chmod o+x "$LENT" "$above" "$PLAN_PATH" "$BACKUP_PATH" ;;
            *:/var/lib/gen-backup/*) chmod o+x "$LENT" "$above" /var/lib/gen-backup ;;
            *) chmod o+x "$LENT" "$above" ;;
        esac
        ! (lend "$@" && as_user test -w "$LENT/$1") 2>/dev/null || return 0
        rm -rf -- "$LENT"
    done
    refuse "user ${WORK_AS%:*} cannot get to '$WORK', nor to '$STATE_PATH': let all" \
        "pass the directories above one of them (chmod o+x)"
}

# lend <file...>: an empty one in LENT for each, WORK_AS's.
lend() {
    for file; do true >"$LENT/$file" || die "cannot write to '$LENT'"; done
    [ -z "$WORK_AS" ] || (cd "$LENT" && chown -h "$WORK_AS" "$@") ||
        die "cannot give a file in '$LENT' to user ${WORK_AS%:*}"
}

# close_lent: nobody passes a directory with artifacts, or with what is to become some.
close_lent() {
    AT_END=:
    give_up_snapshot || die "cannot chmod '$WORK'"
}

give_up_snapshot() {
    remove_clone
    rm -rf -- "$LENT" 2>/dev/null || : # it goes with all of the backup then
    [ -z "$WORK_AS" ] || chmod o-x "$WORK" 2>/dev/null
}

# hold_sqlite <command...>: sqlite3 commands on the state of one instant. BEGIN pins
# nothing by itself, the SELECT does; without the pin a .backup starts over at each
# commit of others, and never ends. Only read: see copy_cut_off.
hold_sqlite() {
    quiesce #? quiesce
    {
        cd "$LENT"
        NICE=no # the sooner it is done, the better for the writers
        exec_sqlite ro "$LIVE" ".timeout $BUSY_TIMEOUT_MS" 'BEGIN' \
            '.output pinned' 'SELECT count(*) FROM sqlite_master;' '.output' \
            "CREATE TEMP TABLE hold AS SELECT julianday('now') AS since" "$@" \
            "SELECT round((julianday('now') - since) * 86400, 3) FROM hold" 'COMMIT'
    } >"$SCRATCH/held_s" 2>"$SCRATCH/error" &
    snapshot=$!
    watch_hold "$snapshot" &
    watcher=$! hold_status=0
    await "$snapshot" || hold_status=$?
    { kill "$watcher" || :; } 2>/dev/null    # it may have ended by itself
    { wait "$watcher" || :; } 2>/dev/null    # killed by us: no news
    resume || die "the hook 'resume' failed" #? quiesce
}

# watch_hold <pid>: cut the snapshot off when it holds up writers for too long, or
# when the write-ahead log, which must grow, fills the disk.
watch_hold() {
    tenths=0
    while sleep 0.1 && kill -0 "$1" 2>/dev/null; do
        [ -s "$LENT/pinned" ] || continue
        tenths=$((tenths + 1))
        if [ "$JOURNAL" = rollback ]; then
            [ -z "$QUIESCED" ] || continue #? quiesce
            [ "$tenths" -ge "$((MAX_WRITE_STALL_S * 10))" ] || continue
        else
            [ "$((tenths % 10))" = 0 ] || continue
            case $(print_room "${LIVE%/*}" 0)$(print_room "$LENT" 0) in
                *KiB*) ;;
                *) continue ;;
            esac
        fi
        true >"$SCRATCH/cut_off"
        kill "$1"
        return 0
    done
}

# refuse_known_stall <name> <database>: do not try again what was cut off while
# the database is as large, or larger, and the limit the same.
refuse_known_stall() {
    [ -z "$ON_QUIESCE" ] || return 0 #? quiesce
    [ "$JOURNAL" = rollback ] && [ -s "$STATE_PATH/stall.$1" ] || return 0
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
        [ "$JOURNAL" = rollback ] || refuse "the disk of '$2' is filling up, or" \
            "that of its copy"
        (echo "$MAX_WRITE_STALL_S $database_kb" >"$STATE_PATH/stall.$1") ||
            log "cannot write to '$STATE_PATH': the next run will try the same again"
        refuse_known_stall "$1" "$2"
    fi
    [ ! -s "$SCRATCH/error" ] ||
        ! grep -qE 'unknown option: --async|pragma_trusted_schema' "$SCRATCH/error" ||
        refuse "this sqlite3 is too old for a snapshot: it knows no .backup --async"
    [ "$hold_status" = 0 ] || die "cannot copy '$2': $(print_start 'error')"
    [ -s "$LENT/copy" ] || die "cannot copy '$2': sqlite3 wrote nothing"
    # It is its owner and mode that a restore gives the copy.
    seen=$SEEN
    see
    [ "$SEEN" = "$seen" ] ||
        die "'$2' is not the file that it was, or another's, since its copy began"
    held_s=$(tail -c 99 "$SCRATCH/held_s" | tail -n 1)
    # The owner can make his sqlite3 say anything.
    case $held_s in '' | *[!0-9.]*) held_s=0 ;; esac
    progress "$1: checking, and compressing"
    copy=$LENT/copy
    # What nobody else can write to is the artifact itself. #? uncompressed
    if [ -z "$SUFFIX$WORK_AS" ]; then                            #? uncompressed
        copy=$WORK/$SNAPSHOT                                     #? uncompressed
        mv "$LENT/copy" "$copy" || die "cannot write to '$WORK'" #? uncompressed
    fi                                                           #? uncompressed
    beside check_sqlite "$copy" "$1" >>"$SCRATCH/manifest"
    compress_snapshot "$copy"
    await_helpers || case $(print_start 'check') in
        '' | "ok$NEWLINE$TRUST_NO_SCHEMA"*) die "cannot read the copy of '$2', or" \
            "write it to the disk: $(print_start 'error')" ;;
        *) die "the database '$2' is damaged: $(print_start 'check')" ;;
    esac
    tell_division "$1" #? differential
    sizes=$(stat -c %s -- "$copy" "$WORK/$kept") || die "cannot read '$WORK/$kept'"
    close_lent
    [ ! -s "$SCRATCH/unchecked" ] || warn "$1: not all of it could be checked:" \
        "$(print_unchecked)"
    add_artifact "$1" "$3" "$kept" "${sizes#*"$NEWLINE"}"
    if [ "$LIVE" != "$2" ]; then
        real=$(readlink -f -- "${2%/*}") || die "the database '$2' has gone"
        [ "$real" = "${2%/*}" ] || manifest "$1.real=$real/${2##*/}"
    fi
    snapshot_bytes=${sizes%"$NEWLINE"*}
    # shellcheck disable=SC2086 # three words
    set -- "$1" "$2" $SEEN
    manifest "$1.source=$2" "$1.owner=$5" "$1.mode=$4" \
        "$1.snapshot_bytes=$snapshot_bytes" "$1.held_s=$held_s"
    log "$1: $snapshot_bytes bytes copied in $held_s s, checked and kept as $BYTES" \
        'bytes'
}

# print_start <error|check>: of what a tool said, or a check.
print_start() { head -c 999 "$SCRATCH/$1" | head -n 3; }

# print_unchecked: what was missing, as its application has it.
print_unchecked() {
    grep -oE "($OF_APPLICATION).*" "$SCRATCH/unchecked" | sort -u | head -n 9 |
        paste -s -d ';' -
}

# check_sqlite <file> [name]: of a copy that nobody has open; and describe it.
check_sqlite() {
    check=integrity_check
    case $VERIFY$SMALL in
        quick*) check=quick_check ;;
        auto) [ -z "$(find "$1" -size +2097152k)" ] || check=quick_check ;;
    esac
    true >"$SCRATCH/unchecked"
    describe_sqlite "$1" "${2-}" "$check" && return 0
    grep -qsE "$OF_APPLICATION" "$SCRATCH/check" && check_tables "$1" &&
        describe_sqlite "$1" "${2-}"
}

# What an index, a CHECK, a generated column or a full-text table may need, and only the
# application has: no damage.
OF_APPLICATION='no such (collation|function|module|tokenizer)|unknown (func|token)'

# check_tables <file>: each alone. Leaves what sqlite3 says of those that it cannot
# check.
check_tables() {
    { echo "$TRUST_NO_SCHEMA" && exec_sqlite 'rw&immutable=1' "$1" "
        SELECT printf('PRAGMA $check(%Q);', name) FROM sqlite_master
        WHERE type = 'table' AND sql LIKE 'CREATE TABLE %';"; } \
        >"$SCRATCH/check.sql" &
    await $! || return 1
    {
        BAIL='' # the next may be one that it can
        exec_sqlite 'rw&immutable=1' "$1" <"$SCRATCH/check.sql"
    } >"$SCRATCH/check" 2>"$SCRATCH/unchecked" &
    await $! || : # it says which
    known=$(grep -cx ok "$SCRATCH/check") || :
    unknown=$(grep -cE "$OF_APPLICATION" "$SCRATCH/unchecked") || :
    [ "$((known + unknown))" = "$(grep -c '^PRAGMA .*_check' "$SCRATCH/check.sql")" ]
}

# describe_sqlite <file> <name> [check]: manifest lines of what a restore must bring
# back: the rows of each table, and a digest of the schema. With a check, if that says
# ok: sqlite3 ends with 0 for a damaged one too, and a forged tree of pages may have no
# end. Without a name the check is all. What is immutable is only read: else a CHECK of
# a forged database would be run, with all that sqlite3 can do. %q and %w end at a NUL
# in a name, and so leave no quote open.
describe_sqlite() {
    verdict="'ok'" sound="FROM verdict WHERE said = 'ok'"
    [ -z "${3-}" ] || verdict="group_concat($3, char(10)) FROM pragma_$3"
    exec_sqlite 'rw&immutable=1' "$1" 'CREATE TEMP TABLE verdict (said)' \
        "INSERT INTO verdict SELECT $verdict" 'SELECT said FROM verdict' \
        "SELECT '$TRUST_NO_SCHEMA' $sound" "
        SELECT printf('SELECT ''rows='' || count(*) || '' %q'' FROM \"%w\";',
            substr(replace(name, char(10), '?'), 1, 300), name)
        FROM (SELECT 1 $sound), sqlite_master
        WHERE type = 'table' AND sql LIKE 'CREATE TABLE %' ORDER BY name" "
        SELECT 'SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY 1, 2;'
        $sound" >"$SCRATCH/check" 2>"$SCRATCH/error" &
    # shellcheck disable=SC2162 # for posh, see has; it is 'ok'
    { await $! && read said <"$SCRATCH/check" && [ "$said" = ok ]; } || {
        cat "$SCRATCH/error" >>"$SCRATCH/check"
        return 1
    }
    [ -n "$2" ] || return 0
    # shellcheck disable=SC2162 # see above
    (read said && exec_sqlite 'rw&immutable=1' "$1") <"$SCRATCH/check" \
        >"$SCRATCH/rows" 2>"$SCRATCH/error" &
    { await $! && true >"$SCRATCH/schema.sql"; } || return 1
    (cd "$SCRATCH" && exec awk -v name="$2." '
        !is_schema && /^rows=/ { print name $0; next }
        { is_schema = 1; print >"schema.sql" }' rows) || return 1
    schema=$(sha256sum <"$SCRATCH/schema.sql") || return 1
    printf '%s.schema=%s\n' "$2" "${schema%% *}"
}

# compress_snapshot <file>: and prove that it reads back, byte for byte. What its
# owner may still write to is no artifact, but copied.
compress_snapshot() {
    ! divide_snapshot "$1" || return 0 #? differential
    kept=$SNAPSHOT$SUFFIX
    if [ "$1" = "$WORK/$kept" ]; then #? uncompressed
        begin_sum "$kept"             #? uncompressed
        return 0                      #? uncompressed
    fi                                #? uncompressed
    exec_compress <"$1" >"$WORK/$kept" &
    await $! || die "cannot compress '$1'"
    begin_sum "$kept"
    (exec_decompress "$WORK/$kept" | cmp -s - "$1") &
    await $! || die "'$WORK/$kept' does not read back as it was written"
}
