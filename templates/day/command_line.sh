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
    print_usage >&2
    FAIL_STATUS=2
    exit 2
}

print_usage() {
    show_help | awk -v command="$COMMAND" '/^[a-z]/ { on = $1 == command } on'
}

# print_nearest <word> <one of these...>: the one that a slip of the pen makes of it:
# between what both begin and end with, two letters more, fewer, or other ones.
print_nearest() {
    printf '%s\n' "$@" | awk '
        NR == 1 { word = $0; next }
        {
            a = word; b = $0
            while (b != "" && substr(a, 1, 1) == substr(b, 1, 1)) {
                a = substr(a, 2); b = substr(b, 2)
            }
            while (b != "" && substr(a, length(a)) == substr(b, length(b))) {
                a = substr(a, 1, length(a) - 1); b = substr(b, 1, length(b) - 1)
            }
            if (length(a b) < length(word) && length(a b) < 5 &&
                (a == "" || b == "" || length(a) == length(b)))
                near = "; did you mean \047" $0 "\047?"
        }
        END { print near }'
}
