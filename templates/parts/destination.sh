# A random identity lies at the destination and in the local state. When they
# differ, the volume is not mounted, or not ours.

# look_at_destination: is it the one that was used before?
look_at_destination() {
    [ ! -e "$BACKUP_PATH" ] || [ -r "$BACKUP_PATH" ] ||
        refuse "user $(id -u) cannot read '$BACKUP_PATH'"
    FOUND=$(head -n 1 "$BACKUP_PATH/.gen-backup" 2>/dev/null || :)
    KNOWN=$(head -n 1 "$STATE_PATH/destination" 2>/dev/null || :)
    case $KNOWN in
        *" $BACKUP_PATH") KNOWN=${KNOWN%% *} ;;
        *) KNOWN= ;; # none, or that of an older environment
    esac
    [ -z "$KNOWN" ] || [ "$FOUND" = "$KNOWN" ] ||
        refuse "'$BACKUP_PATH' lacks the mark that we left there: mount the" \
            "volume; if it was replaced, remove '$STATE_PATH/destination'"
}

# open_destination: to write to it. The first use makes and marks it; the local
# half is provisional until both are there, so that being killed costs nothing.
open_destination() {
    [ "$REQUIRE_MOUNT" = no ] || is_mounted ||
        refuse "'$BACKUP_PATH' is not on a mounted volume (require_mount)"
    look_at_destination
    [ -z "$KNOWN" ] || return 0
    new=$STATE_PATH/destination.new
    if [ -z "$FOUND" ]; then
        printf '%s %s\n' "$(od -An -v -tx1 -N16 /dev/urandom | tr -d ' \n')" \
            "$BACKUP_PATH" >"$new" || refuse "cannot write to '$STATE_PATH'"
        mkdir -p "$BACKUP_PATH" || refuse "cannot make '$BACKUP_PATH'"
        cut -d ' ' -f 1 "$new" >"$BACKUP_PATH/.gen-backup" ||
            refuse "cannot write to '$BACKUP_PATH'"
        sync "$new" "$BACKUP_PATH/.gen-backup" "$BACKUP_PATH"
    elif ! grep -qsxF "$FOUND $BACKUP_PATH" "$new"; then
        refuse "'$BACKUP_PATH' is marked by another machine or environment;" \
            "choose another path, or if its backups are this one's, put" \
            "'$FOUND $BACKUP_PATH' into '$STATE_PATH/destination'"
    fi
    mv "$new" "$STATE_PATH/destination"
}

# is_mounted: is the destination on a filesystem other than /?
is_mounted() {
    [ -d "$BACKUP_PATH" ] &&
        df -Pk "$BACKUP_PATH" | awk 'NR == 2 { exit $6 == "/" }'
}

# require_space <directory> <KiB> <for what>: exit 3, with numbers.
require_space() {
    need_kb=$(awk "BEGIN { printf \"%.0f\", $2 }")
    free_kb=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')
    awk "BEGIN { exit $free_kb < $need_kb + $MIN_FREE_KB }" ||
        refuse "no space for $3 in '$1': $free_kb KiB free, $need_kb needed," \
            "$MIN_FREE_KB to be left over (min_free)"
}
