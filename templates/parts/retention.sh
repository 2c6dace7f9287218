# apply_retention <automatic|by-hand> [--dry-run]: remove what has expired. The
# automatic one, after a run has published its backup, stops when something
# looks wrong, until a person has pruned by hand.
apply_retention() {
    note=$STATE_PATH/retention.$PLAN
    judged=$(judge_backups "$1") || die "cannot tell what has expired"
    if [ "$1" = automatic ]; then
        trouble=$(printf '%s\n' "$judged" | sed -n '/^stopped: /p')
        [ -z "$trouble" ] || (echo "$trouble" >"$note") ||
            log "cannot write to '$STATE_PATH'"
        trouble=${trouble:-$(sed -n '/^stopped: /p' "$note" 2>/dev/null || :)}
        if [ -n "$trouble" ]; then
            log "retention $trouble; all is kept until a person looks and" \
                "runs 'prune $PLAN'"
            return
        fi
    fi
    if [ "${2-}" = --dry-run ]; then
        printf '%s\n' "$judged" | sed "/^stopped: /!s:^:$PLAN/:"
        return
    fi
    left=
    for id in $(printf '%s\n' "$judged" | sed -n 's/ expired$//p'); do
        # Renamed first, so that a kill leaves no wreck under a good name.
        WORK=$PLAN_PATH/.incomplete-$id # so that a signal removes it, too
        if discard "$WORK" && mv "$PLAN_PATH/$id" "$WORK" && discard "$WORK"; then
            log "$id: removed"
        else
            left="$left $id"
            discard "$WORK" || : # the rename may have been done all the same
        fi
        WORK=
    done
    [ -z "$left" ] || worry "cannot remove what has expired:$left; see what holds it" \
        "(lsattr, findmnt, fuser); the next run tries again"
    [ "$1" != by-hand ] || list_backups |
        sed -n '$s/^[^ ]* \([^ ]*\).*/acknowledged \1/p' >"$note" ||
        die "cannot write to '$STATE_PATH'"
    note_clock
    [ "$1" = automatic ] || [ -z "$left" ] || exit 1 # not return, see each_plan
}

# note_clock: that of this machine, and how long it has been running, for the next.
note_clock() {
    (print_clock >"$STATE_PATH/clock.$PLAN") 2>/dev/null ||
        log "cannot write to '$STATE_PATH'"
}

# print_clock: this boot, the time of the day, and the seconds since the boot.
print_clock() {
    printf '%s %s %s\n' "$(cat /proc/sys/kernel/random/boot_id)" "$(date +%s)" \
        "$(sed 's/[. ].*//' /proc/uptime)"
}

# print_jump: by how many seconds the clock moved ahead of what passed since the backup
# before; 0 when the machine has been started since, and nobody can tell.
print_jump() {
    { print_clock && cat "$STATE_PATH/clock.$PLAN" 2>/dev/null; } | awk '
        NR == 1 { boot = $1; jump = $2 - $3 }
        NR == 2 && $1 == boot { before = $2 - $3; jump = jump - before; known = 1 }
        END { printf "%.0f", known ? jump : 0 }'
}

# judge_backups <automatic|by-hand>: a line for each, with the rules that keep it, or
# 'expired'. Damaged ones count for nothing and stay, so do those from the future. Ages
# are measured from the newest; not by hand, a pause of more than two of the longest
# gaps counts as no more than that: it may be a clock's that jumped. Partial ones keep
# to the same rules among themselves and take no whole one's place; the last of them
# stay while there is no newer whole one. First 'stopped: REASON', when something looks
# wrong.
judge_backups() {
    acknowledged=$(sed -n 's/^acknowledged //p' "$STATE_PATH/retention.$PLAN" \
        2>/dev/null || :)
    jump=0
    [ "$1" != automatic ] || jump=$(print_jump)
    list_backups | awk -v now="$(date -u +%Y%m%dT%H%M%SZ)" -v by="$1" \
        -v acknowledged="$acknowledged" -v gap="$LONGEST_GAP_S" -v jump="$jump" \
        -v shrink="$SHRINK_LIMIT_PERCENT" -v last="$KEEP_LAST" \
        -v days="$KEEP_DAYS" -v hourly="$KEEP_HOURLY" -v daily="$KEEP_DAILY" \
        -v weekly="$KEEP_WEEKLY" -v monthly="$KEEP_MONTHLY" \
        -v yearly="$KEEP_YEARLY" "$AWK_TIME"'
        # Is it the newest of its period, and that one of the newest periods?
        function keeps(limit, rule, period) {
            if (seen[state, rule] == period) return ""
            seen[state, rule] = period
            return ++periods[state, rule] <= limit ? " " rule : ""
        }
        function between(older, newer, passed) {
            passed = seconds(newer) - seconds(older)
            return by == "automatic" && passed > 2 * gap ? 2 * gap : passed
        }
        function judge(ids, n, age, i, id, kept) {
            for (i = n; i > 0; i--) {
                id = ids[i]
                if (i < n) age += between(id, ids[i + 1])
                kept = n - i < last && (state == "ok" || id > whole) ? " last" : ""
                if (age < days * 86400) kept = kept " days"
                kept = kept keeps(hourly, "hourly", substr(id, 1, 11))
                kept = kept keeps(daily, "daily", substr(id, 1, 8))
                kept = kept keeps(weekly, "weekly", int((day(id) + 3) / 7) "")
                kept = kept keeps(monthly, "monthly", substr(id, 1, 6))
                kept = kept keeps(yearly, "yearly", substr(id, 1, 4))
                if (kept && state == "partial") kept = kept ", partial"
                print id, kept ? "kept by" kept : "expired"
            }
        }
        $3 ~ /^(damaged|torn)$/ { print $2, "kept: damaged, counts for nothing"; next }
        { newest = $2 }
        $2 > now { print $2, "kept: from the future"; next }
        { latest = $2 }
        $3 == "partial" { partial[++p] = $2; next }
        { ids[++n] = whole = $2; bytes_before = bytes; bytes = $4 }
        END {
            pause = n > 1 ? seconds(ids[n]) - seconds(ids[n - 1]) : 0
            limit = gap > 43200 ? gap : 43200
            if (newest > now && newest > acknowledged)
                trouble = "the clock is behind " newest
            else if (pause > 2 * gap && (jump > limit || pause > 366 * 86400))
                trouble = "no backup from " ids[n - 1] " to " ids[n] ", by a clock jump"
            else if (n > 1 && bytes < bytes_before * (100 - shrink) / 100)
                trouble = ids[n] " shrank by more than " shrink "%"
            if (trouble) print "stopped: " trouble
            state = "ok"
            judge(ids, n, 0)
            state = "partial"
            if (p) judge(partial, p, seconds(latest) - seconds(partial[p]))
        }'
}
