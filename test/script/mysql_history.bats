# System-versioned tables of MariaDB: the history is data too.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

setup_file() {
    ! command -v mariadbd >/dev/null || start_server mariadb
}

teardown_file() { stop_services; }

setup() {
    need_mariadb
    setup_place
    admin mariadb -e "DROP DATABASE IF EXISTS app; CREATE DATABASE app; USE app;
        CREATE TABLE prices (id INT PRIMARY KEY, price INT) WITH SYSTEM VERSIONING;
        INSERT INTO prices VALUES (1, 10), (2, 20), (3, 30); UPDATE prices SET price = price + 1;
        DELETE FROM prices WHERE id = 3"
}

history() { admin mariadb app -e 'SELECT *, row_start, row_end FROM prices FOR SYSTEM_TIME ALL ORDER BY 1, 2, row_start'; }

@test "the history of a system-versioned table is backed up, counted, proved and restored" {
    local aside
    history >"$PLACE/then"
    make_mysql_script mariadb app
    under sh run
    expect_status 0
    grep -qx 'index.rows=6 prices' "$DEST"/default/*Z/MANIFEST
    grep -qx 'index.versioned=prices' "$DEST"/default/*Z/MANIFEST
    under sh drill
    expect_status 0
    admin mariadb app -e 'UPDATE prices SET price = 7'
    history >"$PLACE/now"
    under sh restore default --yes
    expect_status 0
    history | diff "$PLACE/then" -
    # so is that of what was set aside
    aside=$(sed -n "s/.* is now in '\([^']*\)'.*/\1/p" "$PLACE/err")
    zstd -dc "$aside" | admin mariadb app
    history | diff "$PLACE/now" -
    # a dump that lost it is no proof
    change_dump "/^INSERT INTO/,/;\$/{/'2038-/!d}; s/^(1,11/INSERT INTO prices (id, price, row_start, row_end) VALUES (1,11/"
    under sh drill
    [ "$status" != 0 ]
}

# older_client: a mariadb-dump that says that it is of 10.6
older_client() {
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/mariadb-dump" <<SH
#!/bin/sh
[ "\$1" != --version ] || { echo 'mariadb-dump  Ver 10.19 Distrib 10.6.22-MariaDB, for Linux'; exit; }
exec $(command -v mariadb-dump) "\$@"
SH
    chmod +x "$PLACE/bin/mariadb-dump"
    cp "$PLACE/bin/mariadb-dump" "$PLACE/bin/mysqldump"
    PATH=$PLACE/bin:$PATH
}

@test "a client that cannot dump it: the run says so, and no restore wipes it" {
    make_mysql_script mariadb app
    older_client
    under sh run
    expect_status 1
    [[ $err == *'is partial: index: the history of its system-versioned tables (prices)'* ]]
    grep -q '^partial=index: the history' "$DEST"/default/*Z/MANIFEST
    under sh drill
    expect_status 0
    history >"$PLACE/now"
    under sh restore default --yes
    expect_status 3
    [[ $err == *'cannot dump their history'* ]]
    history | diff "$PLACE/now" -
}

@test "history does not cross the change of the end of time in MariaDB 11.5" {
    make_mysql_script mariadb app
    under sh run
    expect_status 0
    sed -i 's/^index.server=10[.]11/index.server=11.8/' "$DEST"/default/*Z/MANIFEST
    (cd "$DEST"/default/*Z && sed -i '/  MANIFEST$/d' SHA256SUMS && sha256sum MANIFEST >>SHA256SUMS)
    history >"$PLACE/now"
    under sh restore default --yes
    expect_status 3
    [[ $err == *'11.5'* ]]
    history | diff "$PLACE/now" -
    admin mariadb -e 'SHOW DATABASES' | grep -q copied && return 1
    under sh restore default --as copied
    expect_status 3
}
