TAB=$(printf '\t')

# show_files: a pattern is that of a path, or of the end of one.
show_files() {
    list_archive
    case $PATTERN in /*) ;; *) PATTERN="*/$PATTERN" ;; esac
    found=$(print_matching) || exit
    [ -n "$found" ] || die "'$BACKUP' holds no file like '$PATTERN'"
    printf '%s\n' "$found"
}

print_matching() {
    printf '%s\n' "$listed" | while IFS=$TAB read -r path about; do
        # shellcheck disable=SC2254 # it is a pattern
        case $path in $PATTERN | $PATTERN/*) printf '%s  %s\n' "$path" "$about" ;; esac
    done
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
