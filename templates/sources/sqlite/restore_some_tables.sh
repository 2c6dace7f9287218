# choose_tables: of the one database that is chosen, those of --table. From here on it
# is as if the backup held no more of it.
choose_tables() {
    chosen_name=${chosen# }
    load_saved "$chosen_name"
    case $chosen_name,$saved_kind in
        *' '* | *,[!s]*) fail 2 "restore: --table is for one SQLite database: name it" \
            "with --only; here would be$chosen" ;;
    esac
    there=$(print_manifest | sed -n "/ sqlite_[a-z0-9]*$/d
        s/^${chosen_name}[.]rows=[0-9]* //p")
    odd=$(printf '%s' "$TABLES" | grep -vixF -- "$there" | head -n 1)
    [ -z "$there" ] || [ -z "$odd" ] || fail 2 "restore: '$chosen_name' has no table" \
        "'$odd' in this backup, but $(print_bounded "$there")"
    tables=$(printf '%s' "$TABLES" | sed "s/'/''/g; s/.*/('&')/" | paste -s -d , -)
    TEXT=$(print_manifest | sed "/^${chosen_name}[.]tables=/d
        s/^${chosen_name}[.]kind=.*/$chosen_name.kind=sqlite3-tables/")
    TEXT=$TEXT$NEWLINE"$chosen_name.tables=VALUES $tables"
}

# unpack_tables <name>: to its place below $INTO; of --table, a new database of those.
unpack_tables() {
    unpack_sqlite "$1"
    [ -n "$TABLES" ] || return 0
    mv "$unpacked" "$SCRATCH/whole" || die "cannot write to '$SCRATCH'"
    {
        print_wanted "$saved_tables"
        print_absent main
        print_verdict
        print_table_copy main part
    } >"$SCRATCH/copy.sql"
    (
        cd "$SCRATCH"
        exec_sqlite ro "$SCRATCH/whole" "ATTACH 'part' AS part" \
            'PRAGMA part.journal_mode=MEMORY' 'BEGIN' '.read copy.sql' 'COMMIT'
    ) >/dev/null 2>"$SCRATCH/error" &
    await $! || [ -s "$SCRATCH/said" ] ||
        die "cannot make '$unpacked': $(head -n 3 "$SCRATCH/error")"
    [ ! -s "$SCRATCH/said" ] || die "the backup has $(print_said "$SCRATCH")"
    {
        mv "$SCRATCH/part" "$unpacked" && chmod "$saved_mode" "$unpacked"
    } || die "cannot write '$unpacked'"
    give_back "$unpacked"
}
