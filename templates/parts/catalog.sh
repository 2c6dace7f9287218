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

# For awk: does SHA256SUMS have exactly one line, and well formed, for each file that
# the manifest names, the manifest and the script?
AWK_SUMS='
    function want(line) {
        if (sub(/^[a-z0-9_+-]*[.]file=/, "", line)) wanted[line]
    }
    function take(line, sum, name) {
        sum = substr(line, 1, 64)
        name = substr(line, 67)
        if (length(sum) != 64 || sum ~ /[^0-9a-f]/ || substr(line, 65, 2) != "  " ||
            taken[name]++) torn = 1
    }
    function is_torn(name) {
        wanted["MANIFEST"]
        wanted["backup.sh"]
        for (name in taken) if (!(name in wanted)) torn = 1
        for (name in wanted) if (!(name in taken)) torn = 1
        return torn + 0
    }'

# list_backups [printf format]: of $PLAN, oldest first: plan, id, state, bytes,
# type, directory. Only what carries our manifest is ours, and a forged one must not
# bring words of its own: what is printed here becomes words of this shell.
list_backups() {
    find "${BESIDE:-$PLAN_PATH}/" -maxdepth 2 \( -name DAMAGED -o -type f \
        \( -name MANIFEST -o -name SHA256SUMS \) \) 2>/dev/null | sort |
        awk -v environment="$ENVIRONMENT" -v plan="$PLAN" -v beside="$BESIDE" \
            -v format="${1:-%s %s %s %.0f %s %s\\n}" "$AWK_SUMS"'
        { path[NR] = $0; there[$0] }
        END { for (number = 1; number <= NR; number++) look(path[number]) }
        function look(file, line, key, id) {
            if (file !~ /\/MANIFEST$/) return
            split("", value)
            split("", wanted)
            split("", taken)
            torn = bytes = 0
            while ((getline line <file) > 0) {
                key = substr(line, 1, index(line, "=") - 1)
                value[key] = substr(line, length(key) + 2)
                if (key ~ /[.]bytes$/) bytes += value[key]
                want(line)
            }
            close(file)
            sub("/MANIFEST$", "", file)
            if ((file "/SHA256SUMS") in there) {
                while ((getline line <(file "/SHA256SUMS")) > 0) take(line)
                close(file "/SHA256SUMS")
            }
            id = value["id"]
            if (value["environment"] != environment || value["plan"] != plan ||
                length(id) != 16 || id !~ /^[0-9]+T[0-9]+Z$/ ||
                value["type"] !~ /^[a-z]+$/ || beside == "" && file !~ ("/" id "$"))
                return
            state = (file "/DAMAGED") in there ? "damaged" : is_torn() ? "torn" : \
                "partial" in value ? "partial" : "ok"
            if (format ~ /"/) gsub(/["\\]/, "\\\\&", file)
            printf format, plan, id, state, bytes, value["type"], file
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

# find_backup <id|latest>: set BACKUP to its directory. The latest passes over damaged
# ones, and over those from the future that a wrong clock made; a partial one is it only
# where there is no other. A restore checks what it takes, so it may have to do with a
# damaged one; verify tells of a torn one.
find_backup() {
    found=$(list_backups | awk -v id="$1" -v beside="$BESIDE" -v command="$COMMAND" \
        -v now="$(date -u +%Y%m%dT%H%M%SZ)" '
        $2 == id || beside { named = $2 }
        $2 > now { next }
        $3 == "ok" || $3 == "torn" && command == "verify" { whole = $2; next }
        { newest[$3 == "torn" ? "damaged" : $3] = $2 }
        END {
            if (whole == "") whole = newest["partial"]
            if (whole == "" && command == "restore") whole = newest["damaged"]
            if (named || id != "latest") print named
            else {
                print whole
                for (state in newest) if (newest[state] > whole)
                    print newest[state], state
            }
        }')
    newer=${found#*"$NEWLINE"} found=${found%%"$NEWLINE"*}
    [ -n "$found" ] || die "'$PLAN' has no backup '$1' that is whole; see list"
    BACKUP=${BESIDE:-$PLAN_PATH/$found}
    [ "$newer" = "$found" ] || printf '%s\n' "$newer" | while read -r id state; do
        log "a newer one, $id, is $state: to use it, name it"
    done
    read_manifest
    lacks=$(print_partial)
    [ -z "$lacks" ] || log "$found is partial, without $lacks"
}

# read_manifest: TEXT, of $BACKUP.
read_manifest() {
    TEXT=$(cat "$BACKUP/MANIFEST") || die "cannot read '$BACKUP/MANIFEST'"
}

print_manifest() {
    cat <<EOF
$TEXT
EOF
}

# manifest_value <key>
manifest_value() { print_manifest | sed -n "s/^$1=//p"; }

# print_partial: what it lacks.
print_partial() { manifest_value partial | paste -s -d ';' -; }

# load <artifact>: what TEXT says of it, as saved_KEY; of a key that stands there more
# than once, all its values. Keys are nothing but letters, so no word of a backup is
# evaluated.
load() {
    for key in $LOADED; do eval "saved_$key="; done
    LOADED=
    lines=$(print_manifest | sed -n "/^$1[.]rows=/d; s/^$1[.]\([a-z_]*=\)/\1/p")
    while IFS= read -r line; do
        key=${line%%=*}
        [ -n "$key" ] || continue
        eval "saved_$key=\${saved_$key:+\$saved_$key\$NEWLINE}\${line#*=}"
        LOADED="$LOADED $key"
    done <<EOF
$lines
EOF
}
LOADED='' saved_kind='' saved_file=''
