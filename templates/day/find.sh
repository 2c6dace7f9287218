# show_list [--json]: of every plan of CHOSEN. What awk cannot write is no failure of
# every awk; of a shell it is.
show_list() {
    listed=$({
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
        END { if (json) print (NR ? "\n" : "") "]" }')
    printf '%s\n' "$listed"
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

# load_saved <artifact>: what TEXT says of it, as saved_KEY; of a key that stands there
# more than once, all its values. Keys are nothing but letters, so no word of a backup
# is evaluated.
load_saved() {
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
