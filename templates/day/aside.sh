# open_aside: ASIDE, a new directory for what is replaced: beside the backups, or in the
# local state where these can only be read.
open_aside() {
    place=${BACKUP%/*}
    [ -w "$place" ] || place=$STATE_PATH
    choose_aside "$place/"
    ASIDE=$aside
    mkdir "$ASIDE" || refuse "cannot make '$ASIDE'"
}
