# require_mounted: before anything is made there.
require_mounted() {
    require_answer
    is_mounted || refuse "'$BACKUP_PATH' is missing, or" \
        "not on a mounted volume (require_mount): mount it, and make the directory"
}

# is_mounted: is the destination on a filesystem other than /?
is_mounted() {
    [ -d "$BACKUP_PATH" ] || return 1
    mounted=$(print_free "$BACKUP_PATH")
    [ -n "$mounted" ] ||
        refuse "cannot tell whether '$BACKUP_PATH' is mounted: df failed"
    [ "${mounted#* * }" != / ]
}
