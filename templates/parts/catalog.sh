# For awk: seconds since 1970 of an id. Days are counted in years that begin in
# March.
AWK_TIME='
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
    }'

# list_backups [printf format]: of $PLAN, oldest first: plan, id, state, bytes,
# type, directory. Only what carries our manifest is ours, and a forged one must not
# bring words of its own: what is printed here becomes words of this shell.
list_backups() {
    find "${BESIDE:-$PLAN_PATH}/" -maxdepth 2 \( -name DAMAGED -o -type f \
        -name MANIFEST \) 2>/dev/null | sort |
        awk -v environment="$ENVIRONMENT" -v plan="$PLAN" -v beside="$BESIDE" \
            -v format="${1:-%s %s %s %.0f %s %s\\n}" '{
            if (sub("/DAMAGED$", "")) {
                damaged[$0]
                next
            }
            split("", value)
            bytes = 0
            while ((getline line <$0) > 0) {
                key = substr(line, 1, index(line, "=") - 1)
                value[key] = substr(line, length(key) + 2)
                if (key ~ /[.]bytes$/) bytes += value[key]
            }
            close($0)
            sub("/MANIFEST$", "")
            id = value["id"]
            if (value["environment"] != environment || value["plan"] != plan ||
                length(id) != 16 || id !~ /^[0-9]+T[0-9]+Z$/ ||
                value["type"] !~ /^[a-z]+$/ || beside == "" && $0 !~ ("/" id "$")) next
            state = $0 in damaged ? "damaged" : "partial" in value ? "partial" : "ok"
            if (format ~ /"/) gsub(/["\\]/, "\\\\&")
            printf format, plan, id, state, bytes, value["type"], $0
        }'
}

# show_list [--json]: of every plan of CHOSEN.
show_list() {
    if [ "${1-}" = --json ]; then
        row='{"plan":"%s","id":"%s","state":"%s","bytes":%.0f,"type":"%s","path":"%s"}'
        echo '['
        for plan in $CHOSEN; do use_plan "$plan" && list_backups "$row\\n"; done |
            sed '$!s/$/,/'
        echo ']'
    else
        row='%-16s %-16s %-8s %15.0f  %-9s  %s\n'
        # shellcheck disable=SC2059 # the same row as below
        printf '%-16s %-16s %-8s %15s  %-9s  %s\n' PLAN ID STATE BYTES TYPE PATH
        for plan in $CHOSEN; do use_plan "$plan" && list_backups "$row"; done
    fi
}

# find_backup <id|latest>: set BACKUP to its directory. The latest passes over
# damaged ones, and over those from the future that a wrong clock made; a partial one
# is it only where there is no other.
find_backup() {
    found=$(list_backups | awk -v id="$1" -v beside="$BESIDE" \
        -v now="$(date -u +%Y%m%dT%H%M%SZ)" '
        $2 == id || id == "latest" && (beside || $3 == "ok" && $2 <= now) { id2 = $2 }
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
