FLAVOUR= # of the server: mariadb or mysql

# exec_mysql <tool> <option...>: a client, for what comes on standard input. It
# is started by a small shell, here or in a container, that hands it the account
# in an option file on a descriptor: no secret is in argv, in the environment of
# a program on this host, in a file, or in this script.
exec_mysql() {
    { print_options && cat; } |
        enter_mysql sh -c "$(print_mysql_client)" sh "$MYSQL_ACCOUNT" "$FLAVOUR" "$@"
}

# print_options: lines of an option file, up to a mark.
print_options() {
    printf '%s\n' "$MYSQL_OPTIONS"
    print_secret || return
    printf '\n%s\n' '#--END--'
}

# require_private <file>: nobody else may read it.
require_private() {
    { [ -f "$1" ] && [ -r "$1" ]; } || refuse "user $(id -u) cannot read '$1'"
    [ -z "$(find -L "$1" -prune \( -perm -0004 -o -perm -0040 \))" ] ||
        refuse "others can read the password in '$1': chmod 600 '$1'"
}

# print_private <file>: an option file.
print_private() {
    require_private "$1"
    cat -- "$1"
}

# query_mysql <tool> [schema]: SQL on standard input, rows on standard output.
query_mysql() {
    query_tool=$1
    shift
    exec_mysql "$query_tool" -N -B -r --binary-mode --connect-timeout=30 \
        --loose-local-infile=0 \
        --default-character-set=utf8mb4 -- ${1+"$@"} 2>"$SCRATCH/error"
}

# look_at_mysql <name> [schema]: what is there, and who are we? Leaves answers
# for probed.
look_at_mysql() {
    looked=$1 FLAVOUR=
    shift
    (print_options) >/dev/null || exit 3
    (print_probe | query_mysql probe ${1+"$@"} >"$SCRATCH/probe") &
    await $! || refuse "cannot reach '$looked': $(head -n 3 "$SCRATCH/error")"
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

# probed <key>: an answer.
probed() { sed -n "s/^$1=//p" "$SCRATCH/probe"; }

# print_probe: names come from others; none may bring a line of its own.
print_probe() {
    cat <<'SQL'
SELECT CONCAT('server=', VERSION(), ' ', @@version_comment);
SELECT CONCAT('account=', CURRENT_USER());
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
        await $! || refuse "cannot reach '$artifact': $(head -n 3 "$SCRATCH/error")"
        MYSQL_SCHEMA=$(cat "$SCRATCH/schema")
        [ -n "$MYSQL_SCHEMA" ] ||
            refuse "'$artifact': the container has no MYSQL_DATABASE; set name"
    fi
    look_at_mysql "$artifact" "$MYSQL_SCHEMA"
    [ "$(probed tables)" != 0 ] || die "the schema '$MYSQL_SCHEMA' has no table" \
        "that $(probed account) may see"
    require_rights "SELECT,TRIGGER${1-,SHOW VIEW,EVENT,ROUTINES}"
}

# backup_mysql <name> [table...]: a dump, as of one instant, becomes an artifact.
backup_mysql() {
    progress "$1: looking"
    look_before_dump "$@"
    shift
    other_engines=$(probed other_engine | paste -s -d ' ' -)
    [ -z "$other_engines" ] ||
        warn "$artifact: not InnoDB, so not of the same instant: $other_engines"
    unknown_zones=$(probed unknown_zone | paste -s -d ' ' -)
    [ -z "$unknown_zones" ] || warn "$artifact: events in a time zone that this" \
        "server does not know, so that they do not load ($unknown_zones): load the" \
        'zones (mysql_tzinfo_to_sql)'
    ! probed versioned | grep -q '' || dumps_history || warn "$artifact: without the" \
        "history of its system-versioned tables ($(probed versioned |
            paste -s -d ' ' -)), which clients of MariaDB 10.11 and later can dump"
    progress "$artifact: counting rows"
    rows_counted=yes
    count_rows "$MYSQL_SCHEMA" "$SCRATCH/rows" ${1+"$@"} || rows_counted=
    progress "$artifact: dumping"
    manifest "$artifact.at=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    mkdir -p "$WORK/databases"
    dump=databases/$artifact.sql$SUFFIX
    dumped_s=$(date +%s)
    quiesce
    dump_mysql "$WORK/$dump" "$MYSQL_SCHEMA" ${1+"$@"}
    resume || die "the hook 'resume' failed"
    begin_sum "$dump"
    [ -n "$rows_counted" ] &&
        count_rows "$MYSQL_SCHEMA" "$SCRATCH/rows.after" ${1+"$@"} || rows_counted=
    [ -n "$rows_counted" ] || warn "$artifact: its rows could not be counted, so no" \
        "drill can compare them: $(head -n 1 "$SCRATCH/error")"
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

# dump_mysql <file> <schema> [table...]: once more when somebody has changed a
# table's definition, which breaks the transaction.
dump_mysql() {
    dumped=$1
    shift
    what=$* schema_alone=
    [ "$#" != 1 ] || schema_alone=$1
    if [ "$#" = 1 ]; then set -- --routines -- "$@"; else set -- -- "$@"; fi
    ! dumps_history || set -- --dump-history "$@"
    if ! write_dump "$@"; then
        grep -q -e '(1146)' -e ' 1412: ' "$SCRATCH/error" ||
            die "cannot dump '$what': $(head -n 3 "$SCRATCH/error")"
        log "a definition changed while '$what' was dumped: once more"
        write_dump "$@" || die "cannot dump '$what': $(head -n 3 "$SCRATCH/error")"
    fi
    before_events_bytes=
    [ -z "$schema_alone" ] || ! grep -q '^program=event ' "$SCRATCH/probe" || add_events
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
        die "cannot dump the events of '$what': $(head -n 3 "$SCRATCH/error")"
    cat "$dumped" >>"$first" || die "cannot write '$first'"
    rm -- "$dumped"
    dumped=$first
}

# write_dump <option or operand...>: well only when both ends of the pipe say so, and
# nothing on the way spoke of an error.
write_dump() {
    (stage 1 exec_mysql dump --single-transaction --quick --triggers --hex-blob \
        --no-tablespaces --comments --skip-add-locks --max-allowed-packet=1G \
        --default-character-set=utf8mb4 "$@" </dev/null 2>"$SCRATCH/error" |
        exec_compress >"$dumped") &
    await $! && stages_ended_well 1 && ! grep -qi error "$SCRATCH/error"
}

# require_whole_dump <file>
require_whole_dump() {
    (is_dump_whole "$1") &
    await $! || die "the dump '${1##*/}' is cut off"
}

# is_dump_whole <file>: does it decompress, and is its last line there?
is_dump_whole() {
    { (exec_decompress "$1") || echo 'cannot decompress'; } | tail -n 1 |
        grep -q '^-- Dump completed'
}
