# prune_plan <plan> [--dry-run]: by a person's word, whatever has stopped it before.
prune_plan() {
    use_plan "$1"
    take_lock "$PLAN"
    REPORT=write_metrics #? metrics
    open_destination
    judged=$(judge_backups by-hand) || die "cannot tell what has expired"
    if [ "$2" = --dry-run ]; then
        judged=$(print_lines "$judged" | sed "/^stopped: /!s:^.:$PLAN/&:")
        [ -z "$judged" ] || print_lines "$judged" || exit 1 # posh goes on
        return 0
    fi
    remove_expired
    list_backups | sed -n '$s/^[^ ]* \([^ ]*\).*/acknowledged \1/p' \
        >"$STATE_PATH/retention.$PLAN" || die "cannot write to '$STATE_PATH'"
    note_clock
    [ -z "$left" ] || exit 1 # not return: yash 2.52 would not clean up
}
