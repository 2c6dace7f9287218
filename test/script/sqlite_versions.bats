# sqlite3 of other Debian releases (scripts/sqlite-versions.sh), with a live writer.
bats_require_minimum_version 1.5.0

load ../helpers
load ../writer

setup() {
    setup_place
    VERSIONS=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/sqlite
}

teardown() {
    stop_writer
}

# use_sqlite <release>
use_sqlite() {
    OTHERS=$VERSIONS/$1/bin
    [ -x "$OTHERS/sqlite3" ] || skip "SQLITE3 OF $1 MISSING: scripts/sqlite-versions.sh"
    script check
    [[ $out == *"sqlite3 $("$OTHERS/sqlite3" -version | cut -d ' ' -f 1), "* ]]
}

# script <word...>: it alone has the other sqlite3; the writer and our eyes do not
script() { PATH=$OTHERS:$PATH under sh "$@"; }

# the_whole_job <release> <journal mode>
the_whole_job() {
    local i restored=$PLACE/restored$DB
    DATABASE_KEYS='max_write_stall = "10s"'
    make_script '[backup.plans.whole]
type = "database"
[backup.plans.some]
type = "database"
tables = ["accounts_a", "accounts_b", "ledger", "meta", "keys"]'
    start_writer "$2"
    use_sqlite "$1"
    for i in 1 2 3; do
        script run
        expect_status 0
        [ "$(grep -c . <<<"$out")" = 2 ]
    done
    for plan in whole some; do
        script verify "$plan" all
        expect_status 0
        script drill "$plan"
        expect_status 0
        script restore "$plan" --to "$PLACE/restored"
        expect_status 0
        is_of_one_instant "$restored"
        [ "$(sqlite3 "$restored" "SELECT seq FROM sqlite_sequence WHERE name = 'keys'")" = 1000 ]
        rm -r "$PLACE/restored"
    done

    # in place: some tables while the writer goes on, then all of it
    sqlite3 -cmd '.timeout 9000' "$DB" 'DELETE FROM keys'
    script restore some --yes
    expect_status 0
    [ "$(sqlite3 -cmd '.timeout 9000' "$DB" 'SELECT count(*) FROM keys')" = 1000 ]
    script restore whole --yes
    expect_status 3
    [[ $err == *'open: stop it first'* ]]
    stop_writer
    script restore whole --yes
    expect_status 0
    is_of_one_instant "$DB"
    [ "$(sqlite3 "$DB" 'PRAGMA journal_mode')" = "$2" ]
}

# bats test_tags=long
@test "bullseye's sqlite3, write-ahead log: hot backups, all and some tables, verify, drill, restore" { the_whole_job bullseye wal; }
# bats test_tags=long
@test "bullseye's sqlite3, rollback journal: the same" { the_whole_job bullseye delete; }
# bats test_tags=long
@test "trixie's sqlite3, write-ahead log: the same" { the_whole_job trixie wal; }
# bats test_tags=long
@test "trixie's sqlite3, rollback journal: the same" { the_whole_job trixie delete; }
# bats test_tags=long
@test "sid's sqlite3, write-ahead log: the same" { the_whole_job sid wal; }
# bats test_tags=long
@test "sid's sqlite3, rollback journal: the same" { the_whole_job sid delete; }

# hostile_tables <release>: definitions with commands are copied as they are; what calls a program, or has
# become another kind of table, is not touched
hostile_tables() {
    local run=$'\n'".shell touch $PLACE/pwned"$'\n'
    make_database "$DB" delete 50
    sqlite3 "$DB" "CREATE TABLE w (a TEXT, b INTEGER, c AS (b + 1), PRIMARY KEY (a, b)) WITHOUT ROWID; INSERT INTO w VALUES ('x', 1);
        CREATE INDEX i ON keys (key); CREATE TRIGGER t AFTER INSERT ON keys BEGIN SELECT 1; END; PRAGMA writable_schema=ON;
        UPDATE sqlite_master SET sql = 'CREATE /*aaaai ON keys (key);$run--*/ INDEX i ON keys (key)' WHERE name = 'i';
        UPDATE sqlite_master SET sql = 'CREATE /*aaaaaaat AFTER INSERT ON keys BEGIN SELECT 1; END;$run--*/ TRIGGER t AFTER INSERT ON keys BEGIN SELECT edit(1, ''touch $PLACE/pwned;#''); END' WHERE name = 't'"
    make_script 'type = "database"
tables = ["keys", "w"]'
    use_sqlite "$1"
    for drop in 'DELETE FROM keys; DELETE FROM w' 'DROP TABLE keys; DROP TABLE w'; do
        for words in run drill "restore default --to $PLACE/to" 'restore default --yes'; do
            [[ $words != *--yes ]] || sqlite3 "$DB" "$drop"
            # shellcheck disable=SC2086
            script $words
            expect_status 0
        done
        for file in "$DB" "$PLACE/to$DB"; do
            is_whole "$file"
            [ "$(sqlite3 "$file" 'SELECT key FROM keys; SELECT * FROM w')" = "$(printf '%s\n' alpha beta 'x|1|2')" ]
            [ "$(sqlite3 "$file" "SELECT count(*) FROM sqlite_master WHERE tbl_name = 'keys'")" = 4 ]
        done
        rm -r "$PLACE/to"
    done
    cp "$DB" "$PLACE/good.db"
    for call in "edit(key, ''touch $PLACE/pwned;#'')" "writefile(''$PLACE/pwned'', key)"; do
        for column in "CHECK ($call IS NOT NULL)" "g AS ($call) STORED" "g DEFAULT ($call)"; do
            cp "$PLACE/good.db" "$DB"
            sqlite3 "$DB" "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql =
                'CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, valid_until INTEGER, $column)' WHERE name = 'keys'"
            for words in 'restore default --yes' run 'restore default --yes'; do
                # shellcheck disable=SC2086
                script $words
                [[ $status == [01] ]]
            done
        done
    done
    cp "$PLACE/good.db" "$DB"
    sqlite3 "$DB" "DROP TABLE keys; CREATE VIRTUAL TABLE keys USING zipfile('$PLACE/pwned')"
    script restore default --yes
    expect_status 1
    [[ $err == *"'keys' is no ordinary table any more"* ]]
    [ ! -e "$PLACE/pwned" ]
}

@test "some tables of a hostile database, with bullseye's sqlite3: nothing of it is run" { hostile_tables bullseye; }
# bats test_tags=long
@test "some tables of a hostile database, with trixie's sqlite3: nothing of it is run" { hostile_tables trixie; }
# bats test_tags=long
@test "some tables of a hostile database, with sid's sqlite3: nothing of it is run" { hostile_tables sid; }

@test "a sqlite3 that is too old for a snapshot: check and run end with 3, and say so" {
    make_database "$DB"
    make_script 'type = "database"'
    OTHERS=$PLACE/old
    mkdir "$OTHERS"
    cat >"$OTHERS/sqlite3" <<SH
#!/bin/sh
for word; do # as before 3.28
    case \$word in
        -version) echo '3.27.2 2019-02-25 16:06:06' && exit ;;
        *'.backup --async'*) echo 'unknown option: --async' >&2 && exit 1 ;;
    esac
done
exec $(command -v sqlite3) "\$@"
SH
    chmod 755 "$OTHERS/sqlite3"
    script run
    expect_status 3
    [[ $err == *'too old'* ]]
    script check
    expect_status 3
    [[ $out == *'too old'* ]]
}
