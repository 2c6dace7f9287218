# print_following: facts of $PLAN, for print_status.
print_following() {
    [ -n "$FOLLOWED" ] || return 0
    echo "changes most $BEHIND_MOST_S"
    ! is_aside || echo "changes paused ${until_s:-for a restore}"
    sed 's/^/changes why /' "$STATE_PATH/follow.$PLAN/why" 2>/dev/null || :
    [ -d "$PLAN_PATH/changes" ] || return 0
    du -sk "$PLAN_PATH/changes" 2>/dev/null | sed 's/^\([0-9]*\).*/changes kb \1/'
    newest=$(stat -c %Y -- "$PLAN_PATH/changes"/[0-9]*Z/until 2>/dev/null | sort -n |
        tail -n 1)
    [ -z "$newest" ] || echo "changes to_s $newest"
    print_reaches | awk '
        to != $3 {
            if (to) gap = "from " to " to " $2 ": " substr($0, length($1 $2 $3) + 4)
            from = $2
            to = $3
        }
        END {
            if (from) print "changes from " from "\nchanges to " to
            if (gap) print "changes gap " gap
        }'
}

# print_reaches: of each base that changes lead further from: id, the first instant, the
# last one, and, of the first base of a chain, why there is none before.
print_reaches() {
    print_archive | awk -v at=latest "$AWK_ARCHIVE"'
        END {
            for (b = 1; b <= bases; b++) if (b in from) {
                c = chain[b]
                print id[b], from[b], last[c] (c == chains[1] || told[c]++ ? "" : \
                    " " cause[c])
            }
        }'
}

# print_archive: all that is known: each base, each chain with its cause, and its lines.
print_archive() {
    print_bases | sed 's/^/base /'
    list_chains | while IFS= read -r chain; do
        cause=$(find "$chain" -name cause -type f -exec head -c 300 {} \;)
        echo "chain ${chain##*/} $(print_bounded "$cause")"
        print_index "$chain" | sed "s/^/line ${chain##*/} /"
    done
}

# print_changes_path: of $PLAN, or beside the backup that this copy lies in.
print_changes_path() {
    beside_changes=${BESIDE%/*}
    printf '%s\n' "${beside_changes:-$PLAN_PATH}/changes"
}

# For awk: of each base, the last line that is not after 'at', and the first time that
# can be restored; of each chain, the last.
# shellcheck disable=SC2016 # awk's
AWK_ARCHIVE='
    $1 == "base" {
        id[++bases] = $2; chain[bases] = $4; looks[bases] = $6
        of[$4] = of[$4] " " bases
    }
    $1 == "chain" {
        chains[++n] = $2
        cause[$2] = $0
        sub(/^[^ ]* [^ ]* /, "", cause[$2])
    }
    $1 == "line" {
        last[$2] = $3
        some = split(of[$2], bs)
        for (i = 1; i <= some; i++) if ($6 >= looks[bs[i]]) {
            if (!(bs[i] in from)) from[bs[i]] = $3
            if (at == "latest" || $3 "" <= at "") best[bs[i]] = $2 " " $4 " " $5 " " $3
        }
    }'

# For awk, in print_status.
# shellcheck disable=SC2016 # awk's
AWK_FOLLOWED='
    $1 == "changes" { changes[$2] = rest(3); followed = 1; next }
    END {
        if (followed) {
            why = changes["why"] == "" ? "" : ": " changes["why"]
            behind = changes["to_s"] == "" ? "" : now - changes["to_s"]
            if ("paused" in changes) {
                left_s = changes["paused"] - now
                note("paused: nothing is archived " (left_s > 0 ? "for " words(left_s) \
                    ", or " : "") "until " (changes["paused"] ~ /restore/ ? \
                    "the restore has ended" : "\047resume " plan "\047"))
            } else if (behind == "") note("nothing is archived yet" why)
            else if (behind > changes["most"] + 0) note("nothing was archived for " \
                words(behind) ", more than " words(changes["most"]) why)
            if (changes["from"] == "") note("no instant can be restored: no base has" \
                " changes that lead further")
        }
    }'
AWK_FOLLOWED_JSON='
    field("behind_s", behind)
    string("restorable_from", changes["from"])
    string("restorable_to", changes["to"])
    string("last_gap", changes["gap"])
    field("changes_bytes", changes["kb"] == "" ? "" : changes["kb"] * 1024)'
AWK_FOLLOWED_TEXT='
    END {
        if (mode == "text" && followed && changes["from"] != "") {
            printf "%17severy instant from %s to %s, %s behind, %d KiB\n", "", \
                changes["from"], changes["to"], words(behind), changes["kb"]
            if (changes["gap"] != "") printf "%17snone %s\n", "", changes["gap"]
        }
        if (mode == "metrics" && behind != "") {
            at = "{environment=\"'$ENVIRONMENT'\",plan=\"" plan "\"} "
            name = "gen_backup_archived_timestamp_seconds"
            print "# HELP " name " All until then is archived.\n# TYPE " name " gauge"
            print name at changes["to_s"]
            name = "gen_backup_behind_most_seconds"
            print "# HELP " name " More behind is trouble.\n# TYPE " name " gauge"
            print name at changes["most"]
            name = "gen_backup_changes_bytes"
            print "# HELP " name " Room of the changes.\n# TYPE " name " gauge"
            printf "%s%s%.0f\n", name, at, changes["kb"] * 1024
        }
    }'
