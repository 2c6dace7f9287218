# apply_retention: what a run does once its own backup is published.
apply_retention() {
    note=$STATE_PATH/retention.$PLAN
    expired=$(choose_expired automatic) || die "cannot tell what has expired"
    case $expired in stop*) printf '%s\n' "$expired" >"$note" ;; esac
    if grep -qs '^stop' "$note"; then
        log "retention has stopped: $(cut -d ' ' -f 2- "$note"); all is kept" \
            "until a person looks and runs 'prune $PLAN'"
    else
        remove_expired "$expired"
    fi
}

# prune_plan <plan> [--dry-run]: by a person's word, which also lets the
# automatic retention go on.
prune_plan() {
    use_plan "$1"
    take_lock "$PLAN"
    open_destination
    expired=$(choose_expired by-hand) || die "cannot tell what has expired"
    if [ "${2-}" = --dry-run ]; then
        for id in $expired; do printf '%s\n' "$PLAN_PATH/$id"; done
        return
    fi
    remove_expired "$expired"
    list_backups | awk '{ id = $2 } END { print "acknowledged " id }' \
        >"$STATE_PATH/retention.$PLAN"
}

# remove_expired <ids>: renamed first, so that being killed in the middle leaves
# no wreck under a good name.
remove_expired() {
    for id in $1; do
        rm -rf -- "$PLAN_PATH/.incomplete-$id"
        mv "$PLAN_PATH/$id" "$PLAN_PATH/.incomplete-$id" ||
            die "cannot remove '$id'"
        rm -rf -- "$PLAN_PATH/.incomplete-$id"
        log "$id: removed"
    done
}

# choose_expired <automatic|by-hand>: the ids that no rule keeps. Damaged ones
# count for nothing and stay, so do those from the future. Ages are measured
# from the newest. 'stop REASON' instead, when something looks wrong.
choose_expired() {
    acknowledged=$(sed -n 's/^acknowledged //p' "$STATE_PATH/retention.$PLAN" \
        2>/dev/null || :)
    list_backups | awk -v mode="$1" -v now="$(date -u +%Y%m%dT%H%M%SZ)" \
        -v acknowledged="$acknowledged" -v gap="$LONGEST_GAP_S" \
        -v shrink="$SHRINK_LIMIT_PERCENT" -v last="$KEEP_LAST" \
        -v days="$KEEP_DAYS" -v hourly="$KEEP_HOURLY" -v daily="$KEEP_DAILY" \
        -v weekly="$KEEP_WEEKLY" -v monthly="$KEEP_MONTHLY" \
        -v yearly="$KEEP_YEARLY" '
        # Days since 1970-01-01, counted in years that begin in March.
        function day(id, y, m) {
            y = substr(id, 1, 4) + 0
            m = substr(id, 5, 2) + 9
            if (m < 12) y--; else m -= 12
            y = 365 * y + int(y / 4) - int(y / 100) + int(y / 400)
            return y + int((153 * m + 2) / 5) + substr(id, 7, 2) - 719469
        }
        function seconds(id) {
            return ((day(id) * 24 + substr(id, 10, 2)) * 60 \
                + substr(id, 12, 2)) * 60 + substr(id, 14, 2)
        }
        # Is it the newest of its period, and that one of the newest periods?
        function keeps(limit, rule, period) {
            if (seen[rule] == period) return 0
            seen[rule] = period
            return ++periods[rule] <= limit
        }
        $3 == "ok" { before = newest; newest = $2; bytes_before = bytes; bytes = $4 }
        $3 == "ok" && $2 <= now { ids[++n] = $2 }
        END {
            if (newest > now && newest > acknowledged)
                trouble = "the clock is behind " newest
            else if (before && seconds(newest) - seconds(before) > 2 * gap)
                trouble = "nothing from " before " to " newest ", or a clock jump"
            else if (before && bytes < bytes_before * (100 - shrink) / 100)
                trouble = newest " shrank by more than " shrink "%"
            if (trouble && mode == "automatic") {
                print "stop " trouble
                exit
            }
            for (i = n; i > 0; i--) {
                id = ids[i]
                kept = n - i < last ||
                    seconds(ids[n]) - seconds(id) < days * 86400
                kept += keeps(hourly, "hour", substr(id, 1, 11))
                kept += keeps(daily, "day", substr(id, 1, 8))
                kept += keeps(weekly, "week", int((day(id) + 3) / 7) "")
                kept += keeps(monthly, "month", substr(id, 1, 6))
                kept += keeps(yearly, "year", substr(id, 1, 4))
                if (!kept) print id
            }
        }'
}
