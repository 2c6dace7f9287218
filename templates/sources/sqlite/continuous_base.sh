# backup_base <name> <database>: a copy, and from which file of which chain on changes
# lead further: to what any look has found that began after the copy ended. Looks are
# counted, so a clock that is set does no harm.
backup_base() {
    print_position >"$SCRATCH/position" || :
    begin_snapshot "$1" "$2" head
    require_wal
    ln -s "$LIVE-wal" "$LENT/log" || die "cannot write to '$LENT'"
    hold_sqlite '.backup --async copy' '.shell head -c 24 log >head'
    # shellcheck disable=SC2046 # twice: chain, file, looks
    set -- "$1" "$2" $(cat "$SCRATCH/position") $(print_position)
    if [ "$#" = 8 ] && [ "$3" = "$6" ]; then
        manifest "$1.changes=$3 $(print_first "$PLAN_PATH/changes/$3" "$4") $(($8 + 1))"
    else
        log "warning: $1: nobody follows it, so no changes lead further: see status"
    fi
    finish_snapshot "$1" "$2" sqlite3
}

# print_first <chain> <file>: which one, that or a later one, is of the log that was
# there when the copy was made; or else the next one. An older one would make of the
# copy what never was, and what sqlite3 does not open.
print_first() {
    number=$2
    [ "$number" != 0 ] || number=1
    salts=$(print_salts "$LENT/head")
    while log_file=$1/$(printf %06d "$number") && [ -e "$log_file.index" ]; do
        [ "$(print_log "$log_file" | print_salts -)" != "$salts" ] || break
        number=$((number + 1))
    done
    echo "$number"
}

# print_log <file, without .wal>: unpacked. It may be compressed just now.
print_log() {
    for _ in 1 2; do
        for packed in "$1".wal "$1".wal.zst "$1".wal.gz "$1".wal.xz; do
            [ -f "$packed" ] || continue
            (exec_decompress "$packed") 2>/dev/null && return 0
        done
    done
    return 1
}

require_wal() {
    [ "$JOURNAL" = wal ] || refuse "only in WAL mode can '$FOLLOWED' be followed:" \
        "sqlite3 '$FOLLOWED' 'PRAGMA journal_mode=wal'"
}

# print_position: of who follows now: its chain, file, and how many looks it has begun;
# these first, for a chain may begin meanwhile.
print_position() {
    is_locked "+follow.$PLAN" || return 1
    begun=$(cat "$STATE_PATH/follow.$PLAN/beat") || return 1
    chain=$(list_chains | tail -n 1)
    [ -n "$chain" ] || return 1
    awk -v chain="${chain##*/}" -v begun="$begun" 'NF == 5 && $5 == "." {
        print chain, $2 + 0, ($4 > begun + 0 ? $4 : begun) + 0 }' \
        "$chain/until" 2>/dev/null # or it has just begun
}

# print_bases: of $PLAN, that changes lead further from: id, when it began, chain, file,
# looks.
print_bases() {
    list_backups | awk '$3 == "ok" {
        file = substr($0, index($0, " /") + 1) "/MANIFEST"
        while ((getline line <file) > 0)
            if (sub(/^[a-z0-9_-]*[.]changes=/, "", line) &&
                line ~ /^[0-9]+T[0-9]+Z [0-9]+ [0-9]+$/) print $2, $6, line
        close(file)
    }'
}

# prune_changes: those that no base needs for an instant that is to be restorable: all
# before the newest base that is CHANGES_S old, or before the oldest.
prune_changes() {
    # shellcheck disable=SC2046 # a line's words
    set -- $(print_bases | awk -v horizon="$(($(date +%s) - CHANGES_S))" '
        NR == 1 || $2 <= horizon { first = $3 " " $4 } END { print first }')
    [ "$#" = 2 ] || return 0
    for chain in $(list_chains | sed 's:.*/::' | awk -v first="$1" '$0 "" < first'); do
        discard "$PLAN_PATH/changes/$chain" || worry "cannot remove '$chain'"
    done
    for index in "$PLAN_PATH/changes/$1"/[0-9][0-9][0-9][0-9][0-9][0-9].index; do
        [ -e "$index" ] || continue # or matched nothing
        log_file=${index%.index}
        [ "1${log_file##*/}" -lt "$((1000000 + $2))" ] || break
        next=$(printf %06d "$((1${log_file##*/} - 999999))")
        [ -e "${log_file%/*}/$next.index" ] || break # who follows looks at the last one
        rm -f "$log_file".wal* "$log_file.sum" "$index" ||
            worry "cannot remove '$log_file.wal'"
    done
}
