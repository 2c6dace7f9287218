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
