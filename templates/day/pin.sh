# set_pin <plan> <id> <pin|unpin>: with a pin it stays, whatever retention says.
set_pin() {
    use_plan "$1"
    [ -n "$2" ] || misuse "name a backup's ID, as list shows them"
    take_lock "$PLAN"
    find_backup "$2"
    rm -rf -- "$BACKUP/PINNED" || die "cannot write to '$BACKUP'"
    [ "$3" = unpin ] || (set -C && date -u >"$BACKUP/PINNED") ||
        die "cannot write to '$BACKUP'"
    sync "$BACKUP" || die "cannot write '$BACKUP' to the disk"
    log "${BACKUP##*/}: ${3}ned"
}
