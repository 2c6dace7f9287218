# choose_tables: of the one database that is chosen, those of --table. From here on it
# is as if the backup held no more of it.
choose_tables() {
    chosen_name=${chosen# } same=-x
    load_saved "$chosen_name"
    case $chosen_name,$saved_kind in
        *' '*) same= ;;
        *,sqlite*) same=-xi ;;        #? sqlite
        *,mysql*) require_in_place ;; #? mysql
        *) same= ;;
    esac
    [ -n "$same" ] || fail 2 "restore: --table is for one database: name it with" \
        "--only; here would be$chosen"
    there=$(print_manifest | sed -n "/ sqlite_[a-z0-9]*$/d
        s/^${chosen_name}[.]rows=[^ ]* //p")
    odd=$(printf '%s' "$TABLES" | grep -vF "$same" -e "$there" | head -n 1)
    [ -z "$there" ] || [ -z "$odd" ] || fail 2 "restore: '$chosen_name' has no table" \
        "'$odd' in this backup, but $(print_bounded "$there")"
    wanted=$(by_kind choose "$chosen_name") || exit
    TEXT=$(print_manifest | sed "/^${chosen_name}[.]tables*=/d
        s/^\(${chosen_name}[.]kind=[a-z0-9]*\).*/\1-tables/")
    TEXT=$TEXT$NEWLINE$wanted
}
