# open_aside: ASIDE, a new directory beside the backups, for what is replaced.
open_aside() {
    ASIDE=${BACKUP%/*}/.before-restore-$(date -u +%Y%m%dT%H%M%SZ)
    if [ -e "$ASIDE" ]; then
        sleep 1 # a taken name waits for the next second
        ASIDE=${BACKUP%/*}/.before-restore-$(date -u +%Y%m%dT%H%M%SZ)
    fi
    mkdir "$ASIDE" || refuse "cannot make '$ASIDE'"
}
