# show_status [--json]: of each plan; ends with 1 when a person should look.
show_status() {
    separator='[' status=0
    for plan in $PLANS; do
        use_plan "$plan"
        look_at_plan
        [ -z "$TROUBLE" ] || status=1
        if [ -z "$1" ]; then
            print_status
        else
            echo "$separator"
            print_status_json
            separator=','
        fi
    done
    [ -z "$1" ] || echo ']'
    exit "$status"
}

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
    if [ "$ENABLED" = no ]; then
        return
    elif [ -z "$newest" ]; then
        trouble "there is no ${partial:+whole }backup yet${partial:+; $partial is partial}"
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

# print_status: for people.
print_status() {
    if [ -z "$newest" ]; then
        about='no backup'
    else
        about="last success $newest, $(in_words "$AGE_S") ago, $BYTES bytes"
    fi
    printf '%-16s %-8s %s\n' "$PLAN" "$([ -z "$TROUBLE" ] && echo ok || echo TROUBLE)" \
        "$about"
    printf '%s' "$TROUBLE" | sed 's/^/                 - /'
    [ -n "$TROUBLE" ] || [ -z "$(recorded run failed_at)" ] || printf '%17s%s\n' '' \
        "last failure $(recorded run failed_at): $(recorded run reason)"
    proved=$(recorded drill success_id)
    [ -z "$proved" ] || printf '%17s%s\n' '' \
        "last drill proved $proved, $(in_words "$oldest_s") ago"
}

# print_status_json: for machines; null where nothing is known.
print_status_json() {
    well=true
    [ -z "$TROUBLE" ] || well=false
    printf '{"plan":"%s","ok":%s' "$PLAN" "$well"
    json_field last_success "$newest"
    if [ -n "$newest" ]; then
        printf ',"age_s":%s,"bytes":%s' "$AGE_S" "$BYTES"
    else
        printf ',"age_s":null,"bytes":null'
    fi
    printf ',"overdue_after_s":%s,"last_exit_code":%s,"failures":%s' \
        "$((OVERDUE_AFTER_MIN * 60))" "$(or_null "$(recorded run status)")" \
        "$(or_null "$(recorded run failures)")"
    json_field last_failure "$(recorded run failed_at)"
    json_field last_failure_reason "$(recorded run reason)"
    json_field last_proved "$(recorded drill success_id)"
    printf ',"last_proved_s":%s,"damaged":%s' "$(or_null "$proved_s")" \
        "$damaged_count"
    json_field partial "$partial"
    json_field retention_stopped "$stopped"
    json_field warnings "$warnings"
    json_field trouble "$(join_trouble)"
    echo '}'
}

join_trouble() { printf '%s' "$TROUBLE" | sed '$!s/$/;/' | paste -s -d ' ' -; }

or_null() { printf '%s\n' "${1:-null}"; }

# json_field <name> <text>
json_field() {
    if [ -z "$2" ]; then
        printf ',"%s":null' "$1"
    else
        printf ',"%s":"%s"' "$1" "$(printf '%s\n' "$2" | tr '[:cntrl:]' ' ' |
            sed 's/[\\"]/\\&/g; s/ $//')"
    fi
}
