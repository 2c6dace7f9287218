# show_status [--json]: of each plan; ends with 1 when a person should look.
show_status() {
    separator='[' status=0
    for plan in $PLANS; do
        use_plan "$plan"
        if [ -z "$1" ]; then
            print_status text || status=1
        else
            echo "$separator"
            print_status json || status=1
            separator=','
        fi
    done
    [ -z "$1" ] || echo ']'
    exit "$status"
}
