# What show, diff, list --rows and run --dry-run tell of a MySQL schema.
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

setup_file() { start_both; }

teardown_file() { stop_services; }

setup() { setup_place; }

told() { # <flavour>
    # what the server cuts off counts all the same
    admin "$1" -e 'SET GLOBAL group_concat_max_len = 16; DROP DATABASE IF EXISTS app; CREATE DATABASE app; USE app;
        CREATE TABLE people (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO people VALUES (1), (2)'
    make_mysql_script "$1" app
    for shell in dash 'busybox ash'; do
        rm -rf "$DEST" "$STATE"
        under "$shell" run --dry-run
        expect_status 0
        [[ $out == *'would copy index: '[1-9]*' bytes'* ]]
        under "$shell" run
        expect_status 0
        first=${out##*/}
        admin "$1" app -e 'INSERT INTO people VALUES (3); CREATE TABLE more (x INT); CREATE INDEX i ON people (id)'
        under "$shell" run
        expect_status 0
        under "$shell" show default
        expect_status 0
        [[ $out == *'index.rows 3 people'* ]]
        under "$shell" diff default "$first"
        expect_status 0
        [[ $out == 'index: definitions: '????????' -> '????????$'\nindex: table more: new, 0 rows\nindex: table people: 2 rows -> 3 rows' ]] || { echo "$out" && return 1; }
        admin "$1" app -e 'DELETE FROM people WHERE id = 3'
        under "$shell" run
        expect_status 0
        admin "$1" app -e 'ALTER TABLE people ADD note TEXT'
        under "$shell" run
        expect_status 0
        under "$shell" list --rows people
        [ "$(awk 'NR > 1 { print $4, $5 }' <<<"$out")" = "$(printf '%s\n' '2 index' '3 redefined' '2 index' '2 redefined')" ] || { echo "$out" && return 1; }
        admin "$1" app -e 'DROP TABLE more; DROP INDEX i ON people; ALTER TABLE people DROP note'
        under "$shell" show default latest x
        expect_status 2 # no files are in these backups
        under "$shell" restore default --only inex
        expect_status 2
        [[ $err == *"this backup holds no 'inex', but index" ]]
        under "$shell" restore default --as copy --to "$PLACE/to"
        expect_status 2
        [[ $err == *'restore: expected --to or --as, got both'* && ! -e "$PLACE/to" ]]
        under "$shell" restore default --mysql-defaults none --yes
        expect_status 3
        [[ $err == *"/none' is missing"* ]]
    done
    sed -i 's/^name = "app"/name = "nope"/' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    under sh run --dry-run
    expect_status 1
    [[ $err == *"it would be partial: index: cannot reach 'index': ERROR 1049"* && $out != *'would copy index'* ]]
}

@test "MariaDB" { need_mariadb && told mariadb; }
@test "MySQL" { need_oracle && use_flavour oracle && told oracle; }
