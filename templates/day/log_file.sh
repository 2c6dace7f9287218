# install_log: its directory, and what keeps it short.
install_log() {
    if cannot_log; then
        echo 'log: cron mails what is said: only root can write to the default one'
        return 0
    fi
    mkdir -p "${LOG_PATH%/*}" || refuse "cannot write '$LOG_PATH'"
    try_log
    echo "log: '$LOG_PATH'"
    rotation=/etc/logrotate.d/gen-backup-$ENVIRONMENT
    [ -d "${rotation%/*}" ] && [ -w "${rotation%/*}" ] || return 0
    {
        printf '%s {\n    %s\n    %s\n    %s\n    %s\n    %s\n}\n' "$LOG_PATH" \
            weekly 'rotate 12' compress missingok notifempty >"$rotation" &&
            chmod 644 "$rotation"
    } || refuse "cannot write '$rotation'"
    echo "its rotation: '$rotation'"
}

# look_at_log: a crontab line whose log cannot be opened runs nothing.
look_at_log() {
    ! cannot_log || advise "cron mails what is said: user $USER_ID cannot write to" \
        "'$LOG_PATH'; set backup.log to a file of his"
    [ -d "${LOG_PATH%/*}" ] || refuse "'${LOG_PATH%/*}' is missing: run 'install'"
    try_log
    echo "'$LOG_PATH'"
}

# try_log: cron opens it before us, as root, and through whatever link is there. Others
# of root's own group of loggers, as of /var/log, are trusted.
try_log() {
    [ "$USER_ID" != 0 ] || {
        at=$(readlink -f -- "${LOG_PATH%/*}") && is_ours_alone "${at%/*}/" sticky &&
            [ -n "$(find "$at" -prune -user 0 ! -perm -0002)" ]
    } || refuse "others may change '${LOG_PATH%/*}', or what is above it, so that" \
        "root would write where they lead: set backup.log to a directory of root's"
    (true >>"$LOG_PATH") || refuse "cannot write '$LOG_PATH'"
}
