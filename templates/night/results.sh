WARNINGS=    # what a person should look at although the backup is good
RESULT=      # lines of this run's, while they are not written down #? metrics
DIRECTORY='' # of what was made
ID='' BYTES=0

# begin_record <run|drill>: once the lock is ours. What began and has no end was killed.
begin_record() {
    REASON=$STATE_PATH/reason.$PLAN
    rm -f "$REASON" 2>/dev/null || : # the state may not be writable
    (printf '\n%s\n' "$1 began $BEGUN_S" >>"$STATE_PATH/results.$PLAN") 2>/dev/null ||
        log "cannot write to '$STATE_PATH': if this is killed, status will not know"
    watch_time
}

# record_result <run|drill> [again]: what became of it, behind what became of those
# before. One that found another at work leaves the record to that one. again: of the
# same run, later.
record_result() {
    [ "$exit_status" != 4 ] || return 0
    why=
    [ "$exit_status" = 0 ] || why=$(print_reason "$exit_status")
    now=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    RESULT=$(printf '%s\n' \
        "$1 ${2:-ended} $BEGUN_S $(date +%s) $exit_status $now ${ID:--} $BYTES $why" \
        "$1 warned $(print_bounded "$WARNINGS")")
    results=$STATE_PATH/results.$PLAN
    { tail -n 200 "$results" >"$results.new" && mv "$results.new" "$results"; } \
        2>/dev/null || rm -f "$results.new" # it stays long
    # exit 1: in the trap of zsh's exit a subshell ends with 0 else, whatever failed;
    # in dash's an exit without a number with what was before the trap
    (printf '\n%s\n' "$RESULT" >>"$results" || exit 1) 2>/dev/null ||
        { log "cannot write to '$STATE_PATH'" && return 0; }
    RESULT= #? metrics
}

# worry <message>: in the log, in status and in the metrics.
worry() {
    log "warning: $*"
    WARNINGS="$WARNINGS${WARNINGS:+; }$*"
}

# print_reason <status>: why it failed; never nothing.
print_reason() {
    said=$(cat "${REASON:-/dev/null}" 2>/dev/null) || :
    said=${MESSAGE:-$said}
    print_bounded "${said:-it ended with $1; the log says more$(print_full '')}"
}
