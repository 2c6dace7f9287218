# backup_sqlite_tables <name> <database> <table...>: a database of those tables
# alone.
backup_sqlite_tables() {
    artifact=$1 database=$2
    shift 2
    tables=$(printf '%s\n' "$@" | sed "s/'/''/g; s/.*/('&')/" | paste -s -d , -)
    begin_snapshot "$artifact" "$database" made.sql said
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
