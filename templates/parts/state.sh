# open_state: the local directory for locks and run state.
open_state() {
    if [ "$(id -u)" = 0 ]; then state=/var/lib; else state=${HOME:-}/.local/state; fi
    STATE_PATH=${STATE_PATH:-$state/gen-backup/$ENVIRONMENT}
    mkdir -p "$STATE_PATH/locks" ||
        refuse "cannot make '$STATE_PATH'; set backup.state to a local directory"
}

# print_owner <pid>: pid, start time and boot tell a process from all others.
print_owner() (
    [ -d "/proc/$1" ] && read -r stat <"/proc/$1/stat" || return 1
    # shellcheck disable=SC2086 # fields, from behind the name in parentheses
    set -- "$1" ${stat##*\)}
    echo "$1 ${21} $(cat /proc/sys/kernel/random/boot_id)"
)

# is_lock_alive <lock>: does the process that took it still run?
is_lock_alive() {
    owner=$(sed 's/ since.*//' "$1" 2>/dev/null)
    [ -n "$owner" ] && [ "$owner" = "$(print_owner "${owner%% *}")" ]
}

# take_lock <plan>: or exit 4. The lock appears by `ln`, with its owner in it.
take_lock() {
    lock=$STATE_PATH/locks/$1
    tries=0
    echo "$(print_owner "$SHELL_PID") since $(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        >"$lock.$SHELL_PID" || refuse "cannot write to '$STATE_PATH'"
    until ln "$lock.$SHELL_PID" "$lock" 2>/dev/null; do
        tries=$((tries + 1))
        if is_lock_alive "$lock" || [ "$tries" -gt 90 ]; then
            rm -f "$lock.$SHELL_PID"
            fail 4 "another run of '$1' is active: process" \
                "$(sed 's/ .* since/ since/' "$lock")"
        fi
        break_lock "$lock"
    done
    LOCKS="$LOCKS $1"
    rm -f "$lock".[0-9]*
}

# break_lock <lock>: of a dead owner. One at a time, looking again inside: else
# two who saw the same dead owner could break the lock of a living one.
break_lock() {
    if mkdir "$1.breaking" 2>/dev/null; then
        is_lock_alive "$1" || rm -f "$1"
        rmdir "$1.breaking"
    else
        # A minute old: whoever was breaking it has been killed.
        find "$1.breaking" -prune -mmin +1 -exec rmdir {} + 2>/dev/null || :
        sleep 1
    fi
}
