# open_aside: ASIDE, a new directory beside the backups, for what is replaced.
open_aside() {
    choose_aside "${BACKUP%/*}/"
    ASIDE=$aside
    mkdir "$ASIDE" || refuse "cannot make '$ASIDE'"
}
