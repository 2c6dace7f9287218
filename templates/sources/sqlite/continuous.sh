# The changes of a continuous plan are in <plan>/changes/<UTC start>/, a chain: files
# 000001.wal and so on, the database's write-ahead log, each from the first byte on, and
# only what is committed. Finished ones are compressed, and have a sum. 000001.index has
# a line for what is on the disk: time, file, bytes, how many looks; 'until' the last.
CAUSE=          # why what was followed is no more, or why a chain begins
ROTATE_KB=16384 # a log that is longer costs each commit
SAID='' COMPRESSING=''

# follow <plan>: keep the archive, until a signal. Ends at once where another one does.
follow() {
    use_followed "$1"
    ! is_aside || exit 0
    NICE=no # who follows must not be late
    FOLLOW=$STATE_PATH/follow.$PLAN
    open_lock_file ".+follow.$PLAN"
    exec 9<"$STATE_PATH/lock.+follow.$PLAN" || : # see release_lock
    flock -n 9 9<&9 || {
        let_go_of_hung
        exit 0
    }
    (echo "$SHELL_PID since $(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        >"$STATE_PATH/lock.+follow.$PLAN") 2>/dev/null || : # by which it is found
    mkdir -p "$FOLLOW" || refuse "cannot write to '$STATE_PATH'"
    measure_log
    REASON=$FOLLOW/why
    open_destination
    CHANGES=$PLAN_PATH/changes
    AT_END=close_readers
    mkdir -p "$CHANGES" || refuse "cannot make '$CHANGES'"
    while :; do
        why=$(cat "$REASON" 2>/dev/null || printf '%s\n' "$CAUSE")
        CAUSE='' NOTED_S=0 BASED='' ASKED_S=0 SEEN_BEFORE=''
        if open_readers && { go_on || begin_chain; }; then
            rm -f "$REASON"
            while follow_on; do rest; done
        fi
        close_readers
        if [ -n "$ARCHIVE_TROUBLE" ]; then
            discard "$CHAIN" || : # without a line it is none
            die "cannot begin to archive: $ARCHIVE_TROUBLE"
        fi
        log "what was followed is no more: $CAUSE"
        [ -s "$REASON" ] || print_bounded "$CAUSE" >"$REASON" || : # for the next one
        rest
        measure_log
    done
}

# use_followed <plan>
use_followed() {
    use_plan "$1"
    [ -n "$FOLLOWED" ] || fail 2 "'$PLAN' is no continuous plan"
}

# print_named <pid>: with the time of its start, which tells it from all others. Read
# from behind the last ')': the name before that may be anything.
print_named() {
    echo "$1:$(sed -n 's/.*) //p' "/proc/$1/stat" 2>/dev/null | tail -n 1 |
        cut -d ' ' -f 20)"
}

# is_aside: has a person paused it, or is a restore in place at work?
is_aside() {
    until_s=$(cat "$STATE_PATH/paused.$PLAN" 2>/dev/null || :)
    case $until_s in
        '') ;;
        *[!0-9]*) return 0 ;; # until resume
        *) [ "$(date +%s)" -ge "$until_s" ] || return 0 ;;
    esac
    restorer=$(cat "$STATE_PATH/aside.$PLAN" 2>/dev/null || :)
    [ -n "$restorer" ] && [ "$restorer" = "$(print_named "${restorer%%:*}")" ]
}

# is_follower <plan> <pid>
is_follower() {
    tr '\0' ' ' <"/proc/$2/cmdline" 2>/dev/null | grep -q " follow $1 \$"
}

# measure_log: FRAME, bytes of a page and its head in the log; MOST, how many frames
# there may be.
measure_log() {
    [ "$((2147483647 + 1))" -gt 0 ] ||
        refuse 'this shell counts in 32 bits: follow with dash, bash or busybox sh'
    look_at_sqlite "$FOLLOWED"
    require_wal
    # shellcheck disable=SC2046 # two numbers
    set -- $(as_user od -An -v -tu1 -j16 -N2 "$LIVE" | tr -cd '0-9 ')
    FRAME=$((${1:-0} * 256 + ${2:-0}))
    [ "$FRAME" != 1 ] || FRAME=65536
    FRAME=$((FRAME + 24))
    MOST=$((MAX_WAL_KB * 1024 / FRAME))
}

# let_go_of_hung: another one follows. Where its archive has hung, it does not let go of
# the log by itself; nor where whoever owns the database has put a pipe into its way, or
# has stopped what reads for us: we may meet that, too.
let_go_of_hung() {
    hung='' holder=$(cut -d ' ' -f 1 "$STATE_PATH/lock.+follow.$PLAN")
    still_s=$(seconds_since "$(stat -c %Y "$FOLLOW/beat" \
        "$STATE_PATH/lock.+follow.$PLAN" 2>/dev/null | sort -n | tail -n 1)")
    if [ "$still_s" -gt "$((BEHIND_MOST_S * 60))" ] && does_answer "$BACKUP_PATH" &&
        [ -z "$(find "$PLAN_PATH/changes/" -mmin -9 2>/dev/null)" ]; then
        hung="it has hung for $still_s s"
    elif [ "$still_s" -gt "$((BEHIND_MOST_S * 10))" ]; then # a large transaction, say
        MAX_DURATION_S=50
        watch_time
        measure_log
        ! look || [ "$MX" -lt "$MOST" ] ||
            hung='the archive hangs, and the log has reached max_wal'
    fi
    [ -n "$hung" ] && is_follower "$PLAN" "$holder" || return 0
    log "lets go of the log: $hung"
    (echo "$hung" >"$FOLLOW/why") || :
    # shellcheck disable=SC2046 # numbers
    kill -s KILL "$holder" $(print_below "$holder") 2>/dev/null || : # some have ended
}

# open_readers: two sqlite3 that read our commands. The first one always has a
# transaction open, which keeps the log from being begun again before it is copied.
open_readers() {
    close_readers
    mkfifo "$FOLLOW/in3" "$FOLLOW/in4" "$FOLLOW/out3" "$FOLLOW/out4" ||
        die "cannot write to '$FOLLOW'"
    exec 3<>"$FOLLOW/in3" 4<>"$FOLLOW/in4" 5<>"$FOLLOW/out3" 8<>"$FOLLOW/out4" || :
    { leave_pipes && exec_sqlite rw "$LIVE"; } <"$FOLLOW/in3" >&5 2>&1 &
    HELPERS=$!
    { leave_pipes && exec_sqlite rw "$LIVE"; } <"$FOLLOW/in4" >&8 2>&1 &
    READER=$! HELPERS="$HELPERS $!"
    exec 5<"$FOLLOW/out3" 8<"$FOLLOW/out4" || : # which end with them
    must 3 "$QUIETLY$PIN" && must 4 "$QUIETLY" || return 1
    IDS=$(print_ids)
}
QUIETLY='.bail off
.output /dev/null
.timeout 1000
.dbconfig no_ckpt_on_close on
PRAGMA trusted_schema=OFF;
'
PIN='BEGIN; SELECT count(*) FROM sqlite_master;'
CHECKPOINT='PRAGMA wal_checkpoint(PASSIVE);'

close_readers() {
    { exec 3>&- 4>&- 5>&- 8>&-; } 2>/dev/null || :
    for reader in $HELPERS; do
        (kill -s KILL "$reader") 2>/dev/null || : # it may have ended
        wait "$reader" 2>/dev/null || :
    done
    HELPERS=
    rm -f "$FOLLOW"/[io]*
}

# ask <3|4> <commands>: is there no error? ERROR, what there was.
ask() {
    [ -z "$CAUSE" ] || return 1 # one that has ended answers no more
    printf '%s\n.shell echo ok\n' "$2" >&"$1" || return 1
    ERROR='' answers=5
    [ "$1" = 3 ] || answers=8
    # shellcheck disable=SC2162 # for posh, see has; a backslash is only shown
    while read line <&"$answers"; do
        if [ "$line" = ok ]; then
            [ -n "$ERROR" ] || return 0
            return 1
        fi
        ERROR=$(print_bounded "$ERROR $line" | cut -b 1-200)
    done
    CAUSE="sqlite3 ended${ERROR:+:}$ERROR"
    return 1
}

# must <3|4> <commands>: or what is followed is no more.
must() { ask "$@" || { CAUSE=${CAUSE:-"sqlite3 said:$ERROR"} && return 1; }; }

print_ids() { stat -c %d:%i -- "$LIVE" "$LIVE-wal" "$LIVE-shm" 2>/dev/null; }

# look: MX, the frames of the log that are committed; BACK, those that are in the
# database, too; SALTS, which begin of the log it is. Its index has two copies of that.
look() {
    for _ in 1 2 3 4 5 6 7 8 9; do
        # shellcheck disable=SC2046 # numbers
        set -- $(as_user od -An -v -tu4 -N100 "$LIVE-shm" 2>/dev/null)
        # Whoever may trace it has it say anything, which would be computed.
        case $* in *[!0-9" "]*) return 1 ;; esac
        [ "$#" = 25 ] || return 1
        [ "$5 $9 ${10} ${11} ${12}" = "${17} ${21} ${22} ${23} ${24}" ] || continue
        SALTS="$9 ${10}" MX=$5 BACK=${25}
        return 0
    done
    return 1
}

# copy_frames [alone]: append to the archive what is committed now. False: nothing is
# copied. alone: nobody can write meanwhile.
copy_frames() {
    copied=no
    look || return 1
    [ "$MX" != 0 ] || return 0 # begun again just now, and empty
    to_file=$FILE from=$AT
    [ "$SALTS" = "$CURRENT" ] || to_file=$((FILE + 1)) from=0
    to=$((32 + MX * FRAME)) salts=$SALTS
    [ "$to" -gt "$from" ] || return 0
    wal=$CHAIN/$(printf %06d "$to_file").wal
    # It may be longer, after a copy that failed.
    [ "$(stat -c %s "$wal" 2>/dev/null)" = "$from" ] ||
        dd if=/dev/null of="$wal" bs=1 seek="$from" 2>/dev/null || return 1
    # Whoever may write to the log has it as long as he likes, with holes.
    [ "$((to - from))" -lt 1000000 ] ||
        [ "$(print_room "$CHAIN" "$((to - from))")" = enough ] || return 1
    # As many bytes as are wanted, or it is not good.
    (as_user tail -c "+$((from + 1))" "$LIVE-wal" | head -c "$((to - from))" \
        >>"$wal") 2>/dev/null || return 1
    [ "$(stat -c %s "$wal" 2>/dev/null)" = "$to" ] && { [ -n "${1-}" ] || look; } &&
        [ "$SALTS" = "$salts" ] && [ "$(print_salts "$wal")" = "$salts" ] || return 1
    copied=yes
}

print_salts() { # <file of the log, or -: standard input>
    # shellcheck disable=SC2005,SC2046 # two numbers; nothing, of an empty one
    echo $(od -An -v -tu4 -j16 -N8 "$1" 2>/dev/null)
}

# count_frames: what was copied, once it is on the disk.
count_frames() {
    if [ "$copied" = yes ]; then
        sync "$wal" "$CHAIN" 2>/dev/null || return 1
        note_line "$to_file" "$to" || return 1
        FILE=$to_file AT=$to CURRENT=$salts
        [ "$from" != 0 ] || { FORCE_FROM=$((ROTATE_KB * 1536)) && compress_finished; }
    elif [ "$((NOW_S - NOTED_S))" -ge 60 ] || [ "$NOW_S" -lt "$NOTED_S" ] ||
        [ "$LOOKS" -le "$NOTE_TO" ]; then
        note_line "$FILE" "$AT" || return 1
    fi
    case $((NOW_S - ${TOLD_S:-0})) in        #? metrics
        [0-9] | [1-5][0-9]) ;;               #? metrics
        *) TOLD_S=$NOW_S && write_metrics ;; #? metrics
    esac                                     #? metrics
    (print_line "$FILE" "$AT" 1<>"$CHAIN/until") 2>/dev/null
}

# note_line <file> <bytes>: on a line of its own, though the one before was torn.
note_line() {
    (print_line "$1" "$2" >>"$CHAIN/$(printf %06d "$1").index") 2>/dev/null || return 1
    NOTED_S=$NOW_S
}
print_line() { printf '\n%s %06d %11d %10d .\n' "$NOW" "$1" "$2" "$LOOKS"; }

# begin_look: what was committed before NOW is in what is copied after it. It is counted
# before it copies, or a base would take one that fails, or is killed, for none.
begin_look() {
    NOW=$(date -u '+%s %Y-%m-%dT%H:%M:%SZ')
    NOW_S=${NOW% *} NOW=${NOW#* }
    (printf '%10d\n' "$((LOOKS + 1))" 1<>"$FOLLOW/beat") 2>/dev/null || return 0
    LOOKS=$((LOOKS + 1))
}

# begin_chain: with a base, which follow_on asks for.
begin_chain() {
    [ -z "$why" ] || CAUSE="$CAUSE ($why)"
    CHAIN=$CHANGES/$(date -u +%Y%m%dT%H%M%SZ) ARCHIVE_TROUBLE=
    [ ! -e "$CHAIN" ] || { apart sleep 1 && CHAIN=$CHANGES/$(date -u +%Y%m%dT%H%M%SZ); }
    FILE=0 AT=0 CURRENT='' LOOKS=0
    ARCHIVE_TROUBLE="cannot write to '$CHAIN'"
    mkdir "$CHAIN" 2>/dev/null || return 1
    (stat -c %i "$LIVE" >"$CHAIN/inode" && print_bounded "$CAUSE" >"$CHAIN/cause") \
        2>/dev/null || return 1
    begin_look
    copy_frames && count_frames && sync "$CHAIN" "$CHANGES" 2>/dev/null || return 1
    [ "$FILE" != 0 ] || note_line 0 0 || return 1
    ARCHIVE_TROUBLE=
    log "begins a new chain, '$CHAIN': $CAUSE"
    CAUSE=
}
ARCHIVE_TROUBLE='' NOTE_TO=0 FORCE_FROM=0

# go_on: with the newest chain. Is its last frame still where it was? Then nothing is
# lost. CAUSE, why not.
go_on() {
    CAUSE='the first one'
    CHAIN=$(list_chains | tail -n 1)
    [ -n "$CHAIN" ] || return 1
    # shellcheck disable=SC2046 # a line's words
    set -- $(print_index "$CHAIN" | tail -n 1)
    CAUSE='nothing had been archived'
    [ "$#" = 4 ] && [ "$2" != 0 ] || return 1
    FILE=$2 AT=$3 LOOKS=$4
    wal=$CHAIN/$(printf %06d "$FILE").wal
    CAUSE='the database is another file'
    [ -f "$CHAIN/inode" ] || return 1
    [ "$(head -c 99 "$CHAIN/inode")" = "$(stat -c %i "$LIVE")" ] || return 1
    CAUSE="'$wal' is missing, or shorter than its index says"
    [ -f "$wal" ] && [ "$(stat -c %s "$wal")" -ge "$AT" ] || return 1
    CAUSE='the log was begun again while nobody followed'
    CURRENT=$(print_salts "$wal")
    look && [ "$SALTS" = "$CURRENT" ] || return 1
    CAUSE='the log was written again'
    set -- "+$((AT - FRAME + 1))"
    [ "$((32 + MX * FRAME))" -ge "$AT" ] &&
        [ "$(tail -c "$1" "$wal" | head -c 24 | od -An -v -tx1)" = \
            "$( (as_user tail -c "$1" "$LIVE-wal") | head -c 24 | od -An -v -tx1)" ] ||
        return 1
    CAUSE=
    compress_finished
    log "goes on: '$wal', from byte $AT on"
}

# list_chains: of $PLAN, oldest first. What others may have put beside them, or into
# them, is passed over: names become numbers, and who opens a pipe waits.
list_chains() {
    find "$(print_changes_path)/" -mindepth 1 -maxdepth 1 -type d 2>/dev/null |
        grep '/[0-9]\{8\}T[0-9]\{6\}Z$' | sort
}

# print_index <chain>: its lines: time, file, bytes, looks; the newest last.
print_index() {
    find "$1/" -maxdepth 1 -type f -size -131072 \
        \( -name '[0-9]*.index' -o -name until \) -exec cat -- {} + |
        awk 'NF == 5 && $5 == "." { printf "%s %.0f %.0f %.0f\n", $1, $2, $3, $4 }' |
        sort -n -k 2 -k 3 -k 4
}

# follow_on: a look. False: what was followed is no more.
follow_on() {
    begin_look
    [ "$(print_ids)" = "$IDS" ] || {
        CAUSE='the files of the database were replaced' && return 1
    }
    look || { CAUSE="cannot read '$LIVE-shm'" && return 1; }
    seen="$SALTS $MX $BACK" copied=no
    [ -n "$BASED" ] || want_base
    if [ "$seen" = "$SEEN_BEFORE" ]; then # since the transaction began
        count_frames || say_once 'cannot write to the archive; it goes on trying'
    elif renew ''; then
        say_once ''
        SEEN_BEFORE=$seen
        [ "$AT" -lt "$((ROTATE_KB * 1024))" ] || rotate
    fi
    [ -z "$CAUSE" ]
}

# renew <checkpoint>: the second one begins a transaction; is the first one there, its
# own has lasted until now; what was committed is copied; the first one begins a new
# one, and the second one ends its own: so nothing is lost, whatever others do. False:
# the first one stays as it was.
renew() {
    if ! ask 4 "$1$PIN" || ! must 3 ''; then # locked, say; or that one has ended
        ask 4 'ROLLBACK;' || :
        return 1
    elif copy_frames && count_frames; then
        must 3 "COMMIT;$1$PIN" && must 4 'COMMIT;'
    else
        say_once 'cannot write to the archive; it goes on trying'
        must 4 'COMMIT;'
        [ "$MX" -lt "$MOST" ] ||
            CAUSE='the archive failed until the log reached max_wal'
        return 1
    fi
}

# say_once <message>: and that it is over.
say_once() {
    [ "$1" != "$SAID" ] || return 0
    if [ -n "$1" ]; then log "$1"; elif [ -n "$SAID" ]; then log 'archives again'; fi
    SAID=$1
}

# leave_pipes: of what may outlive us; or sqlite3 would not see that we have ended.
leave_pipes() { leave_locks && { exec 3>&- 4>&- 5>&- 8>&- || :; }; }

# rest: until the next look.
rest() {
    {
        leave_pipes
        exec sleep "$LOOK_EVERY_S"
    } 2>/dev/null &
    await $! || :
}

# want_base: none is of this chain yet.
want_base() {
    if print_bases | grep -q " ${CHAIN##*/} "; then
        BASED=yes NOTE_TO=$((LOOKS + 3)) # so that there is an instant which it leads to
    elif [ "$((NOW_S - ASKED_S))" -ge 60 ] && ! is_locked "$PLAN"; then
        ASKED_S=$NOW_S
        {
            leave_pipes
            exec sh "$SELF" run "$PLAN" >/dev/null
        } </dev/null &
        SUBSHELL=$!
    fi
}

# rotate: have the log begun again by whoever writes next: it must be in the database as
# a whole, and no transaction of ours on a part of it. Without a lock that succeeds only
# where nobody commits for some ms; with one writers wait for these, or until a watch
# ends who holds them up.
rotate() {
    SEEN_BEFORE=
    for _ in 1 2 3; do
        renew "$CHECKPOINT" && look && [ "$SALTS" = "$CURRENT" ] &&
            [ "$BACK" -lt "$MX" ] || return 0
    done
    [ "$AT" -ge "$FORCE_FROM" ] && ask 4 "${CHECKPOINT}BEGIN IMMEDIATE;" || return 0
    {
        leave_pipes
        sleep 2
        kill -s KILL "$READER"
    } 2>/dev/null &
    watch=$!
    ! copy_frames alone || must 3 "COMMIT;$CHECKPOINT$PIN" || :
    must 4 'COMMIT;' || :
    kill "$watch" 2>/dev/null || :
    wait "$watch" 2>/dev/null || :
    FORCE_FROM=$((AT + ROTATE_KB * 256)) # somebody reads the log, or copies from it
    # The log may have been begun again by now: what is not on the disk is a gap.
    [ -n "$CAUSE" ] || count_frames || CAUSE='the archive failed while the log changed'
}

# compress_finished: in the background, files of the log that are complete; read back
# before the original goes; then each has its sum. What is newer than FILE may have been
# begun meanwhile.
compress_finished() {
    [ -z "$COMPRESSING" ] || [ ! -d "/proc/$COMPRESSING" ] || return 0
    {
        leave_pipes
        use_plan "$PLAN" # with its own NICE
        choose_compressor
        for wal in "$CHAIN"/[0-9]*.wal; do
            [ "$wal" != "$CHAIN/$(printf %06d "$FILE").wal" ] || break
            [ -e "${wal%.wal}.sum" ] || [ ! -f "$wal" ] || compress_log "$wal" || {
                log "cannot compress '$wal': it stays as it is" && break
            }
        done
    } </dev/null &
    COMPRESSING=$!
}

compress_log() { # <file of the log>
    new=$CHAIN/.new$SUFFIX
    (exec_compress <"$1" >"$new") && (exec_decompress "$new" | cmp -s - "$1") &&
        sync "$new" && mv "$new" "$1$SUFFIX" && cd "$CHAIN" &&
        sha256sum "${1##*/}$SUFFIX" >.sum && sync .sum && mv .sum "${1%.wal}.sum" &&
        sync "$CHAIN" || return 1
    [ -z "$SUFFIX" ] || rm -f "$1"
}
