WARNINGS=              # what a person should look at although the backup is good
RECORD='' RECORD_TEXT= # of this run, whether or not it can be written down

# begin_report <run|drill>: from here on, what becomes of it is written down as far as
# it can be, and told by REPORT, however it ends.
begin_report() {
    BEGUN_S=$(date +%s)
    DIRECTORY='' ID='' BYTES=0 # of what was made or proved
    FAILURES_BEFORE=$(recorded "$1" failures)
}

# begin_record <run|drill>: once the lock is ours.
begin_record() {
    REASON=$STATE_PATH/reason.$PLAN
    rm -f "$REASON"
    (true >"$STATE_PATH/$1.$PLAN.begun") 2>/dev/null || log "cannot write to" \
        "'$STATE_PATH': if this is killed, status will not know"
    watch_time
}

# worry <message>: in the log, in status and in the metrics.
worry() {
    log "warning: $*"
    WARNINGS="$WARNINGS${WARNINGS:+; }$*"
}

# print_reason <status>: why it failed; never nothing.
print_reason() {
    said=$(cat "${REASON:-/dev/null}" 2>/dev/null) || :
    said=${MESSAGE:-$said}
    printf '%s' "${said:-it ended with $1; the log says more}" |
        tr '[:cntrl:]' ' '
}

# seconds_since <seconds since the epoch>
seconds_since() { echo $(($(date +%s) - $1)); }

# recorded <run|drill> <key>: what is known of the last one of this plan. What should
# be a number and is none, after a power cut say, is not known.
recorded() {
    case $2 in
        failed_at | reason | success_id | warnings) value='.*' ;;
        *) value='0\|[1-9][0-9]\{0,14\}' ;;
    esac
    if [ "$RECORD" = "$1.$PLAN" ]; then
        printf '%s\n' "$RECORD_TEXT"
    else
        cat "$STATE_PATH/$1.$PLAN" 2>/dev/null || :
    fi | sed -n "s/^$2=\($value\)\$/\1/p"
}

# record_result <run|drill>: the last success and the last failure stay, whatever
# comes after them. A run that found another at work leaves that one's record alone.
record_result() {
    [ "$exit_status" != 4 ] || return 0
    success_s=$(recorded "$1" success_s) success_id=$(recorded "$1" success_id)
    bytes=$(recorded "$1" bytes) failures=0
    failed_at=$(recorded "$1" failed_at) reason=$(recorded "$1" reason)
    if [ "$exit_status" = 0 ]; then
        success_s=$(date +%s) success_id=$ID bytes=$BYTES
    else
        failures=$((${FAILURES_BEFORE:-0} + 1)) failed_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
        reason=$(print_reason "$exit_status")
    fi
    RECORD_TEXT=$(printf '%s\n' "began_s=$BEGUN_S" \
        "duration_s=$(seconds_since "$BEGUN_S")" "status=$exit_status" \
        "success_s=$success_s" "success_id=$success_id" "bytes=$bytes" \
        "failures=$failures" "failed_at=$failed_at" "reason=$reason" \
        "warnings=$(printf '%s' "$WARNINGS" | tr '[:cntrl:]' ' ')")
    RECORD=$1.$PLAN
    {
        # exit: in the trap of zsh's exit a subshell ends with 0 else, whatever failed;
        # 1: an exit without a number is there, in dash, what was before the trap
        (printf '%s\n' "$RECORD_TEXT" >"$STATE_PATH/$RECORD.new" || exit 1) \
            2>/dev/null &&
            mv "$STATE_PATH/$RECORD.new" "$STATE_PATH/$RECORD"
    } || {
        rm -f "$STATE_PATH/$RECORD.new"
        log "cannot write to '$STATE_PATH'"
    }
    rm -f "$STATE_PATH/$RECORD.begun"
}
