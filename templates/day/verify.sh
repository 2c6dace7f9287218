# verify_plan <plan> <id|latest|all>: a damaged backup is marked, and counts for
# nothing from then on.
verify_plan() {
    use_plan "$1"
    guard_plan "$PLAN"
    [ -n "$BESIDE" ] || REPORT=write_metrics #? metrics
    if [ "$2" = all ] && [ -z "$BESIDE" ]; then
        set -- "$PLAN_PATH"/[0-9]*T*Z
    elif [ "$2" != latest ] && [ -d "$PLAN_PATH/$2" ] && [ -z "$BESIDE" ]; then
        set -- "$PLAN_PATH/$2" # by its name, with or without a manifest
    else
        find_backup "$2"
        set -- "$BACKUP"
    fi
    verify_status=${CHANGES_STATUS:-0}
    for BACKUP; do
        { [ -d "$BACKUP" ] && [ ! -L "$BACKUP" ]; } || continue # or matched nothing
        if ! (refuse_newer); then
            [ "$verify_status" = 5 ] || verify_status=3
            continue
        fi
        progress "${BACKUP##*/}: reading"
        watch_time
        damage=$(print_damage)
        [ -n "$damage" ] || { read_manifest && damage=$(inspect_artifacts); } || exit
        if [ -z "$damage" ]; then
            rm -rf -- "$BACKUP/DAMAGED"
            lacks=$(print_partial)
            log "${BACKUP##*/}: ok${lacks:+, but partial, without $lacks}"
        else
            verify_status=5
            log "error: ${BACKUP##*/}: DAMAGED: $damage"
            mark_damaged
        fi
        stop_timer 2>/dev/null
    done
    FAIL_STATUS=$verify_status
    exit "$verify_status" # not return: yash 2.52 would not clean up
}

# mark_damaged: with what we say, and not through what somebody put there.
mark_damaged() {
    case $damage in ../*) BACKUP=$BACKUP/${damage%%/databases/*} ;; esac #? differential
    (rm -rf -- "$BACKUP/DAMAGED" && set -C &&
        printf '%s\n' "$damage" >"$BACKUP/DAMAGED") || log 'cannot mark it'
}

# require_sound [files]: is $BACKUP, or those of its files, a line each?
require_sound() {
    refuse_newer
    damage=$(print_damage ${1+"$@"})
    [ -z "$damage" ] || fail_damaged "$damage"
}

# fail_damaged <what>: exit 5. It is recorded as by verify, but where it may be a tool
# that failed; and there may be a way out.
fail_damaged() {
    damage=$*
    case $damage in
        *'sha256sum failed' | *'cannot be read') ;;
        *) mark_damaged ;;
    esac
    older=
    [ -n "$BESIDE" ] || older=$(list_backups | awk -v id="${BACKUP##*/}" '
        $3 == "ok" && $2 < id { older = $2 } END { print older }')
    damage=$damage${older:+" (the newest whole one before it is $older)"}
    fail 5 "'$BACKUP' is damaged: $damage"
}

# print_damage [files]: what is wrong with $BACKUP, or with those files of it. The
# sum of the manifest stands last in the list, so a torn list shows.
print_damage() (
    cd "$BACKUP"
    for file in MANIFEST SHA256SUMS; do
        is_list "$file" || { echo "$file is missing" && exit; }
    done
    print_strange || echo 'MANIFEST cannot be read'
    sums=$(print_sums ${1+"$@"}) || { echo 'SHA256SUMS is incomplete' && exit; }
    for file in $(print_lines "$sums" | cut -c 67-); do
        if [ -L "$file" ] || [ ! -f "$file" ]; then echo "$file: no file" && exit; fi
    done
    sums=$(print_lines "$sums" | sha256sum -c 2>&1) ||
        print_lines "$sums" | grep -v ': OK$' || echo 'sha256sum failed'
)

# refuse_newer: what a newer script has made, that one knows.
refuse_newer() {
    is_list "$BACKUP/MANIFEST" || return 0
    format=$(sed -n 's/^format=//p' "$BACKUP/MANIFEST" 2>/dev/null) || : # see below
    case $format in
        '' | *[!0-9]* | 1 | 2) ;;
        3) ;; #? differential
        *) refuse "'$BACKUP' is of format $format, which this script does not know;" \
            "the one in it does: '$BACKUP/backup.sh'" ;;
    esac
}

# print_sums [files]: lines of SHA256SUMS, of all files or of those. Exactly one, and
# well formed, for each file of the manifest, the manifest and the script: or false.
print_sums() {
    print_lines "${1-}" | awk "$AWK_SUMS"'
        FILENAME == "MANIFEST" { want($0); next }
        FILENAME != "SHA256SUMS" { only[$0]; next }
        { take($0) }
        { # with a patch, its index and the file that it is against #? differential
            for (file in only) if (file ~ /patch$/ && #? differential
                index($0, substr(file, 1, length(file) - 5))) near = $0 #? differential
        } #? differential
        "" in only || substr($0, 67) in only || near == $0
        END { exit is_torn() }' - MANIFEST SHA256SUMS
}

# inspect_artifacts: what is wrong although the sums are right?
inspect_artifacts() {
    names=$(manifest_value artifact) || exit
    for name in $names; do
        (load_saved "$name" && require_compressor "$saved_file") || exit
        by_kind inspect "$name" || echo "'$name' cannot be unpacked"
    done
}
