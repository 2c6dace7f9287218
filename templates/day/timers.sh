UNITS=/etc/systemd/system

# has_timers: is it for systemd to keep root's schedule? Where cron is, it is cron's.
has_timers() {
    [ "$USER_ID" = 0 ] && [ -d /run/systemd/system ] &&
        ! has cron && ! has crond && ! has crontab
}

# write_timer <name> <words> <time...>: a service and its timer, into the scratch
# directory. A run that was missed while the machine was off is caught up with.
write_timer() {
    unit=$SCRATCH/units/gen-backup-$ENVIRONMENT:$1
    about="Description=gen-backup $ENVIRONMENT: $2"
    run="$INSTALL_PATH $2${LOG_PATH:+ >>$LOG_PATH 2>&1}"
    shift 2
    # KillMode: what a hook has started may go on.
    printf '%s\n' '[Unit]' "$about" '' '[Service]' Type=oneshot KillMode=process \
        "ExecStart=/bin/sh -c 'exec $run'" >"$unit.service" || exit
    {
        printf '%s\n' '[Unit]' "$about" '' '[Install]' WantedBy=timers.target '' \
            '[Timer]' Persistent=true AccuracySec=1s
        printf 'OnCalendar=%s\n' "$@"
    } >"$unit.timer" || exit
}

# list_timers: what belongs there, in the scratch directory; and ours that are there.
list_timers() {
    mkdir "$SCRATCH/units"
    [ -z "$CRONTAB" ] || (umask 022 && write_timers) ||
        refuse "cannot write to '$SCRATCH'"
    ours=$(ls -d "$UNITS/gen-backup-$ENVIRONMENT:"* 2>/dev/null) || ours= # none
}

# install_timers: those that belong there, and no other ones of ours.
install_timers() {
    list_timers
    for unit in $ours; do
        [ ! -e "$SCRATCH/units/${unit##*/}" ] || continue
        case $unit in *.timer) systemctl -q disable --now "${unit##*/}" || : ;; esac
        rm -f "$unit" || refuse "cannot remove '$unit'"
    done
    [ -n "$ours$CRONTAB" ] || return 0
    [ -z "$CRONTAB" ] || (umask 022 && cp "$SCRATCH"/units/* "$UNITS/") ||
        refuse "cannot write to '$UNITS'"
    systemctl daemon-reload || refuse 'systemd does not read its units: see above'
    [ -z "$CRONTAB" ] || (cd "$SCRATCH/units" &&
        systemctl -q enable gen-backup-*.timer &&
        systemctl restart gen-backup-*.timer) ||
        refuse 'systemd does not start the timers: see above'
}

# look_at_timers: are they those that belong there, and do they run?
look_at_timers() {
    list_timers
    [ -n "$CRONTAB" ] || advise 'no plan has a schedule (enabled = false)'
    for unit in $ours "$SCRATCH"/units/*; do
        cmp -s "$SCRATCH/units/${unit##*/}" "$UNITS/${unit##*/}" ||
            refuse "'${unit##*/}' of systemd is not what this script says:" \
                "run 'install'"
        case $unit in *.service) continue ;; esac
        { systemctl -q is-active "${unit##*/}" &&
            systemctl -q is-enabled "${unit##*/}"; } ||
            refuse "systemd does not run '${unit##*/}': run 'install'"
    done
    echo "in timers of systemd: 'systemctl list-timers' shows the next runs"
}
