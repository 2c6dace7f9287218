TIMER= # the process that watches the time

# watch_time: what goes on for longer than MAX_DURATION_S ends, as a failure with its
# report. Whoever owns what is read may put a pipe in its place, or a tree without end,
# and the lock would stay for ever. A signal is heard between two commands: the one that
# keeps us from hearing it is killed.
watch_time() {
    LATE=$STATE_PATH/late.$PLAN
    rm -f "$LATE" 2>/dev/null || : # the state may not be writable
    # Not in parentheses: of these yash makes two processes.
    {
        leave_locks
        # shellcheck disable=SC2162 # for posh, see has; there is no backslash
        read timer_pid _ </proc/self/stat
        us=$(print_named "$SHELL_PID") left_s=$MAX_DURATION_S
        while [ "$left_s" -gt 0 ]; do
            sleep 2
            left_s=$((left_s - 2))
            [ -d "/proc/$SHELL_PID" ] || exit 0
        done
        # Its number may be another's by now.
        [ "$us" = "$(print_named "$SHELL_PID")" ] || exit 0
        (true >"$LATE") || :
        late=$(print_below "$SHELL_PID")
        kill "$SHELL_PID"
        sleep 10
        pids= # all at once: when the first has ended, we are ended too
        for process in $late; do
            pid=${process%:*}
            [ "$pid" = "$timer_pid" ] ||
                [ "$process" != "$(print_named "$pid")" ] ||
                pids="$pids $pid"
        done
        # shellcheck disable=SC2086 # numbers
        [ -z "$pids" ] || kill -s KILL $pids
    } </dev/null >/dev/null 2>&1 &
    TIMER=$!
}

# print_below <pid>: what runs below it.
print_below() {
    for below in $(print_children "$1"); do
        print_named "$below" || : # it has ended
        print_below "$below"
    done
}

# print_named <pid>: with the time of its start, which tells it from all others. Read
# from behind the last ')': the name before that may be anything.
print_named() {
    echo "$1:$(sed -n 's/.*) //p' "/proc/$1/stat" 2>/dev/null | tail -n 1 |
        cut -d ' ' -f 20)"
}

# was_late: did watch_time end us?
was_late() {
    [ -n "$TIMER" ] && [ -e "$LATE" ] || return 1
    rm -f "$LATE"
    MESSAGE="ended after $MAX_DURATION_S s (max_duration): what it waited for may"
    MESSAGE="$MESSAGE never come"
    log "error: $MESSAGE"
}

# stop_timer: and what it runs; stopped first, so that it begins nothing meanwhile.
stop_timer() {
    [ -n "$TIMER" ] || return 0
    # In a subshell for posh, see has. KILL, since zsh's does not hear a TERM.
    (kill -s STOP "$TIMER") || :
    # shellcheck disable=SC2046 # numbers
    (kill -s KILL "$TIMER" $(print_children "$TIMER")) || :
    wait "$TIMER" || :
    TIMER=
}
