# look_at_destination: is it the one that was used before? A random identity
# lies there and in the local state. When they differ, the volume is not
# mounted, or not ours.
look_at_destination() {
    [ -z "$BESIDE" ] || return 0 # it may have been carried anywhere
    require_answer
    [ ! -e "$BACKUP_PATH" ] || [ -r "$BACKUP_PATH" ] ||
        refuse "user $USER_ID cannot read '$BACKUP_PATH'"
    marks=$([ ! -f "$BACKUP_PATH/.gen-backup" ] ||
        head -c 199 "$BACKUP_PATH/.gen-backup" | tr -d '\000')
    found=${marks%%"$NEWLINE"*}
    known=$(head -n 1 "$STATE_PATH/destination" 2>/dev/null || :)
    [ "${known#* }" = "$BACKUP_PATH" ] || known= # of an older environment
    [ -z "$known" ] || [ "$found" = "${known%% *}" ] ||
        refuse "'$BACKUP_PATH' lacks the ID file .gen-backup that we left there:" \
            "mount the volume; if it was replaced by another, 'install --adopt'"
    marked_by=$([ -z "$known" ] || printf '%s\n' "$marks" | sed -n 2p)
    [ "${marked_by:-$(print_host)}" = "$(print_host)" ] ||
        refuse "'$BACKUP_PATH' belongs to the machine '$marked_by', this is" \
            "'$(print_host)': a clone needs a path of its own; if this one was" \
            "renamed, or takes its place, 'install --adopt'"
}

# require_answer: whoever looks at a mount whose server is gone may wait for ever, and
# monitoring with him.
require_answer() {
    does_answer "$BACKUP_PATH" || refuse "'$BACKUP_PATH' does not answer within 10 s:" \
        'is its server gone? Mount it again'
}

# does_answer <directory>: or fail in time. What waits for such a one cannot even be
# killed, so nobody waits for it. A disk may have to wake up.
does_answer() {
    # Not in parentheses: of these yash makes two processes, and one keeps our output.
    { leave_locks && exec ls "$1/"; } </dev/null >/dev/null 2>&1 &
    probe=$! tries=0 pause=0.02
    while grep -qs '^State:.[^Z]' "/proc/$probe/status"; do
        tries=$((tries + 1))
        [ "$tries" -lt 5 ] || pause=0.2
        [ "$tries" -lt 50 ] || return 1
        sleep "$pause"
    done
}

# print_host: what no copy of this machine is: that of its hardware, or else its name.
print_host() { cat /sys/class/dmi/id/product_uuid 2>/dev/null || uname -n; }

# open_destination: to write to it. The first use makes and marks it; plans may begin
# at once.
open_destination() {
    require_mounted #? mount
    look_at_destination
    [ -z "$known" ] || return 0
    wait_for_lock +destination
    look_at_destination
    [ -n "$known" ] || mark_destination
    release_lock
}

# mark_destination: what to mark it with is written down before, so that being
# killed costs nothing.
mark_destination() {
    mark=$STATE_PATH/mark
    if [ -z "$found" ]; then
        identity=$(od -An -v -tx1 -N16 /dev/urandom | tr -d ' \n')
        [ "${#identity}" = 32 ] || die 'cannot read /dev/urandom'
        [ "$(cut -d ' ' -f 2- "$mark" 2>/dev/null)" = "$BACKUP_PATH" ] ||
            echo "$identity $BACKUP_PATH" >"$mark" ||
            refuse "cannot write to '$STATE_PATH'"
        { (umask 066 && mkdir -p "${BACKUP_PATH%/*}/") && mkdir -p "$BACKUP_PATH"; } ||
            refuse "cannot make '$BACKUP_PATH'"
        # Not through a link that leads nowhere yet; for one yash with -C would wait.
        # An empty one is of a full disk.
        { [ ! -L "$BACKUP_PATH/.gen-backup" ] && rm -f -- "$BACKUP_PATH/.gen-backup" &&
            (set -C && { cut -d ' ' -f 1 "$mark" && print_host; } \
                >"$BACKUP_PATH/.gen-backup"); } ||
            refuse "cannot write to '$BACKUP_PATH'"
        sync "$mark" "$BACKUP_PATH/.gen-backup" "$BACKUP_PATH"
    elif ! grep -qsxF -e "$found $BACKUP_PATH" "$mark"; then
        refuse "'$BACKUP_PATH' has the ID file of another machine or environment;" \
            "choose another path, or, to take it from there, 'install --adopt'"
    fi
    { cat "$mark" >>"$STATE_PATH/destinations" &&
        cp "$mark" "$STATE_PATH/destination"; } ||
        refuse "cannot write to '$STATE_PATH'"
}

# is_ours_alone <directory> [sticky]: can only root change it, and what is above? No
# question for others than root. What is above may be sticky, as /tmp, and the directory
# too if that is said. What cannot be looked at is not. Whom an access list lets write
# shows in the group's right, whatever the group.
is_ours_alone() {
    [ "$USER_ID" = 0 ] || return 0
    ours_at=$1 but='! -name .'
    [ -z "${2-}" ] || but=
    until [ -e "$ours_at/" ]; do ours_at=${ours_at%/*}; done
    set -- "$ours_at/."
    while [ -n "$ours_at" ]; do
        ours_at=${ours_at%/*}
        set -- "$@" "$ours_at/"
    done
    # shellcheck disable=SC2086 # words, or none
    others=$(find "$@" -prune ! \( -user 0 \( ! -perm -0002 ! -perm -0020 \
        -o -perm -1000 $but \) \)) && [ -z "$others" ]
}

# require_space <directory> <bytes, or KiB with a k> <for what>: exit 3, with numbers.
require_space() {
    room=$(print_room "$1" "$2")
    case $room in
        enough) ;;
        '') refuse "cannot tell whether '$1' has room for $3: df failed" ;;
        *) refuse "no space for $3 in '$1': $room" ;;
    esac
}

# print_room <directory> <size>: 'enough', or how little; nothing when df fails.
print_room() {
    ! (df -Pi "$1" 2>/dev/null || :) | grep -q ' 0  *100%  */' ||
        { echo 'no inode is free' && return 0; }
    print_free "$1" | awk -v size="$2" -v left="$MIN_FREE_KB" '{
        kb = size ~ /k$/ ? size + 0 : size / 1024
        if (left == "auto") left = $2 < 20 * 1048576 ? $2 / 20 : 1048576
        if ($1 >= kb + left) print "enough"
        else printf "%.0f KiB free, %.0f needed, %.0f to be left over (min_free)",
            $1, kb, left
    }'
}

# print_free <directory>: KiB free, KiB in all, and where its filesystem is mounted. The
# name of what is mounted may hold blanks.
print_free() {
    n='\([0-9][0-9]*\)'
    (df -Pk "$1" 2>/dev/null || :) |
        sed -n "2s:.* $n  *[0-9-][0-9]*  *$n  *[0-9-][0-9]*%*  */:\\2 \\1 /:p"
}
