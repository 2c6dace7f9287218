# find_backup <id|latest>: set BACKUP to its directory. The latest passes over damaged
# ones, and over those from the future that a wrong clock made; a partial one is it only
# where there is no other. A restore checks what it takes, so it may have to do with a
# damaged one; verify tells of a torn one. An id by its beginning, if no other has it.
find_backup() {
    before=$(printf %s "$BEFORE" | tr -d ':-' | tr ' ' T) # as in an id
    case $1:$before in
        *:*[!0-9TZ]* | [!l]*:?*)
            misuse "--before takes a time, as 2026-11-23T03:00, and stands for the id"
            ;;
    esac
    found=$(list_backups | awk -v id="$1" -v beside="$BESIDE" -v command="$COMMAND" \
        -v before="$before" -v now="$(date -u +%Y%m%dT%H%M%SZ)" '
        index($2, id) == 1 || beside { named = $2; same = same " " $2; many++ }
        $2 < id && id != "latest" { nearest = "; the one before is " $2 }
        $2 > now || before != "" && $2 >= before { next }
        $3 == "ok" || $3 == "torn" && command == "verify" { whole = $2; next }
        { newest[$3 == "torn" ? "damaged" : $3] = $2 }
        END {
            if (whole == "") whole = newest["partial"]
            if (whole == "" && command == "restore") whole = newest["damaged"]
            if (many > 1) print "more than one:" same
            else if (id != "latest" && !named) print "none" nearest
            else if (named) print named
            else {
                print whole
                for (state in newest) if (newest[state] > whole)
                    print newest[state], state
            }
        }')
    newer=${found#*"$NEWLINE"} found=${found%%"$NEWLINE"*}
    case $found in
        more*) fail 2 "'$1' begins the ids of $found" ;;
        '') die "'$PLAN' has no backup '$1' that is" \
            "complete${before:+, before $before}; see list" ;;
        none*) die "'$PLAN' has no backup '$1'${found#none}; see list" ;;
    esac
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
