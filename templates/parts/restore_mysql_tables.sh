target_mysql_tables() { target_mysql "$1"; }
inspect_mysql_tables() { inspect_mysql "$1"; }
paths_mysql_tables() { :; }
ready_mysql_tables() { :; }
undo_mysql_tables() { return 1; } # a plan of tables holds nothing else that could fail
prepare_mysql_tables() {          # replace_mysql_tables does it all
    [ -n "$AS" ] || return 0
    prepare_mysql "$1"
}
unpack_mysql_tables() { unpack_mysql "$1"; }

# prove_mysql_tables <name>: does the dump load, and give those tables?
prove_mysql_tables() {
    load_trial "$1"
    now_tables=$(count_tables "$TRIAL")
    drop_trial
    [ "$now_tables" = "$(manifest_value table "$1" | grep -c '')" ] ||
        fail 5 "'$1' gives $now_tables tables, not those that were saved"
}

# replace_mysql_tables <name>: their rows, in one transaction, out of a schema of
# its own; the application may go on running, and no other table is touched.
replace_mysql_tables() {
    if [ -n "$AS" ]; then
        replace_mysql "$1"
        return
    fi
    open_mysql "$1"
    look_at_mysql "$1" "$schema"
    refuse_triggers "$1"
    make_trial "$1" || refuse "that takes a schema to load the rows into: give an" \
        "account that may make one, with --mysql-defaults"
    (print_row_copy | query_mysql client "$TRIAL" >"$SCRATCH/copy.sql") &
    await $! || die "$(explain_mysql)"
    save_rows "$1"
    query_mysql client "$schema" <"$SCRATCH/copy.sql" >/dev/null &
    await $! || die "nothing was changed: $(explain_mysql)"
    drop_trial
}

# refuse_triggers <name>: they would fire, and reach other tables; and what is not
# InnoDB knows no transaction.
refuse_triggers() {
    (echo 'SELECT event_object_table FROM information_schema.triggers
        WHERE event_object_schema = DATABASE();' |
        query_mysql client "$schema" >"$SCRATCH/not_so") &
    await $! || die "$(explain_mysql)"
    probed other_engine >>"$SCRATCH/not_so"
    manifest_value table "$1" >"$SCRATCH/wanted"
    odd=$(grep -xF -f "$SCRATCH/wanted" "$SCRATCH/not_so" | paste -s -d ' ' -)
    [ -z "$odd" ] || refuse "rows cannot be replaced alone where tables have" \
        "triggers or no transactions ($odd): restore with --as, and copy by hand"
}

# print_row_copy: SQL that prints the SQL, for the tables there are.
print_row_copy() {
    cat <<SQL
SET SESSION group_concat_max_len = 1048576;
SELECT 'SET SESSION foreign_key_checks = 0, unique_checks = 0; START TRANSACTION;';
SELECT CONCAT('DELETE FROM ', t, '; INSERT INTO ', t, ' (', c, ') SELECT ', c,
  ' FROM $TRIAL.', t, ';') FROM (
  SELECT CONCAT('\`', REPLACE(table_name, '\`', '\`\`'), '\`') AS t, GROUP_CONCAT(
      CONCAT('\`', REPLACE(column_name, '\`', '\`\`'), '\`') SEPARATOR ', ') AS c
    FROM information_schema.columns
    WHERE table_schema = DATABASE() AND extra NOT LIKE '% GENERATED%'
    GROUP BY table_name) AS tables_of_dump;
SELECT 'COMMIT;';
SQL
}

# save_rows <name>: those of now, in a dump of those tables.
save_rows() {
    number=$(grep -c '' "$SCRATCH/wanted")
    while [ "$number" -gt 0 ]; do
        set -- "$@" "$(sed -n "${number}p" "$SCRATCH/wanted")"
        number=$((number - 1))
    done
    set_mysql_aside "$@"
}
