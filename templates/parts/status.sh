# look_at_plan: what is known of $PLAN, and TROUBLE: a line for each thing that a
# person should look at.
look_at_plan() {
    TROUBLE='' AGE_S=0 newest='' oldest_s=0 ahead='' damaged='' damaged_count=0
    partial=''
    acknowledged=$(sed -n 's/^acknowledged //p' "$STATE_PATH/retention.$PLAN" \
        2>/dev/null || :)
    # Numbers and ids.
    eval "$(list_backups | awk -v now="$(date -u +%Y%m%dT%H%M%SZ)" "$AWK_TIME"'
        $3 ~ /^(damaged|torn)$/ { damaged = damaged " " $2; count++; next }
        $2 > now { ahead = $2; next }
        $3 == "partial" { partial = $2; next }
        { id = $2; bytes = $4; oldest = oldest ? oldest : $2 }
        END {
            if (id) printf "newest=%s BYTES=%.0f AGE_S=%.0f oldest_s=%.0f\n", id,
                bytes, seconds(now) - seconds(id), seconds(now) - seconds(oldest)
            printf "ahead=%s damaged=\"%s\" damaged_count=%d partial=%s\n", ahead,
                damaged, count, partial
        }')"
    [ -z "$STATE_TROUBLE" ] || trouble "$STATE_TROUBLE: no run can note its result"
    look_at_runs
    look_at_drills
    [ -z "$ahead" ] || [ "$ahead" = "$acknowledged" ] ||
        trouble "a backup is from the future: $ahead; is the clock right?"
    stopped=$(sed -n 's/^stopped: //p' "$STATE_PATH/retention.$PLAN" 2>/dev/null || :)
    [ -z "$stopped" ] || trouble "retention has stopped: $stopped; look, then run" \
        "'prune $PLAN'"
    [ -z "$damaged" ] || trouble "damaged, and so worth nothing:$damaged; 'verify" \
        "$PLAN ID' looks again; remove the directory when it cannot be mended"
}

trouble() { TROUBLE="$TROUBLE$*
"; }

# look_at_runs: did the last one succeed, and was it in time?
look_at_runs() {
    case $(recorded run status) in
        '' | 0) ;;
        *) trouble "the last run failed at $(recorded run failed_at):" \
            "$(recorded run reason)" ;;
    esac
    warnings=$(recorded run warnings)
    [ -z "$warnings" ] || trouble "the last run warned: $warnings"
    ! was_killed run ||
        trouble "the last run was killed, or the machine stopped; the next cleans up"
    [ -z "$(find "$STATE_PATH/run.$PLAN.begun" -mmin "+$((MAX_DURATION_S / 60 + 1))" \
        2>/dev/null)" ] || was_killed run ||
        trouble "a run has gone on for more than $(in_words "$MAX_DURATION_S")"
    if [ "$ENABLED" = no ]; then
        return
    elif [ -z "$newest" ]; then
        has_one=${partial:+; $partial is partial}
        trouble "there is no ${partial:+whole }backup yet$has_one"
    elif [ "$AGE_S" -gt "$((OVERDUE_AFTER_MIN * 60))" ]; then
        trouble "overdue: the last success is $(in_words "$AGE_S") old, more than" \
            "$(in_words "$((OVERDUE_AFTER_MIN * 60))")"
    fi
}

# look_at_drills: did the last one succeed, and was it in time?
look_at_drills() {
    case $(recorded drill status) in
        '' | 0) ;;
        *) trouble "the last drill failed at $(recorded drill failed_at):" \
            "$(recorded drill reason)" ;;
    esac
    warned=$(recorded drill warnings)
    [ -z "$warned" ] || trouble "the last drill warned: $warned"
    ! was_killed drill || trouble 'the last drill was killed, or the machine stopped'
    proved_s=$(recorded drill success_s)
    [ -z "$proved_s" ] || oldest_s=$(seconds_since "$proved_s")
    [ "$DRILL_OVERDUE_MIN" = 0 ] || [ "$oldest_s" -le "$((DRILL_OVERDUE_MIN * 60))" ] ||
        trouble "no drill has proved a backup for $(in_words "$oldest_s")"
}

# in_words <seconds>
in_words() {
    if [ "$1" -lt 120 ]; then
        echo "$1 s"
    elif [ "$1" -lt 7200 ]; then
        echo "$(($1 / 60)) min"
    elif [ "$1" -lt 172800 ]; then
        echo "$(($1 / 3600)) h"
    else
        echo "$(($1 / 86400)) days"
    fi
}

# was_killed <run|drill>: it began, did not end, and is no more.
was_killed() {
    lock=$LOCK_PATH/$PLAN
    [ -e "$STATE_PATH/$1.$PLAN.begun" ] &&
        { [ ! -e "$lock" ] || is_lock_dead "$lock"; }
}
