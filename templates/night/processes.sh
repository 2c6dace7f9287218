WORK=        # a directory that is removed when we end
AT_END=:     # what must be done before we end, however we end
UNDO=:       # and what after that
REPORT=:     # what is told then
STEP=        # yes: this shell saves one source, and no more
FAIL_STATUS= # what we ended ourselves with, see fail

# take_charge: from here on this shell leaves nothing behind. Its pid is read
# from /proc, because in a subshell $$ is the parent's.
take_charge() {
    [ -n "$STEP" ] || BEGUN_S=$(date +%s)
    CHILD='' HELPERS='' TIMER='' # processes that must not outlive us
    SUBSHELL=                    # one that took charge, and ends what is its own
    # shellcheck disable=SC2162 # for posh, see has; there is no backslash
    read SHELL_PID _ </proc/self/stat
    trap clean_up 0
    ENDED= # by a signal: zsh 5.9 ends with 254, when a command was running
    trap 'ENDED=129; exit 129' HUP
    trap 'ENDED=130; exit 130' INT
    trap 'ENDED=143; exit 143' TERM
    trap 'ENDED=141; exit 141' PIPE
}

clean_up() {
    exit_status=$?
    # bash 5.2: a child that is killed before it has dropped our traps comes here.
    # shellcheck disable=SC2162 # for posh, see has; there is no backslash
    read own_pid _ </proc/self/stat
    [ "$own_pid" = "$SHELL_PID" ] || exit
    trap '' HUP INT TERM
    set +e
    ! was_late || exit_status=1 ENDED=1
    # What a tool, or in dash a redirection that failed, ended us with, is no status of
    # ours.
    case ${ENDED:-$exit_status}:$FAIL_STATUS in
        [013]:* | 2:2 | 4:4 | 5:5) ;;
        *)
            [ -n "$ENDED" ] ||
                log "error: a command failed with $exit_status: see above"
            exit_status=${ENDED:-1}
            ;;
    esac
    [ -z "$CHILD$HELPERS$TIMER" ] || end_processes 2>/dev/null
    "$AT_END"
    "$UNDO"
    cd /
    # It may lie in what is removed now, and that may make room.
    [ "$exit_status" = 0 ] || MESSAGE=${MESSAGE:-$(print_reason "$exit_status")}
    # What was killed may have written until now.
    [ -n "$STEP" ] || [ -z "$WORK" ] || discard "$WORK" ||
        { sleep 1 && discard "$WORK"; } ||
        log "cannot remove '$WORK'; the next run tries again"
    resume || [ "$exit_status" != 0 ] || exit_status=1 #? quiesce
    "$REPORT"
    exit "$exit_status"
}

# end_processes: whatever runs below this shell: all stages of a pipe, stopped ones too.
end_processes() {
    [ -z "$SUBSHELL" ] || { kill "$SUBSHELL" && wait "$SUBSHELL"; }
    stop_timer
    end_below "$SHELL_PID"
    for process in $CHILD $HELPERS; do
        wait "$process" # by its number: a bare wait makes zsh 5.9 crash
    done
}

# print_below <pid> [but]: what runs below it, without what runs below another. The
# kernel lets no name of a process bring a line of its own into its status.
print_below() {
    grep -s -e '^State:.Z' -e '^PPid:' /proc/[0-9]*/status | tr -cs '0-9\n' ' ' |
        awk -v top="$1" -v but="${2-}" '
            NF == 1 { ended[$1]; next }
            !($1 in ended) { children[$2] = children[$2] " " $1 }
            function print_below(pid, n, child) {
                n = split(children[pid], child)
                children[pid] = ""
                for (; n > 0; n--) if (child[n] != but) {
                    print child[n]
                    print_below(child[n])
                }
            }
            END { print_below(top) }'
}

# end_below <pid>: all of that: some have something to put away first, and some, if
# they were stopped, do not hear us.
end_below() {
    below=$(print_below "$1")
    [ -n "$below" ] || return 0
    # shellcheck disable=SC2086 # numbers
    began=$(print_began $below)
    # shellcheck disable=SC2086 # numbers
    (kill $below) 2>/dev/null || :
    # shellcheck disable=SC2086 # numbers
    statuses=$(printf '/proc/%s/status ' $below)
    tries=0
    # shellcheck disable=SC2086 # paths without blanks
    while [ "$tries" -lt 60 ] && grep -qs '^State:.[^Z]' $statuses; do
        tries=$((tries + 1))
        sleep 0.2
    done
    # Not what has got such a number since.
    # shellcheck disable=SC2086 # numbers
    below=$(print_began $below | grep -xF -e "$began" | sed 's/ .*//')
    # In a subshell for posh, see has.
    # shellcheck disable=SC2086 # numbers
    [ -z "$below" ] || (kill -s KILL $below) 2>/dev/null || :
}

# print_began <pid...>: each, and when it began. Its name may hold anything.
print_began() {
    for process; do
        sed -n "\$s/.*) \([^ ]* \)\{19\}\([0-9]*\) .*/$process \2/p" \
            "/proc/$process/stat" 2>/dev/null || : # it has ended
    done
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

# await_subshell <pid>: which took charge.
await_subshell() {
    SUBSHELL=$1
    await "$1" || :
    SUBSHELL=
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

# leave_locks: of a process that may outlive us; see release_lock.
leave_locks() { exec 6>&- 7>&- 9>&- || :; }

# apart <command...>: what takes its time in this shell, without our locks.
apart() { (leave_locks && exec "$@"); }

# exec_gently <command...>: become it, at low priority when NICE=yes.
exec_gently() {
    leave_locks
    { [ "$NICE" = yes ] && has nice; } || exec "$@"
    ! has ionice || exec nice -n 10 ionice -c 2 -n 7 "$@"
    exec nice -n 10 "$@"
}

# discard <directory...>: with all that is in them, but nothing of another filesystem
# that is mounted there. False when something of it stays; in silence, since who calls
# says what that means.
discard() {
    for discarded; do
        [ -e "$discarded" ] || continue # or matched nothing
        apart find "$discarded" -xdev ! -type d -exec rm -f -- {} + 2>/dev/null || :
        apart find "$discarded" -xdev -depth -type d -exec rmdir -- {} + \
            2>/dev/null || :
    done
    for discarded; do [ ! -e "$discarded" ] || return 1; done
}

# open_work <directory>: an empty one for what is not finished yet.
open_work() {
    discard "$1" || refuse "cannot remove '$1'"
    WORK=$1 SCRATCH=$1/.scratch
    mkdir "$WORK" "$SCRATCH" || refuse "cannot write to '${1%/*}'"
}
