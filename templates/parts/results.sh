# begin_report <run|drill>: from here on, what becomes of it is written down, and
# told, however it ends.
begin_report() {
    REPORT=report_$1
    BEGUN_S=$(date +%s)
    DIRECTORY='' ID='' BYTES=0 # of what was made or proved
    REASON=$STATE_PATH/reason.$PLAN
    rm -f "$REASON"
    true >"$STATE_PATH/$1.$PLAN.begun" || refuse "cannot write to '$STATE_PATH'"
}

# was_killed <run|drill>: it began, did not end, and is no more.
was_killed() {
    lock=$STATE_PATH/locks/$PLAN
    [ -e "$STATE_PATH/$1.$PLAN.begun" ] &&
        { [ ! -e "$lock" ] || is_lock_dead "$lock"; }
}

# seconds_since <seconds since the epoch>
seconds_since() { echo $(($(date +%s) - $1)); }

# recorded <run|drill> <key>: what is known of the last one of this plan. What should
# be a number and is none, after a power cut say, is not known.
recorded() {
    case $2 in
        failed_at | reason | success_id) value='.*' ;;
        *) value='0\|[1-9][0-9]\{0,14\}' ;;
    esac
    sed -n "s/^$2=\($value\)\$/\1/p" "$STATE_PATH/$1.$PLAN" 2>/dev/null || :
}

# record_result <run|drill>: the last success and the last failure stay, whatever
# comes after them.
record_result() {
    success_s=$(recorded "$1" success_s) success_id=$(recorded "$1" success_id)
    bytes=$(recorded "$1" bytes) failures=$(recorded "$1" failures)
    failed_at=$(recorded "$1" failed_at) reason=$(recorded "$1" reason)
    if [ "$exit_status" = 0 ]; then
        success_s=$(date +%s) success_id=$ID bytes=$BYTES failures=0
    else
        failures=$((${failures:-0} + 1)) failed_at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
        reason=$(cat "$REASON" 2>/dev/null || echo "ended with $exit_status")
    fi
    {
        printf '%s\n' "began_s=$BEGUN_S" "duration_s=$(seconds_since "$BEGUN_S")" \
            "status=$exit_status" "success_s=$success_s" "success_id=$success_id" \
            "bytes=$bytes" "failures=$failures" "failed_at=$failed_at" \
            "reason=$reason" >"$STATE_PATH/$1.$PLAN.new" &&
            mv "$STATE_PATH/$1.$PLAN.new" "$STATE_PATH/$1.$PLAN"
    } || {
        rm -f "$STATE_PATH/$1.$PLAN.new"
        log "cannot write to '$STATE_PATH'"
    }
    rm -f "$STATE_PATH/$1.$PLAN.begun"
}
