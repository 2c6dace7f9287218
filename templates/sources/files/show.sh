# show_files: a pattern is that of a path, or of the end of one.
show_files() {
    list_archive
    found=$(print_lines "$listed" | pattern=$PATTERN awk -F '\t' "$AWK_PATTERN"'
        BEGIN { pattern = to_expression(ENVIRON["pattern"]) }
        $1 ~ pattern { print $1 "  " $2 }')
    [ -n "$found" ] || die "'$BACKUP' holds no file like '$PATTERN'"
    print_lines "$found"
}

# list_archive: listed, a line for each file in the archive of $BACKUP: its path, a tab,
# its size and time.
list_archive() {
    listed=
    load_saved files
    [ -n "$saved_kind" ] || return 0 # it is partial
    require_tar files
    set -- --numeric-owner
    [ "$TAR" != gnu ] || set -- "$@" --full-time
    listed=$(list_names "$@" -tvf | make_visible | awk '!/^d/ {
            about = $3 " bytes, " $4 " " $5
            for (i = 0; i < 5; i++) sub(/^[^ ]+ +/, "")
            print substr($0, 2) "\t" about
        }') || die "cannot read '$BACKUP/$saved_file'"
}
