# Some tables of a database: the artifact, and the restore into a live database.
bats_require_minimum_version 1.5.0

load ../helpers

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
        others=$(sqlite3 "$DB" 'SELECT * FROM log; SELECT * FROM apixkeys; SELECT * FROM child')
        rm -f "$DB".before-restore-*
        under "$shell" restore default --yes
        expect_status 0
        [ "$(sqlite3 "$DB" 'SELECT id, k, size FROM keys; SELECT * FROM api_keys')" = "$(printf '%s\n' '1|a|1' '2|b|1' 1)" ]
        [ "$(sqlite3 "$DB" "SELECT seq FROM sqlite_sequence WHERE name = 'keys'")" = 3 ]
        [ "$(sqlite3 "$DB" 'SELECT * FROM log; SELECT * FROM apixkeys; SELECT * FROM child')" = "$others" ]
        is_whole "$DB"
        # the way back
        [ "$(sqlite3 "$DB".before-restore-*Z 'SELECT k FROM keys')" = new ]
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

@test "restored in place: a table that has other columns now fails, and nothing is changed" {
    under sh run
    expect_status 0
    sqlite3 "$DB" 'UPDATE keys SET k = k || 1; ALTER TABLE api_keys RENAME COLUMN x TO y'
    before=$(dump "$DB" | md5sum)
    under sh restore default --yes
    expect_status 1
    [[ $err == *'nothing was changed'* ]]
    [ "$(dump "$DB" | md5sum)" = "$before" ]
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
