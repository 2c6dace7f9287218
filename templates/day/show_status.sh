# show_status [--json]: of each plan; ends with 1 when a person should look. What awk
# cannot write is no failure of every awk; of a shell it is.
show_status() {
    watch_time '600 s' # monitoring does not wait for ever
    list_all
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
    tell_asides
    exit "$status"
}

# tell_asides: of what restores in place have set aside, and nobody has removed. Where
# that was a database others may have put a tree without end.
tell_asides() {
    tail -n 200 "$STATE_PATH/asides" 2>/dev/null | sort -u |
        while IFS= read -r aside; do
            case $aside in
                */.before-restore-*) ;;
                *) [ -f "$aside" ] || continue ;;
            esac
            printf '%s\0' "$aside"
        done | xargs -0 du -sk -- /dev/null 2>/dev/null | # some are gone
        grep -v '/dev/null$' |
        awk '{ kb += $1; if (!first) first = substr($0, index($0, "/")) }
            END { if (NR) print NR, "that restores have set aside take", kb, \
                "KiB: remove them when nobody needs them, first \047" first "\047" }' |
        while IFS= read -r line; do log "$line"; done
}
