# is_this_script <file>: whole, and the one that runs?
is_this_script() {
    [ -f "$1" ] && grep -qxF "DIGEST=$DIGEST" "$1" &&
        tail -n 1 "$1" | grep -q '^main.*exit$'
}

require_script() {
    is_this_script "$SELF" || refuse "$COMMAND needs the script as a file"
    [ -z "$BESIDE" ] || refuse "this copy is for the backup beside it: 'verify'," \
        "'drill', 'restore'; else copy it to '$INSTALL_PATH', and run that"
}
