# What load_saved finds, and keep adds to it.
saved_schema='' saved_charset='' saved_bytes=''
saved_live_charset='' saved_live_numbers='' saved_aside=''

# target_mysql <name>: where a restore puts it.
target_mysql() {
    if [ -n "$TO" ]; then
        printf '%s\n' "$TO/$1.sql"
    else
        printf "schema '%s'\n" "${AS:-$saved_schema}"
    fi
}

paths_mysql() { :; } # a schema has none

# inspect_mysql <name>: is the dump complete?
inspect_mysql() {
    is_dump_whole "$BACKUP/$saved_file"
}

# ready_mysql <name>: for a restore into the server, is all there that it needs: the
# server, rights, room, nobody in it?
ready_mysql() {
    [ -z "$TO" ] || return 0
    begin_mysql_restore "$1"
    require_zones "$1"
    if [ -n "$AS" ]; then
        ! has_schema "$schema" || ! names_schema "$schema" ||
            refuse "'$1' names its own schema '$schema', and would reach that from" \
                "'$AS': restore it with --to, and change the names"
    else
        live_charset=
        ! has_schema "$schema" || look_at_live "$1"
        require_own_definers "$1"
        [ -z "$live_charset" ] || require_rights ROUTINES # to dump it aside
        require_space "${BACKUP%/*}" "$saved_bytes" \
            'what is there now, which is set aside'
    fi
}

# prepare_mysql <name>: does the dump load? One that does not destroys nothing. Where it
# cannot be tried, what is there now is set aside and comes back all the same.
prepare_mysql() {
    begin_mysql_restore "$1"
    if [ -n "$AS" ]; then
        return 0
    elif try_dump "$1" 'nothing was changed: '; then
        [ -z "$LACKING" ] || log "$1: loads, but for what a trial is without:" \
            "$LACKING; if that is missing in the live server too, what is there now" \
            'is put back'
        close_trial
    else
        log "$1: not tried first ($NO_TRIAL): what is there now is set aside, and put" \
            'back if the dump does not load'
    fi
}

# begin_mysql_restore <name>
begin_mysql_restore() {
    reach_for_restore "$1"
    dump=$BACKUP/$saved_file
    schema=$saved_schema
    refuse_system_schema "${AS:-$schema}"
    require_history_loads "$1"
}

# require_history_loads <name>: of system-versioned tables: their end of time is another
# from MariaDB 11.5 on, and rows become history of a load without a word.
require_history_loads() {
    versioned=$(printf '%s\n' "${saved_versioned-}" | paste -s -d ' ' -)
    [ -n "$versioned" ] || return 0
    from=$(printf '%s\n' "${saved_server-}" | print_version)
    to=$(probed server | print_version)
    [ "$((from < 1105))" = "$((to < 1105))" ] || refuse "'$1' has system-versioned" \
        "tables ($versioned), and what MariaDB" \
        "${saved_server-} dumped of" \
        "these does not load into $(probed server): restore it with --to, into a" \
        'server of before 11.5, or of 11.5 or later, like that'
    [ "$(run_sql 'SELECT @@secure_timestamp;')" != YES ] || refuse "'$1' has" \
        "system-versioned tables ($versioned), and secure_timestamp=YES" \
        'forbids loading' \
        'their history: set it otherwise for the restore'
}

# require_zones <name>: those of its events.
require_zones() {
    for zone in ${saved_event_zone-}; do
        case $zone in *[!A-Za-z0-9_+:/-]*) die "what time zone is '$zone'?" ;; esac
        run_sql "SELECT CONVERT_TZ('2000-01-01', '+00:00', '$zone') IS NULL;" \
            >"$SCRATCH/zone" || die "$(explain_mysql)"
        [ "$(cat "$SCRATCH/zone")" = 0 ] || refuse "the server does not know the time" \
            "zone '$zone', which events in '$1' have: load the zones" \
            '(mysql_tzinfo_to_sql /usr/share/zoneinfo)'
    done
}

# unpack_mysql <name>: the dump, into $INTO.
unpack_mysql() {
    refuse_links "$1.sql"
    exec_decompress "$BACKUP/$saved_file" >"$INTO/$1.sql" &
    await $! || die "cannot unpack '$1'"
    sync "$INTO/$1.sql" || die "cannot write '$INTO/$1.sql' to the disk"
}

# replace_mysql <name>: into its schema, or with --as into a new one. In place, the
# present content is dumped aside.
replace_mysql() {
    begin_mysql_restore "$1"
    if [ -n "$AS" ]; then
        load_new_schema "$1"
    else
        live_charset='' live_numbers='' ASIDE=
        ! has_schema "$schema" || look_at_live "$1"
        [ -z "$live_charset" ] || set_mysql_aside "$1"
        keep "$1" "aside=$ASIDE" "live_charset=$live_charset" \
            "live_numbers=$live_numbers"
        renew_schema "$schema" "$saved_charset" "$dump" ||
            die "'$1' does not load: $(explain_mysql)"
        keep "$1" loaded=yes
        look_at_mysql "$1" "$schema"
        find_lost_rows "$1" "$schema"
        [ -z "$lost" ] || log "$1: loaded without an error, but look: $lost"
    fi
}

# undo_mysql <name>: what was there comes back.
undo_mysql() {
    if [ -z "$saved_aside" ]; then
        [ -n "${saved_loaded-}" ] ||
            log "'$saved_schema' is incomplete; before, it was empty"
        return 1
    fi
    [ "$REACHED" = "$1" ] || reach_for_restore "$1"
    NUMBERS=$saved_live_numbers
    if renew_schema "$saved_schema" "$saved_live_charset" "$saved_aside"; then
        log "'$saved_schema' was put back"
    else
        log "'$saved_schema' is incomplete; what was in it is in '$saved_aside'"
        return 1
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
    [ "$FLAVOUR" = "${saved_flavour-}" ] ||
        refuse "'$1' was dumped from ${saved_server-}, this is" \
            "$(probed server): neither loads the other's dumps. Restore it with" \
            "--to, and convert it"
    NUMBERS=$(print_numbers "$1[.]" <"$BACKUP/MANIFEST")
    REACHED=$1
}
REACHED=

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
            CHARACTER SET $saved_charset;" ||
            refuse "cannot make the schema '$AS': $(explain_mysql)"
        TRIAL=$(quote_name "$AS") AT_END=close_trial
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
    ! probed versioned | grep -q '' || dumps_history || refuse "'$schema' has" \
        "system-versioned tables, and the clients here cannot dump their history" \
        "aside: install those of MariaDB 10.11 or later, or restore with --as"
    run_sql 'SHOW PROCESSLIST;' >"$SCRATCH/users" || die "$(explain_mysql)"
    users=$(awk -F '\t' -v schema="$(quote_name "$schema")" \
        '"`" $4 "`" == schema { print $2 "@" $3 }' "$SCRATCH/users" | paste -s -d ' ' -)
    [ -z "$users" ] || refuse "'$schema' is in use by $users: stop that first"
}

# prove_mysql <name> [tables]: does the dump load, into what it was made from?
prove_mysql() {
    reach_for_restore "$1"
    dump=$BACKUP/$saved_file
    try_dump "$1" '' || refuse_drill "$1"
    in_trial prove_trial ${1+"$@"} || {
        FAIL_STATUS=$?
        exit "$FAIL_STATUS"
    }
    close_trial
}

# refuse_drill <name>: with what it takes.
refuse_drill() {
    case $NO_TRIAL in
        *' 1290 '* | *' 1836 '*)
            refuse "a drill loads '$1' into a schema of its own, and the server is" \
                "read only, as a replica is: install its program" \
                "($(probed server)) where its" \
                "clients are, or drill where it is not, from another machine with the" \
                "backup and its script, or by an account that may write all the same"
            ;;
        *' 1044 '*)
            refuse "a drill loads '$1' into a schema of its own. As an administrator:" \
                "GRANT ALL ON $TRIAL.* TO '$(probed account | sed "s/@/'@'/")';"
            ;;
    esac
    refuse "no drill of '$1' here: $NO_TRIAL. Install the server's program" \
        "($(probed server)) where its clients are; it need not run"
}

# require_own_definers <name>: what is known to fail must fail before anything is
# removed; a server of a trial asks for no rights.
require_own_definers() {
    account=$(probed account)
    everywhere=$(grep '^GRANT .* ON [*][.][*]' "$SCRATCH/probe" || :)
    case $everywhere in *'ALL PRIVILEGES'* | *SUPER*) return 0 ;; esac
    foreign=$(printf '%s\n' "${saved_program-}" | grep -v " by $account\$" | head -n 3)
    case $everywhere in
        *'SET USER'* | *SET_USER_ID* | *SET_ANY_DEFINER*) foreign= ;;
    esac
    [ -z "$foreign" ] || refuse "$account may not restore what others defined" \
        "($foreign): give an account that may, with --mysql-defaults"
    [ "$(probed binary_log)" = 0 ] || [ -z "${saved_program-}" ] ||
        refuse "the server has a binary log, so $account may not make triggers and" \
            "functions: give an account that may, with --mysql-defaults"
}

# set_mysql_aside <name> [table...]: ASIDE, a dump of what is in $schema now.
set_mysql_aside() {
    open_aside
    ASIDE=$ASIDE/$1.sql$SUFFIX
    shift
    { dump_mysql "$ASIDE" "$schema" ${1+"$@"} && [ -z "$replaced" ] &&
        require_whole_dump "$ASIDE"; } &
    if ! await $!; then
        rm -rf "${ASIDE%/*}"
        die "nothing was changed: what is there now could not be dumped first;" \
            "repair that, or restore with --as SCHEMA"
    fi
    sync "$ASIDE" "${ASIDE%/*}" || die "cannot write '$ASIDE' to the disk"
    log "what was in '$schema' is now in '$ASIDE'; to go back, load that"
}

# load_dump <schema> <file> [option...]: not the first line of newer MariaDBs' dumps,
# which others cannot read.
load_dump() {
    loaded_schema=$1 loaded_file=$2
    shift 2
    (stage 1 exec_decompress "$loaded_file" |
        stage 2 sed '/^[/][*]M!999999.- enable the sandbox mode [*][/]/d' |
        exec_mysql load --binary-mode --max-allowed-packet=1G --loose-local-infile=0 \
            --loose-skip-print-query-on-error \
            --default-character-set=utf8mb4 ${1+"$@"} -- "$loaded_schema" \
            >"$SCRATCH/loaded" 2>"$SCRATCH/error") &
    await $! && stages_ended_well 1 2
}

# renew_schema <schema> <charset> <file>: made again, from a dump.
renew_schema() {
    progress "loading '$1'"
    # What other schemas refer to comes back in a moment.
    run_sql "SET SESSION foreign_key_checks = 0;
        DROP DATABASE IF EXISTS $(quote_name "$1");
        CREATE DATABASE $(quote_name "$1") CHARACTER SET $2;" && load_dump "$1" "$3"
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

# require_only_kind: what is restored is one database of the kind that an option is for.
require_only_kind() {
    [ -n "$ONLY_KIND" ] || return 0
    [ -z "$TO" ] || misuse 'expected --to or --as, got both'
    load_saved "${chosen# }"
    case $saved_kind in
        "$ONLY_KIND"*) ;;
        *) fail 2 "restore: name one database of kind $ONLY_KIND with --only" ;;
    esac
}
