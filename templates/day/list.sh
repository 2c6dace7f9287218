# show_list [--json]: of every plan of CHOSEN; or the rows of the table ROWS in each,
# and where its database is defined otherwise than in the one before. What awk cannot
# write is no failure of every awk; of a shell it is.
show_list() {
    [ -z "$1" ] || [ -z "$ROWS" ] || misuse 'expected --json or --rows, got both'
    watch_time '600 s'
    list_all
    listed=$(for plan in $CHOSEN; do
        use_plan "$plan"
        [ -z "$1" ] || [ -z "$FOLLOWED" ] ||          #? follow
            print_reaches | sed "s/^/$PLAN reaches /" #? follow
        sed -n "s/^drill ended [0-9]* [0-9]* 0 [^ ]* \([^ ]*\) .*/$PLAN \1/p" \
            "$STATE_PATH/results.$PLAN" 2>/dev/null || : # there may be none
        list_backups
    done | rows=$ROWS awk -v json="${1-}" -v now="$(date +%s)" '
        function say(a, b, c, d, e, f, g, h) {
            if (kind != "") h = sprintf("%14s  %s", restored, h) #? differential
            g = kind g #? differential
            if (!json) printf "%-16s %-16s %-8s %9s %14s  %-9s %-13s  %s\n", \
                a, b, c, d, e, f, g, h
        }
        function look_for(table, name, value, at) { # schema stands behind all rows
            while ((getline <(path "/MANIFEST")) > 0) {
                name = substr($0, 1, index($0, "=") - 1)
                value = substr($0, length(name) + 2)
                at = index(value, " ")
                if (sub(/[.]rows$/, "", name) && substr(value, at + 1) == table)
                    rows[name] = substr(value, 1, at)
                else if (sub(/[.](definition|schema)$/, "", name) && name in rows) {
                    # A digest, or, as older scripts wrote, no more than a name.
                    at = was[plan, name] != value &&
                        length(was[plan, name]) == length(value) ? "redefined" : ""
                    say(plan, id, state, rows[name], at, name)
                    was[plan, name] = value
                    delete rows[name]
                }
            }
            close(path "/MANIFEST")
        }
        BEGIN {
            table = ENVIRON["rows"]
            if (table == "") { kind = "KIND "; restored = "RESTORED" } #? differential
            if (json) print "["
            else if (table != "") say("PLAN", "ID", "STATE", "ROWS", "", "DATABASE")
            else say("PLAN", "ID", "STATE", "AGE", "BYTES", "TYPE", "ALSO", "PATH")
        }
        NF == 2 { proved[$1, $2]; next }
        $2 == "reaches" {                                        #? follow
            gap = substr($0, length($1 $2 $3 $4 $5) + 6)         #? follow
            gsub(/[^ -~]/, "?", gap)                             #? follow
            gsub(/["\\]/, "\\\\&", gap)                         #? follow
            reach[$1, $3] = ",\"restorable_from\":\"" $4 "\"," \ #? follow
                "\"restorable_to\":\"" $5 "\",\"gap\":" \         #? follow
                (gap == "" ? "null" : "\"" gap "\"")             #? follow
            next                                                 #? follow
        }                                                        #? follow
        {
            plan = $1; id = $2; state = $3; age = now - $6; pinned = $7 == "pinned"
            proof = ($1, $2) in proved
            path = substr($0, index($0, " /") + 1)
            if (table != "") { look_for(table); next }
            kind = $9 == "-" ? "full " : "patch " #? differential
            restored = sprintf("%.0f", $8) #? differential
            say(plan, id, state, age < 7200 ? int(age / 60) " min" : age < 172800 ? \
                int(age / 3600) " h" : int(age / 86400) " days", sprintf("%.0f", $4), \
                $5, (pinned ? "pinned " : "") (proof ? "proved" : ""), path)
        }
        json {
            gsub(/["\\]/, "\\\\&", path)
            reach[plan, id] = reach[plan, id] ",\"restored_bytes\":" restored \ #? differential
                ",\"kind\":\"" ($9 == "-" ? "full" : "patch") "\"" #? differential
            printf "%s{\"plan\":\"%s\",\"id\":\"%s\",\"state\":\"%s\",\"bytes\":%.0f," \
                "\"type\":\"%s\",\"age_s\":%.0f,\"pinned\":%s,\"proved\":%s," \
                "\"path\":\"%s\"%s}", comma, plan, id, state, $4, $5, age, \
                pinned ? "true" : "false", proof ? "true" : "false", path, \
                reach[plan, id]
            comma = ",\n"
        }
        END { if (json) print (comma ? "\n" : "") "]" }' | make_visible)
    case $ROWS:$listed in
        ?*:*"$NEWLINE"*) ;;
        ?*:*) die "no backup has a table '$ROWS'; 'show PLAN' names those of one" ;;
    esac
    cat <<EOF
$listed
EOF
    tell_others
    for plan in $CHOSEN; do         #? follow
        use_plan "$plan"            #? follow
        [ -n "$1" ] || show_changes #? follow
    done                            #? follow
}
