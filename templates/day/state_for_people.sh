require_state() {
    open_state
    [ -z "$STATE_TROUBLE" ] || refuse "$STATE_TROUBLE: make room, or repair it"
}

# guard_plan <plan>: by its lock, for what only reads backups.
guard_plan() {
    if [ -z "$STATE_TROUBLE" ] || [ -r "$STATE_PATH/lock.$1" ]; then
        take_lock "$1"
        [ -z "$STATE_TROUBLE" ] || log "warning: $STATE_TROUBLE"
    else
        log "warning: $STATE_TROUBLE, so no lock: let no other command of this plan run"
    fi
}
