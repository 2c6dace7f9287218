# diff_backups <plan> <id> <id|latest>: what is other in the second: tables, definitions
# of databases, files.
diff_backups() {
    use_plan "$1"
    [ -n "$2$BEFORE" ] || misuse "name a backup's ID, as list shows them"
    look_into "${2:-latest}"
    earlier=$contents BEFORE=
    look_into "$3"
    print_lines "$earlier$NEWLINE$NEWLINE$contents" | awk -F '\t' '
        $0 == "" { then = 1; next }
        !then { was[$1] = $2; next }
        !($1 in was) { print $1 ": new, " $2; next }
        was[$1] != $2 { print $1 ": " was[$1] " -> " $2 }
        { delete was[$1] }
        END { for (what in was) print what ": gone" }' | sort | cat
}

# look_into <id|latest>: contents of a backup: what there is in it, a tab, what it is
# like.
look_into() {
    find_backup "$1"
    require_sound MANIFEST # before a word of it is used
    list_archive           #? files
    contents=$(print_manifest | make_visible | awk -F = '
        { name = $1; sub(/[.].*/, "", name); value = substr($0, length($1) + 2) }
        /^[^.=]*[.]source=/ { from[name] = value }
        /^[^.=]*[.](definition|schema)=/ && length(value) == 64 { # a digest, no name
            like[name, "definitions"] = substr(value, 1, 8)
        }
        /^[^.=]*[.]rows=/ && !/ sqlite_[a-z0-9]*$/ {
            rows = substr(value, 1, index(value, " "))
            like[name, "table " substr(value, length(rows) + 1)] = rows "rows"
        }
        END {
            for (both in like) {
                split(both, part, SUBSEP)
                print (part[1] in from ? from[part[1]] : part[1]) ": " part[2] "\t" \
                    like[both]
            }
        }' && print_lines "${listed-}") || die "cannot read '$BACKUP/MANIFEST'"
}
