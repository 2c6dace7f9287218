# apply_retention <automatic|by-hand> [--dry-run]: remove what has expired. The
# automatic one, after a run has published its backup, stops when something
# looks wrong, until a person has pruned by hand.
apply_retention() {
    note=$STATE_PATH/retention.$PLAN
    expired=$(choose_expired "$1") || die "cannot tell what has expired"
    case $expired in stop*) echo "$expired" >"$note" ;; esac
    if [ "$1" = automatic ] && grep -qs '^stop' "$note"; then
        log "retention $(cat "$note"); all is kept until a person looks and" \
            "runs 'prune $PLAN'"
        return
    fi
    for id in $expired; do
        if [ "${2-}" = --dry-run ]; then
            printf '%s\n' "$PLAN_PATH/$id"
            continue
        fi
        # Renamed first, so that a kill leaves no wreck under a good name.
        rm -rf -- "$PLAN_PATH/.incomplete-$id"
        mv "$PLAN_PATH/$id" "$PLAN_PATH/.incomplete-$id" || die "cannot remove '$id'"
        rm -rf -- "$PLAN_PATH/.incomplete-$id"
        log "$id: removed"
    done
    [ "$1${2-}" != by-hand ] ||
        list_backups | sed -n '$s/^[^ ]* \([^ ]*\).*/acknowledged \1/p' >"$note"
}

# prune_plan <plan> [--dry-run]
prune_plan() {
    use_plan "$1"
    take_lock "$PLAN"
    open_destination
    apply_retention by-hand "$2"
}

# choose_expired <automatic|by-hand>: the ids that no rule keeps. Damaged ones
# count for nothing and stay, so do those from the future. Ages are measured
# from the newest. 'stopped: REASON' instead, when something looks wrong.
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
                trouble = "no backup from " before " to " newest ", or a clock jump"
            else if (before && bytes < bytes_before * (100 - shrink) / 100)
                trouble = newest " shrank by more than " shrink "%"
            if (trouble && mode == "automatic") {
                print "stopped: " trouble
                exit
            }
            for (i = n; i > 0; i--) {
                id = ids[i]
                kept = n - i < last || seconds(ids[n]) - seconds(id) < days * 86400
                kept += keeps(hourly, "hour", substr(id, 1, 11))
                kept += keeps(daily, "day", substr(id, 1, 8))
                kept += keeps(weekly, "week", int((day(id) + 3) / 7) "")
                kept += keeps(monthly, "month", substr(id, 1, 6))
                kept += keeps(yearly, "year", substr(id, 1, 4))
                if (!kept) print id
            }
        }'
}
