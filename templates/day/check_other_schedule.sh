look_at_other_schedule() {
    [ ! -e "$OTHER_SCHEDULE" ] || advise "'$OTHER_SCHEDULE' goes on beside this" \
        "one, and stops the application for its own backups: remove it when a drill" \
        "has tested a backup of this one"
    echo "'$OTHER_SCHEDULE' is not there"
}
