# require_rights <right,...>: on the schema. A dump leaves out without a word
# what the account may not see, so look first. ROUTINES stands for whatever lets
# it read them: a right on all, or one on each and no body that is hidden.
require_rights() {
    grants=$(print_missing_grants "$1")
    [ -z "$grants" ] || refuse "$(probed account) may not do what is needed in" \
        "'$MYSQL_SCHEMA'. As an administrator: $grants$(
            [ "$MYSQL_ACCOUNT" != own ] ||
                echo " Or set user = \"root\": the container knows its password"
        )"
}

# print_missing_grants <right,...>: statements. The lines of SHOW GRANTS name
# schemas by patterns. One that names ours as it is hides the patterns, unless
# roles come in; of several patterns the server takes one, so each must do.
print_missing_grants() {
    awk -v needed="$1" -v flavour="$FLAVOUR" '
        function covers(list, right) {
            return list ~ /^ALL/ || index(", " list ",", ", " right ",") > 0
        }
        function matches(pattern, i, c, regex) {
            for (i = 1; i <= length(pattern); i++) {
                c = substr(pattern, i, 1)
                if (c == "_") regex = regex "."
                else if (c == "%") regex = regex ".*"
                else {
                    if (c == "\\") c = substr(pattern, ++i, 1)
                    regex = regex (c ~ /[][^$.*+?(){}|\\\/]/ ? "\\" c : c)
                }
            }
            return schema ~ ("^" regex "$")
        }
        function has(right, who) {
            if (covers(everywhere, right)) return !((right) in revoked)
            for (who in here) {
                if (who in exact ? covers(exact[who], right) && \
                        !(roles && (who, right) in lacking) : \
                        !((who, right) in lacking)) return !((right) in revoked)
            }
            return 0
        }
        BEGIN { seeing = "EXECUTE,ALTER ROUTINE,CREATE ROUTINE,SHOW CREATE ROUTINE" }
        /^schema=/ { schema = substr($0, 8) }
        /^account=/ { account = substr($0, 9) }
        /^unreadable=/ { unreadable = 1 }
        /^GRANT .* TO / && !/ ON / { roles = 1 }
        /^(GRANT|REVOKE) .* ON / {
            place = substr($0, index($0, " ON ") + 4)
            rights = substr($0, 1, index($0, " ON ") - 1)
            sub(/^[A-Z]* /, "", rights)
            gsub(/, */, ", ", rights) # MySQL puts no blank between dynamic ones
            who = place
            sub(/.* (TO|FROM) /, "", who)
            sub(/ .*/, "", who)
            if (place ~ /^\*\.\* /) {
                if (/^GRANT PROXY/) next
                everywhere = rights ", " everywhere
            } else if (place ~ /^.mysql.\.(\*|.proc.) / && covers(rights, "SELECT")) {
                reads_proc = 1
            } else if (match(place, /`\.\* /)) {
                place = substr(place, 2, RSTART - 2)
                gsub(/``/, "`", place)
                if (!matches(place)) next
                count = split(needed "," seeing, list, ",")
                for (i = 1; i <= count; i++) {
                    if (/^GRANT/ && !covers(rights, list[i])) lacking[who, list[i]]
                    if (/^REVOKE/ && covers(rights, list[i])) revoked[list[i]]
                }
                if (/^REVOKE/) next
                here[who]
                gsub(/\\/, "", place)
                if (place == schema) exact[who] = rights ", " exact[who]
            }
        }
        END {
            sub(/@/, "\x27@\x27", account)
            count = split(needed, list, ",")
            for (i = 1; i <= count; i++)
                if (list[i] == "ROUTINES") {
                    if (covers(everywhere, "SHOW_ROUTINE") || reads_proc || \
                        covers(everywhere, "SELECT")) continue
                    sees = 0
                    for (n = split(seeing, ways, ","); n > 0; n--) sees += has(ways[n])
                    if (sees && !unreadable) continue
                    routines = flavour == "mysql" ? "SHOW_ROUTINE ON *.*" \
                        : "SELECT ON mysql.proc"
                } else if (!has(list[i])) missing = missing ", " list[i]
            gsub(/`/, "``", schema)
            gsub(/[_%]/, "\\\\&", schema)
            if (missing) print "GRANT " substr(missing, 3) " ON `" schema \
                "`.* TO \x27" account "\x27;"
            if (routines) print "GRANT " routines " TO \x27" account "\x27;"
        }' "$SCRATCH/probe" | paste -s -d ' ' -
}
