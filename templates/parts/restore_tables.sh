target_tables() { target_sqlite "$1"; }
inspect_tables() { inspect_sqlite "$1"; }
ready_tables() { has sqlite3 || refuse "sqlite3 is missing here"; }
unpack_tables() { unpack_sqlite "$1"; }
prove_tables() { prove_sqlite "$1"; }

# replace_tables <name>: their rows, in one transaction; the application may go
# on running, and no other table is touched. The rows of now are saved first.
replace_tables() {
    live=$(manifest_value source "$1")
    choose_aside "$live"
    open_work_beside "${live%/*}"
    look_at_sqlite "$live"
    refuse_other_journal "$live"
    BUSY_TIMEOUT_MS=30000 MAX_WRITE_STALL_S=30
    write_sqlite "$1" "$WORK/new.sqlite3"
    require_space "$WORK" "$(manifest_value snapshot_bytes "$1")" 'the rows of now'
    save_tables "$live" "SELECT column1 FROM ($(manifest_value tables "$1"))
        WHERE column1 COLLATE NOCASE IN (SELECT name FROM main.sqlite_master)" \
        old.sqlite3
    [ "$hold_status" = 0 ] ||
        die "cannot save the rows of now: $(head -n 3 "$SCRATCH/error")"
    if [ -e "$WORK/old.sqlite3" ]; then # none of them may be there
        mv "$WORK/old.sqlite3" "$aside" || die "cannot write '$aside'"
        sync "$aside" "${live%/*}" || die "cannot write '$aside' to the disk"
        log "$1: the rows that were there are now in '$aside'"
    fi
    print_table_copy part main "$(manifest_value tables "$1")" >"$SCRATCH/copy.sql"
    print_table_proof >>"$SCRATCH/copy.sql"
    {
        cd "$WORK"
        # Triggers would reach other tables.
        exec_sqlite rw "$live" ".timeout $BUSY_TIMEOUT_MS" \
            '.dbconfig enable_trigger off' 'PRAGMA foreign_keys=OFF' \
            "ATTACH 'new.sqlite3' AS part" 'BEGIN IMMEDIATE' \
            '.read .scratch/copy.sql' 'COMMIT'
    } >/dev/null 2>"$SCRATCH/error" &
    await $! || die "nothing was changed: $(head -n 3 "$SCRATCH/error")"
}

# print_table_proof: SQL that fails, before the COMMIT, when a table differs.
print_table_proof() {
    cat <<'SQL'
CREATE TEMP TABLE differs (name TEXT CHECK (name IS NULL));
.output .scratch/proof.sql
SELECT 'INSERT INTO differs SELECT 1 WHERE (SELECT count(*) FROM part.' || quoted
  || ') <> (SELECT count(*) FROM main.' || quoted || ') OR EXISTS (SELECT '
  || columns || ' FROM part.' || quoted || ' EXCEPT SELECT ' || columns
  || ' FROM main.' || quoted || ');' FROM selected;
.output
.read .scratch/proof.sql
SQL
}
