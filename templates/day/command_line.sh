# find_self: SELF, this script, and whether it lies beside a backup.
find_self() {
    START_DIRECTORY=$PWD
    case $0 in /*) SELF=$0 ;; *) SELF=$PWD/$0 ;; esac
    cd /
    BESIDE='' BESIDE_PLAN='' # a copy beside a manifest acts on that backup alone
    if [ -f "${SELF%/*}/MANIFEST" ] && is_this_script "$SELF"; then
        BESIDE=${SELF%/*}
        BESIDE_PLAN=$(sed -n 's/^plan=//p' "$BESIDE/MANIFEST")
    fi
}

# misuse <message>: of $COMMAND; and what is right.
misuse() {
    log "error: $COMMAND: $*"
    show_help | awk -v command="$COMMAND" '/^[a-z]/ { on = $1 == command } on' >&2
    FAIL_STATUS=2
    exit 2
}

# require_value <value so far> [word...]: of the option $word.
require_value() {
    [ -z "$1" ] || misuse "$word is given twice"
    case ${2-} in
        '') misuse "$word needs a value" ;;
        -*) misuse "$word needs a value; one that begins with - is written ./$2" ;;
        *"$NEWLINE"*) misuse "$word: a line break; name the directory it is in" ;;
    esac
}
