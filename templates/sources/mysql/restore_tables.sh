prove_mysql_tables() { prove_mysql "$1" tables; }

# ready_mysql_tables <name>: for a restore into the server, is all there that it needs,
# and are the tables what they were? Leaves the rows in TRIAL.
ready_mysql_tables() {
    [ -z "$TO" ] || return 0
    if [ -n "$AS" ]; then
        ready_mysql "$1"
        return 0
    fi
    load_rows "$1"
    require_space "${BACKUP%/*}" "$saved_bytes" \
        'what is there now, which is set aside'
}

# prepare_mysql_tables <name>: ready_mysql_tables has done it.
prepare_mysql_tables() { [ -z "$AS" ] || prepare_mysql "$1"; }

# replace_mysql_tables <name>: their rows, out of a schema of its own. What is there is
# set aside, and replaced, in one transaction: whoever writes waits, and what is
# committed is in what is set aside or comes after. No other table is touched.
replace_mysql_tables() {
    if [ -n "$AS" ]; then
        replace_mysql "$1"
        return 0
    fi
    OLD=gen_backup_aside_$(printf '%s\n' "$ENVIRONMENT" | tr - _)
    ! has_schema "$OLD" || save_old_rows # of a restore that was killed
    AT_END=end_rows
    run_sql "CREATE DATABASE $OLD;" || die "cannot make the schema '$OLD': $(
        explain_mysql
    )"
    (print_row_copy | query_mysql client "$TRIAL" >"$SCRATCH/copy.sql") &
    await $! || die "$(explain_mysql)"
    query_mysql client "$schema" <"$SCRATCH/copy.sql" >"$SCRATCH/copied" &
    await $! || die "nothing was changed: $(if grep -q . "$SCRATCH/copied"; then
        echo "rows would refer to nothing ($(paste -s -d ';' "$SCRATCH/copied"));" \
            'restore with --as SCHEMA, and copy by hand'
    else
        explain_mysql
    fi)"
    AT_END=close_trial
    save_old_rows
    close_trial
}

# choose_mysql <name>: what of --table, as the manifest says it.
choose_mysql() {
    printf '%s' "$TABLES" | sed "s/^/$1.table=/"
}

require_in_place() {
    [ -z "$TO$AS" ] || fail 2 "restore: of MySQL, --table is in place alone: restore" \
        "all of it with --to or --as, and copy rows from there"
}

# drop_unwanted: of --table, what else the dump has made in TRIAL.
drop_unwanted() {
    names=$(printf '%s' "$TABLES" | while IFS= read -r table; do
        quote_text "$table"
        echo
    done | paste -s -d , -)
    # shellcheck disable=SC2016 # backquotes are SQL's
    (echo "SELECT 'SET SESSION foreign_key_checks = 0;';
        SELECT CONCAT('DROP ', IF(table_type = 'VIEW', 'VIEW', 'TABLE'), ' \`',
          REPLACE(table_name, '\`', '\`\`'), '\`;')
          FROM information_schema.tables WHERE table_schema = DATABASE()
          AND CAST(table_name AS BINARY) NOT IN ($names);" |
        query_mysql client "$TRIAL" >"$SCRATCH/drop.sql") &
    await $! || die "$(explain_mysql)"
    query_mysql client "$TRIAL" <"$SCRATCH/drop.sql" >/dev/null &
    await $! || die "$(explain_mysql)"
}

# load_rows <name>: into TRIAL, on the live server, and look at the live tables.
load_rows() {
    begin_mysql_restore "$1"
    look_at_mysql "$1" "$schema"
    require_rights 'SELECT,INSERT,DELETE,ALTER,LOCK TABLES'
    refuse_triggers "$1"
    open_trial_schema "$1" || refuse "that takes a schema to load the rows into" \
        "($NO_TRIAL): give an account that may make one, with" \
        '--mysql-defaults, or restore with --as or --to, and copy by hand'
    leave_out_events
    load_dump "$TRIAL" "$tried" ||
        die "nothing was changed: '$1' does not load: $(explain_mysql)"
    [ -z "$TABLES" ] || drop_unwanted
    (print_column_changes | query_mysql client "$TRIAL" >"$SCRATCH/changes") &
    await $! || die "$(explain_mysql)"
    [ ! -s "$SCRATCH/changes" ] || die "nothing was changed: the tables are not what" \
        "they were ($(head -n 5 "$SCRATCH/changes" | paste -s -d ';' -)):" \
        'restore with' \
        '--as SCHEMA, and copy by hand'
}

# refuse_triggers <name>: they would fire, and reach other tables; and what is not
# InnoDB knows no transaction.
refuse_triggers() {
    (echo "SELECT REPLACE(event_object_table, X'0A', '?')
        FROM information_schema.triggers
        WHERE event_object_schema = DATABASE();" |
        query_mysql client "$schema" >"$SCRATCH/not_so") &
    await $! || die "$(explain_mysql)"
    probed other_engine >>"$SCRATCH/not_so"
    printf '%s\n' "${saved_table-}" >"$SCRATCH/wanted"
    odd=$(grep -ixF -f "$SCRATCH/wanted" "$SCRATCH/not_so" | paste -s -d ' ' -)
    [ -z "$odd" ] || refuse "rows cannot be replaced alone where tables have" \
        "triggers or no transactions ($odd): restore with --as, and copy by hand"
}

# print_column_changes: SQL for columns, and keys, that only one side has.
print_column_changes() {
    cat <<SQL
SELECT CONCAT(MAX(REPLACE(table_name, X'0A', '?')), '.',
    REPLACE(column_name, X'0A', '?'), MAX(IF(column_key = 'PRI', ' (key)', '')),
    IF(MAX(table_schema = DATABASE()), ' is not there now', ' is not in the backup'))
  FROM information_schema.columns
  WHERE table_schema IN (DATABASE(), $(quote_text "$schema"))
    AND CAST(table_name AS BINARY) IN (SELECT CAST(table_name AS BINARY)
      FROM information_schema.tables WHERE table_schema = DATABASE())
    AND extra NOT LIKE '% GENERATED%'
  GROUP BY CAST(table_name AS BINARY), column_name, column_key = 'PRI'
  HAVING COUNT(*) = 1
  ORDER BY 1;
SQL
}

# print_row_copy: SQL that prints the SQL, for the tables there are. The numbers that
# come next never go back. Foreign keys are looked at by hand, in both directions,
# before it is committed; rows that referred to nothing before do not count.
print_row_copy() {
    key="SHA2(CONCAT_WS('.', k.table_schema, k.table_name, k.constraint_name), 224)"
    ours='SELECT table_name FROM information_schema.tables
      WHERE table_schema = DATABASE()'
    cat <<SQL
SET SESSION group_concat_max_len = 4194304, sql_mode = '';
/*!80000 SET SESSION information_schema_stats_expiry = 0 */;
SET @schema = $(quote_text "$schema");
CREATE TEMPORARY TABLE $OLD.gen_backup_tables AS
  SELECT CONCAT('\`', REPLACE(table_name, '\`', '\`\`'), '\`') AS t,
    CONCAT('\`', REPLACE(@schema, '\`', '\`\`'), '\`.') AS s, GROUP_CONCAT(
      CONCAT('\`', REPLACE(column_name, '\`', '\`\`'), '\`') SEPARATOR ', ') AS c
  FROM information_schema.columns
  WHERE table_schema = DATABASE() AND extra NOT LIKE '% GENERATED%'
  GROUP BY CAST(table_name AS BINARY);
CREATE TEMPORARY TABLE $OLD.gen_backup_keys AS
  SELECT what, n, child, parent, CONCAT('(SELECT COUNT(*) FROM ', child, ' AS c_', n,
    ' WHERE ', refers, ' AND NOT EXISTS (SELECT 1 FROM ', parent, ' AS p_', n,
    ' WHERE ', finds, '))') AS lost
  FROM (SELECT CONCAT(k.table_name, ' to ', k.referenced_table_name) AS what,
    $key AS n,
    CONCAT('\`', REPLACE(k.table_schema, '\`', '\`\`'), '\`.\`',
      REPLACE(k.table_name, '\`', '\`\`'), '\`') AS child,
    CONCAT('\`', REPLACE(k.referenced_table_schema, '\`', '\`\`'), '\`.\`',
      REPLACE(k.referenced_table_name, '\`', '\`\`'), '\`') AS parent,
    GROUP_CONCAT(CONCAT('c_', $key, '.\`', REPLACE(k.column_name, '\`', '\`\`'),
      '\` IS NOT NULL') SEPARATOR ' AND ') AS refers,
    GROUP_CONCAT(CONCAT('c_', $key, '.\`', REPLACE(k.column_name, '\`', '\`\`'),
      '\` = p_', $key, '.\`', REPLACE(k.referenced_column_name, '\`', '\`\`'), '\`')
      SEPARATOR ' AND ') AS finds
  FROM information_schema.key_column_usage AS k
  WHERE k.referenced_table_name IS NOT NULL AND
    (k.table_schema = @schema AND k.table_name IN ($ours) OR
    k.referenced_table_schema = @schema AND k.referenced_table_name IN ($ours))
  GROUP BY $key) AS all_keys;
SELECT CONCAT('SET SESSION foreign_key_checks = 0, lock_wait_timeout = 60, sql_mode = ',
  '''STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES'';');
SELECT '/*M!100201 SET SESSION check_constraint_checks = 0 */;';
SELECT CONCAT('CREATE TABLE $OLD.', t, ' LIKE ', s, t, ';') FROM $OLD.gen_backup_tables;
SELECT CONCAT('ALTER TABLE \`', REPLACE(@schema, '\`', '\`\`'), '\`.\`',
    REPLACE(b.table_name, '\`', '\`\`'), '\` AUTO_INCREMENT = ', b.auto_increment, ';')
  FROM information_schema.tables AS b JOIN information_schema.tables AS l
    ON l.table_schema = @schema
    AND CAST(l.table_name AS BINARY) = CAST(b.table_name AS BINARY)
  WHERE b.table_schema = DATABASE() AND b.auto_increment > l.auto_increment;
SELECT 'SET SESSION autocommit = 0;';
SELECT CONCAT('LOCK TABLES ', GROUP_CONCAT(s, t, ' WRITE, $OLD.', t, ' WRITE, $TRIAL.',
    t, ' READ'), IFNULL((SELECT GROUP_CONCAT(', ', child, ' AS c_', n, ' READ, ',
    parent, ' AS p_', n, ' READ' SEPARATOR '') FROM $OLD.gen_backup_keys), ''), ';')
  FROM $OLD.gen_backup_tables;
SELECT CONCAT('SET @b_', n, ' = ', lost, ';') FROM $OLD.gen_backup_keys;
SELECT CONCAT('INSERT INTO $OLD.', t, ' (', c, ') SELECT ', c, ' FROM ', s, t,
  '; DELETE FROM ', s, t, '; INSERT INTO ', s, t, ' (', c, ') SELECT ', c,
  ' FROM $TRIAL.', t, ';') FROM $OLD.gen_backup_tables;
SELECT CONCAT('SET @a_', n, ' = ', lost, '; SELECT CONCAT(@a_', n, ' - @b_', n,
  ', '' of '', ', QUOTE(what), ') FROM DUAL WHERE @a_', n, ' > @b_', n, ';')
  FROM $OLD.gen_backup_keys;
SELECT CONCAT('SET @lost = IF(@a_', n, ' > @b_', n, ', (SELECT 1 UNION SELECT 2), 0);')
  FROM $OLD.gen_backup_keys; -- two rows are an error, which ends it
SELECT 'COMMIT; UNLOCK TABLES;';
SQL
}

# end_rows: however it ended: if it was committed, the rows of before are saved.
end_rows() {
    AT_END=:
    save_old_rows
    close_trial
}

# save_old_rows: those in OLD, with the tables' definitions, in a file that can be
# loaded; none where nothing was replaced.
save_old_rows() {
    count_rows "$OLD" "$SCRATCH/old" || die "$(explain_mysql)"
    if grep -qv '^0 ' "$SCRATCH/old"; then
        open_aside
        write_old_rows || die "the rows of before are in the schema '$OLD', and" \
            "cannot be dumped: $(print_errors)"
        log "the rows of before are now in '$dumped'; to go back, load that"
    fi
    run_sql "DROP DATABASE IF EXISTS $OLD;" || log "cannot drop '$OLD'"
}

write_old_rows() {
    set --
    while IFS= read -r table; do set -- ${1+"$@"} "$table"; done <"$SCRATCH/wanted"
    dumped=$ASIDE/definitions$SUFFIX
    write_dump --no-data --skip-triggers -- "$schema" "$@" || return 1
    dumped=$ASIDE/rows$SUFFIX
    write_dump --no-create-info --skip-triggers -- "$OLD" && is_dump_whole "$dumped" ||
        return 1
    dumped=$ASIDE/tables.sql$SUFFIX
    cat "$ASIDE/definitions$SUFFIX" "$ASIDE/rows$SUFFIX" >"$dumped" &&
        rm "$ASIDE/definitions$SUFFIX" "$ASIDE/rows$SUFFIX" && sync "$dumped" "$ASIDE"
}
