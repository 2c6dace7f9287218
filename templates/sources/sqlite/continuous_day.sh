INSTANT='' # to which a base is brought forward: chain, file, bytes, time

# choose_instant: with --at, WHICH base, and INSTANT; the newest state that is archived,
# and not after that time.
choose_instant() {
    [ -n "$AT" ] || return 0
    case $AT in
        latest) ;;
        [0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z) ;;
        [0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]*)
            misuse "--at takes UTC, with a Z behind it: '$AT' may be local time"
            ;;
        *) misuse "--at takes 'latest', or a time as 2026-11-26T14:05:10Z" ;;
    esac
    [ -z "$WHICH" ] || misuse "--at chooses the base itself: leave out '$WHICH'"
    use_followed "${CHOSEN# }"
    # While one follows, a new base can be brought forward after two looks.
    for _ in 1 2 3 4 5; do
        chosen=$(find_instant) || die "cannot read '$(print_changes_path)'"
        [ -z "$chosen$(is_locked "+follow.$PLAN" || echo no)" ] || break
        [ "$AT" = latest ] || break
        sleep 2
    done
    [ -n "$chosen" ] || die "no state of $AT can be restored: $(print_ranges |
        paste -s -d ';' -)"
    WHICH=${chosen%% *} INSTANT=${chosen#* }
    log "the state of ${INSTANT##* }, from base $WHICH on"
}

# find_instant: of --at: base, chain, file, bytes, time.
find_instant() {
    print_archive | awk -v at="$AT" "$AWK_ARCHIVE"'
        END {
            for (b = bases; b; b--) if (best[b]) {
                if (at != "latest" && at > last[chain[b]]) exit
                print id[b], best[b]
                exit
            }
        }'
}

# print_ranges: from when to when each instant can be restored, and why not before.
print_ranges() {
    print_reaches | awk '
        $3 != to {
            to = $3
            why = substr($0, length($1 $2 $3) + 4)
            print (NR > 1 ? "then " : "") "every instant from " $2 " to " to \
                (why ? "; not before: " why : "")
        }
        END { if (!NR) print "no instant: no base has changes that lead further" }'
}

# show_changes: of $PLAN, below its bases or what is in one; of --at, what it takes.
show_changes() {
    [ -n "$FOLLOWED" ] || return 0
    print_ranges | sed "s/^/$PLAN: /"
    [ "$COMMAND" = show ] || return 0
    of_chain=$(print_changes_path)
    files=$(find "$of_chain/" -name '*.wal*' 2>/dev/null | grep -c '') || : # 0
    echo "$PLAN: $files files of changes, $(du -sk "$of_chain" | cut -f 1) KiB"
    [ -n "$INSTANT" ] || return 0
    # chain, file, bytes, time; chain, file, looks
    # shellcheck disable=SC2046,SC2086 # words
    set -- $INSTANT $(print_manifest | sed -n 's/^[a-z0-9_-]*[.]changes=//p')
    echo "$PLAN: the state of $4 takes this base and $(($2 - $6 + 1)) of these files," \
        "the last one up to byte $3"
}

# apply_changes <file>: bring a base that was unpacked there forward to INSTANT.
apply_changes() {
    # shellcheck disable=SC2086 # words
    set -- "$1" $INSTANT $saved_changes
    { [ "$#" = 8 ] && [ "$2" = "$6" ]; } || die "this base is of another chain"
    of_chain="$(print_changes_path)/$2" number=$7
    while [ "$number" -le "$3" ]; do
        log_file=$of_chain/$(printf %06d "$number")
        bytes=$4
        [ "$number" = "$3" ] || bytes=$(print_bytes)
        require_space "${1%/*}" "${bytes:=0}" "the changes in '$log_file'"
        print_log "$log_file" | head -c "$bytes" >"$1-wal" ||
            die "cannot write '$1-wal'"
        apply_log "$1" || fail 5 "the changes are damaged: '$log_file' does not" \
            "continue what was before it (sqlite3 said '$said', not 0|$frames|$frames)"
        number=$((number + 1))
    done
}

# print_bytes: of the log $log_file, as its index says.
print_bytes() {
    ! is_list "$log_file.index" ||
        awk 'NF == 5 && $5 == "." { bytes = $3 } END { printf "%.0f", bytes }' \
            "$log_file.index"
}

# apply_log <database>: its -wal, of which each frame must count.
apply_log() {
    said='' frames='?'
    # shellcheck disable=SC2046 # four bytes
    set -- "$1" $(od -An -v -tu1 -j8 -N4 "$1-wal")
    [ "$#" = 5 ] || return 1
    page=$((($3 * 256 + $4) * 256 + $5))
    frames=$((($(stat -c %s "$1-wal") - 32) / (page + 24)))
    said=$( (exec_sqlite rw "$1" 'PRAGMA wal_checkpoint(PASSIVE);') 2>&1 |
        cut -b 1-200)
    rm -f -- "$1-wal" "$1-shm"
    [ "$said" = "0|$frames|$frames" ]
}

# prove_base <name>: by itself, with all changes, and at an instant at random.
prove_base() {
    prove_sqlite "$1"
    [ -n "${saved_changes-}" ] || return 0
    # shellcheck disable=SC2086 # three numbers
    set -- "$1" $saved_changes
    lines=$(print_index "$(print_changes_path)/$2" | awk -v looks="$4" '$4 >= looks')
    [ -n "$lines" ] || { log "$1: no changes yet" && return 0; }
    random=$(od -An -v -tu4 -N4 /dev/urandom)
    for nth in '$' "$(printf '%s\n' "$lines" | awk -v r="$random" \
        'END { print 1 + r % NR }')"; do
        # shellcheck disable=SC2046 # time, file, bytes, looks
        set -- "$1" "$2" $(printf '%s\n' "$lines" | sed -n "${nth}p")
        INSTANT="$2 $4 $5 $3"
        unpack_sqlite "$1"
        rm -f -- "$unpacked"
        log "$1: the state of $3 restored and compared, from file $4"
    done
    INSTANT=
}

# verify_base <plan> <id|latest|all>: the changes, too: their sums, that no file is
# missing, and that each is as long as its index says.
verify_base() {
    use_plan "$1"
    if [ -n "$FOLLOWED" ]; then
        guard_plan "$PLAN"
        watch_time
        for chain in $(list_chains | sed 's:.*/::'); do
            chain=$(print_changes_path)/$chain
            verify_chain || CHANGES_STATUS=5
        done
        stop_timer 2>/dev/null
    fi
    verify_plan "$@"
}

verify_chain() {
    wrong='' before='' number=0
    for index in "$chain"/[0-9][0-9][0-9][0-9][0-9][0-9].index; do
        [ -e "$index" ] || continue # or matched nothing
        log_file=${index%.index}
        [ -z "$before" ] || [ "1${log_file##*/}" = "$((1000001 + number))" ] ||
            wrong="$wrong; a file before '${log_file##*/}' is missing"
        number=$((1${log_file##*/} - 1000000)) before=yes
        [ "$number" != 0 ] || continue
        [ ! -e "$log_file.sum" ] || has_its_sum ||
            wrong="$wrong; '${log_file##*/}' has another sum"
        is_whole_log || wrong="$wrong; '${log_file##*/}' is not what its index says"
    done
    if [ -z "$wrong" ]; then
        log "changes/${chain##*/}: ok"
    else
        log "changes/${chain##*/}: DAMAGED: ${wrong#; }; a new base follows when" \
            "'$chain' is moved away"
        return 1
    fi
}

# has_its_sum: $log_file: that one, and of no other file.
has_its_sum() {
    sum=$(is_list "$log_file.sum" && head -c 999 "$log_file.sum") || return 1
    case ${sum#*  } in
        "${log_file##*/}".wal | "${log_file##*/}".wal.zst) ;;
        "${log_file##*/}".wal.gz | "${log_file##*/}".wal.xz) ;;
        *) return 1 ;;
    esac
    [ -f "$chain/${sum#*  }" ] &&
        (cd "$chain" && printf '%s\n' "$sum" | sha256sum -c) >/dev/null 2>&1
}

# is_whole_log: $log_file: so long as its index says, and of one log at both ends?
is_whole_log() {
    bytes=$(print_bytes)
    # shellcheck disable=SC2046 # the bytes of a head
    set -- $(print_log "$log_file" | head -c 24 | od -An -v -tu1)
    [ "$#" = 24 ] || return 1
    page=$(((${10} * 256 + ${11}) * 256 + ${12}))
    shift 16
    [ "$(print_log "$log_file" | head -c "$bytes" | wc -c)" -eq "$bytes" ] &&
        [ "$*" = "$(print_log "$log_file" | head -c "$bytes" |
            tail -c "$((page + 24))" | head -c 16 | tail -c 8 | od -An -v -tu1 |
            xargs)" ]
}

# prune_base <plan> [--dry-run]: of a continuous plan, the changes too.
prune_base() {
    prune_plan "$@"
    [ -n "$2" ] || [ -z "$FOLLOWED" ] || prune_changes
}

# stop_follower <plan>: it leaves the log as it is.
stop_follower() {
    tries=0
    while is_locked "+follow.$1"; do
        follower=$(cut -d ' ' -f 1 "$STATE_PATH/lock.+follow.$1")
        [ "$tries" -lt 150 ] || refuse "'follow $1' does not end: process $follower"
        tries=$((tries + 1))
        ! is_follower "$1" "$follower" || kill "$follower" 2>/dev/null || :
        sleep 0.2
    done
}

# step_aside <plan>: for a restore in place, until we have ended.
step_aside() {
    print_named "$SHELL_PID" >"$STATE_PATH/aside.$1" ||
        refuse "cannot write to '$STATE_PATH'"
    stop_follower "$1"
}

# pause_plan <plan> [duration]: for what needs the database alone. Who closes it last
# works all of the log into it.
pause_plan() {
    use_followed "$1"
    until_s=0
    case $2 in
        '' | [!1-9]* | *[!0-9]? | ??????????*) ;;
        *s) until_s=1 ;;
        *m) until_s=60 ;;
        *h) until_s=3600 ;;
        *d) until_s=86400 ;;
    esac
    [ "$until_s" != 0 ] || [ -z "$2" ] ||
        misuse "'$2' is no duration, such as 90s, 5m, 2h or 7d"
    if [ -n "$2" ]; then
        until_s=$(($(date +%s) + until_s * ${2%?}))
    else
        until_s=resume
    fi
    echo "$until_s" >"$STATE_PATH/paused.$PLAN" ||
        refuse "cannot write to '$STATE_PATH'"
    stop_follower "$PLAN"
    mkdir -p "$STATE_PATH/follow.$PLAN"
    echo 'paused by a person' >"$STATE_PATH/follow.$PLAN/why"
    look_at_sqlite "$FOLLOWED"
    (exec_sqlite rw "$LIVE" 'SELECT count(*) FROM sqlite_master;') >/dev/null ||
        die "paused; but cannot open '$FOLLOWED'"
    log "nothing is archived now${2:+, for $2, or} until 'resume $PLAN'"
}

resume_plan() {
    use_followed "$1"
    rm -f "$STATE_PATH/paused.$PLAN" || refuse "cannot write to '$STATE_PATH'"
    log "cron's next 'follow $PLAN' begins with a new base, within a minute"
}

# examine_base <name> <database>: can it be followed?
examine_base() {
    FOLLOWED=$2
    look_at_sqlite "$2"
    require_wal
    for tool in mkfifo dd head tail od; do
        has "$tool" || refuse "$tool is missing here"
    done
    room=$(MIN_FREE_KB=0 && print_room "${LIVE%/*}" "${MAX_WAL_KB}k")
    [ "$room" = enough ] || advise "'$2' has no room for a log of max_wal: $room"
    echo "'$2' in WAL mode; room for a log of max_wal"
}
