NEWLINE='
'

# log <message>: to standard error, a line of bounded length without control characters:
# it may hold names that others chose. A log on a full disk, or that nobody reads, must
# not end a backup; in a subshell, because in zsh the failure would stick. Each has a
# level: what begins with none is no more than an information.
log() {
    case $* in
        'warning: '* | 'error: '*) ;;
        cannot*) set -- "warning: $*" ;; # whoever says so goes on
        *) set -- "info: $*" ;;
    esac
    (trap '' PIPE && printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$PLAN" \
        "$(print_bounded "$*")" >&2) || :
}

# print_bounded <message>: one line, which fits into a log, a file and an argument.
print_bounded() {
    case ${#1}:$1 in
        [0-9][0-9][0-9][0-9]*:* | *[!\ -~]*)
            printf '%s' "$1" | tr '[:cntrl:]' ' ' | cut -b 1-1000
            ;;
        *) printf '%s\n' "$1" ;;
    esac
}

# print_lines <text>: however many. To mksh and posh printf is a program, and none gets
# an argument of more than 128 KiB.
print_lines() {
    cat <<EOF
$1
EOF
}

# progress <message>: for a person who watches.
progress() { [ ! -t 2 ] || log "$@"; }

REASON=  # a file for the last failure's message, while a run goes on
MESSAGE= # the message itself, when it failed in this very shell

# fail <status> <message>: die when it failed, refuse what is not possible here.
fail() {
    FAIL_STATUS=$1
    shift
    MESSAGE=$*
    case $FAIL_STATUS in [13]) MESSAGE=$MESSAGE$(print_full "$*") ;; esac
    log "error: $MESSAGE"
    [ -z "$REASON" ] ||
        (print_bounded "$MESSAGE" >"$REASON") 2>/dev/null || :
    exit "$FAIL_STATUS"
}
die() { fail 1 "$@"; }
refuse() { fail 3 "$@"; }

# print_full <message>: is where we work full, or a place that it names? Most that fails
# there does for that, and does not say so.
print_full() {
    {
        printf '%s\n' "$WORK"
        printf '%s\n' "$1" | grep -o "'/[^']*'" | tr -d "'"
    } | while IFS= read -r place; do
        does_answer "$place" || continue # to ask for its room would be to wait, too
        { df -Pk "$place" || df -Pk "${place%/*}/"; } 2>/dev/null |
            grep -q ' [0-9]  *[0-9][0-9]*% ' || continue
        printf '%s\n' "; the disk of '$place' is full"
        cat >/dev/null # or the pipe breaks
    done
}

# seconds_since <seconds since the epoch>
seconds_since() { echo $(($(date +%s) - $1)); }

# has <command>: is it installed? In a subshell, as every builtin with an option
# here: after one, posh 0.14 takes what follows 'wait' for options, at random.
has() { (command -v "$1") >/dev/null 2>&1; }
