# A live writer on $DB, and what must hold in every copy of it.

WRITER=

# start_writer <journal mode> [commits per second]: its result in $PLACE/writer.json
start_writer() {
    [ -e "$DB" ] ||
        node "$ROOT/scripts/writer.mjs" --db "$DB" --create "${WRITER_MB:-8}" --only-create --journal "$1"
    node "$ROOT/scripts/writer.mjs" --db "$DB" --rate "${2:-150}" >"$PLACE/writer.json" 3>&- &
    WRITER=$!
    until [ "$(sqlite3 -cmd '.timeout 9000' "$DB" 'SELECT n FROM meta' 2>/dev/null || echo 0)" -gt 20 ]; do
        kill -0 "$WRITER"
        sleep 0.1
    done
}

# stop_writer: if there is one
stop_writer() {
    [ -z "$WRITER" ] || kill "$WRITER" 2>/dev/null || :
    [ -z "$WRITER" ] || wait "$WRITER" || :
    WRITER=
}

# is_of_one_instant <copy>: a transfer is in it whole, or not at all
is_of_one_instant() {
    is_whole "$1"
    [ "$(sqlite3 "$1" 'SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b)')" = 2000000 ]
    [ "$(sqlite3 "$1" 'SELECT (SELECT n FROM meta) = count(*) FROM ledger')" = 1 ]
}
