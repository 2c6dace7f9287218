# open_state: the local directory for locks and run state. STATE_TROUBLE: why nothing
# can be written there; what only reads backups goes on without.
open_state() {
    if [ "$USER_ID" = 0 ]; then state=/var/lib; else state=${HOME:-}/.local/state; fi
    STATE_PATH=${STATE_PATH:-$state/gen-backup/$ENVIRONMENT}
    STATE_TROUBLE=
    said=$( (mkdir -p "$STATE_PATH" &&
        date >"$STATE_PATH/probe.$SHELL_PID") 2>&1) || case $said in
        *[Nn]'o space'* | *quota*) STATE_TROUBLE="no space in '$STATE_PATH'" ;;
        *) STATE_TROUBLE="cannot write to '$STATE_PATH' (backup.state)" ;;
    esac
    rm -f "$STATE_PATH/probe.$SHELL_PID" 2>/dev/null || : # there may be none
}

# take_lock <name> [-x]: of a plan, say, and a share in that of the environment, which a
# restore in place takes whole (-x). Or exit 4. The kernel lets go of them when we end,
# however that is. Their files stay; they are only read, so that a full disk, and one
# that cannot be written to any more, have locks too.
take_lock() {
    open_lock_file ''
    open_lock_file ".$1"
    exec 7<"$STATE_PATH/lock" 9<"$STATE_PATH/lock.$1" || : # see release_lock
    # 7<&7: ksh and mksh hand down no descriptor above 2 otherwise. Again some moments
    # later: status looks for a moment, and a tool of one that was killed may end now.
    for pause in 0.2 1 ''; do
        ! flock -n "${2--s}" 7 7<&7 || ! flock -n 9 9<&9 || break
        [ -n "$pause" ] || refuse_locked "$1"
        sleep "$pause"
    done
    (echo "$SHELL_PID since $(date -u +%Y-%m-%dT%H:%M:%SZ)" >"$STATE_PATH/lock.$1") \
        2>/dev/null || : # for messages alone
}

# open_lock_file <suffix>: make it, unless it is there.
open_lock_file() {
    has flock || refuse 'flock is missing here: install util-linux'
    [ -r "$STATE_PATH/lock$1" ] || (true >>"$STATE_PATH/lock$1") 2>/dev/null ||
        refuse "cannot write to '$STATE_PATH'"
}

# is_locked <name>: by a process that runs.
is_locked() {
    [ -e "$STATE_PATH/lock.$1" ] || return 1
    lock_status=0
    flock -n -s "$STATE_PATH/lock.$1" true || lock_status=$?
    [ "$lock_status" = 1 ] # others: there can be no lock
}

# refuse_locked <name>: who has it? Or else who has that of the environment.
refuse_locked() {
    for holder in "$1" $PLANS +install; do ! is_locked "$holder" || break; done
    [ "${lock_status:-1}" -le 1 ] || refuse "cannot lock" \
        "'$STATE_PATH/lock': set backup.state to a directory of a local filesystem"
    fail 4 "another run of '$holder' is active: process" \
        "$(cat "$STATE_PATH/lock.$holder" 2>/dev/null)"
}

# lock_run: of $PLAN. A full /var must not stop a backup whose destination has room.
lock_run() {
    [ -d "$STATE_PATH" ] ||
        refuse "cannot make '$STATE_PATH'; set backup.state to a local directory"
    take_lock "$PLAN"
    [ -z "$STATE_TROUBLE" ] || worry "$STATE_TROUBLE: make room there, or repair it;" \
        "this run goes on, but what becomes of it is not recorded"
}

# wait_for_lock <+name>: one at a time, whatever their plans. No plan's begins with +.
wait_for_lock() {
    open_lock_file ".$1"
    exec 6<"$STATE_PATH/lock.$1" || : # see release_lock
    flock 6 6<&6 &
    await $! || refuse "cannot lock '$STATE_PATH/lock.$1'"
}

# '|| :': an exec without a command ends in zsh 5.9 as the last $( ) before it did.
release_lock() { exec 6>&- || :; }
