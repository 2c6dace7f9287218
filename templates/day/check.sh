# check: everything that can be wrong at night, a line each, with the way out; ends
# with 3 when something is.
check() {
    CHECK=0
    wait_for_lock +check
    open_work "$STATE_PATH/.check"
    examine user look_at_user
    examine clock look_at_clock
    examine 'state directory' look_at_state
    examine destination look_at_place
    does_answer "$BACKUP_PATH" || exit "$CHECK" # whatever looks at it would wait
    list_all
    for plan in $PLANS; do
        use_plan "$plan"
        examine "$plan: tools" look_at_tools
        examine "$plan: room" look_at_room
        examine "$plan: state" advise_trouble
        examine "$plan: warnings" look_at_warnings
    done
    PLAN=$ENVIRONMENT
    examine 'other backups' look_at_others
    check_sources
    examine script look_at_script
    examine schedule look_at_schedule
    examine log look_at_log                         #? log
    examine metrics look_at_metrics                 #? metrics
    examine 'other schedule' look_at_other_schedule #? other_schedule
    exit "$CHECK"
}

# examine <what> <command...>: a line. In a subshell, since what is called may end
# the script: by advise with a warning, else with a failure.
examine() {
    examined=$1 verdict=0
    shift
    answer=$( ("$@") 2>&1) || verdict=$?
    case $verdict in
        0) word='ok  ' ;;
        10) word=warn ;;
        *) word=FAIL CHECK=3 ;;
    esac
    printf '%s  %-20s %s\n' "$word" "$examined" "$(printf '%s\n' "$answer" |
        sed 's/^[0-9-]*T[0-9:]*Z [^ ]*: [a-z]*: //' | paste -s -d ' ' -)"
}

# advise <message>: not wrong, but better known.
advise() { fail 10 "$@"; }

look_at_user() {
    [ "$USER_ID" = 0 ] || advise "user $USER_ID, not root: what he may not read" \
        "makes a backup partial, and owners cannot be restored"
    echo root
}

look_at_clock() {
    [ "$(date +%Y)" -ge 2026 ] || refuse "it is $(date): set the clock"
    date -u +%Y-%m-%dT%H:%M:%SZ
}

look_at_state() {
    is_ours_alone "$(readlink -f -- "$STATE_PATH")" ||
        advise "others than root may change '$STATE_PATH', or what is above it, and" \
            "so what we believe: set backup.state to a directory of root's"
    echo "'$STATE_PATH'"
}

# look_at_place: the destination.
look_at_place() {
    require_mounted #? mount
    look_at_destination
    [ -n "$found" ] || advise "'$BACKUP_PATH' is not there yet: 'install' makes it"
    [ -n "$known" ] || refuse "'$BACKUP_PATH' has the ID file of another machine or" \
        "environment: 'install --adopt' makes it this one's"
    [ -w "$BACKUP_PATH" ] || refuse "user $USER_ID cannot write to '$BACKUP_PATH':" \
        'run as root, or give the right'
    [ -z "$(find "$BACKUP_PATH/" -prune -perm -0002)" ] ||
        advise "anybody may write to '$BACKUP_PATH', and so decide what is restored:" \
            'chmod o-w'
    is_ours_alone "$(readlink -f -- "$BACKUP_PATH")" ||
        advise "others than root may change '$BACKUP_PATH', or what is above it," \
            "and so decide what is restored, and where root writes"
    echo "'$BACKUP_PATH', has this machine's ID"
}

# look_at_disk <path...>: is what is backed up elsewhere than its backups?
look_at_disk() {
    place=$(existing "$BACKUP_PATH")
    elsewhere=
    for source; do
        [ -e "$source" ] || continue
        elsewhere="$elsewhere'$source' "
        [ "$(stat -L -c %d "$source")" != "$(stat -L -c %d "$place")" ] ||
            advise "'$source' and its backups are on the same filesystem: a dead" \
                "disk takes both; mount another one at '$BACKUP_PATH'"
    done
    [ -n "$elsewhere" ] || advise "nothing that is backed up is there: see above"
    echo "${elsewhere}on other filesystems than '$BACKUP_PATH'"
}

# existing <path>: it, or the nearest directory above it that is there.
existing() (
    path=$1
    until [ -e "$path" ]; do path=${path%/*} && path=${path:-/}; done
    printf '%s\n' "$path"
)

look_at_tools() {
    require_tools
    has flock || refuse 'flock is missing here: install util-linux'
    choose_compressor
    [ "$FORMAT" = 2 ] || can_patch ||                                      #? differential
        advise "zstd 1.4.5 or later is missing here: all backups are full" #? differential
    echo "all there; compressor: $COMPRESSOR"
}

# look_at_room: for a backup as large as the last one.
look_at_room() {
    bytes=$(print_last_bytes)
    place=$(existing "$PLAN_PATH")
    require_space "$place" "$bytes" 'the next backup'
    free=$(print_free "$place")
    taken="the last backup took $bytes bytes"
    [ "$bytes" != 0 ] || taken='what a backup takes the first will show'
    echo "${free%% *} KiB free in '$place', $taken"
}

advise_trouble() {
    said=$(print_status check) || advise "$said"
    echo "$said"
}

# look_at_warnings: of the newest backup: what is not in it, say, and is no failure.
look_at_warnings() {
    newest=$(list_backups | sed -n '$s/^[^/]*//p')
    said=$([ -z "$newest" ] || sed -n 's/^warning=//p' "$newest/MANIFEST" | head -n 9 |
        paste -s -d ';' -)
    [ -z "$said" ] || advise "of the last backup: $said"
    echo none
}

look_at_script() {
    [ -e "$INSTALL_PATH" ] || advise "'$INSTALL_PATH' is not there: 'install' copies" \
        "this script"
    cmp -s "$SELF" "$INSTALL_PATH" ||
        refuse "'$INSTALL_PATH' is another version: run 'install' with the right one"
    require_ours
    is_roots "$INSTALL_PATH" ||
        refuse "others than root may change '$INSTALL_PATH': run 'install'"
    said=$( (env -i sh -c "$INSTALL_PATH version") 2>&1 >/dev/null) ||
        refuse "cron cannot run '$INSTALL_PATH': run 'install', or generate with" \
            "--install-path where programs may lie ($said)"
    echo "'$INSTALL_PATH'"
}

look_at_schedule() {
    if has_timers; then
        look_at_timers
        return 0
    fi
    choose_cron
    print_installed | cmp -s - "$SCRATCH/schedule" ||
        refuse "the crontab lines are not this script's: run 'install'"
    [ -n "$CRONTAB" ] || advise 'no plan has a schedule (enabled = false)'
    does_cron_run || refuse 'no cron daemon runs: start it'
    echo "in ${CRON_FILE:-the crontab}; cron runs"
}
