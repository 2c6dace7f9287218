COUNT_UP_TO=20000000 # rows: a few seconds

# count_rows <schema> <file> [table...]: a line for each table, or for those: its
# rows, when it was last written to, its name. Of one with a history all rows, where
# the dump has it. Where more are estimated than are soon counted, that, with a ~.
count_rows() {
    counted_schema=$1 counted=$2 history_too=
    shift 2
    ! dumps_history || history_too=' FOR SYSTEM_TIME ALL'
    (print_row_counts ${1+"$@"} | query_mysql client "$counted_schema" \
        >"$SCRATCH/count.sql") &
    await $! || return 1
    query_mysql client "$counted_schema" <"$SCRATCH/count.sql" >"$counted" &
    await $!
}

# print_uncounted: the first table of which there is no count. MariaDB may not even say
# which tables there are.
print_uncounted() {
    [ -s "$SCRATCH/count.sql" ] || echo 'one of its tables'
    number=$(($(grep -sc '' "$counted" || :) + 1))
    sed -n "${number}s/.* FROM \(\`.*\`\).*;\$/\1/p" "$SCRATCH/count.sql"
}

# print_row_counts [table...]: SQL that prints the SQL. Engines that are left out have
# no rows of their own, or a dump has none of them.
print_row_counts() {
    among=$(print_among ${1+"$@"})
    cat <<SQL
/*!80000 SET SESSION information_schema_stats_expiry = 0 */;
SELECT CONCAT('SELECT CONCAT(', IF(table_rows > $COUNT_UP_TO,
    CONCAT('''~', table_rows, ''''), 'COUNT(*)'), ', '' ',
    IFNULL(UNIX_TIMESTAMP(update_time), 0), ' '', ',
    QUOTE(REPLACE(table_name, X'0A', '?')), ')',
    IF(table_rows > $COUNT_UP_TO, '', CONCAT(' FROM \`',
      REPLACE(table_name, '\`', '\`\`'), '\`',
      IF(table_type = 'SYSTEM VERSIONED', '$history_too', ''))), ';')
  FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED')
    AND engine NOT IN ('FEDERATED', 'CONNECT', 'SPIDER', 'MRG_MyISAM', 'BLACKHOLE')
    $among;
SQL
}

# print_among [table...]: SQL for these tables alone, or nothing. To information_schema
# 'T' and an 'a' with an accent are 't' and 'a', which to servers are others.
print_among() {
    among=
    for table; do among="$among$(quote_text "$table"),"; done
    printf '%s' "${among:+AND table_name IN (${among%,}) AND
    (@@lower_case_table_names OR CAST(table_name AS BINARY) IN (${among%,}))}"
}

# quote_text <text>: for SQL, whatever the session's sql_mode says of backslashes.
quote_text() { printf "CONVERT(X'%s' USING utf8mb4)" "$(printf %s "$1" | print_hex)"; }

print_hex() { od -An -v -tx1 | tr -d ' \n'; }

# print_rows <before> <after>: for the manifest: exact where nothing was written
# between; else from how many to how many.
print_rows() {
    awk '
        { name = substr($0, length($1) + length($2) + 3) }
        before { rows[name] = $1; written[name] = $2; next }
        !(name in rows) { next }
        $1 == rows[name] && ($2 == written[name] || /^~/) { print $1, name; next }
        { print rows[name] "-" $1, name }
    ' before=1 "$1" before=0 "$2"
}
