TIMER= # the process that watches the time

# watch_time: what goes on for longer than MAX_DURATION_S ends, as a failure with its
# report. Whoever owns what is read may put a pipe in its place, or a tree without end,
# and the lock would stay for ever. A signal is heard between two commands: the one that
# keeps us from hearing it is killed.
watch_time() {
    LATE=$STATE_PATH/late.$PLAN
    rm -f "$LATE" 2>/dev/null || : # the state may not be writable
    (
        leave_locks
        # shellcheck disable=SC2162 # for posh, see has; there is no backslash
        read timer_pid _ </proc/self/stat
        us=$(print_start "$SHELL_PID") left_s=$MAX_DURATION_S nap_s=30
        while [ "$left_s" -gt 0 ]; do
            [ "$left_s" -gt "$nap_s" ] || nap_s=$left_s
            sleep "$nap_s"
            left_s=$((left_s - nap_s))
            # Gone? Its number may be another's by now.
            [ "$us" = "$(print_start "$SHELL_PID")" ] || exit 0
        done
        (true >"$LATE") || :
        late=" $(print_below "$SHELL_PID" "$timer_pid" | tr '\n' ' ') "
        kill "$SHELL_PID"
        sleep 10
        pids= # all at once: when the first has ended, we are ended too
        for pid in $(print_below "$SHELL_PID" "$timer_pid"); do
            case $late in *" $pid "*) pids="$pids $pid" ;; esac
        done
        # shellcheck disable=SC2086 # numbers
        [ -z "$pids" ] || kill -s KILL $pids
    ) </dev/null >/dev/null 2>&1 &
    TIMER=$!
}

# print_start <pid>: when it began; with its number, it is no other.
print_start() { sed 's/.*) //' "/proc/$1/stat" | tail -n 1 | cut -d ' ' -f 20; }

# print_below <pid> <but>: what it has started, and they, but for that one.
print_below() {
    for below in $(print_children "$1"); do
        [ "$below" = "$2" ] || echo "$below" "$(print_below "$below" "$2")"
    done
}

# was_late: did watch_time end us?
was_late() {
    [ -n "$TIMER" ] && [ -e "$LATE" ] || return
    rm -f "$LATE"
    MESSAGE="ended after $MAX_DURATION_S s (max_duration): what it waited for may never \
come"
    log "$MESSAGE"
}

stop_timer() {
    [ -n "$TIMER" ] || return 0
    (kill -s KILL "$TIMER") || : # zsh's does not hear a TERM; for posh, see has
    wait "$TIMER" || :
    TIMER=
}
