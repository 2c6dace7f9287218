CHILD='' WATCHER='' HELPERS='' # processes that must not outlive us
WORK=                          # a directory that is removed when we end
LOCKS=                         # those that we hold
AT_END=:                       # what must be done before we end, however we end
REPORT=:                       # what is told then

# take_charge: from here on this shell leaves nothing behind. Its pid is read
# from /proc, because in a subshell $$ is the parent's.
take_charge() {
    # shellcheck disable=SC2162 # for posh, see has; there is no backslash
    read SHELL_PID _ </proc/self/stat
    trap clean_up 0
    ENDED= # by a signal: zsh 5.9 ends with 254, when a command was running
    trap 'ENDED=129; exit 129' HUP
    trap 'ENDED=130; exit 130' INT
    trap 'ENDED=143; exit 143' TERM
}

clean_up() {
    exit_status=$?
    # bash 5.2: a child that is killed before it has dropped our traps comes here.
    # shellcheck disable=SC2162 # for posh, see has; there is no backslash
    read own_pid _ </proc/self/stat
    [ "$own_pid" = "$SHELL_PID" ] || exit
    trap '' HUP INT TERM
    set +e
    exit_status=${ENDED:-$exit_status}
    [ "$exit_status" -lt 256 ] || exit_status=$((exit_status - 128)) # ksh93: 256 + n
    [ -z "$CHILD$WATCHER$HELPERS" ] || end_processes 2>/dev/null
    "$AT_END"
    cd /
    # What was killed may have written until now.
    [ -z "$WORK" ] || rm -rf -- "$WORK" 2>/dev/null || { sleep 1 && rm -rf -- "$WORK"; }
    resume || [ "$exit_status" != 0 ] || exit_status=1
    # A hook that hangs can be ended.
    trap 'drop_locks; exit 129' HUP
    trap 'drop_locks; exit 130' INT
    trap 'drop_locks; exit 143' TERM
    "$REPORT"
    drop_locks
    exit "$exit_status"
}

# end_processes: whatever runs below this shell: all stages of a pipe.
end_processes() {
    for process in $(print_below); do
        # Still that one? Its number may be another's by now.
        case $(print_below "/proc/${process%:*}/stat") in "$process") kill "${process%:*}" ;; esac
    done
    for process in $CHILD $WATCHER $HELPERS; do
        wait "$process" # by its number: a bare wait makes zsh 5.9 crash
    done
}

# print_below [file]: processes below this shell, or that one, with the time of its
# start. A file of /proc is read apart from all others, and its last line from behind
# the last ')': the name before it may be anything, line breaks and numbers too.
print_below() {
    [ "$#" != 0 ] || set -- /proc/[0-9]*/stat
    awk -v us="$SHELL_PID" 'BEGIN {
        for (i = 1; i < ARGC; i++) {
            file = ARGV[i]
            last = ""
            while ((getline line <file) > 0) last = line
            close(file)
            sub(/^.*[)] /, "", last)
            split(file, path, "/")
            split(last, field, " ")
            parent[path[3]] = field[2]
            start[path[3]] = field[20]
        }
        for (pid in parent) {
            up = parent[pid]
            for (steps = 0; up in parent && up != us && steps < 999; steps++)
                up = parent[up]
            if (up == us || ARGC == 2) print pid ":" start[pid]
        }
    }' "$@"
}

# await <pid>: wait for what was put in the background, so that a signal is
# answered at once and not when the command ends. Its status is ours. A pipe stands
# in parentheses: zsh 5.9 crashes when a trap exits out of waiting for a bare one.
await() {
    CHILD=$1
    await_status=0
    wait "$CHILD" || await_status=$?
    CHILD=
    return "$await_status"
}

# beside <command...>: run it while we go on. Its verdict is what it has written.
beside() {
    "$@" &
    HELPERS="$HELPERS $!"
}

# await_helpers: all that run beside; false when one of them failed.
await_helpers() {
    helpers_status=0
    for helper in $HELPERS; do wait "$helper" || helpers_status=1; done
    HELPERS=
    return "$helpers_status"
}

# exec_gently <command...>: become it, at low priority when NICE=yes.
exec_gently() {
    [ "$NICE" = yes ] || exec "$@"
    ! has ionice || exec nice -n 10 ionice -c 2 -n 7 "$@"
    exec nice -n 10 "$@"
}

# print_work_beside <directory>: where a restore works: in it, or in the nearest above
# it that only root can change, as all above that: its owner could put something else
# under the name.
print_work_beside() {
    place=$1 at=$1
    while [ "$(id -u)" = 0 ] && [ -n "$at" ]; do
        [ -n "$(find "$at/" -prune -user 0 \
            \( ! -perm -0002 ! -perm -0020 -o -perm -1000 \) 2>/dev/null)" ] ||
            place=${at%/*}
        at=${at%/*}
    done
    printf '%s\n' "$place/.gen-backup-restore-$ENVIRONMENT"
}

# remove_work_beside <directory>: of a restore that was killed.
remove_work_beside() {
    rm -rf -- "$(print_work_beside "$1")" "$1/.gen-backup-restore"
}

# open_work <directory>: an empty one for what is not finished yet.
open_work() {
    rm -rf -- "$1"
    WORK=$1 SCRATCH=$1/.scratch
    mkdir "$WORK" "$SCRATCH" || refuse "cannot write to '${1%/*}'"
}
