# prune_plan <plan> [--dry-run]
prune_plan() {
    use_plan "$1"
    take_lock "$PLAN"
    REPORT=refresh_metrics
    open_destination
    apply_retention by-hand "$2"
}
