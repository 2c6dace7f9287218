# leave_out <path>: keep it out of the archive, under its own name and under
# the one that its symbolic links lead to.
leave_out() {
    printf '.%s\n' "$1" "$(readlink -f -- "$1")" | sed 's/[][*?\\]/\\&/g' \
        >>"$SCRATCH/left_out"
}

# leave_out_pattern <pattern>: any name, or from the root when it begins ./
leave_out_pattern() {
    printf '%s\n' "$1" >>"$SCRATCH/left_out"
}

# leave_out_sqlite <database>: a live database is never copied raw.
leave_out_sqlite() {
    for side in '' -wal -shm -journal; do leave_out "$1$side"; done
}

# backup_files <path...>: archive them. Members are named from /, as ./opt/...
backup_files() {
    progress 'files: archiving'
    require_space "$WORK" 0 'the archive'
    for path; do
        shift
        set -- ${1+"$@"} ".$path"
        # A tree that is a link: the link, and what it leads to.
        [ ! -L "$path" ] || set -- "$@" ".$(readlink -f -- "$path")"
    done
    leave_out_pattern '.gen-backup-*'
    archive=files.tar$SUFFIX
    stage 1 read_files "$@" | exec_compress >"$WORK/$archive" &
    { await $! && stages_ended_well 1; } ||
        die "cannot archive the files: $(head -n 3 "$SCRATCH/error")"
    progress 'files: reading back'
    stage 1 exec_decompress "$WORK/$archive" | stage 2 tar -tf - |
        awk '!/\/$/ { n++ } END { print n + 0 }' >"$SCRATCH/members" &
    { await $! && stages_ended_well 1 2; } || die "'$archive' does not read back"
    members=$(cat "$SCRATCH/members")
    [ "$members" != 0 ] || die "there is no file to back up in: $*"
    add_artifact files tar "$archive"
    manifest "files.members=$members"
    log "files: $members members, $BYTES bytes kept"
}

# read_files <operand...>: a tar archive on standard output.
read_files() {
    tar_status=0
    (exec_gently tar -C / --numeric-owner -X "$SCRATCH/left_out" -cf - "$@") \
        2>"$SCRATCH/error" || tar_status=$?
    # GNU tar says 1 when files changed while it read them; all are there.
    if [ "$tar_status" = 1 ] && tar --version | grep -q GNU; then
        log "files: while they were read: $(head -n 3 "$SCRATCH/error")"
        return 0
    fi
    return "$tar_status"
}
