TIMER= # the process that watches the time

# watch_time: what goes on for longer than MAX_DURATION_S ends, as a failure with its
# report. Whoever owns what is read may put a pipe in its place, or a tree without end,
# and the lock would stay for ever. A signal is heard between two commands: the one that
# keeps us from hearing it is killed.
watch_time() {
    LATE=$STATE_PATH/late.$PLAN
    rm -f "$LATE" 2>/dev/null || : # the state may not be writable
    (
        # shellcheck disable=SC2162 # for posh, see has; there is no backslash
        read timer_pid _ </proc/self/stat
        us=$(print_below "/proc/$SHELL_PID/stat") left_s=$MAX_DURATION_S nap_s=30
        while [ "$left_s" -gt 0 ]; do
            [ "$left_s" -gt "$nap_s" ] || nap_s=$left_s
            sleep "$nap_s"
            left_s=$((left_s - nap_s))
            # Gone? Its number may be another's by now.
            [ "$us" = "$(print_below "/proc/$SHELL_PID/stat")" ] || exit 0
        done
        (true >"$LATE") || :
        late=$(print_below)
        kill "$SHELL_PID"
        sleep 10
        pids= # all at once: when the first has ended, we are ended too
        for process in $late; do
            pid=${process%:*}
            [ "$pid" = "$timer_pid" ] ||
                [ "$process" != "$(print_below "/proc/$pid/stat")" ] ||
                pids="$pids $pid"
        done
        # shellcheck disable=SC2086 # numbers
        [ -z "$pids" ] || kill -s KILL $pids
    ) </dev/null >/dev/null 2>&1 &
    TIMER=$!
}

# was_late: did watch_time end us? With a 1: in a trap bash's return is what was before.
was_late() {
    [ -n "$TIMER" ] && [ -e "$LATE" ] || return 1
    rm -f "$LATE"
    MESSAGE="ended after $MAX_DURATION_S s (max_duration): what it waited for may \
never come"
    log "$MESSAGE"
}

stop_timer() {
    [ -n "$TIMER" ] || return 0
    (kill -s KILL "$TIMER") || : # zsh's does not hear a TERM; for posh, see has
    wait "$TIMER" || :
    TIMER=
}
