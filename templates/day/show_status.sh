# show_status [--json]: of each plan; ends with 1 when a person should look. What awk
# cannot write is no failure of every awk; of a shell it is.
show_status() {
    separator='[' status=0
    for plan in $PLANS; do
        use_plan "$plan"
        if [ -z "$1" ]; then
            said=$(print_status text) || status=1
        else
            said=$(echo "$separator" && print_status json) || status=1
            separator=','
        fi
        printf '%s\n' "$said"
    done
    [ -z "$1" ] || echo ']'
    tell_others
    exit "$status"
}
