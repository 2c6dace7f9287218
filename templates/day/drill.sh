# drill_plan <plan> <id|latest>: restore it to a scratch place, prove that what came
# out is what MANIFEST says, and remove it again.
drill_plan() {
    use_plan "$1"
    [ -n "$BESIDE" ] || require_state
    guard_plan "$PLAN"
    drill_s=$(date +%s)
    find_backup "$2" # a slip of the pen is no failed drill
    if [ -z "$BESIDE" ]; then
        REPORT=report_drill
        begin_record drill
    fi
    ID=$(manifest_value id)
    require_sound
    VERIFY=full
    place=${BACKUP%/*}
    [ -w "$place" ] || place=$STATE_PATH # backups that can only be read
    open_work "$place/.incomplete-drill"
    TO=$WORK # nothing goes in place
    names=$(manifest_value artifact) || exit
    for name in $names; do
        name_s=$(date +%s)
        by_kind ready "$name"
        open_into "$name"
        by_kind prove "$name"
        rm -rf -- "$INTO"
        log "$name: restored and compared in $(seconds_since "$name_s") s"
    done
    rm -rf -- "$WORK"
    log "$ID: tested in $(seconds_since "$drill_s") s"
    lacks=$(print_partial)
    [ -z "$NOT_RESTORED" ] ||
        worry "$ID: restored and compared, but for some: $NOT_RESTORED"
    [ -z "$lacks" ] || worry "$ID is partial, without $lacks: the rest was" \
        "restored and compared"
}
