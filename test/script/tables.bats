# Some tables of a database: the artifact, and the restore into a live database.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

teardown() {
    [ -z "${ORDERS-}" ] || { kill "$ORDERS" 2>/dev/null && wait "$ORDERS" || :; }
}

setup() {
    setup_place
    sqlite3 "$DB" >/dev/null <<'SQL'
PRAGMA journal_mode = wal;
CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, k TEXT UNIQUE, size AS (length(k)) STORED);
CREATE INDEX by_size ON keys (size);
CREATE UNIQUE INDEX by_both ON keys (k, size) WHERE k <> '';
CREATE TABLE log (what);
CREATE TRIGGER added AFTER INSERT ON keys BEGIN INSERT INTO log VALUES ('added ' || new.k); END;
CREATE TRIGGER gone AFTER DELETE ON keys BEGIN INSERT INTO log VALUES ('gone ' || old.k); END;
CREATE TABLE "we'ird ""na;me" ("a b", "c""d", PRIMARY KEY ("a b")) WITHOUT ROWID;
CREATE TABLE api_keys (x);
CREATE TABLE apixkeys (x);
CREATE TABLE child (k REFERENCES keys (id) ON DELETE CASCADE);
CREATE VIEW seen AS SELECT * FROM keys;
INSERT INTO keys (k) VALUES ('a'), ('b'), ('c');
DELETE FROM keys WHERE k = 'c';
INSERT INTO "we'ird ""na;me" VALUES (x'00ff', NULL), ('t', 1e300), (-9223372036854775808, 'x''y');
INSERT INTO api_keys VALUES (1);
INSERT INTO apixkeys VALUES (2);
INSERT INTO child VALUES (1);
SQL
    make_script 'type = "database"
databases = ["tracker"]
tables = ["KEYS", "we'\''ird \"na;me", "api_keys"]'
}

tables_of() { sqlite3 "$1" "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"; }

@test "the artifact holds those tables alone, with rows, indexes, triggers and counters, on every shell" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" run
        expect_status 0
        rm -rf "$PLACE/to"
        under "$shell" restore default --to "$PLACE/to"
        expect_status 0
        part=$PLACE/to$DB
        is_whole "$part"
        [ "$(tables_of "$part")" = "$(printf '%s\n' 'index|by_both' 'index|by_size' 'table|api_keys' 'table|keys' "table|we'ird \"na;me" 'trigger|added' 'trigger|gone')" ]
        for table in keys api_keys '"we'\''ird ""na;me"'; do
            [ "$(sqlite3 "$part" "SELECT quote(t.a) FROM (SELECT * FROM $table) AS t(a)" 2>&1)" = "$(sqlite3 "$DB" "SELECT quote(t.a) FROM (SELECT * FROM $table) AS t(a)" 2>&1)" ]
            [ "$(sqlite3 -cmd '.mode quote' "$part" "SELECT * FROM $table ORDER BY 1")" = "$(sqlite3 -cmd '.mode quote' "$DB" "SELECT * FROM $table ORDER BY 1")" ]
        done
        for name in keys by_size by_both added; do
            [ "$(sqlite3 "$part" "SELECT sql FROM sqlite_master WHERE name = '$name'")" = "$(sqlite3 "$DB" "SELECT sql FROM sqlite_master WHERE name = '$name'")" ]
        done
        [ "$(sqlite3 "$part" "SELECT * FROM sqlite_sequence")" = 'keys|3' ]
    done
}

@test "restored in place: those rows, in one transaction; triggers, cascades and other tables untouched" {
    under sh run
    expect_status 0
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        sqlite3 "$DB" "DELETE FROM keys; INSERT INTO keys (k) VALUES ('new'); UPDATE api_keys SET x = 9; UPDATE apixkeys SET x = x + 1; INSERT INTO child VALUES (4)"
        ids=$(sqlite3 "$DB" "SELECT seq FROM sqlite_sequence WHERE name = 'keys'")
        others=$(sqlite3 "$DB" 'SELECT * FROM log; SELECT * FROM apixkeys; SELECT * FROM child')
        rm -f "$DB".rows.before-restore-*
        under "$shell" restore default --yes
        expect_status 0
        [ "$(sqlite3 "$DB" 'SELECT id, k, size FROM keys; SELECT * FROM api_keys')" = "$(printf '%s\n' '1|a|1' '2|b|1' 1)" ]
        [ "$(sqlite3 "$DB" 'SELECT * FROM log; SELECT * FROM apixkeys; SELECT * FROM child')" = "$others" ]
        is_whole "$DB"
        # the way back
        [ "$(sqlite3 "$DB".rows.before-restore-*Z 'SELECT k FROM keys')" = new ]
        # no id is given out a second time
        [ "$ids" -gt 3 ]
        [ "$(sqlite3 "$DB" "SELECT seq FROM sqlite_sequence WHERE name = 'keys'")" = "$ids" ]
        [ -z "$(ls -A "$STORAGE/lib" | grep gen-backup)" ]
    done
}

@test "restored in place: a table that was dropped comes back, with indexes and triggers" {
    under sh run
    expect_status 0
    before=$(dump "$DB" | md5sum)
    sqlite3 "$DB" 'DROP TABLE keys'
    under sh restore default --yes
    expect_status 0
    [ "$(sqlite3 "$DB" 'SELECT count(*) FROM keys')" = 2 ]
    [ "$(sqlite3 "$DB" "SELECT count(*) FROM sqlite_master WHERE name IN ('by_size', 'by_both', 'added', 'gone')")" = 4 ]
}

# refused_unchanged <words>: a restore says them, and has changed nothing and set nothing aside
refused_unchanged() {
    local before
    before=$(dump "$DB" | md5sum)
    under sh restore default --yes
    expect_status 1
    [[ $err == *'nothing was changed'*--to* ]]
    for words; do
        [[ $err == *"$words"* ]] || { echo "no '$words' in: $err" && return 1; }
    done
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    [ -z "$(find "$PLACE" -name '*before-restore*')" ]
}

@test "restored in place: a table that has other columns now, or no key, is refused with their names" {
    under sh run
    expect_status 0
    cp "$DB" "$PLACE/good.db"
    for change in "ALTER TABLE api_keys RENAME COLUMN x TO y/'api_keys' has now no column 'x'/'api_keys' has now a new column 'y'" \
        "ALTER TABLE keys ADD COLUMN note DEFAULT 'none'/'KEYS' has now a new column 'note'" \
        "DROP VIEW seen; CREATE TABLE t AS SELECT id, k FROM keys; DROP TABLE keys; ALTER TABLE t RENAME TO keys/'KEYS' has now no key column 'id'" \
        "ALTER TABLE api_keys ADD COLUMN z; ALTER TABLE api_keys DROP COLUMN x/'api_keys' has now no column 'x'/new column 'z'"; do
        rm -f "$DB"*
        cp "$PLACE/good.db" "$DB"
        IFS=/ read -r -a words <<<"$change"
        sqlite3 "$DB" "PRAGMA journal_mode=wal; ${words[0]}; UPDATE child SET k = 2" >/dev/null
        refused_unchanged "${words[@]:1}"
    done
}

@test "restored in place: columns in another order get their own values" {
    make_script 'type = "database"
tables = ["child"]'
    sqlite3 "$DB" 'DROP TABLE child; CREATE TABLE child (a, "b""b", c AS (a + 1), "d d"); INSERT INTO child VALUES (1, 2, 3)'
    under sh run
    expect_status 0
    sqlite3 "$DB" 'DROP TABLE child; CREATE TABLE child ("d d", A, c AS (a + 1) STORED, "b""b"); INSERT INTO child VALUES (7, 8, 9)'
    under sh restore default --yes
    expect_status 0
    [ "$(sqlite3 "$DB" 'SELECT * FROM child')" = '3|1|2|2' ]
}

@test "restored in place: the very rows that are there leave nothing set aside" {
    under sh run
    expect_status 0
    before=$(dump "$DB" | md5sum)
    under sh restore default --yes
    expect_status 0
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    [ -z "$(find "$PLACE" -name '*before-restore*')" ]
    # as many, and the same ones, but not as often: others
    sqlite3 "$DB" 'INSERT INTO api_keys VALUES (1), (5)'
    under sh run
    sqlite3 "$DB" 'UPDATE api_keys SET x = 5 WHERE rowid = 1'
    under sh restore default --yes
    expect_status 0
    [ "$(sqlite3 "$DB" 'SELECT x FROM api_keys ORDER BY 1')" = "$(printf '%s\n' 1 1 5)" ]
    [ "$(sqlite3 "$DB".rows.before-restore-*Z 'SELECT x FROM api_keys ORDER BY 1')" = "$(printf '%s\n' 1 5 5)" ]
}

@test "restored in place: rows that refer to nothing now are named; --yes goes on, a typed yes does not" {
    sqlite3 "$DB" 'CREATE TABLE other (b REFERENCES keys (id) ON DELETE CASCADE)'
    under sh run
    expect_status 0
    sqlite3 "$DB" "INSERT INTO keys (k) VALUES ('new'), ('newer'); INSERT INTO child VALUES (4), (5), (99); DELETE FROM api_keys"
    before=$(dump "$DB" | md5sum)
    status=0
    python3 - "$SCRIPT" <<'PY' >"$PLACE/err" || status=$?
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.execvp('sh', ['sh', sys.argv[1], 'restore', 'default'])
os.write(fd, b'yes\n')
try:
    while chunk := os.read(fd, 4096):
        sys.stdout.buffer.write(chunk)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
    err=$(cat "$PLACE/err")
    expect_status 1
    [[ $err == *"nothing was changed: 2 rows of 'child' refer now to rows of 'keys' that are not there"*--yes* ]]
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    [ -z "$(find "$PLACE" -name '*before-restore*')" ]
    under sh restore default --yes
    expect_status 0
    [[ $err == *"warning: tracker: 2 rows of 'child' refer now to rows of 'keys' that are not there"* ]]
    [ "$(sqlite3 "$DB" 'SELECT id, k FROM keys; SELECT * FROM api_keys; SELECT * FROM child')" = "$(printf '%s\n' '1|a' '2|b' 1 1 4 5 99)" ]
}

@test "restored in place: keys that refer to no key of their parent are told, and no obstacle" {
    sqlite3 "$DB" 'CREATE TABLE other (a REFERENCES api_keys (x)); INSERT INTO other VALUES (1)'
    under sh run
    expect_status 0
    sqlite3 "$DB" 'DELETE FROM api_keys'
    under sh restore default --yes
    expect_status 0
    [[ $err == *'warning: tracker: cannot look for rows that refer to nothing'*'"other" referencing "api_keys"'* ]]
    [ "$(sqlite3 "$DB" 'SELECT * FROM api_keys; SELECT * FROM other')" = "$(printf '%s\n' 1 1)" ]
}

@test "a drill of tables whose parents are not in the backup finds no fault with them" {
    make_script 'type = "database"
tables = ["child", "api_keys"]'
    sqlite3 "$DB" 'CREATE TABLE api_child (x REFERENCES api_keys (x))'
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    [[ $err != *'refer to'* ]]
    # and with those that are
    sqlite3 "$DB" 'DROP TABLE api_keys; CREATE TABLE api_keys (x PRIMARY KEY, y REFERENCES api_keys); INSERT INTO api_keys VALUES (1, 2)'
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    [[ $err == *'1 rows refer to rows that are not there'* ]]
    # a key that nothing can refer to is no damage, of a whole database neither
    sqlite3 "$DB" 'DROP TABLE api_keys; CREATE TABLE api_keys (x); INSERT INTO api_keys VALUES (1)'
    make_script 'type = "database"'
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    [[ $err == *'foreign key mismatch'* ]]
}

# start_orders <journal mode>: a writer of a hundred orders a second, who writes down what was committed
start_orders() {
    sqlite3 "$DB" "PRAGMA journal_mode=$1; DROP TABLE IF EXISTS orders;
        CREATE TABLE orders (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT UNIQUE)" >/dev/null
    python3 - "$DB" "$PLACE/committed" <<'PY' 3>&- &
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
log = open(sys.argv[2], 'w', buffering=1)
n = 0
while True:
    n += 1
    row = db.execute('INSERT INTO orders (what) VALUES (?)', (f'order {n}',)).lastrowid
    log.write(f'{row} order {n}\n')
    time.sleep(0.01)
PY
    ORDERS=$!
    await has_lines "$PLACE/committed" 51
}

# no_order_is_lost: each that was committed is live or set aside, and no id was given twice
no_order_is_lost() {
    kill "$ORDERS"
    wait "$ORDERS" || :
    ORDERS=
    for file in "$DB" "$DB".rows.before-restore-*Z; do
        # of a restore that was killed, it may be empty, or half of one
        sqlite3 "$file" "SELECT id || ' ' || what FROM orders" >>"$PLACE/found" 2>/dev/null || [ "$1" = killed ]
    done
    [ -z "$(sort -u "$PLACE/found" | comm -13 - <(sort -u "$PLACE/committed"))" ]
    [ -z "$(cut -d ' ' -f 1 "$PLACE/committed" | sort | uniq -d)" ]
}

while_orders_come_in() {
    make_script 'type = "database"
tables = ["orders"]'
    start_orders "$1"
    under sh run
    expect_status 0
    for round in 1 2 3 4 5 6; do
        await has_lines "$PLACE/committed" "$(($(wc -l <"$PLACE/committed") + 20))"
        under "${2:-sh}" restore default --yes
        expect_status 0
    done
    [ "$(find "$STORAGE/lib" -name 'tracker.db.rows.before-restore-*Z' | wc -l)" = 6 ]
    no_order_is_lost ''
}

@test "restored in place while a hundred orders a second come in: none is lost (write-ahead log)" { while_orders_come_in wal dash; }
# bats test_tags=long
@test "restored in place while a hundred orders a second come in: none is lost (rollback journal)" { while_orders_come_in delete 'busybox ash'; }

# bats test_tags=long
@test "a restore that is killed at any instant, while orders come in, loses none" {
    make_script 'type = "database"
tables = ["orders"]'
    start_orders wal
    under sh run
    expect_status 0
    for round in $(seq "$(tries 25)"); do
        setsid sh "$SCRIPT" restore default --yes >/dev/null 2>&1 &
        victim=$!
        sleep "0.$((RANDOM % 10))$((RANDOM % 10))"
        kill -9 -- "-$victim" 2>/dev/null || :
        wait "$victim" || :
    done
    no_order_is_lost killed
    is_whole "$DB"
    under sh restore default --yes
    expect_status 0
    [ -z "$(find "$STORAGE" -name '.gen-backup*')" ]
}

@test "a table that is missing, virtual or a view is a failure that names it" {
    sqlite3 "$DB" 'CREATE VIRTUAL TABLE search USING fts5(x)' || skip 'THIS sqlite3 HAS NO fts5'
    for table in nothing seen search; do
        make_script "type = \"database\"
tables = [\"keys\", \"$table\"]"
        under sh run
        expect_status 1
        [[ $err == *"no ordinary table '$table'"* ]]
        [ -z "$(ls -A "$DEST/default")" ]
    done
}

@test "a database in UTF-16, and with a rollback journal" {
    rm "$DB"*
    sqlite3 "$DB" >/dev/null <<'SQL'
PRAGMA encoding = 'UTF-16le';
CREATE TABLE keys (k);
CREATE TABLE more (k);
INSERT INTO keys VALUES ('käse');
SQL
    make_script 'type = "database"
tables = ["keys"]'
    under sh run
    expect_status 0
    sqlite3 "$DB" "DELETE FROM keys"
    under sh restore default --yes
    expect_status 0
    [ "$(sqlite3 "$DB" 'SELECT k FROM keys')" = 'käse' ]
}

@test "some tables out of a whole backup: in place, in one transaction, and to a new file" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    for shell in "${SHELLS[@]}" 'busybox ash'; do
        command -v "${shell%% *}" >/dev/null || continue
        sqlite3 "$DB" "DELETE FROM keys; INSERT INTO keys (k) VALUES ('new'); UPDATE api_keys SET x = 9; UPDATE apixkeys SET x = x + 1; DELETE FROM child"
        others=$(sqlite3 "$DB" 'SELECT * FROM log; SELECT * FROM apixkeys; SELECT * FROM api_keys')
        rm -f "$DB".rows.before-restore-*
        under "$shell" restore default --only tracker --table KEYS --table "we'ird \"na;me" --yes
        expect_status 0
        [ "$(sqlite3 "$DB" 'SELECT id, k, size FROM keys')" = "$(printf '%s\n' '1|a|1' '2|b|1')" ]
        [ "$(sqlite3 "$DB" 'SELECT * FROM log; SELECT * FROM apixkeys; SELECT * FROM api_keys')" = "$others" ]
        is_whole "$DB"
        [ "$(sqlite3 "$DB".rows.before-restore-*Z 'SELECT k FROM keys')" = new ]
        [ -z "$(ls -A "$STORAGE/lib" | grep gen-backup)" ]
        rm -rf "$PLACE/to"
        under "$shell" restore default --table keys --to "$PLACE/to"
        expect_status 0
        is_whole "$PLACE/to$DB"
        [ "$(tables_of "$PLACE/to$DB")" = "$(printf '%s\n' 'index|by_both' 'index|by_size' 'table|keys' 'trigger|added' 'trigger|gone')" ]
        [ "$(sqlite3 "$PLACE/to$DB" 'SELECT id, k, size FROM keys; SELECT * FROM sqlite_sequence')" = "$(printf '%s\n' '1|a|1' '2|b|1' 'keys|3')" ]
    done
    before=$(dump "$DB")
    for words in --yes "--to $PLACE/none"; do
        # shellcheck disable=SC2086
        under sh restore default --table keys --table nothing --table seen $words
        expect_status 2
        [[ $err == *"'tracker' has no table 'nothing' in this backup, but api_keys "* ]]
        under sh restore default --table sqlite_sequence $words
        expect_status 2
        [[ $err == *"'tracker' has no table 'sqlite_sequence'"* ]]
        [ ! -e "$PLACE/none$DB" ]
    done
    [ "$(dump "$DB")" = "$before" ]
    make_script ''
    under sh run
    under sh restore default --table keys --yes
    expect_status 2
    [[ $err == *'--table is for one database: name it with --only; here would be files tracker'* ]]
    under sh restore default --only files --table keys --yes
    expect_status 2
}
