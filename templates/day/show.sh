# show_backup <plan> <id|latest>: what its manifest says; or, with a PATTERN, the files
# in its archive that match. tr tells when it cannot print, not every sed does.
show_backup() {
    use_plan "$1"
    find_backup "$2"
    require_sound MANIFEST     # before a word of it is used
    if [ -n "$PATTERN" ]; then #? files
        show_files             #? files
        return 0               #? files
    fi                         #? files
    [ ! -e "$BACKUP/PINNED" ] || echo "$BACKUP is pinned"
    print_manifest | sed '
        /^[^=]*[.]\(mode\|owner\|schema\|definition\|file\)=/d
        /^\(format\|digest\)=/d; s/=/ /' | make_visible
    show_changes #? follow
}

# make_visible: names that others chose do nothing to a terminal.
make_visible() { tr '\001-\011\013-\037\177' '?'; }
