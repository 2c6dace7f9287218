saved_tables='' # see load_saved

ready_tables() { has sqlite3 || refuse "sqlite3 is missing here"; }
prepare_tables() { :; } # replace_tables does it all

# prove_tables <name>: rows may refer to tables that are not in the backup.
prove_tables() {
    prove_sqlite "$1" 'WHERE parent COLLATE NOCASE IN (SELECT name FROM sqlite_master)'
}

# replace_tables <name>: their rows; the application may go on running, and no other
# table is touched. The rows of now are set aside in the same transaction: what others
# commit before it is there, and what they commit after it, in the database. All of it
# is the work of the database's owner.
replace_tables() {
    look_at_sqlite "$saved_source"
    live=$LIVE live_work_as=$WORK_AS
    refuse_other_journal "$live"
    unpack_database "$1" "$INTO/database"
    WORK_AS=$live_work_as
    require_space "${live%/*}" "$saved_snapshot_bytes" 'the rows of now'
    open_lent new.sqlite3 made.sql said
    {
        cp "$INTO/database" "$LENT/new.sqlite3" &&
            print_dangling >"$LENT/dangling.sql" &&
            print_replacement "$saved_tables" >"$LENT/replace.sql" &&
            chmod 644 "$LENT/dangling.sql" "$LENT/replace.sql"
    } || die "cannot write to '$LENT'"
    # Under its name before it is filled: whatever kills us, the rows are found.
    choose_aside "$live.rows"
    { write_as_user "$aside" </dev/null && as_user sync "${aside%/*}"; } ||
        die "cannot make '$aside'"
    replace_rows
    if grep -q 'foreign key mismatch' "$SCRATCH/error"; then
        log "warning: $1: cannot look for rows that refer to nothing:" \
            "$(head -n 1 "$SCRATCH/error")"
        true >"$LENT/dangling.sql"
        replace_rows
    fi
    # Killed, it may have done its work.
    [ "$replace_status" -lt 128 ] || die "sqlite3 was killed: look at '$live';" \
        "the rows that were there are in '$aside', if they are gone from it"
    if [ "$replace_status" != 0 ]; then
        as_user rm -f -- "$aside"
        [ ! -s "$LENT/said" ] || die "nothing was changed: $(print_said "$LENT"):" \
            "restore with --to DIR and copy by hand$([ -n "$YES" ] ||
                echo '; or with --yes, if rows that refer to nothing are all it is')"
        die "nothing was changed: $(print_start 'error')"
    fi
    [ ! -s "$LENT/said" ] || log "warning: $1: $(print_said "$LENT")"
    if [ "$(tail -n 1 "$SCRATCH/outcome")" = 0 ]; then
        as_user rm -f -- "$aside"
        log "$1: those very rows were there"
    else
        log "$1: the rows that were there are now in '$aside'"
    fi
    close_lent
}

# replace_rows: sets replace_status. In one transaction of the restored database, the
# file for the old rows, and the live one. It is committed in this order, and without a
# journal of several, which would be named in that of the live one.
replace_rows() {
    {
        cd "$LENT"
        write_as_user "$aside" </dev/null
        NICE=no # others wait
        exec_sqlite ro "$LENT/new.sqlite3" '.timeout 30000' \
            "ATTACH '$(print_uri rw "$aside")' AS old" \
            'PRAGMA old.journal_mode=MEMORY' \
            "ATTACH '$(print_uri rw "$live")' AS live" 'PRAGMA foreign_keys=OFF' \
            'BEGIN IMMEDIATE' '.read replace.sql' 'COMMIT' \
            'SELECT count(*) FROM differs'
    } >"$SCRATCH/outcome" 2>"$SCRATCH/error" &
    replace_status=0
    await $! || replace_status=$?
}

# print_replacement <SQL of names>: SQL of all that is done in between.
print_replacement() {
    print_wanted "$1"
    print_absent main
    print_unlike
    print_verdict
    echo 'CREATE TEMP TABLE dangling (child, parent, fk, id, n);
.read dangling.sql
UPDATE dangling SET n = -1;'
    print_table_copy live old
    print_table_copy main live
    echo 'CREATE TEMP TABLE differs (x);'
    print_difference live
    echo 'INSERT INTO verdict SELECT NULL FROM differs;'
    print_difference old
    echo '.read dangling.sql'
    print_said_dangling
    print_verdict
}

# print_unlike: SQL that says which tables are not those that were saved, so that their
# rows do not belong there. What is no table is not even looked into.
print_unlike() {
    cat <<'SQL'
INSERT INTO said SELECT '''' || name || ''' is no ordinary table any more', 1
  FROM wanted WHERE name IN (SELECT name FROM live.sqlite_master
    WHERE NOT (type = 'table' AND typeof(sql) = 'text' AND sql LIKE 'CREATE TABLE %'));
SQL
    print_verdict
    cat <<'SQL'
CREATE TEMP TABLE shape AS
  SELECT 'main' AS side, w.name AS name, c.name AS part, c.pk <> 0 AS is_key
    FROM wanted AS w, pragma_table_xinfo(w.name, 'main') AS c WHERE c.hidden = 0
  UNION ALL SELECT 'live', w.name, c.name, c.pk <> 0
    FROM wanted AS w, pragma_table_xinfo(w.name, 'live') AS c WHERE c.hidden = 0;
INSERT INTO said SELECT '''' || a.name || ''' has now '
    || CASE side WHEN 'main' THEN 'no ' ELSE 'a new ' END
    || CASE WHEN is_key THEN 'key ' ELSE '' END || 'column ''' || part || '''', 1
  FROM shape AS a WHERE name IN (SELECT name FROM shape WHERE side = 'live')
    AND NOT EXISTS (SELECT 1 FROM shape AS b WHERE b.side <> a.side
      AND b.name = a.name AND b.part = a.part COLLATE NOCASE AND b.is_key = a.is_key);
SQL
}

# print_dangling: SQL that notes the rows that refer to nothing, in these tables and in
# those that refer to them.
print_dangling() {
    cat <<'SQL'
INSERT INTO dangling SELECT "table", parent, fkid, k.rowid, 1
  FROM (SELECT name AS child FROM live.sqlite_master AS t
    WHERE type = 'table' AND (name COLLATE NOCASE IN (SELECT name FROM wanted) OR EXISTS
      (SELECT 1 FROM pragma_foreign_key_list(t.name, 'live') AS f
        WHERE f."table" COLLATE NOCASE IN (SELECT name FROM wanted)))),
    pragma_foreign_key_check(child, 'live') AS k;
SQL
}

# print_said_dangling: SQL that says which do only now. A person who said --yes
# beforehand wants his rows all the same.
print_said_dangling() {
    cat <<SQL
INSERT INTO said SELECT sum(n) || ' rows of ''' || child || ''' refer now to rows of '''
    || parent || ''' that are not there', '$YES' = ''
  FROM (SELECT child, parent, sum(n) AS n FROM dangling GROUP BY child, fk, id)
  WHERE n > 0 GROUP BY child, parent;
SQL
}

# print_difference <schema>: SQL that notes whether the rows of a table differ there
# from those of main: other ones, or as many times.
print_difference() {
    cat <<SQL
INSERT INTO differs SELECT 1 FROM wanted
  WHERE name NOT IN (SELECT name FROM $1.sqlite_master);
.output made.sql
SELECT 'INSERT INTO differs SELECT 1 WHERE (SELECT count(*) FROM main.' || quoted
  || ') <> (SELECT count(*) FROM $1.' || quoted || ') OR EXISTS (WITH f(' || all_from
  || ') AS (SELECT * FROM main.' || quoted || '), t(' || all_to || ') AS (SELECT *'
  || ' FROM $1.' || quoted || ') SELECT ' || from_list || ', count(*) FROM f GROUP BY '
  || from_list || ' EXCEPT SELECT ' || to_list || ', count(*) FROM t GROUP BY '
  || to_list || ');' FROM wanted WHERE name IN (SELECT name FROM $1.sqlite_master);
.output
.read made.sql
SQL
}
