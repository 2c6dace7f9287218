# run_hook <name> <code>: a command of yours, in a shell of its own, which knows
# from GEN_BACKUP_... what it is about. What it prints goes to the log.
run_hook() {
    (
        GEN_BACKUP_BASE=$(grep -hs '[+]base[.]file=' "${DIRECTORY-}/MANIFEST" | #? differential
            sed 's:.*=[.][.]/::; s:/.*::' | sort -u |                           #? differential
            while read -r id; do printf '%s\n' "$PLAN_PATH/$id"; done)          #? differential
        export GEN_BACKUP_BASE                                                  #? differential
        export "GEN_BACKUP_ENVIRONMENT=$ENVIRONMENT" "GEN_BACKUP_PLAN=$PLAN" \
            "GEN_BACKUP_ID=${ID-}" "GEN_BACKUP_DIRECTORY=${DIRECTORY-}" \
            "GEN_BACKUP_STATUS=${exit_status:-0}" \
            "GEN_BACKUP_MESSAGE=$([ "${exit_status:-0}" = 0 ] ||
                print_reason "$exit_status")"
        leave_locks # it may start what goes on
        exec sh -c "$2"
    ) </dev/null >&2 &
    await $! && return 0
    log "warning: the hook '$1' ended with $await_status"
    return 1
}

# hear_signals: once all is recorded, since a hook that hangs can be ended.
hear_signals() {
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
}

TOLD_LATE= # yes: something happened after the result was recorded

# fail_late <message>: the backup is there, but the run has failed.
fail_late() {
    exit_status=1 MESSAGE=$* TOLD_LATE=yes
    log "error: $*"
}

worry_late() {
    worry "$@"
    TOLD_LATE=yes
}
