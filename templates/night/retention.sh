# apply_retention: when a run has published its backup, remove what has expired. Stops
# when something looks wrong, until a person has pruned by hand.
apply_retention() {
    note=$STATE_PATH/retention.$PLAN
    judged=$(judge_backups automatic) || die "cannot tell what has expired"
    trouble=$(print_lines "$judged" | sed -n '/^stopped: /p')
    [ -z "$trouble" ] || (echo "$trouble" >"$note") ||
        die "cannot write to '$STATE_PATH' that retention $trouble: the next run may" \
            "remove what it should not"
    trouble=${trouble:-$(sed -n '/^stopped: /p' "$note" 2>/dev/null || :)}
    if [ -n "$trouble" ]; then
        log "warning: retention $trouble; all is kept until a person looks and" \
            "runs 'prune $PLAN'"
        return 0
    fi
    remove_expired
    note_clock
}

# remove_expired: of what is judged. Sets left, what could not be removed.
remove_expired() {
    left=
    for id in $(print_lines "$judged" | sed -n 's/ expired$//p'); do
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
}

# judge_backups <automatic|by-hand|ahead>: a line for each, with the rules that keep it,
# or 'expired'. Damaged ones count for nothing and stay, so do those from the future,
# and of a newer format. Ages are measured from the newest; not by hand, a pause of more
# than two of the longest gaps counts as no more than that: it may be a clock's that
# jumped. Partial ones keep to the same rules among themselves and take no whole one's
# place; the last of them stay while there is no newer whole one. First 'stopped:
# REASON', when something looks wrong.
judge_backups() {
    acknowledged=$(sed -n 's/^acknowledged //p' "$STATE_PATH/retention.$PLAN" \
        2>/dev/null || :)
    jump=0
    [ "$1" != automatic ] || jump=$(print_jump)
    list_backups | awk -v now="$(date -u +%Y%m%dT%H%M%SZ)" -v by="$1" \
        -v acknowledged="$acknowledged" -v gap="$LONGEST_GAP_S" -v jump="$jump" \
        -v shrink="$SHRINK_LIMIT_PERCENT" -v last="$KEEP_LAST" \
        -v days="$KEEP_DAYS" '
        BEGIN { #? calendar
            rules = split("'"$KEEP_CALENDAR"'", rule) #? calendar
            digits["hourly"] = 11; digits["daily"] = 8 #? calendar
            digits["monthly"] = 6; digits["yearly"] = 4 #? calendar
        } #? calendar
        # Is it the newest of its period, and that one of the newest? #? calendar
        function keeps(name, limit, id, period) { #? calendar
            period = substr(id, 1, digits[name]) #? calendar
            if (name == "weekly") #? calendar
                period = int(int(began[id] / 86400 + 3) / 7) #? calendar
            if (seen[state, name] == period "") return "" #? calendar
            seen[state, name] = period "" #? calendar
            return ++periods[state, name] <= limit ? " " name : "" #? calendar
        } #? calendar
        function judge(ids, n, age, i, r, id, kept, passed) {
            for (i = n; i > 0; i--) {
                id = ids[i]
                passed = i < n ? began[ids[i + 1]] - began[id] : 0
                age += by == "automatic" && passed > 2 * gap ? 2 * gap : passed
                kept = n - i < last && (state == "ok" || id > whole) ? " last" : ""
                if (age < days * 86400) kept = kept " days"
                for (r = 1; r < rules; r += 2) #? calendar
                    kept = kept keeps(rule[r], rule[r + 1], id) #? calendar
                if (id in pinned) kept = kept " pin"
                if (kept && state == "partial") kept = kept ", partial"
                why[id] = kept #? differential
                if (!kept && id <= now) gone = id #? no_patches
                print id, kept ? "kept by" kept : "expired" #? no_patches
            }
        }
        $3 == "lost" { $3 = "damaged" } #? differential
        { all[NR] = $2; base[$2] = $9; $4 = $8 } #? differential
        # What one that stays is a patch against stays: an older one. #? differential
        function decide(i, k, id, words) { #? differential
            for (i = NR; i; i--) { #? differential
                id = all[i] #? differential
                if ((id in why) && !why[id]) continue #? differential
                for (k = split(base[id], words, ","); k; k--) #? differential
                    if ((words[k] in why) && !why[words[k]]) #? differential
                        why[words[k]] = " " id #? differential
            } #? differential
            for (i = NR; i; i--) if ((id = all[i]) in why) { #? differential
                if (!why[id] && id <= now) gone = id #? differential
                print id, why[id] ? "kept by" why[id] : "expired" #? differential
            } #? differential
        } #? differential
        $3 ~ /^(damaged|torn)$/ { print $2, "kept: damaged, counts for nothing"; next }
        $3 == "newer" { print $2, "kept: of a newer format"; next }
        { newest = $2; began[$2] = $6 }
        $7 == "pinned" { pinned[$2] }
        $2 > now { print $2, "kept: from the future"; next }
        { latest = $2 }
        $3 == "partial" { partial[++p] = $2; next }
        { ids[++n] = whole = $2; bytes_before = bytes; bytes = $4 }
    '"$AWK_AHEAD"'
        END {
            pause = n > 1 ? began[ids[n]] - began[ids[n - 1]] : 0
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
            if (p) judge(partial, p, began[latest] - began[partial[p]])
            decide() #? differential
        }'
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
