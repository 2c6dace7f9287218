FLAVOUR= # of the server: mariadb or mysql

# exec_mysql <tool> <option...>: a client, for what comes on standard input, after
# what makes the session ours. It is started by a small shell, here or in a container,
# that hands it the account in an option file on a descriptor: no secret is in argv,
# in the environment of a program on this host, in a file, or in this script.
exec_mysql() {
    { print_options && print_preamble "$1" && cat; } |
        enter_mysql sh -c "$(print_mysql_client)" sh "$MYSQL_ACCOUNT" "$FLAVOUR" "$@"
}

NUMBERS= # what a load must have as the source had it: it is in what is computed

# print_preamble <tool>: what a session is before any statement of ours. First it
# notes what it was: that is what a dump will be, where its tool can set nothing.
print_preamble() {
    case $1 in dump | schema) return 0 ;; esac
    cat <<SQL
SET @turned = CONCAT_WS(' ',
  IF(@@sql_select_limit = 18446744073709551615, NULL, 'sql_select_limit'),
  IF(@@sql_quote_show_create, NULL, 'sql_quote_show_create'),
  IF(@@character_set_client = 'utf8mb4', NULL, 'character_set_client'),
  IF(@@character_set_results = 'utf8mb4', NULL, 'character_set_results')
  /*M!100300 , IF(@@system_versioning_asof = 'DEFAULT', NULL,
  'system_versioning_asof') */),
  @precision = @@div_precision_increment, @concat = @@group_concat_max_len;
$(print_session)
  ${NUMBERS:+, $NUMBERS};
SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ WRITE;
SQL
    [ "$1" != load ] || print_load_preamble
}

# print_session: one statement that sets whatever a server, its init_connect or what
# it holds of an account may have turned, and that changes what is read or written.
# Numbers, since DEFAULT would be the server's. /*! is for newer servers alone, /*M!
# for MariaDB. What is copied as it is may break a check; what we write ourselves is
# not converted in silence.
print_session() {
    cat <<'SQL'
SET SESSION sql_select_limit = 18446744073709551615, sql_quote_show_create = 1,
  sql_mode = 'NO_AUTO_VALUE_ON_ZERO,STRICT_ALL_TABLES,ALLOW_INVALID_DATES',
  max_join_size = 18446744073709551615, sql_big_selects = 1, sql_buffer_result = 0,
  sql_safe_updates = 0, max_sort_length = 1024, autocommit = 1,
  completion_type = NO_CHAIN, default_storage_engine = InnoDB, timestamp = DEFAULT,
  lock_wait_timeout = 3600, innodb_lock_wait_timeout = 50, wait_timeout = 28800,
  net_read_timeout = 86400, net_write_timeout = 86400, character_set_client = utf8mb4,
  character_set_connection = utf8mb4, character_set_results = utf8mb4
  /*!50708 , max_execution_time = 0 */
  /*!80011 , show_create_table_verbosity = 0, big_tables = 0,
  tmp_table_size = 16777216, default_collation_for_utf8mb4 = utf8mb4_0900_ai_ci */
  /*!80013 , use_secondary_engine = ON */ /*!80016 , default_table_encryption = 0 */
  /*!80018 , show_create_table_skip_secondary_engine = 0 */
  /*!80030 , show_gipk_in_create_table_and_information_schema = 1 */
  /*!80400 , restrict_fk_on_non_standard_key = 0 */
  /*M!100300 , max_statement_time = 0, innodb_strict_mode = 0,
  innodb_compression_default = 0, innodb_default_encryption_key_id = 1,
  max_session_mem_used = 9223372036854775807, check_constraint_checks = 0,
  system_versioning_asof = DEFAULT, idle_transaction_timeout = 0,
  idle_write_transaction_timeout = 0, idle_readonly_transaction_timeout = 0,
  tmp_disk_table_size = 18446744073709551615 */
  /*M!100804 , explicit_defaults_for_timestamp = 1 */
  /*M!101100 , system_versioning_insert_history = 0 */
SQL
}

# print_load_preamble: MySQL keeps these for accounts that may set them. One that
# would add a column is set or the load fails; of the others a table would complain.
print_load_preamble() {
    cat <<'SQL'
SET @set = 'DO 0', @may = (SELECT COUNT(*) FROM information_schema.user_privileges
  WHERE privilege_type IN
    ('SUPER', 'SYSTEM_VARIABLES_ADMIN', 'SESSION_VARIABLES_ADMIN'));
/*!80013 SET @set = IF(@may,
  'SET SESSION innodb_strict_mode = 0, sql_require_primary_key = 0', @set) */;
PREPARE ours FROM @set;
EXECUTE ours;
SET @set = 'DO 0';
/*!80030 SET @set = IF(@@sql_generate_invisible_primary_key,
  'SET SESSION sql_generate_invisible_primary_key = 0', @set) */;
PREPARE ours FROM @set;
EXECUTE ours;
DEALLOCATE PREPARE ours;
SQL
}

# require_session: what the server made of the session must not be felt where the
# tool that dumps can set nothing: mariadb-dump, and older ones of MySQL.
require_session() {
    echo "SELECT @turned;" | query_mysql client >"$SCRATCH/turned" &
    await $! || refuse "cannot reach the server again: $(print_errors any)"
    turned=$(cat "$SCRATCH/turned")
    [ -z "$turned" ] || [ -n "$(probed sets-session)" ] || refuse "the server gives" \
        "sessions of $(probed account) a $turned of its own, so a dump would lack" \
        "rows. As an administrator set back what is global, and look at init_connect"
}

# print_errors [any]: of what a client said, the lines that it marks as its errors, and
# of these no text in quotes, which may be people's data, unless the error is of a kind
# that names just accounts, schemas, tables or columns. any: the first lines, where no
# data went in and none is marked.
print_errors() {
    awk -v any="${1-}" '
        BEGIN {
            names = " 1005 1007 1008 1030 1031 1040 1041 1042 1043 1044 1045 1046" \
                " 1049 1050 1051 1054 1071 1072 1091 1100 1103 1109 1114 1118" \
                " 1130 1142 1143 1146 1153 1171 1180 1205 1206 1213 1215 1227" \
                " 1231 1235 1273 1286 1290 1298 1304 1305 1317 1347 1356 1359" \
                " 1370 1410 1412 1415 1418 1419 1449 1451 1452 1502 1698 1785" \
                " 1819 1820 1836 1969 2002 2003 2005 2006 2012 2013 2020 2026" \
                " 2054 2059 2061 3024 3546 3750 3819 3948 4025 4151 "
        }
        /^ERROR |(mysql|mariadb)(-?dump)?: |^[Ee]rror[: ]/ {
            if (/\[Warning\]|[Ww][Aa][Rr][Nn][Ii][Nn][Gg]: /) next
            code = match($0, /(ERROR|[Ee]rror:?) [0-9]+|\([0-9]+\)$/) ? \
                substr($0, RSTART, RLENGTH) : ""
            gsub(/[^0-9]/, "", code)
            if (code == 1644) sub(/: .*/, ": its text is of a trigger")
            if (code && !index(names, " " code " ")) sub(/[\047"].*/, "...")
            marked = marked (marked ? "; " : "") substr($0, 1, 300)
            if (++count == 3) exit
        }
        NR < 4 { first = first (first ? "; " : "") substr($0, 1, 300) }
        END {
            if (marked) print marked
            else if (any && first) print first
            else print "the client did not say why"
        }' "$SCRATCH/error"
}

# print_options: lines of an option file, up to a mark.
print_options() {
    printf '%s\n' "$MYSQL_OPTIONS"
    print_secret || return 1
    printf '\n%s\n' '#--END--'
}

# query_mysql <tool> [schema]: SQL on standard input, rows on standard output.
query_mysql() {
    query_tool=$1
    shift
    raw=-r
    [ "$query_tool" != probe ] || raw=-B # see make_lines
    exec_mysql "$query_tool" -N -B "$raw" --binary-mode --connect-timeout=30 \
        --loose-local-infile=0 --loose-skip-print-query-on-error \
        --default-character-set=utf8mb4 -- ${1+"$@"} 2>"$SCRATCH/error"
}

# look_at_mysql <name> [schema]: what is there, and who are we? Leaves answers
# for probed.
look_at_mysql() {
    looked=$1 FLAVOUR=
    shift
    (print_options) >/dev/null || exit 3
    (print_probe | stage 1 query_mysql probe ${1+"$@"} | make_lines \
        >"$SCRATCH/probe") &
    { await $! && stages_ended_well 1; } ||
        refuse "cannot reach '$looked': $(print_errors any)$(
            ! grep -q '^ERROR 1728 ' "$SCRATCH/error" ||
                echo '; perhaps for an event in a' \
                    'time zone that the server does not know: load the zones' \
                    '(mysql_tzinfo_to_sql /usr/share/zoneinfo)'
        )"
    case $(probed server) in
        *MariaDB*) FLAVOUR=mariadb ;;
        *) FLAVOUR=mysql ;;
    esac
    case $FLAVOUR:$(probed client) in
        mariadb:*MariaDB*) ;;
        mariadb:* | *MariaDB*) # with generated columns, no such dump loads
            refuse "'$looked': the server is $FLAVOUR, and the clients here are of" \
                "the other kind; install its own, or name its container"
            ;;
    esac
}

# make_lines: of what a client wrote that is not raw: SHOW GRANTS has names of schemas,
# and nothing replaces what is in them. A control character becomes a question mark.
make_lines() {
    mark=$(printf '\001')
    tr '\001-\011\013-\037\177' '?' |
        sed "s/\\\\\\\\/$mark/g; s/\\\\[nt0]/?/g; s/$mark/\\\\/g"
}

# refuse_system_schema <schema>: a restore would drop it first.
refuse_system_schema() {
    case $(printf '%s\n' "$1" | tr '[:upper:]' '[:lower:]') in
        mysql | information_schema | performance_schema | sys | gen_backup_trial_*)
            refuse "'$1' is the server's own or a trial's: not ours to save or replace"
            ;;
    esac
}

# probed <key>: an answer.
probed() { sed -n "s/^$1=//p" "$SCRATCH/probe"; }

# print_probe: names come from others; none may bring a line of its own.
print_probe() {
    cat <<'SQL'
SELECT CONCAT('server=', VERSION(), ' ', @@version_comment);
SELECT CONCAT('account=', CURRENT_USER());
SELECT CONCAT('div_precision_increment=', @precision);
SELECT CONCAT('group_concat_max_len=', @concat);
SET SESSION group_concat_max_len = 4194304;
SELECT CONCAT('definition=', SHA2(GROUP_CONCAT(line ORDER BY line), 256)) FROM (
  SELECT CONCAT_WS(',', table_name, ordinal_position, column_name, column_type,
      is_nullable, column_default, extra, collation_name) AS line
    FROM information_schema.columns WHERE table_schema = DATABASE()
  UNION SELECT CONCAT_WS(',', table_name, index_name, seq_in_index, column_name,
      sub_part, non_unique) FROM information_schema.statistics
    WHERE table_schema = DATABASE()) AS defined;
SELECT CONCAT('schema=', DATABASE());
SELECT CONCAT('charset=', default_character_set_name, ' COLLATE ',
    default_collation_name)
  FROM information_schema.schemata WHERE schema_name = DATABASE();
SELECT CONCAT('tables=', COUNT(*)) FROM information_schema.tables
  WHERE table_schema = DATABASE();
SELECT CONCAT('other_engine=', REPLACE(table_name, X'0A', '?'))
  FROM information_schema.tables
  WHERE table_schema = DATABASE() AND engine <> 'InnoDB'
    AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED');
SELECT CONCAT('versioned=', REPLACE(table_name, X'0A', '?'))
  FROM information_schema.tables
  WHERE table_schema = DATABASE() AND table_type = 'SYSTEM VERSIONED';
SELECT DISTINCT CONCAT('event_zone=', time_zone) FROM information_schema.events
  WHERE event_schema = DATABASE() AND time_zone <> 'SYSTEM';
SELECT CONCAT('unknown_zone=', REPLACE(event_name, X'0A', '?'), ' in ', time_zone)
  FROM information_schema.events
  WHERE event_schema = DATABASE() AND time_zone <> 'SYSTEM'
    AND CONVERT_TZ('2000-01-01', '+00:00', time_zone) IS NULL;
SELECT CONCAT('unreadable=', REPLACE(routine_name, X'0A', '?'))
  FROM information_schema.routines
  WHERE routine_schema = DATABASE() AND routine_definition IS NULL;
SELECT CONCAT('program=', kind, ' by ', REPLACE(definer, X'0A', '?')) FROM (
  SELECT 'view' AS kind, definer FROM information_schema.views
    WHERE table_schema = DATABASE()
  UNION SELECT 'trigger', definer FROM information_schema.triggers
    WHERE trigger_schema = DATABASE()
  UNION SELECT LOWER(routine_type), definer FROM information_schema.routines
    WHERE routine_schema = DATABASE()
  UNION SELECT 'event', definer FROM information_schema.events
    WHERE event_schema = DATABASE()) AS programs;
/*!50700 SELECT CONCAT('gtid_before=', REPLACE(@@global.gtid_executed, X'0A', '')) */;
/*M!100002 SELECT CONCAT('gtid_before=', @@global.gtid_binlog_pos) */;
SELECT CONCAT('binary_log=',
  @@global.log_bin AND NOT @@global.log_bin_trust_function_creators);
SHOW GRANTS;
SQL
}

# look_before_dump <name> [table...]: is it there, and may we read all of it?
look_before_dump() {
    artifact=$1
    shift
    if [ -z "$MYSQL_SCHEMA" ]; then
        exec_mysql schema </dev/null >"$SCRATCH/schema" 2>"$SCRATCH/error" &
        await $! || refuse "cannot reach '$artifact': $(print_errors any)"
        MYSQL_SCHEMA=$(cat "$SCRATCH/schema")
        [ -n "$MYSQL_SCHEMA" ] ||
            refuse "'$artifact': the container has no MYSQL_DATABASE; set name"
    fi
    refuse_system_schema "$MYSQL_SCHEMA"
    look_at_mysql "$artifact" "$MYSQL_SCHEMA"
    require_rights "SELECT,TRIGGER${1-,SHOW VIEW,EVENT,ROUTINES}"
    require_session
}

# backup_mysql <name> [table...]: a dump, as of one instant, becomes an artifact.
backup_mysql() {
    progress "$1: looking"
    look_before_dump "$@"
    shift
    [ "$(probed tables)" != 0 ] || require_always_empty
    other_engines=$(probed other_engine | paste -s -d ' ' -)
    [ -z "$other_engines" ] ||
        warn "$artifact: not InnoDB, so not of the same instant: $other_engines"
    unknown_zones=$(probed unknown_zone | paste -s -d ' ' -)
    [ -z "$unknown_zones" ] || warn "$artifact: events in a time zone that this" \
        "server does not know, so that they do not load ($unknown_zones): load the" \
        'zones (mysql_tzinfo_to_sql)'
    versioned=$(probed versioned | paste -s -d ' ' -)
    [ -z "$versioned" ] || dumps_history || miss 1 "$artifact" "the history of its" \
        "system-versioned tables ($versioned), which clients of MariaDB 10.11 and" \
        'later can dump'
    progress "$artifact: counting rows"
    rows_counted=yes
    if ! count_rows "$MYSQL_SCHEMA" "$SCRATCH/rows" ${1+"$@"}; then
        rows_counted=
        # Not all tools that dump can be told how long to wait.
        ! grep -q '^ERROR 1205 ' "$SCRATCH/error" || die "'$artifact': locked:" \
            "$(print_uncounted): look for what waits for it, an ALTER say," \
            "and for an open transaction before that (SHOW FULL PROCESSLIST)"
    fi
    progress "$artifact: dumping"
    manifest "$artifact.at=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    # Not with all above it: a later run may have removed that, as this one was killed.
    [ -d "$WORK/databases" ] || mkdir "$WORK/databases" || die "cannot write to '$WORK'"
    dump=databases/$artifact.sql$SUFFIX
    dumped_s=$(date +%s)
    quiesce #? quiesce
    dump_mysql "$WORK/$dump" "$MYSQL_SCHEMA" ${1+"$@"}
    resume || die "the hook 'resume' failed" #? quiesce
    [ -z "$replaced" ] || miss 1 "$artifact" "rows of $replaced as of this instant:" \
        'another table took its place while it was dumped, twice (gh-ost?)'
    begin_sum "$dump"
    [ -n "$rows_counted" ] &&
        count_rows "$MYSQL_SCHEMA" "$SCRATCH/rows.after" ${1+"$@"} || rows_counted=
    [ -n "$rows_counted" ] || warn "$artifact: its rows could not be counted, so no" \
        "drill can compare them: $(print_errors)"
    require_whole_dump "$WORK/$dump"
    await_helpers || die "cannot read '$dump', or write it to the disk"
    add_artifact "$artifact" "mysql${1+-tables}" "$dump"
    manifest "$artifact.flavour=$FLAVOUR"
    [ -z "$before_events_bytes" ] ||
        manifest "$artifact.before_events_bytes=$before_events_bytes"
    [ -z "$rows_counted" ] ||
        print_rows "$SCRATCH/rows" "$SCRATCH/rows.after" |
        sed "s/^/$artifact.rows=/" >>"$SCRATCH/manifest" ||
        die "cannot write to '$WORK'"
    for table; do manifest "$artifact.table=$table"; done
    sed -n "s/^[a-z_]*=./$artifact.&/p" "$SCRATCH/probe" >>"$SCRATCH/manifest" ||
        die "cannot write to '$WORK'"
    log "$artifact: $BYTES bytes kept, in $(seconds_since "$dumped_s") s"
}

# require_always_empty: a schema without tables is one that is new, unless there were
# some: then it is not the one that it was.
require_always_empty() {
    newest=$(list_backups | awk '$3 == "ok" { id = $2 } END { print id }')
    [ -z "$newest" ] ||
        ! grep -q "^${artifact}[.]tables=[1-9]" "$PLAN_PATH/$newest/MANIFEST" ||
        die "the schema '$MYSQL_SCHEMA' has no tables, and in the backup $newest it" \
            "has some: if that is meant, give [databases.$artifact] another name"
}

# dump_mysql <file> <schema> [table...]: once more when somebody has changed a table's
# definition, which breaks the transaction, or has put another in its place, which may
# not: of one that was there before, as gh-ost's, it has what that held then. replaced:
# those of the second time.
dump_mysql() {
    dumped=$1 dumped_schema=$2
    shift
    what=$* schema_alone=
    [ "$#" != 1 ] || schema_alone=$1
    among=$(shift && print_among ${1+"$@"})
    if [ "$#" = 1 ]; then set -- --routines -- "$@"; else set -- -- "$@"; fi
    ! dumps_history || set -- --dump-history "$@"
    for again in yes ''; do
        replaced=
        list_made "$SCRATCH/made"
        if write_dump "$@"; then
            list_made "$SCRATCH/made.after"
            replaced=$(awk '{ made = $1; sub(/^[^ ]* /, "") }
                NR == FNR { was[$0] = made }
                $0 in was && was[$0] != made' "$SCRATCH/made" "$SCRATCH/made.after" |
                paste -s -d ' ' -)
            [ -n "$replaced" ] || break
        elif [ -z "$again" ] ||
            ! grep -q -e '(1146)' -e ' 1412: ' "$SCRATCH/error"; then
            die "cannot dump '$what': $(print_errors any)"
        fi
        [ -z "$again" ] ||
            log "a definition changed while '$what' was dumped: once more"
    done
    before_events_bytes=
    [ -z "$schema_alone" ] || ! grep -q '^program=event ' "$SCRATCH/probe" || add_events
    require_session # it was so all the time
}

# list_made <file>: when each of the tables was made, or renamed, and its name.
list_made() {
    (echo "SELECT CONCAT(UNIX_TIMESTAMP(create_time), ' ',
        QUOTE(REPLACE(table_name, X'0A', '?')))
        FROM information_schema.tables
        WHERE table_schema = DATABASE() AND engine = 'InnoDB' $among;" |
        query_mysql client "$dumped_schema" >"$1") &
    await $! || die "cannot dump '$what': $(print_errors any)"
}

# dumps_history: are there system-versioned tables, which information_schema does not
# call BASE TABLE, and can the client dump what they were?
dumps_history() {
    probed versioned | grep -q '' &&
        [ "$(probed client | print_version)" -ge 1011 ]
}

# print_version: of a text with a server's or client's, as a number: 1011 of 10.11.
print_version() {
    sed 's/.*[^0-9.]\([0-9]*[.][0-9]*[.][0-9]*-MariaDB\)/\1/' |
        awk -F . '{ printf "%d\n", $1 * 100 + $2; exit }'
}

# add_events: of the schema, as a second dump behind the first. A trial, in which they
# would run, leaves them out by where they begin, and not by what they look like:
# that is up to whoever made them.
add_events() {
    require_whole_dump "$dumped"
    before_events_bytes=$(stat -c %s "$dumped") || die "cannot read '$dumped'"
    first=$dumped dumped=$dumped.events$SUFFIX
    write_dump --events --no-data --no-create-info --skip-triggers -- "$schema_alone" ||
        die "cannot dump the events of '$what': $(print_errors any)"
    cat "$dumped" >>"$first" || die "cannot write '$first'"
    rm -- "$dumped"
    dumped=$first
}

# write_dump <option or operand...>: well only when both ends of the pipe say so, and
# the tool, which ends well after some errors, marks none; what others say on the way
# does not count.
write_dump() {
    [ -z "$(probed sets-session)" ] || set -- "--init-command=$(print_session)" "$@"
    (stage 1 exec_mysql dump --single-transaction --quick --triggers --hex-blob \
        --no-tablespaces --comments --skip-add-locks --max-allowed-packet=1G \
        --default-character-set=utf8mb4 "$@" </dev/null 2>"$SCRATCH/error" |
        exec_compress >"$dumped") &
    await $! && stages_ended_well 1 &&
        ! grep -q 'dump: \(Error\|Got err\|Couldn.t\)' "$SCRATCH/error"
}

# require_whole_dump <file>
require_whole_dump() {
    (is_dump_whole "$1") &
    await $! || die "the dump '${1##*/}' is cut off"
}

# is_dump_whole <file>: does it decompress, and is its last line there? Others may be
# longer than what fits into memory.
is_dump_whole() {
    { (exec_decompress "$1") || echo 'cannot decompress'; } | tail -c 99 |
        tail -n 1 | grep -q '^-- Dump completed'
}
