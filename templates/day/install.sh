OURS="# gen-backup $ENVIRONMENT" # at the end of each of our lines in a crontab

# install_all [--adopt]: can be done again at any time; says what it did.
install_all() {
    take_lock +install
    [ "$1" != --adopt ] || adopt_destination
    open_destination
    echo "destination: '$BACKUP_PATH', has this machine's ID"
    open_work "$STATE_PATH/.install"
    find_replaced
    install_script
    install_log #? log
    install_schedule
    for replaced in $REPLACED; do
        ENVIRONMENT=$replaced OURS="# gen-backup $replaced" CRONTAB=
        install_schedule >/dev/null
        echo "replaced: '$replaced', which had the same destination, is scheduled no" \
            "more"
    done
}

# find_replaced: REPLACED, other environments that cron runs scripts of which back up to
# this destination, as they did under a former name of this one. It is ours alone now.
find_replaced() {
    path=$(grep '^BACKUP_PATH=' "$SELF")
    REPLACED=$({
        cat /etc/cron.d/gen-backup-* "$UNITS"/gen-backup-*.service 2>/dev/null || :
        ! has crontab || print_crontab
    } | grep -o '/[A-Za-z0-9/._-]* run' | sort -u | while read -r script _; do
        ! grep -qsxF "$path" "$script" || sed -n 's/^ENVIRONMENT=//p' "$script"
    done | sort -u | grep -vxF "$ENVIRONMENT") || : # there may be none
}

# adopt_destination: what another machine marked becomes this one's alone: it gets
# a new mark, which the other does not know.
adopt_destination() {
    rm -f "$STATE_PATH/destination" "$STATE_PATH/mark" "$BACKUP_PATH/.gen-backup" ||
        refuse "cannot write to '$BACKUP_PATH'"
}

# is_roots <file>: as which it is installed by root; then others may not change it.
is_roots() {
    [ "$USER_ID" != 0 ] ||
        [ -n "$(find "$1" -prune -user 0 ! -perm -0002 ! -perm -0020)" ]
}

# require_ours: who may change what root runs every night is root.
require_ours() {
    at=$(readlink -f -- "${INSTALL_PATH%/*}") || at=${INSTALL_PATH%/*}
    is_ours_alone "$at" ||
        refuse "others than root may change '$at' or what is above it, and so what" \
            'root runs: chown root, chmod go-w, or generate with --install-path'
}

# install_script: this one, where the crontab looks for it.
install_script() {
    require_ours
    if ! cmp -s "$SELF" "$INSTALL_PATH" || ! is_roots "$INSTALL_PATH"; then
        [ ! -e "$INSTALL_PATH" ] ||
            grep -qsxF -e "ENVIRONMENT=$ENVIRONMENT" -e "$path" "$INSTALL_PATH" ||
            refuse "'$INSTALL_PATH' is something else: generate with --install-path"
        {
            (umask 022 && mkdir -p "${INSTALL_PATH%/*}") &&
                cp -- "$SELF" "$INSTALL_PATH.new" &&
                chmod 755 "$INSTALL_PATH.new" && mv "$INSTALL_PATH.new" "$INSTALL_PATH"
        } || refuse "cannot write '$INSTALL_PATH': run as root, or generate with" \
            --install-path
    fi
    [ -x "$INSTALL_PATH" ] || chmod 755 "$INSTALL_PATH" ||
        refuse "cannot chmod '$INSTALL_PATH'"
    echo "script: '$INSTALL_PATH'"
}

# fit_crontab: the default place of the log is root's alone. Where it cannot be written,
# its redirection would keep a line from running; cron mails what is said instead.
fit_crontab() {
    ! cannot_log || CRONTAB=$(printf '%s\n' "$CRONTAB" |
        sed 's: >>/var/log/gen-backup/.*::')
}

cannot_log() {
    [ "$USER_ID" != 0 ] && [ ! -w /var/log/gen-backup ] &&
        [ "$LOG_PATH" = "/var/log/gen-backup/$ENVIRONMENT.log" ]
}

# choose_cron: CRON_FILE, when root has /etc/cron.d and a cron that reads it; else
# a crontab. Leaves the lines that belong there.
choose_cron() {
    fit_crontab
    CRON_FILE=
    case $USER_ID:$(readlink -f "$(command -v crond || :)") in
        0:*/busybox) ;;
        0:*) [ ! -d /etc/cron.d ] || CRON_FILE=/etc/cron.d/gen-backup-$ENVIRONMENT ;;
    esac
    [ -n "$CRON_FILE" ] || has crontab || [ -z "$CRONTAB" ] ||
        refuse 'there is no cron here: install one,' \
            "or have what 'crontab' prints run by something else"
    { [ -z "$CRONTAB" ] || printf '%s\n' "$CRONTAB"; } >"$SCRATCH/lines"
    if [ -n "$CRON_FILE" ]; then
        sed "s:$INSTALL_PATH:root &:" "$SCRATCH/lines"
    else
        sed "s/\$/ $OURS/" "$SCRATCH/lines"
    fi >"$SCRATCH/schedule"
}

# print_installed: our lines, as cron has them.
print_installed() {
    if [ -n "$CRON_FILE" ]; then
        cat "$CRON_FILE" 2>/dev/null || :
    else
        print_crontab | grep " $OURS\$" || :
    fi
}

# print_crontab: the user's, which may be none.
print_crontab() {
    ! has crontab || crontab -l 2>"$SCRATCH/error" ||
        grep -q -e 'no crontab' -e 'No such file' "$SCRATCH/error" ||
        refuse "cannot read the crontab: $(cat "$SCRATCH/error")"
}

# install_schedule: our lines, and nobody else's.
install_schedule() {
    open_work "$STATE_PATH/.install"
    if has_timers; then
        install_timers
        rm -f "/etc/cron.d/gen-backup-$ENVIRONMENT" # from when there was a cron
        scheduled=${CRONTAB:+in timers of systemd, since there is no cron}
    else
        [ ! -d /run/systemd/system ] || [ "$USER_ID" != 0 ] ||
            (CRONTAB='' && install_timers)
        choose_cron
        scheduled="in ${CRON_FILE:-the crontab}"
        if [ -z "$CRON_FILE" ]; then
            write_crontab "$SCRATCH/schedule"
        elif [ -s "$SCRATCH/schedule" ]; then
            {
                chmod 644 "$SCRATCH/schedule" &&
                    cp -p "$SCRATCH/schedule" "$CRON_FILE.new" &&
                    mv "$CRON_FILE.new" "$CRON_FILE"
            } || refuse "cannot write '$CRON_FILE'"
        else
            rm -f "$CRON_FILE"
        fi
        [ -s "$SCRATCH/schedule" ] || scheduled=
        [ -z "$scheduled" ] || does_cron_run ||
            log 'warning: no cron daemon runs: start it'
    fi
    echo "schedule: ${scheduled:-none}"
}

# does_cron_run: root's, and not one in a container: anybody may call a process so. The
# kernel lets no name bring a line of its own into a status.
does_cron_run() {
    cat /proc/[0-9]*/status 2>/dev/null | awk -F '\t' '
        $1 == "Name:" { named = $2 ~ /^crond?$/ }
        $1 == "Uid:" && $2 != 0 { named = 0 }
        $1 == "NSpid:" && NF == 2 && named { runs = 1 }
        END { exit !runs }'
}

# write_crontab <file>: with these lines in the place of ours.
write_crontab() {
    print_crontab >"$SCRATCH/crontab" || exit
    { grep -v " $OURS\$" "$SCRATCH/crontab" || :; } | cat - "$1" >"$SCRATCH/new" ||
        refuse "cannot write to '$STATE_PATH'"
    if cmp -s "$SCRATCH/crontab" "$SCRATCH/new"; then
        return 0
    elif [ -s "$SCRATCH/new" ]; then
        crontab "$SCRATCH/new" || refuse 'cannot write the crontab'
    else
        crontab -r || refuse 'cannot remove the crontab'
    fi
}

# uninstall: the schedule, and nothing else.
uninstall() {
    take_lock +install
    CRONTAB=
    install_schedule
    set -- "$BACKUP_PATH" "$STATE_PATH" "$INSTALL_PATH"
    set -- "$@" "$LOG_PATH" "/etc/logrotate.d/gen-backup-$ENVIRONMENT" #? log
    set -- "$@" "$METRICS_PATH/gen-backup-$ENVIRONMENT"-*.prom         #? metrics
    for place; do [ ! -e "$place" ] || echo "what stays: '$place'"; done
}
