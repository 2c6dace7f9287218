# open_state: the local directory for locks and run state. STATE_TROUBLE: why nothing
# can be written there; what only reads backups goes on without.
open_state() {
    if [ "$(id -u)" = 0 ]; then state=/var/lib; else state=${HOME:-}/.local/state; fi
    STATE_PATH=${STATE_PATH:-$state/gen-backup/$ENVIRONMENT}
    LOCK_PATH=$STATE_PATH/locks STATE_TROUBLE=
    said=$( (mkdir -p "$LOCK_PATH" &&
        date >"$STATE_PATH/probe.$SHELL_PID") 2>&1) || case $said in
        *[Nn]'o space'* | *quota*) STATE_TROUBLE="no space in '$STATE_PATH'" ;;
        *) STATE_TROUBLE="cannot write to '$STATE_PATH' (backup.state)" ;;
    esac
    rm -f "$STATE_PATH/probe.$SHELL_PID" 2>/dev/null || : # there may be none
}

# print_owner <pid>: pid, start time and boot tell a process from all others.
# Fields are counted from behind the name, which may hold anything. A zombie is none.
print_owner() {
    echo "$1 $(sed -n 's/.*) \([^ZX]\)/\1/p' "/proc/$1/stat" 2>/dev/null |
        cut -d ' ' -f 20)" \
        "$(cat /proc/sys/kernel/random/boot_id)"
}

# is_lock_dead <lock>: is it of a process that is no more? Read again after the
# look at the process: it may have ended, and the lock be another's, in between.
is_lock_dead() {
    owner=$(sed 's/ since.*//' "$1" 2>/dev/null)
    if [ -z "$owner" ]; then # none, or an empty one that a power cut left
        [ -n "$(find "$1" -prune -size 0 2>/dev/null)" ]
    else
        [ "$owner" != "$(print_owner "${owner%% *}")" ] &&
            [ "$owner" = "$(sed 's/ since.*//' "$1" 2>/dev/null)" ]
    fi
}

# take_lock <plan>: or exit 4.
take_lock() {
    try_lock "$1" || refuse_locked "$1"
}

refuse_locked() {
    fail 4 "another run of '$1' is active: process" \
        "$(sed 's/ .* since/ since/' "$lock" 2>/dev/null)"
}

# lock_run: of $PLAN. Where the local state cannot be written the locks lie in memory:
# a full /var must not stop a backup whose destination has room.
lock_run() {
    [ -d "$STATE_PATH" ] ||
        refuse "cannot make '$STATE_PATH'; set backup.state to a local directory"
    memory=/run/gen-backup
    [ "$(id -u)" = 0 ] || memory=/dev/shm/gen-backup-$(id -u)
    spare=$memory$STATE_PATH
    for lock in "$LOCK_PATH/$PLAN" "$spare/$PLAN"; do
        [ ! -e "$lock" ] || is_lock_dead "$lock" || refuse_locked "$PLAN"
    done
    if [ -n "$STATE_TROUBLE" ]; then
        worry "$STATE_TROUBLE: make room there, or mend it; this run goes on, but" \
            "what becomes of it is not recorded"
        LOCK_PATH=$spare
        mkdir -p "$spare" || refuse "cannot write to '$STATE_PATH', nor to '$spare'"
        [ -n "$(find "$memory" -prune -type d -user "$(id -u)")" ] ||
            refuse "'$memory' belongs to somebody else"
    fi
    take_lock "$PLAN"
}

# wait_for_lock <+name>: unless it is ours already. No plan's name begins with +.
wait_for_lock() {
    case "$LOCKS " in *" $1 "*) return ;; esac
    until try_lock "$1"; do sleep 1; done
}

# drop_lock <name>: if it is ours; a signal may come before we have it.
drop_lock() {
    case $(cat "$LOCK_PATH/$1" 2>/dev/null) in
        "$SHELL_PID "*) rm -f "$LOCK_PATH/$1" ;;
    esac
    rm -f "$LOCK_PATH/$1.$SHELL_PID"
}

drop_locks() { for lock in $LOCKS; do drop_lock "$lock"; done; }

release_lock() {
    drop_lock "$1"
    LOCKS=$(echo "$LOCKS " | sed "s/ $1 / /; s/ \$//")
}

# try_lock <name>: false when a living process has it. The lock appears by `ln`,
# with its owner in it.
try_lock() {
    lock=$LOCK_PATH/$1
    tries=0
    LOCKS="$LOCKS $1"
    echo "$(print_owner "$SHELL_PID") since $(date -u +%Y-%m-%dT%H:%M:%SZ)" \
        >"$lock.$SHELL_PID" || refuse "cannot write to '$STATE_PATH'"
    until ln "$lock.$SHELL_PID" "$lock" 2>/dev/null; do
        tries=$((tries + 1))
        if [ "$tries" -lt 90 ] && is_lock_dead "$lock"; then
            break_lock "$lock"
        elif [ -e "$lock" ] || [ "$tries" = 90 ]; then
            release_lock "$1"
            return 1
        fi
    done
    rm -f "$lock".[0-9]*
    [ ! -e "$lock.breaking" ] || end_breaking "$lock"
}

# break_lock <lock>: of a dead owner. One at a time, looking again inside: else
# two who saw the same dead owner could break the lock of a living one.
break_lock() {
    if mkdir "$1.breaking" 2>/dev/null; then
        ! is_lock_dead "$1" || rm -f "$1"
        rmdir "$1.breaking"
    else
        end_breaking "$1"
        sleep 1
    fi
}

# end_breaking <lock>: a minute old, so whoever was breaking it has been killed.
end_breaking() {
    find "$1.breaking" -prune -mmin +1 -exec rmdir {} + 2>/dev/null || :
}
