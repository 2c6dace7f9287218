AS='' MYSQL_DEFAULTS='' # options of restore

# target_mysql <name>: where a restore puts it.
target_mysql() {
    if [ -n "$TO" ]; then
        printf '%s\n' "$TO/$1.sql"
    else
        printf "schema '%s'\n" "${AS:-$(manifest_value schema "$1")}"
    fi
}

# inspect_mysql <name>: is the dump complete?
inspect_mysql() {
    is_dump_whole "$BACKUP/$(manifest_value file "$1")"
}

ready_mysql() { :; } # replace_mysql looks at the server first

# unpack_mysql <name>: the dump, into $INTO.
unpack_mysql() {
    refuse_links "$1.sql"
    exec_decompress "$BACKUP/$(manifest_value file "$1")" >"$INTO/$1.sql" &
    await $! || die "cannot unpack '$1'"
    sync "$INTO/$1.sql" || die "cannot write '$INTO/$1.sql' to the disk"
}

# replace_mysql <name>: into its schema, or with --as into a new one. In place,
# the dump is tried in a schema of its own first, so that one that does not load
# destroys nothing, and the present content is dumped aside.
replace_mysql() {
    open_work "${BACKUP%/*}/.incomplete-restore"
    reach_for_restore "$1"
    refuse_system_schema "${AS:-$(manifest_value schema "$1")}"
    dump=$BACKUP/$(manifest_value file "$1")
    if [ -n "$AS" ]; then
        load_new_schema "$1"
    else
        schema=$(manifest_value schema "$1")
        live_charset='' trial_tables='' ASIDE=
        ! has_schema "$schema" || look_at_live "$1"
        if make_trial "$1"; then
            trial_tables=$(count_tables "$TRIAL")
            drop_trial
        else
            require_own_definers "$1"
        fi
        [ -z "$live_charset" ] || set_mysql_aside "$1"
        AT_END=put_schema_back
        renew_schema "$schema" "$(manifest_value charset "$1")" "$dump" ||
            die "'$1' does not load: $(explain_mysql)"
        now_tables=$(count_tables "$schema")
        [ "${trial_tables:-$now_tables}" = "$now_tables" ] ||
            die "'$schema' has $now_tables tables, not $trial_tables"
        AT_END=:
    fi
}

# reach_for_restore <name>: by an account that may write: --mysql-defaults, or
# in a container that knows its password root, or the one that dumps.
reach_for_restore() {
    use=use_mysql_$(printf '%s\n' "$1" | tr - _)
    has "$use" || refuse "this script has no database '$1'; the one in the" \
        "backup has: '$BACKUP/backup.sh'"
    "$use"
    choose_compressor
    if [ -n "$MYSQL_DEFAULTS" ]; then
        [ "$MYSQL_DEFAULTS" != "${MYSQL_DEFAULTS#/}" ] ||
            MYSQL_DEFAULTS=$START_DIRECTORY/$MYSQL_DEFAULTS
        MYSQL_ACCOUNT=given
        print_secret() { print_private "$MYSQL_DEFAULTS"; }
    elif [ "$MYSQL_ACCOUNT" = own ]; then
        MYSQL_ACCOUNT=root
        (look_at_mysql "$1") >/dev/null 2>&1 || MYSQL_ACCOUNT=own
    fi
    look_at_mysql "$1"
    [ "$FLAVOUR" = "$(manifest_value flavour "$1")" ] ||
        refuse "'$1' was dumped from $(manifest_value server "$1"), this is" \
            "$(probed server): neither loads the other's dumps. Restore it with" \
            "--to, and convert it"
    NUMBERS=$(print_numbers "$1[.]" <"$BACKUP/MANIFEST")
}

# run_sql <statement...>: rows on standard output.
run_sql() {
    (printf '%s\n' "$@" | query_mysql client) &
    await $!
}

# has_schema <schema>
has_schema() {
    run_sql 'SHOW DATABASES;' >"$SCRATCH/schemas" || die "$(explain_mysql)"
    grep -qxF -- "$1" "$SCRATCH/schemas"
}

# quote_name <schema>
# shellcheck disable=SC2016 # backquotes are SQL's
quote_name() { printf '%s\n' "$1" | sed 's/`/``/g; s/.*/`&`/'; }

# load_new_schema <name>: into --as.
load_new_schema() {
    if has_schema "$AS"; then
        look_at_mysql "$1" "$AS"
        [ "$(probed tables)" = 0 ] || refuse "the schema '$AS' is not empty"
    else
        run_sql "CREATE DATABASE $(quote_name "$AS")
            CHARACTER SET $(manifest_value charset "$1");" ||
            refuse "cannot make the schema '$AS': $(explain_mysql)"
        TRIAL=$(quote_name "$AS") AT_END=drop_trial
    fi
    load_dump "$AS" "$dump" ||
        die "'$1' does not load into '$AS': $(explain_mysql)"
    AT_END=:
}

# look_at_live <name>: may we replace it, and is nobody in it?
look_at_live() {
    look_at_mysql "$1" "$schema"
    live_charset=$(probed charset) live_numbers=$(print_numbers '' <"$SCRATCH/probe")
    require_rights "SELECT,INSERT,CREATE,DROP,ALTER,INDEX,REFERENCES,CREATE VIEW,SHOW \
VIEW,TRIGGER,EVENT,CREATE ROUTINE,ALTER ROUTINE,LOCK TABLES"
    run_sql 'SHOW PROCESSLIST;' >"$SCRATCH/users" || die "$(explain_mysql)"
    users=$(awk -F '\t' -v schema="$(quote_name "$schema")" \
        '"`" $4 "`" == schema { print $2 "@" $3 }' "$SCRATCH/users" | paste -s -d ' ' -)
    [ -z "$users" ] || refuse "'$schema' is in use by $users: stop that first"
}

# make_trial <name>: load it into TRIAL, without its events, which would run: they are
# behind all else. Not every account may make a schema: then it fails.
make_trial() {
    wait_for_lock +trial # one schema for all plans
    TRIAL=gen_backup_trial_$(printf '%s\n' "$ENVIRONMENT" | tr - _)
    AT_END=drop_trial
    if ! run_sql "DROP DATABASE IF EXISTS $TRIAL; CREATE DATABASE $TRIAL
        CHARACTER SET $(manifest_value charset "$1");"; then
        AT_END=:
        log "$1: not tried first: $(print_errors)"
        return 1
    fi
    progress "$1: trying to load it"
    tried=$dump before_events_bytes=$(manifest_value before_events_bytes "$1")
    if [ -n "$before_events_bytes" ]; then
        tried=$SCRATCH/${dump##*/}
        head -c "$before_events_bytes" "$dump" >"$tried" || die "cannot write '$tried'"
    fi
    load_dump "$TRIAL" "$tried" ||
        die "nothing was changed: '$1' does not load: $(explain_mysql)"
}

# prove_mysql <name>: does the dump load, and into what it was made from? Its events
# are left out, since they would run.
prove_mysql() {
    load_trial "$1"
    look_at_mysql "$1" "$TRIAL"
    now_tables=$(probed tables)
    print_programs <"$SCRATCH/probe" >"$SCRATCH/programs"
    drop_trial
    saved_tables=$(manifest_value tables "$1")
    [ "$now_tables" = "$saved_tables" ] ||
        fail 5 "'$1' gives $now_tables tables, not $saved_tables"
    sed "s/^$1[.]//" "$BACKUP/MANIFEST" | print_programs |
        cmp -s - "$SCRATCH/programs" ||
        fail 5 "'$1' gives other views, triggers or routines than were saved"
}

# load_trial <name>: or say what it takes.
load_trial() {
    reach_for_restore "$1"
    dump=$BACKUP/$(manifest_value file "$1")
    ! make_trial "$1" || return 0
    case $(print_errors) in
        *' 1290 '* | *' 1836 '*)
            refuse "a drill loads '$1' into a schema of its own, and the server is" \
                "read only, as a replica is: drill on another machine, with the backup" \
                "and its script, or by an account that may write all the same"
            ;;
    esac
    refuse "a drill loads '$1' into a schema of its own. As an" \
        "administrator: GRANT ALL ON $TRIAL.* TO '$(probed account |
            sed "s/@/'@'/")';"
}

# print_programs: how many of each kind, of those that a trial has.
print_programs() {
    sed -n '/^program=event/d; s/^\(program=[a-z]*\) by .*/\1/p' | sort
}

drop_trial() {
    run_sql "DROP DATABASE IF EXISTS $TRIAL;" || log "cannot drop '$TRIAL'"
    AT_END=: # not before: a signal may come meanwhile
}

# require_own_definers <name>: without a trial, what is known to fail must fail
# before anything is removed.
require_own_definers() {
    account=$(probed account)
    foreign=$(manifest_value program "$1" | grep -v " by $account\$" | head -n 3)
    [ -z "$foreign" ] || refuse "$account may not restore what others defined" \
        "($foreign): give an account that may, with --mysql-defaults"
    [ "$(probed binary_log)" = 0 ] || [ -z "$(manifest_value program "$1")" ] ||
        refuse "the server has a binary log, so $account may not make triggers and" \
            "functions: give an account that may, with --mysql-defaults"
}

# set_mysql_aside <name> [table...]: ASIDE, a dump of what is in $schema now.
set_mysql_aside() {
    open_aside
    ASIDE=$ASIDE/$1.sql$SUFFIX
    shift
    { dump_mysql "$ASIDE" "$schema" ${1+"$@"} && require_whole_dump "$ASIDE"; } &
    if ! await $!; then
        rm -rf "${ASIDE%/*}"
        die "nothing was changed: what is there now could not be dumped first;" \
            "mend that, or restore with --as SCHEMA"
    fi
    sync "$ASIDE" "${ASIDE%/*}" || die "cannot write '$ASIDE' to the disk"
    log "what was in '$schema' is now in '$ASIDE'; to go back, load that"
}

# load_dump <schema> <file>: not the first line of newer MariaDBs' dumps, which others
# cannot read.
load_dump() {
    (stage 1 exec_decompress "$2" |
        stage 2 sed '/^[/][*]M!999999.- enable the sandbox mode [*][/]/d' |
        exec_mysql load --binary-mode --max-allowed-packet=1G --loose-local-infile=0 \
            --loose-skip-print-query-on-error \
            --default-character-set=utf8mb4 -- "$1" >/dev/null 2>"$SCRATCH/error") &
    await $! && stages_ended_well 1 2
}

# renew_schema <schema> <charset> <file>: made again, from a dump.
renew_schema() {
    progress "loading '$1'"
    run_sql "DROP DATABASE IF EXISTS $(quote_name "$1");
        CREATE DATABASE $(quote_name "$1") CHARACTER SET $2;" && load_dump "$1" "$3"
}

# put_schema_back: what was there, however the restore ended.
put_schema_back() {
    AT_END=:
    if [ -z "$ASIDE" ]; then
        log "'$schema' is not whole; there was nothing in it before"
    elif NUMBERS=$live_numbers &&
        renew_schema "$schema" "$live_charset" "$ASIDE"; then
        log "'$schema' is as it was"
    else
        log "'$schema' is not whole; what was in it is in '$ASIDE'"
    fi
}

# count_tables <schema>
count_tables() {
    (echo 'SHOW TABLES;' | query_mysql client "$1" >"$SCRATCH/tables") &
    await $! || die "$(explain_mysql)"
    grep -c '' "$SCRATCH/tables" || :
}

# explain_mysql: the error, and what helps.
explain_mysql() {
    print_errors
    case $(cat "$SCRATCH/error") in
        *' 1227 '* | *' 1419 '*)
            echo 'Give an account that may, with --mysql-defaults.'
            ;;
        *' 1153 '* | *' 2006 '* | *' 2013 '*)
            echo "Perhaps the server's max_allowed_packet is too small for a row."
            ;;
        *' 1273 '* | *' 1231 '*) echo 'This server is too old for the dump.' ;;
    esac
}
