# Backups of databases that are being written to, each restored and compared.
bats_require_minimum_version 1.5.0

load ../helpers
load ../writer

setup() {
    setup_place
}

teardown() {
    stop_writer
}

# hot_backups <journal mode> <count> [shell...]: one after the other
hot_backups() {
    local journal=$1 count=$2 shell i last=0 n
    shift 2
    DATABASE_KEYS='max_write_stall = "10s"'
    make_script 'type = "database"
keep = { last = 1000 }
compression = "none"'
    start_writer "$journal"
    for ((i = 1; i <= count; i++)); do
        shell=${ALL_SHELLS[i % ${#ALL_SHELLS[@]}]}
        command -v "${shell%% *}" >/dev/null || shell=sh
        under "$shell" run
        expect_status 0
        copy=$out/databases/tracker.sqlite3
        is_of_one_instant "$copy"
        n=$(sqlite3 "$copy" 'SELECT n FROM meta')
        [ "$n" -gt "$last" ]
        last=$n
        rm -f "$copy"-wal "$copy"-shm
    done
    # the last one by the script itself, and compared with its artifact
    under sh restore default --to "$PLACE/restored"
    expect_status 0
    [ "$(dump "$PLACE/restored$DB")" = "$(dump "$copy")" ]
    kill "$WRITER"
    wait "$WRITER"
    is_of_one_instant "$DB"
}

@test "8 hot backups in WAL mode, one per shell, are each of one instant" { hot_backups wal 8; }
@test "8 hot backups with a rollback journal, one per shell, are each of one instant" { hot_backups delete 8; }

# bats test_tags=long
@test "50 hot backups in WAL mode are each of one instant" { hot_backups wal 50; }
# bats test_tags=long
@test "50 hot backups with a rollback journal are each of one instant" { hot_backups delete 50; }

# bats test_tags=long
@test "some tables are copied as of one instant too, and restored while the writer goes on" {
    make_script 'type = "database"
tables = ["accounts_a", "accounts_b", "meta", "keys"]'
    start_writer wal
    under sh run
    expect_status 0
    under sh restore default --to "$PLACE/restored"
    expect_status 0
    part=$PLACE/restored$DB
    is_whole "$part"
    [ "$(sqlite3 "$part" 'SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b)')" = 2000000 ]
    [ "$(sqlite3 "$part" "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")" = 4 ]
    [ "$(sqlite3 "$part" "SELECT seq FROM sqlite_sequence WHERE name = 'keys'")" = 1000 ]

    sqlite3 -cmd '.timeout 9000' "$DB" 'DELETE FROM keys'
    under sh restore default --yes
    expect_status 0
    [ "$(sqlite3 -cmd '.timeout 9000' "$DB" 'SELECT count(*) FROM keys')" = 1000 ]
    kill "$WRITER"
    wait "$WRITER"
    is_whole "$DB"
    # what was not selected went on, row for row, whatever the restore did
    [ "$(sqlite3 "$DB" 'SELECT count(*) FROM ledger')" = "$(node -p "JSON.parse(fs.readFileSync('$PLACE/writer.json')).commits")" ]
}

@test "a restore in place is refused while the writer has the database open, naming it" {
    make_script 'type = "database"'
    start_writer wal
    under sh run
    expect_status 0
    under sh restore default --yes
    expect_status 3
    echo "$err"
    [[ $err == *'(sqlite3) has'*'open'* ]]
    [ -z "$(ls "$STORAGE"/lib | grep before-restore)" ]
}
