# MySQL and MariaDB on the host: dumps under load, every kind of object, restores.
bats_require_minimum_version 1.5.0

load ../servers

round_trip() {
    local shell
    make_schema "$1" app
    fingerprint "$1" app >"$PLACE/before"
    grep -q parent_added "$PLACE/before"
    grep -q 0D0A "$PLACE/before"
    make_mysql_script "$1" app
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST"
        under "$shell" run
        expect_status 0
        admin "$1" -e 'DROP DATABASE IF EXISTS copy'
        under "$shell" restore default --as copy --only index
        expect_status 0
        fingerprint "$1" copy >"$PLACE/after"
        diff "$PLACE/before" "$PLACE/after"
        rm -rf "$STATE"
    done
}

@test "every kind of object comes back as it was, from every shell" {
    both round_trip
}

only_where_the_header_says() {
    make_schema "$1" app
    make_mysql_script "$1" app
    writes_of run >"$PLACE/writes" || { cat "$PLACE/writes" && return 1; }
    [ ! -s "$PLACE/writes" ] || { cat "$PLACE/writes" && return 1; }
    [ -e "$DEST"/default/*/MANIFEST ]
}

@test "a dump writes where the header of the script says, and nowhere else" {
    need_strace
    both only_where_the_header_says
}

# transfer <flavour> <schema>: a sum over two tables that no transaction changes.
transfer() {
    awk 'BEGIN {
        for (n = 1;; n++) {
            moved = int(rand() * 100)
            printf "START TRANSACTION; UPDATE accounts_a SET amount = amount - %d WHERE id = %d;" \
                " INSERT INTO ledger (moved) VALUES (%d);" \
                " UPDATE accounts_b SET amount = amount + %d WHERE id = %d; COMMIT;\n", \
                moved, int(rand() * 10) + 1, moved, moved, int(rand() * 10) + 1
        }
    }' 2>/dev/null | admin "$1" "$2" >"$PLACE/writer.log" 2>&1
}

# bats test_tags=long
@test "10 dumps under a transfer workload: each is of one instant" {
    both hot
}

hot() {
    local id rows=0 before=0
    make_schema "$1" app
    make_mysql_script "$1" app 'socket = "'"$(socket_of "$1")"'"
user = "root"' 'keep = { last = 50 }'
    transfer "$1" app &
    for _ in {1..10}; do
        under dash run
        expect_status 0
    done
    [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM ledger')" -gt 1000 ]
    admin "$1" -e 'SHOW PROCESSLIST' | awk '$4 == "app" { print $1 }' >"$PLACE/connections"
    [ -s "$PLACE/connections" ] # the writer is at work to the end
    [ ! -s "$PLACE/writer.log" ]
    while read -r id; do admin "$1" -e "KILL $id"; done <"$PLACE/connections"
    wait
    for id in "$DEST/default"/*Z; do
        id=${id##*/}
        admin "$1" -e 'DROP DATABASE IF EXISTS copy'
        under sh restore default "$id" --as copy
        expect_status 0
        [ "$(admin "$1" copy -e 'SELECT total FROM totals')" = 200000 ]
        [ "$(admin "$1" copy -e 'SELECT (SELECT SUM(amount) FROM accounts_b) - COALESCE(SUM(moved), 0) FROM ledger')" = 100000 ]
        rows=$(admin "$1" copy -e 'SELECT COUNT(*) FROM ledger')
        [ "$rows" -ge "$before" ]
        before=$rows
    done
}

# with_user <flavour> <grants ... on app>: user u, password in a file
with_user() {
    local grant flavour=$1
    shift
    admin "$flavour" -e "DROP USER IF EXISTS u@localhost; CREATE USER u@localhost IDENTIFIED BY 's3cr3t'"
    for grant; do admin "$flavour" -e "GRANT $grant TO u@localhost"; done
    echo s3cr3t >"$PLACE/password"
    chmod 600 "$PLACE/password"
    make_mysql_script "$flavour" app 'socket = "'"$(socket_of "$flavour")"'"
user = "u"
password_file = "'"$PLACE/password"'"'
}

rights() {
    local all missing grants routines line
    make_schema "$1" app
    routines='SHOW_ROUTINE ON *.*'
    [ "$1" = oracle ] || routines='SELECT ON mysql.proc'
    all=('SELECT ON app.*' 'SHOW VIEW ON app.*' 'TRIGGER ON app.*' 'EVENT ON app.*' "$routines")
    for missing in "${all[@]}"; do
        grants=()
        for line in "${all[@]}"; do [ "$line" = "$missing" ] || grants+=("$line"); done
        with_user "$1" "${grants[@]}"
        under dash run
        echo "without $missing: $err"
        if [ "$missing" = 'SELECT ON app.*' ]; then
            [ "$status" != 0 ]
        else
            expect_status 3
            # what it says is what helps
            admin "$1" -e "$(sed -n 's/.*administrator: //p' "$PLACE/err")"
            under dash run
            expect_status 0
        fi
    done
}

@test "each missing right is named with the GRANT that gives it; nothing is left out in silence" {
    both rights
}

patterns() {
    make_schema "$1" app
    local routines='SHOW_ROUTINE ON *.*'
    [ "$1" = oracle ] || routines='SELECT ON mysql.proc'
    # of another schema, by a pattern, and PUBLIC's
    with_user "$1" 'SELECT, SHOW VIEW, EVENT ON `a_p`.*' 'ALL ON `app\_%`.*' "$routines"
    [ "$1" = oracle ] || admin "$1" -e 'GRANT ALL ON `test\_%`.* TO PUBLIC'
    under sh run
    expect_status 3
    [[ $err == *'GRANT TRIGGER ON `app`.*'* ]]
    with_user "$1" 'SELECT, SHOW VIEW, EVENT, TRIGGER ON `a_p`.*' "$routines"
    under sh run
    expect_status 0
    # all on the schema is enough while it has no routine of others
    with_user "$1" 'ALL ON app.*'
    under sh run
    expect_status 3
    admin "$1" app -e 'DROP PROCEDURE crlf; DROP PROCEDURE move_some; DROP FUNCTION shout'
    under sh run
    expect_status 0
    # by a role
    admin "$1" -e 'DROP ROLE IF EXISTS reader; CREATE ROLE reader; GRANT SELECT, SHOW VIEW, EVENT, TRIGGER ON app.* TO reader'
    with_user "$1" reader "$routines"
    if [ "$1" = oracle ]; then
        admin "$1" -e 'SET DEFAULT ROLE reader TO u@localhost'
    else
        admin "$1" -e 'SET DEFAULT ROLE reader FOR u@localhost'
    fi
    under sh run
    expect_status 0
}

@test "grants by pattern, to PUBLIC and by role count where the server counts them" {
    both patterns
}

@test "a wrong password, a schema or server that is not there: exit 3, with the server's word" {
    with_user mariadb 'ALL ON app.*'
    echo wrong >"$PLACE/password"
    under sh run
    expect_status 3
    [[ $err == *"cannot reach 'index'"*'Access denied'* ]]
    [[ $err != *wrong* ]]
    make_mysql_script mariadb nowhere
    under sh run
    expect_status 3
    [[ $err == *"Unknown database 'nowhere'"* ]]
    make_mysql_script mariadb app 'socket = "/nonexistent/s"'
    under sh run
    expect_status 3
    [[ $err == *'/nonexistent/s'* ]]
}

@test "a password that others can read is refused, with the chmod" {
    with_user mariadb 'ALL ON app.*'
    chmod 640 "$PLACE/password"
    under sh run
    expect_status 3
    [[ $err == *"chmod 600 '$PLACE/password'"* ]]
    chmod 600 "$PLACE/password"
    printf 'two\nlines\n' >"$PLACE/password"
    under sh run
    expect_status 3
    [[ $err == *'not one line'* ]]
    rm "$PLACE/password"
    under sh run
    expect_status 3
    [[ $err == *"'$PLACE/password' is missing"* ]]
}

newline() {
    make_schema "$1" app
    printf 'CREATE TABLE `odd\nindex.file=x` (id INT) ENGINE=MyISAM;' | admin "$1" app
    make_mysql_script "$1" app
    modes=$(admin "$1" -e 'SELECT @@global.sql_mode')
    for mode in NO_BACKSLASH_ESCAPES "$modes"; do
        admin "$1" -e "SET GLOBAL sql_mode = '$mode'"
        under sh run
        admin "$1" -e "SET GLOBAL sql_mode = '$modes'"
        expect_status 0
        [[ $err == *'not InnoDB'*odd* ]]
        [ "$(grep -c '^index.file=' "$out/MANIFEST")" = 1 ]
    done
    under sh restore default --as with_newline
    expect_status 0
    admin "$1" -e 'SHOW TABLES FROM with_newline' | grep -q 'index.file=x'
    admin "$1" -e 'DROP DATABASE with_newline; DROP DATABASE app'
}

grants_newline() {
    make_schema "$1" app
    with_user "$1" 'ALL ON `o\\d
GRANT ALL ON *.* TO x
tables=0`.*' 'SELECT, SHOW VIEW, EVENT ON app.*'
    under sh run
    expect_status 3
    [[ $err == *'GRANT TRIGGER'* ]]
    admin "$1" -e 'GRANT ALL ON *.* TO u@localhost'
    under sh run
    expect_status 0
    grep -q '^index.tables=[1-9]' "$out/MANIFEST"
    [ "$(grep -c '^index[.]tables=' "$out/MANIFEST")" = 1 ]
}

@test "what SHOW GRANTS says of schemas whose names have line breaks brings no line" {
    both grants_newline
}

@test "a table that is not InnoDB is named, and no name brings a line into the manifest" {
    both newline
}

@test "clients of the other kind are refused: their dumps do not all load" {
    need_oracle
    make_schema oracle app
    make_mysql_script oracle app
    under sh run
    expect_status 3
    [[ $err == *'the server is mysql, and the clients here are of the other kind'* ]]
}

# in_the_middle <command...>: run while the dump waits for a compressor that is
# slow to start, on a schema too large for a pipe
in_the_middle() {
    mkdir -p "$PLACE/bin"
    cat >"$PLACE/bin/zstd" <<'SH'
#!/bin/sh
here=${0%/*}
case " $* " in *' -d '*) exec /usr/bin/zstd "$@" ;; esac
head -c 200000 >"$here/head" # there is more, so the dump waits
echo $$ >"$here/pid"
until [ -e "$here/go" ]; do sleep 0.05; done
[ ! -e "$here/again" ] || rm "$here/again" "$here/go" # the next waits, too
cat "$here/head" - | /usr/bin/zstd "$@"
SH
    chmod 755 "$PLACE/bin/zstd"
    rm -f "$PLACE/bin/pid" "$PLACE/bin/go"
    PATH=$PLACE/bin:$PATH sh "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" 3>&- &
    local run=$!
    await test -s "$PLACE/bin/pid"
    "$@"
    true >"$PLACE/bin/go"
    status=0
    wait "$run" || status=$?
    out=$(cat "$PLACE/out") err=$(cat "$PLACE/err")
    echo "$err"
}

failed_whole() {
    expect_status 1
    [ -z "$out" ]
    [ -z "$(ls -A "$DEST/default")" ]
    no_lock
}

make_wide() {
    admin "$1" -e 'DROP DATABASE IF EXISTS wide; CREATE DATABASE wide'
    admin "$1" wide -e "CREATE TABLE a (id INT PRIMARY KEY, v LONGTEXT);
        INSERT INTO a SELECT n, REPEAT(SHA2(n, 512), 8000) FROM (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4) AS four;
        CREATE TABLE b AS SELECT * FROM a; CREATE TABLE z AS SELECT 1 AS x"
    make_mysql_script "$1" wide
}

broken() {
    make_wide "$1"
    in_the_middle eval 'kill "$(cat "$PLACE/bin/pid")"'
    failed_whole
    in_the_middle eval "admin $1 -e 'SHOW PROCESSLIST' | awk '\$4 == \"wide\" { print \"KILL \" \$1 \";\" }' | admin $1"
    failed_whole
    [[ $err == *'cannot dump'* ]]
    # the transaction breaks, and the second try is good
    in_the_middle admin "$1" wide -e 'TRUNCATE z'
    [[ $err == *'once more'* ]]
    expect_status 0
    # killed: no client is left behind
    in_the_middle pkill -TERM -f "$SCRIPT"
    expect_status 143
    await is_none -f "mysqldump.*wide|mariadb-dump.*wide"
    under sh run
    expect_status 0
    under sh restore default --as wide_copy
    expect_status 0
    [ "$(admin "$1" -e 'SELECT COUNT(*), SHA2(GROUP_CONCAT(v), 256) FROM wide.b')" = \
        "$(admin "$1" -e 'SELECT COUNT(*), SHA2(GROUP_CONCAT(v), 256) FROM wide_copy.b')" ]
}

# bats test_tags=long
@test "compressor killed, connection killed, table truncated, run killed: in the middle of a dump" {
    both broken
}

# swap <flavour>: as gh-ost and pt-online-schema-change end; and the way back, later
swap() {
    admin "$1" wide -e 'RENAME TABLE z TO _z_del, _z_gho TO z'
    [ -n "${again-}" ] || return 0
    mv "$PLACE/bin/pid" "$PLACE/bin/again"
    { # while it is dumped once more
        await test -s "$PLACE/bin/pid"
        sleep 1 # when a table was made is known to the second
        admin "$1" wide -e 'RENAME TABLE z TO _z_gho, _z_del TO z'
        true >"$PLACE/bin/go"
    } 3>&- &
}

# z is dumped when the rename is over; and the new one, which was half filled before, has
# the rest of its rows.
replaced() {
    make_wide "$1"
    sleep 1 # when tables were made is known to the second
    admin "$1" wide -e 'INSERT INTO z VALUES (2), (3); CREATE TABLE _z_gho AS SELECT * FROM z WHERE x = 1'
    local tables=$2 again=${3-}
    make_mysql_script "$1" wide "socket = \"$(socket_of "$1")\"
user = \"root\"" "$tables"
    rm -rf "$DEST"
    in_the_middle eval "admin $1 wide -e 'INSERT INTO _z_gho VALUES (2), (3)'; swap $1"
    [[ $err == *'once more'* ]]
    [ "$(find "$DEST/default" -name index.sql.zst -exec zstd -dc {} + | grep -c 'INSERT INTO `z`')" = 1 ]
    if [ -n "$again" ]; then
        expect_status 1
        [[ $err == *"rows of 'z'"* ]]
        under sh list
        [[ $out == *partial* ]]
    else
        expect_status 0
        find "$DEST/default" -name index.sql.zst -exec zstd -dc {} + | grep -A3 'INSERT INTO `z`' | tr -d '\n' | grep '(1),(2),(3)'
    fi
}

swapped() { replaced "$1" ''; }
swapped_twice() { replaced "$1" 'tables = ["a", "b", "z"]' again; }

@test "a table that another replaces while it is dumped: once more, or said" {
    both swapped
    both swapped_twice
}

# bats test_tags=long
@test "the server is killed in the middle of a dump, and the disk fills up" {
    need_mariadb
    start_server mariadb --port=0
    make_wide mariadb
    in_the_middle eval 'kill -9 "$(cat "$SERVER/pid")"'
    failed_whole
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    start_server mariadb
    make_wide mariadb
    rm -rf "$DEST" "$STATE"
    mkdir -p "$DEST"
    mount -t tmpfs -o size=64k tmpfs "$DEST" || skip 'CANNOT MOUNT'
    under sh run
    umount "$DEST"
    expect_status 1
    [ -z "$out" ]
}
