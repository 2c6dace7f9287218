# choose_sqlite <name>: what of --table, as the manifest says it.
choose_sqlite() {
    printf '%s' "$TABLES" | sed "s/'/''/g; s/.*/('&')/" | paste -s -d , - |
        sed "s/^/$1.tables=VALUES /"
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
        die "cannot make '$unpacked': $(print_start 'error')"
    [ ! -s "$SCRATCH/said" ] || die "the backup has $(print_said "$SCRATCH")"
    {
        mv "$SCRATCH/part" "$unpacked" && chmod "$saved_mode" "$unpacked"
    } || die "cannot write '$unpacked'"
    give_back "$unpacked"
}
