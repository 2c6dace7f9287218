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
