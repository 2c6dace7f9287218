NEWLINE='
'

# log <message>: to standard error, a line of bounded length without control characters:
# it may hold names that others chose. A log on a full disk must not end a backup; in a
# subshell, because in zsh the failure would stick to later writes.
log() {
    (
        said=$(printf '%s' "$*" | tr '[:cntrl:]' ' ' | head -c 4000)
        printf '%s %s: %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$PLAN" "$said" >&2
    ) || :
}

# progress <message>: for a person who watches.
progress() { [ ! -t 2 ] || log "$@"; }

REASON= # a file for the last failure's message, while a run goes on

# fail <status> <message>: die when it failed, refuse what is not possible here.
fail() {
    fail_status=$1
    shift
    log "$@"
    [ -z "$REASON" ] ||
        (printf '%s' "$*" | tr '[:cntrl:]' ' ' >"$REASON") 2>/dev/null || :
    exit "$fail_status"
}
die() { fail 1 "$@"; }
refuse() { fail 3 "$@"; }

# has <command>: is it installed? In a subshell, as every builtin with an option
# here: after one, posh 0.14 takes what follows 'wait' for options, at random.
has() { (command -v "$1") >/dev/null 2>&1; }
