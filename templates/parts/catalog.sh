# list_backups: a line per backup of $PLAN, oldest first: plan, id, state, bytes,
# type, directory. Only what carries our manifest is ours.
list_backups() {
    find "${BESIDE:-$PLAN_PATH}" -maxdepth 2 -name MANIFEST 2>/dev/null | sort |
        awk -v environment="$ENVIRONMENT" -v plan="$PLAN" -v any="${BESIDE:+/}" '{
            split("", value)
            bytes = 0
            while ((getline line <$0) > 0) {
                at = index(line, "=")
                key = substr(line, 1, at - 1)
                value[key] = substr(line, at + 1)
                if (key ~ /[.]bytes$/) bytes += value[key]
            }
            close($0)
            directory = substr($0, 1, length($0) - length("/MANIFEST"))
            if (value["environment"] != environment || value["plan"] != plan ||
                !any && directory !~ ("/" value["id"] "$")) next
            state = (getline line <(directory "/DAMAGED")) < 0 ? "ok" : "damaged"
            close(directory "/DAMAGED")
            printf "%s %s %s %.0f %s %s\n", plan, value["id"], state, bytes,
                value["type"], directory
        }'
}

# find_backup <id|latest>: set BACKUP to its directory. The latest passes over
# damaged ones, and over those from the future that a wrong clock made.
find_backup() {
    BACKUP=$(list_backups | awk -v id="$1" -v any="${BESIDE:+/}" \
        -v now="$(date -u +%Y%m%dT%H%M%SZ)" '
        $2 == id || id == "latest" && (any || $3 == "ok" && $2 <= now) {
            sub(/^([^ ]+ )([^ ]+ )([^ ]+ )([^ ]+ )([^ ]+ )/, "")
            found = $0
        }
        END { print found }')
    [ -n "$BACKUP" ] || die "there is no backup '$1'"
}

# manifest_value <key> [artifact]: from the manifest of $BACKUP.
manifest_value() { sed -n "s/^${2+$2[.]}$1=//p" "$BACKUP/MANIFEST"; }

# show_list <--table|--json>: the lines of list_backups, for people or programs.
show_list() {
    awk -v json="$1" '
        BEGIN {
            json = json == "--json"
            if (json) printf "["
            else print "PLAN             ID                STATE         SIZE  TYPE"
        }
        NF && !json {
            printf "%-16s %s %-7s %7.1f MiB  %s\n", $1, $2, $3, $4 / 1048576, $5
        }
        NF && json {
            printf "%s\n  {\"plan\": \"%s\", \"id\": \"%s\", \"state\": \"%s\", ",
                comma, $1, $2, $3
            printf "\"bytes\": %s, \"type\": \"%s\", \"path\": \"", $4, $5
            sub(/^([^ ]+ )([^ ]+ )([^ ]+ )([^ ]+ )([^ ]+ )/, "")
            gsub(/["\\]/, "\\\\&")
            printf "%s\"}", $0
            comma = ","
        }
        END { if (json) print "\n]" }'
}
