# show_list [--json]: of every plan of CHOSEN.
show_list() {
    {
        for plan in $CHOSEN; do use_plan "$plan" && list_backups; done
    } | awk -v json="${1-}" '
        BEGIN {
            if (json) print "["
            else printf "%-16s %-16s %-8s %15s  %-9s  %s\n", "PLAN", "ID", "STATE", \
                "BYTES", "TYPE", "PATH"
        }
        { path = substr($0, index($0, " /") + 1) }
        !json { printf "%-16s %-16s %-8s %15.0f  %-9s  %s\n", $1, $2, $3, $4, $5, path }
        json {
            gsub(/["\\]/, "\\\\&", path)
            printf "%s{\"plan\":\"%s\",\"id\":\"%s\",", comma, $1, $2
            printf "\"state\":\"%s\",\"bytes\":%.0f,", $3, $4
            printf "\"type\":\"%s\",\"path\":\"%s\"}", $5, path
            comma = ",\n"
        }
        END { if (json) print (NR ? "\n" : "") "]" }'
}

# find_backup <id|latest>: set BACKUP to its directory. The latest passes over
# damaged ones, and over those from the future that a wrong clock made; a partial one
# is it only where there is no other.
find_backup() {
    found=$(list_backups | awk -v id="$1" -v beside="$BESIDE" \
        -v now="$(date -u +%Y%m%dT%H%M%SZ)" '
        $2 == id { id2 = id }
        id == "latest" && (beside || $3 ~ /^(ok|torn)$/ && $2 <= now) { id2 = $2 }
        id == "latest" && $3 == "partial" && $2 <= now { partial = $2 }
        END { print id2 ? id2 : partial; if (partial > id2) print partial }')
    [ -n "$found" ] || die "'$PLAN' has no backup '$1' that is whole; see list"
    newer=${found#*"$NEWLINE"} found=${found%%"$NEWLINE"*}
    BACKUP=${BESIDE:-$PLAN_PATH/$found}
    [ "$newer" = "$found" ] || log "a newer one, $newer, is partial: to use it, name it"
    manifest_value partial | while IFS= read -r line; do
        log "$found is partial, without $line"
    done
}

# manifest_value <key> [artifact]: from the manifest of $BACKUP.
manifest_value() {
    sed -n "s/^${2+$2[.]}$1=//p" "$BACKUP/MANIFEST" ||
        die "cannot read '$BACKUP/MANIFEST'"
}
