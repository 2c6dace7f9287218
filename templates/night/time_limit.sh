# watch_time [limit]: what goes on for longer than that, or MAX_DURATION_S, ends,
# as a failure with its report. Whoever owns what is read may put a pipe in its place,
# or a tree without end, and the lock would stay for ever. A signal is heard between two
# commands: the one that keeps us from hearing it is killed.
watch_time() {
    LATE=$STATE_PATH/late.$SHELL_PID LIMIT=${1-$MAX_DURATION_S s (max_duration)}
    rm -f "$LATE" 2>/dev/null || : # the state may not be writable
    # Not in parentheses: of these yash makes two processes.
    {
        leave_locks
        # shellcheck disable=SC2162 # for posh, see has; there is no backslash
        read timer_pid _ </proc/self/stat
        left_s=${LIMIT%% *}
        while [ "$left_s" -gt 0 ]; do
            sleep 2
            left_s=$((left_s - 2))
            is_child "$timer_pid" || exit 0
        done
        (true >"$LATE") || :
        kill "$SHELL_PID"
        while sleep 10 && is_child "$timer_pid"; do
            below=$(print_below "$SHELL_PID" "$timer_pid")
            # shellcheck disable=SC2086 # numbers
            kill -s KILL $below || : # it may have ended
        done
    } </dev/null >/dev/null 2>&1 &
    TIMER=$!
}

# is_child <pid>: of the shell that took charge, which has not ended?
is_child() { grep -q "^PPid:[[:space:]]*$SHELL_PID\$" "/proc/$1/status"; }

# was_late: did watch_time end us?
was_late() {
    [ -n "$TIMER" ] && [ -e "$LATE" ] || return 1
    rm -f "$LATE"
    MESSAGE="ended after $LIMIT: what it waited for may never come"
    log "error: $MESSAGE"
}

# stop_timer: and what it runs; stopped first, so that it begins nothing meanwhile.
stop_timer() {
    [ -n "$TIMER" ] || return 0
    # In a subshell for posh, see has. KILL, since zsh's does not hear a TERM.
    (kill -s STOP "$TIMER") || :
    # shellcheck disable=SC2046 # numbers
    (kill -s KILL "$TIMER" $(print_below "$TIMER")) || :
    wait "$TIMER" || :
    TIMER=
}
