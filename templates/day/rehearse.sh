# rehearse_plan <plan>: its own lines, where what only looks stands in the place of what
# copies. It writes to a scratch directory of the local state alone.
rehearse_plan() {
    use_plan "$1"
    look_at_destination
    open_work "$STATE_PATH/.dry-run.$PLAN"
    would_kb=0
    save() {
        if has "rehearse_$1"; then
            rehearsal=rehearse_$1
            shift
            "$rehearsal" ${1+"$@"}
        else
            rehearse_database "$@"
        fi
    }
    "$SOURCES"
    place=$(existing "$PLAN_PATH")
    room=$(print_room "$place" "${would_kb}k")
    [ "$room" = enough ] || room="perhaps not enough: ${room:-df failed}"
    printf '%s\n' "$PLAN: $would_kb KiB, not compressed, to '$PLAN_PATH':" \
        "$room" | paste -s -d ' ' - | cat # which tells when it cannot
    require_space "$place" "$(print_last_bytes)" 'a backup like the last one'
    [ -z "$MISSED" ] || fail 1 "it would be partial: $MISSED"
}

# rehearse_database <command> <name> [path]
rehearse_database() {
    bytes=0
    case $1 in
        *sqlite* | *base)
            if ! why=$( (look_at_sqlite "$3") 2>&1); then
                miss 1 "$2" "${why#*: error: }"
                return 0
            fi
            bytes=$(stat -L -c %s -- "$3") || bytes=0
            manifest "$2.source=$(readlink -f -- "$3")"
            ;;
    esac
    shift
    would_copy "$*" "${bytes:-0}"
}

# would_copy <what> <bytes>: 0 of what is known only when it is done.
would_copy() {
    would_kb=$((would_kb + ($2 + 1023) / 1024))
    printf '%s\n' "$PLAN: would copy $1: $2 bytes" | sed 's/: 0 bytes$//' | make_visible
}
