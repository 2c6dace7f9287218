# set_pin <plan> <id> <pin|unpin>: with a pin it stays, whatever retention says.
set_pin() {
    use_plan "$1"
    [ -n "$2$BEFORE" ] || misuse "name a backup's ID, as list shows them"
    take_lock "$PLAN"
    find_backup "${2:-latest}"
    { rm -rf -- "$BACKUP/PINNED" && { [ "$3" = unpin ] ||
        (set -C && date -u >"$BACKUP/PINNED"); } && sync "$BACKUP"; } ||
        die "cannot write to '$BACKUP'"
    log "${BACKUP##*/}: ${3}ned"
}
