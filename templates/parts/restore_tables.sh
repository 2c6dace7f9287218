target_tables() { target_sqlite "$1"; }
inspect_tables() { inspect_sqlite "$1"; }
ready_tables() { has sqlite3 || refuse "sqlite3 is missing here"; }
unpack_tables() { unpack_sqlite "$1"; }
prove_tables() { prove_sqlite "$1"; }

# replace_tables <name>: their rows, in one transaction; the application may go
# on running, and no other table is touched. The rows of now are saved first.
replace_tables() {
    open_work "$STATE_PATH/.restore"
    look_at_sqlite "$(manifest_value source "$1")"
    choose_aside "$LIVE"
    refuse_other_journal "$LIVE"
    BUSY_TIMEOUT_MS=30000 MAX_WRITE_STALL_S=30
    open_lent
    lend copy pinned
    require_space "$LENT" "$(manifest_value snapshot_bytes "$1")" 'the rows of now'
    save_tables "SELECT column1 FROM ($(manifest_value tables "$1"))
        WHERE column1 COLLATE NOCASE IN (SELECT name FROM main.sqlite_master)"
    [ "$hold_status" = 0 ] || die "cannot save the rows of now: $(print_error)"
    if [ -s "$LENT/copy" ]; then # none of them may be there
        { write_as_owner "$aside" <"$LENT/copy" && as_owner sync "$aside"; } ||
            die "cannot write '$aside'"
        log "$1: the rows that were there are now in '$aside'"
    fi
    lend copy # to him, from the backup
    write_sqlite "$1" "$LENT/copy"
    print_table_copy part main "$(manifest_value tables "$1")" >"$LENT/copy.sql"
    print_table_proof >>"$LENT/copy.sql"
    lend missing definitions single.sql copy-1.sql copy-2.sql proof.sql
    {
        cd "$LENT"
        # Triggers would reach other tables.
        exec_sqlite rw "$LIVE" ".timeout $BUSY_TIMEOUT_MS" \
            '.dbconfig enable_trigger off' 'PRAGMA foreign_keys=OFF' \
            "ATTACH 'copy' AS part" 'BEGIN IMMEDIATE' '.read copy.sql' 'COMMIT'
    } >/dev/null 2>"$SCRATCH/error" &
    await $! || die "nothing was changed: $(print_error)"
    give_up_snapshot
    AT_END=:
}

# print_table_proof: SQL that fails, before the COMMIT, when a table differs.
print_table_proof() {
    cat <<'SQL'
CREATE TEMP TABLE differs (name TEXT CHECK (name IS NULL));
.output proof.sql
SELECT 'INSERT INTO differs SELECT 1 WHERE (SELECT count(*) FROM part.' || quoted
  || ') <> (SELECT count(*) FROM main.' || quoted || ') OR EXISTS (SELECT '
  || columns || ' FROM part.' || quoted || ' EXCEPT SELECT ' || columns
  || ' FROM main.' || quoted || ');' FROM selected;
.output
.read proof.sql
SQL
}
