# backup_sqlite_tables <name> <database> <table...>: a database of those tables
# alone.
backup_sqlite_tables() {
    begin_snapshot "$1" "$2" made.sql said
    shift 2
    tables=$(printf '%s\n' "$@" | sed "s/'/''/g; s/.*/('&')/" | paste -s -d , -)
    refuse_known_stall "$artifact" "$database"
    {
        print_wanted "VALUES $tables"
        print_absent main
        print_verdict
        print_table_copy main part
    } >"$LENT/copy.sql"
    chmod 644 "$LENT/copy.sql"
    hold_sqlite "ATTACH 'copy' AS part" 'PRAGMA part.journal_mode=MEMORY' \
        '.read copy.sql'
    [ ! -s "$LENT/said" ] || die "'$database' has $(print_said "$LENT")"
    finish_snapshot "$artifact" "$database" sqlite3-tables
    manifest "$artifact.tables=VALUES $tables"
}
