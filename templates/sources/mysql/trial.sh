TRIAL='' TRIAL_SOCKET='' # the schema of a trial; '' for the socket: on the live server
NO_TRIAL=                # why there is none

# open_trial <name>: a place to load $dump into, with nothing else in reach: a server
# of its own, where the program is there; else a schema of its own on the live one,
# unless the dump names the schema that it comes from: that would reach the live
# tables. False where there is neither; NO_TRIAL says why.
open_trial() {
    wait_for_lock +trial # one for all plans
    progress "$1: opening a place to try it"
    schema=$saved_schema
    TRIAL=gen_backup_trial_$(printf '%s\n' "$ENVIRONMENT" | tr - _)
    # Of a killed trial on the live server.
    ! has_schema "$TRIAL" || run_sql "DROP DATABASE IF EXISTS $TRIAL;" ||
        log "cannot drop '$TRIAL', which a trial that was killed has left"
    if open_trial_server; then
        TRIAL=$schema
        in_trial run_sql "CREATE DATABASE $(quote_name "$TRIAL")
            CHARACTER SET $saved_charset;" ||
            die "cannot make '$TRIAL' in a trial: $(print_errors)"
    else
        log "$1: no server of its own for a trial: $NO_TRIAL"
        open_trial_schema "$1"
    fi
}

# open_trial_schema <name>: on the live server.
open_trial_schema() {
    wait_for_lock +trial
    TRIAL=gen_backup_trial_$(printf '%s\n' "$ENVIRONMENT" | tr - _)
    if names_schema "$schema"; then
        NO_TRIAL="the dump names its own schema '$schema', so loading it into another \
would reach the live one"
        return 1
    fi
    AT_END=close_trial
    run_sql "DROP DATABASE IF EXISTS $TRIAL; CREATE DATABASE $TRIAL
        CHARACTER SET $saved_charset;" || {
        AT_END=: NO_TRIAL=$(print_errors)
        return 1
    }
}

# open_trial_server: where the clients run, and as they are run. It ends when the pipe
# on 8 does, so it does not outlive us, however we end.
open_trial_server() {
    series=$(probed server | sed 's/^\([0-9]*[.][0-9]*\).*/\1/')
    run_sql "SELECT CEILING(SUM(data_length + index_length) / 1024) + 400000
        FROM information_schema.tables WHERE table_schema = $(quote_text "$schema");
        SELECT CONCAT('--lower-case-table-names=', @@lower_case_table_names);
        SELECT CONCAT('--innodb-page-size=', @@innodb_page_size);
        SELECT CONCAT('--max-allowed-packet=', @@global.max_allowed_packet);" \
        >"$SCRATCH/like_live" || die "$(explain_mysql)"
    rm -f "$SCRATCH/trial" "$SCRATCH/socket" "$SCRATCH/no_server"
    mkfifo "$SCRATCH/trial" || die "cannot write to '$SCRATCH'"
    beside run_trial_server
    exec 8>"$SCRATCH/trial"
    until [ -s "$SCRATCH/socket" ]; do
        if [ -e "$SCRATCH/no_server" ]; then
            NO_TRIAL=$(tail -n 1 "$SCRATCH/error")
            close_trial_server
            return 1
        fi
        sleep 0.2
    done
    TRIAL_SOCKET=$(cat "$SCRATCH/socket")
}

# shellcheck disable=SC2046 # four words of the server's
run_trial_server() {
    (enter_mysql sh -c "$(print_trial_server)" sh "$series" \
        $(sed 's/^NULL$/400000/' "$SCRATCH/like_live")) \
        <"$SCRATCH/trial" >"$SCRATCH/socket" 2>"$SCRATCH/error" || :
    true >"$SCRATCH/no_server"
}

close_trial_server() {
    exec 8>&-
    await_helpers || :
    TRIAL_SOCKET=
}

# in_trial <command...>: with its clients at the trial's server, if that has one.
in_trial() {
    (
        if [ -n "$TRIAL_SOCKET" ]; then
            MYSQL_ACCOUNT=given
            MYSQL_OPTIONS="[client]
user=root
socket=$TRIAL_SOCKET"
            print_secret() { :; }
        fi
        "$@"
    ) &
    await $!
}

close_trial() {
    [ -d "$SCRATCH" ] || SCRATCH=$STATE_PATH # its volume has gone
    if [ -n "$TRIAL_SOCKET" ]; then
        close_trial_server
    else
        run_sql "DROP DATABASE IF EXISTS $TRIAL;" || log "cannot drop '$TRIAL'"
        AT_END=: # not before: a signal may come meanwhile
    fi
}

# names_schema <schema>: does $dump name it, other than in rows? In a trigger's name or
# table, in a sequence's or a view's: loaded elsewhere, that reaches the live one.
# shellcheck disable=SC2016 # awk's
names_schema() {
    (stage 1 exec_decompress "$dump" | stage 2 awk -v schema="$1" '
        BEGIN { schema = tolower(schema); gsub(/`/, "``", schema) }
        /^DELIMITER / { in_body = $2 != ";" }
        !in_body && /^(INSERT INTO `|\(|-- )/ { next }
        {
            line = tolower($0)
            while ((at = index(line, schema))) {
                before = at == 1 ? "" : substr(line, at - 1, 1)
                line = substr(line, at + length(schema))
                if (before !~ /[a-z0-9_$]/ && line ~ /^`?[ \t]*([.]|$)/ || \
                        $0 ~ /^ALTER DATABASE/) named = 1
            }
        }
        END { print named + 0 }' >"$SCRATCH/named") &
    { await $! && stages_ended_well 1 2; } || die "cannot read '$dump'"
    [ "$(cat "$SCRATCH/named")" = 1 ]
}

# try_dump <name> <words for when it does not load>: load it where it reaches nothing;
# false where there is no such place. Its events are left out, since they would run:
# they are behind all else. LACKING: errors that are only of the place, which has no
# other schemas.
try_dump() {
    LACKING=''
    open_trial "$1" || return 1
    progress "$1: trying to load it"
    tried=$dump before_events_bytes=${saved_before_events_bytes-}
    if [ -n "$before_events_bytes" ]; then
        tried=$SCRATCH/${dump##*/}
        head -c "$before_events_bytes" "$dump" >"$tried" || die "cannot write '$tried'"
    fi
    # In a server of its own no error ends it: each is looked at.
    if in_trial load_dump "$TRIAL" "$tried" --show-warnings \
        ${TRIAL_SOCKET:+--force}; then
        grep '^ERROR' "$SCRATCH/error" >"$SCRATCH/errors" || return 0
        ! lacks_others || LACKING=$(print_errors)
        [ -z "$LACKING" ] || return 0
    fi
    die "$2'$1' does not load: $(explain_mysql)"
}

# lacks_others: are the errors those of a server that has neither other schemas nor the
# live one's plugins? What is built on the missing is missing then, too.
lacks_others() {
    awk -v schema="$schema" '
        { code = $2 }
        code ~ /^(1146|1305|1356)$/ {
            name = $0
            sub(/.*(Table |View |FUNCTION |PROCEDURE )\047?/, "", name)
            if (index(name, schema ".") != 1) others = 1
            next
        }
        code ~ /^(1049|1115|1273|1286|1524)$/ { others = 1; next }
        { bad = 1 }
        END { exit bad || !others }' "$SCRATCH/errors"
}

# prove_trial <name> [tables]: has it what was saved?
prove_trial() {
    look_at_mysql "$1" "$TRIAL"
    converted=$(print_conversions <"$SCRATCH/loaded" | sort -u | head -n 3 |
        paste -s -d ' ' -)
    [ -z "$converted" ] || fail 5 "'$1' does not load as it is: the server changes" \
        "values ($converted)"
    COUNT_UP_TO=9999999999999
    find_lost_rows "$1" "$TRIAL"
    [ -z "$lost" ] || fail 5 "'$1' has other rows than were saved: $lost"
    if [ -n "$LACKING" ]; then
        log "$1: not tested: it needs what is not in this backup: $LACKING"
        return 0
    fi
    now_tables=$(probed tables) saved_tables=${saved_tables-}
    [ -z "${2-}" ] || saved_tables=$(printf '%s\n' "${saved_table-}" | grep -c '')
    [ "$now_tables" = "$saved_tables" ] ||
        fail 5 "'$1' gives $now_tables tables, not $saved_tables"
    [ -z "${2-}" ] || return 0
    print_programs <"$SCRATCH/probe" >"$SCRATCH/programs"
    sed "s/^$1[.]//" "$BACKUP/MANIFEST" | print_programs |
        cmp -s - "$SCRATCH/programs" ||
        fail 5 "'$1' gives other views, triggers or routines than were saved"
}

# find_lost_rows <name> <schema>: lost, those that were saved and are not there.
find_lost_rows() {
    count_rows "$2" "$SCRATCH/rows" || die "cannot count: $(explain_mysql)"
    lost=$(print_lost_rows "$1" "$SCRATCH/rows" | head -n 3 | paste -s -d ';' -)
}

# print_conversions: of a client's warnings those that say that a value was changed;
# without the value.
print_conversions() {
    awk '/^(Warning|Error|Note) \(Code (1264|1265|1292|1364|1366|1406)\)/ {
        code = substr($3, 1, 4)
        place = ""
        if (sub(/.* for column /, "") && sub(/ at row [0-9]+$/, "")) place = " for " $0
        print code place
    }'
}

# print_programs: how many of each kind, of those that a trial has.
print_programs() {
    sed -n '/^program=event/d; s/^\(program=[a-z]*\) by .*/\1/p' | sort
}
