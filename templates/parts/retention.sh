# apply_retention <automatic|by-hand> [--dry-run]: remove what has expired. The
# automatic one, after a run has published its backup, stops when something
# looks wrong, until a person has pruned by hand.
apply_retention() {
    note=$STATE_PATH/retention.$PLAN
    judge_backups >"$note.judged" || die "cannot tell what has expired"
    trouble=$(sed -n '/^stopped: /p' "$note.judged")
    if [ "$1" = automatic ]; then
        [ -z "$trouble" ] || echo "$trouble" >"$note"
        if grep -qs '^stop' "$note"; then
            log "retention $(cat "$note"); all is kept until a person looks and" \
                "runs 'prune $PLAN'"
            rm "$note.judged"
            return
        fi
    fi
    if [ "${2-}" = --dry-run ]; then
        sed "/^stopped: /!s:^:$PLAN/:" "$note.judged"
        rm "$note.judged"
        return
    fi
    expired=$(sed -n 's/ expired$//p' "$note.judged")
    rm "$note.judged"
    for id in $expired; do
        # Renamed first, so that a kill leaves no wreck under a good name.
        WORK=$PLAN_PATH/.incomplete-$id # so that a signal removes it, too
        rm -rf -- "$WORK"
        mv "$PLAN_PATH/$id" "$WORK" || die "cannot remove '$id'"
        rm -rf -- "$WORK" || die "cannot remove '$WORK'; the next run tries again"
        WORK=
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

# judge_backups: a line for each, with the rules that keep it, or 'expired'. Damaged
# ones count for nothing and stay, so do those from the future. Ages are measured
# from the newest. First 'stopped: REASON', when something looks wrong.
judge_backups() {
    acknowledged=$(sed -n 's/^acknowledged //p' "$STATE_PATH/retention.$PLAN" \
        2>/dev/null || :)
    list_backups | awk -v now="$(date -u +%Y%m%dT%H%M%SZ)" \
        -v acknowledged="$acknowledged" -v gap="$LONGEST_GAP_S" \
        -v shrink="$SHRINK_LIMIT_PERCENT" -v last="$KEEP_LAST" \
        -v days="$KEEP_DAYS" -v hourly="$KEEP_HOURLY" -v daily="$KEEP_DAILY" \
        -v weekly="$KEEP_WEEKLY" -v monthly="$KEEP_MONTHLY" \
        -v yearly="$KEEP_YEARLY" "$AWK_TIME"'
        # Is it the newest of its period, and that one of the newest periods?
        function keeps(limit, rule, period) {
            if (seen[rule] == period) return ""
            seen[rule] = period
            return ++periods[rule] <= limit ? " " rule : ""
        }
        $3 != "ok" { print $2, "kept: damaged, counts for nothing"; next }
        { newest = $2 }
        $2 > now { print $2, "kept: from the future"; next }
        { ids[++n] = $2; bytes_before = bytes; bytes = $4 }
        END {
            if (newest > now && newest > acknowledged)
                trouble = "the clock is behind " newest
            else if (n > 1 && seconds(ids[n]) - seconds(ids[n - 1]) > 2 * gap)
                trouble = "no backup from " ids[n - 1] " to " ids[n] ", or a clock jump"
            else if (n > 1 && bytes < bytes_before * (100 - shrink) / 100)
                trouble = ids[n] " shrank by more than " shrink "%"
            if (trouble) print "stopped: " trouble
            for (i = n; i > 0; i--) {
                id = ids[i]
                kept = n - i < last ? " last" : ""
                if (seconds(ids[n]) - seconds(id) < days * 86400) kept = kept " days"
                kept = kept keeps(hourly, "hourly", substr(id, 1, 11))
                kept = kept keeps(daily, "daily", substr(id, 1, 8))
                kept = kept keeps(weekly, "weekly", int((day(id) + 3) / 7) "")
                kept = kept keeps(monthly, "monthly", substr(id, 1, 6))
                kept = kept keeps(yearly, "yearly", substr(id, 1, 4))
                print id, kept ? "kept by" kept : "expired"
            }
        }'
}
