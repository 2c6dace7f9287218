# look_at_destination: is it the one that was used before? A random identity
# lies there and in the local state. When they differ, the volume is not
# mounted, or not ours.
look_at_destination() {
    [ -z "$BESIDE" ] || return 0 # it may have been carried anywhere
    [ ! -e "$BACKUP_PATH" ] || [ -r "$BACKUP_PATH" ] ||
        refuse "user $(id -u) cannot read '$BACKUP_PATH'"
    found=$([ ! -f "$BACKUP_PATH/.gen-backup" ] || head -n 1 "$BACKUP_PATH/.gen-backup")
    known=$(head -n 1 "$STATE_PATH/destination" 2>/dev/null || :)
    [ "${known#* }" = "$BACKUP_PATH" ] || known= # of an older environment
    [ -z "$known" ] || [ "$found" = "${known%% *}" ] ||
        refuse "'$BACKUP_PATH' lacks the mark that we left there: mount the" \
            "volume; if it was replaced by another, 'install --adopt'"
}

# open_destination: to write to it. The first use makes and marks it; plans may begin
# at once.
open_destination() {
    [ -z "${REQUIRE_MOUNT-}" ] || require_mounted
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
        cut -d ' ' -f 1 "$mark" >"$BACKUP_PATH/.gen-backup" ||
            refuse "cannot write to '$BACKUP_PATH'"
        sync "$mark" "$BACKUP_PATH/.gen-backup" "$BACKUP_PATH"
    elif ! grep -qsxF "$found $BACKUP_PATH" "$mark"; then
        refuse "'$BACKUP_PATH' is marked by another machine or environment;" \
            "choose another path, or, to take it from there, 'install --adopt'"
    fi
    cp "$mark" "$STATE_PATH/destination" || refuse "cannot write to '$STATE_PATH'"
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
    (df -Pk "$1" 2>/dev/null || :) | awk -v size="$2" -v left="$MIN_FREE_KB" 'NR == 2 {
        kb = size ~ /k$/ ? size + 0 : size / 1024
        if (left == "auto") left = $2 < 20 * 1048576 ? $2 / 20 : 1048576
        if ($4 >= kb + left) print "enough"
        else printf "%.0f KiB free, %.0f needed, %.0f to be left over (min_free)",
            $4, kb, left
    }'
}
