# Restores of MySQL in place: the old content or the new one, never neither.
bats_require_minimum_version 1.5.0

load ../servers

backed_up() { # <flavour>: app, as it is in the backup and then changed
    make_schema "$1" app
    make_mysql_script "$1" app
    fingerprint "$1" app >"$PLACE/then"
    under sh run
    expect_status 0
    admin "$1" app -e 'DROP TABLE child; UPDATE accounts_a SET amount = 1;
        CREATE TABLE extra (id INT); INSERT INTO extra VALUES (7); DROP FUNCTION shout'
    fingerprint "$1" app >"$PLACE/now"
    ! cmp -s "$PLACE/then" "$PLACE/now" || return 1
}

is_now() { fingerprint "$1" app | diff "$PLACE/now" -; }

no_trial_left() { ! admin "$1" -e 'SHOW DATABASES' | grep gen_backup; }

in_place() {
    backed_up "$1"
    under dash restore default --yes
    expect_status 0
    fingerprint "$1" app | diff "$PLACE/then" -
    no_trial_left "$1"
    # the way back that it printed
    aside=$(sed -n "s/.* is now in '\([^']*\)'.*/\1/p" "$PLACE/err")
    [ -s "$aside" ]
    admin "$1" -e 'DROP DATABASE app; CREATE DATABASE app CHARACTER SET utf8mb4'
    zstd -dc "$aside" | admin "$1" app
    is_now "$1"
    ls -A "$DEST/default" | grep incomplete && return 1
    under sh verify
    expect_status 0
}

@test "in place: the schema is what it was, what is replaced is dumped aside and can come back" {
    both in_place
}

does_not_load() {
    backed_up "$1"
    change_dump 's/CREATE TABLE `ledger`/CREATE TABLE `ledger` nonsense/'
    under sh restore default --yes
    expect_status 1
    [[ $err == *'nothing was changed'* ]]
    is_now "$1"
    no_trial_left "$1"
    under sh restore default --as halfway
    expect_status 1
    ! admin "$1" -e 'SHOW DATABASES' | grep halfway || return 1
    # a dump that is cut off
    change_dump '$d'
    under sh verify
    expect_status 5
}

# bats test_tags=long
@test "a dump that does not load, or is cut off, destroys nothing" {
    both does_not_load
}

rolled_back() {
    backed_up "$1"
    # it loads on trial, and not in place: there, events come too
    change_dump '/^-- Dumping events/,/^-- Dumping routines/s/EVERY 1 DAY/EVERY 1 NONSENSE/'
    under sh restore default --yes
    expect_status 1
    [[ $err == *"'app' was put back"* ]]
    is_now "$1"
    no_trial_left "$1"
}

@test "a restore that fails half-way is rolled back" {
    both rolled_back
}

no_events_on_trial() {
    backed_up "$1"
    admin "$1" -e 'DROP DATABASE app'
    # it would leave its mark within a second, in whatever schema it is
    change_dump "s/ON SCHEDULE EVERY 1 DAY STARTS '[^']*'/ON SCHEDULE EVERY 1 SECOND/;
        s/DO DELETE FROM log_of_changes WHERE id < 0/DO CREATE TABLE IF NOT EXISTS test_mark.ran AS SELECT DATABASE() AS d/"
    admin "$1" -e 'DROP DATABASE IF EXISTS test_mark; CREATE DATABASE test_mark'
    under sh restore default --as copy_without
    expect_status 0
    await eval "admin $1 -e 'SHOW TABLES FROM test_mark' | grep -q ran"
    admin "$1" -e 'DROP DATABASE copy_without'
    admin "$1" -e 'DROP TABLE test_mark.ran'
    # a trial that is slow enough for them
    change_dump 's/^-- Dumping routines for .*/&\nDO SLEEP(2);/; s/^INSERT INTO `parent`/DO SLEEP(2); &/'
    under sh restore default --yes
    expect_status 0
    admin "$1" -e 'SELECT d FROM test_mark.ran' | grep -q '^app$'
    ! admin "$1" -e 'SELECT d FROM test_mark.ran' | grep trial || return 1
    admin "$1" -e 'DROP DATABASE app; DROP DATABASE test_mark'
}

# bats test_tags=long
@test "events do not run while a dump is tried" {
    both no_events_on_trial
}

in_use() {
    backed_up "$1"
    mkfifo "$PLACE/in"
    admin "$1" app <"$PLACE/in" >/dev/null 3>&- &
    exec 7>"$PLACE/in"
    echo 'SELECT 1;' >&7
    until [ "$(admin "$1" -e "SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'app'")" -gt 0 ]; do
        sleep 0.1
    done
    under sh restore default --yes
    expect_status 3
    [[ $err == *"'app' is in use by root@localhost"* ]]
    exec 7>&-
    wait
    rm "$PLACE/in"
    is_now "$1"
    under sh restore default
    expect_status 2
    [[ $err == *'--yes'* ]]
    under sh restore default --dry-run
    expect_status 0
    [[ $out == *"-> schema 'app'"* ]]
    is_now "$1"
    # a schema that has something in it is never loaded into
    under sh restore default --as app
    expect_status 3
    [[ $err == *'is not empty'* ]]
    is_now "$1"
}

# bats test_tags=long
@test "a schema in use, or with something in it, is not touched; nor is any without --yes" {
    both in_use
}

least_rights() {
    backed_up "$1"
    local dump_only='SELECT, SHOW VIEW, TRIGGER, EVENT ON app.*'
    admin "$1" -e "DROP USER IF EXISTS u@localhost, w@localhost;
        CREATE USER u@localhost IDENTIFIED BY 'p'; CREATE USER w@localhost IDENTIFIED BY 'p';
        GRANT $dump_only TO u@localhost; GRANT ALL ON app.* TO w@localhost"
    (umask 077 && echo p >"$PLACE/password")
    make_mysql_script "$1" app 'socket = "'"$(socket_of "$1")"'"
user = "u"
password_file = "'"$PLACE/password"'"'
    under sh restore default --yes
    expect_status 3
    [[ $err == *'GRANT INSERT'* ]]
    is_now "$1"
    # may write, and may not make the objects of others: known before anything goes
    (umask 077 && printf '[client]\nuser=w\npassword=p\n' >"$PLACE/w.cnf")
    under sh restore default --yes --mysql-defaults "$PLACE/w.cnf"
    expect_status 3
    [[ $err == *'--mysql-defaults'* ]]
    is_now "$1"
    (umask 077 && printf '[client]\nuser=root\npassword=\n' >"$PLACE/root.cnf")
    under sh restore default --yes --mysql-defaults "$PLACE/root.cnf"
    expect_status 0
    fingerprint "$1" app | diff "$PLACE/then" -
}

# bats test_tags=long
@test "an account that may not restore is told before anything is removed" {
    both least_rights
}

tables_only() {
    local shell
    make_schema "$1" app
    make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"root\"" 'tables = ["accounts_a", "nasty `name"]'
    under sh run
    expect_status 0
    [ "$(zstd -dc "$DEST"/default/*Z/databases/index.sql.zst | grep -c 'CREATE TABLE')" = 2 ]
    fingerprint "$1" app >"$PLACE/then"
    for shell in dash yash; do
        admin "$1" app -e 'UPDATE accounts_a SET amount = 3; DELETE FROM `nasty ``name` WHERE id > 2;
            DELETE FROM accounts_b; INSERT INTO parent VALUES (9); DELETE FROM parent WHERE id = 9'
        under "$shell" restore default --yes
        expect_status 0
        [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM accounts_b')" = 0 ]
        no_trial_left "$1"
        admin "$1" app -e 'INSERT INTO accounts_b SELECT id, 10000 FROM accounts_a; TRUNCATE log_of_changes;
            INSERT INTO log_of_changes (what) SELECT CONCAT("added ", id) FROM parent'
        fingerprint "$1" app >"$PLACE/after"
        diff <(grep -v log_of "$PLACE/then") <(grep -v log_of "$PLACE/after")
    done
    # rolled back as a whole
    admin "$1" app -e 'UPDATE accounts_a SET amount = 3; ALTER TABLE `nasty ``name` DROP COLUMN thrice, DROP COLUMN ratio'
    under sh restore default --yes
    expect_status 1
    [[ $err == *'nothing was changed'* ]]
    [ "$(admin "$1" app -e 'SELECT DISTINCT amount FROM accounts_a')" = 3 ]
    no_trial_left "$1"
    admin "$1" app -e 'CREATE TRIGGER reach BEFORE DELETE ON accounts_a FOR EACH ROW DELETE FROM parent'
    under sh restore default --yes
    expect_status 3
    [[ $err == *accounts_a* ]]
}

@test "selected tables: their rows in one transaction, nothing else is touched" {
    both tables_only
}

@test "a dump of the other flavour is refused, with the reason" {
    need_oracle
    backed_up mariadb
    make_mysql_script oracle app
    PATH=$BATS_FILE_TMPDIR/oracle:$PATH
    admin oracle -e 'CREATE DATABASE IF NOT EXISTS app'
    under sh restore default --yes
    expect_status 3
    [[ $err == *'was dumped from'*MariaDB* ]]
    under sh restore default --to "$PLACE/out.d"
    expect_status 0
    tail -n 1 "$PLACE/out.d/index.sql" | grep -q '^-- Dump completed'
}

# hostile <flavour>: who owns a schema decides what is in its dump, and no more
hostile() {
    admin "$1" -e "DROP DATABASE IF EXISTS app; DROP DATABASE IF EXISTS precious;
        CREATE DATABASE app; CREATE TABLE app.t (i INT, s VARCHAR(99)) ENGINE=InnoDB;
        CREATE DATABASE precious; CREATE TABLE precious.t (s VARCHAR(99)) ENGINE=InnoDB;
        DROP USER IF EXISTS appu@localhost; CREATE USER appu@localhost; GRANT ALL ON app.* TO appu@localhost"
    # what a filter of lines would cut; triggers only where the server lets him make some
    client_of "$1" --no-defaults -f -c -S "$(socket_of "$1")" -uappu app <<'SQL' >&2 || :
DELIMITER //
CREATE EVENT e1 ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DO BEGIN
-- Dumping routines for database 'app'
DROP DATABASE precious;
END//
CREATE TRIGGER a1 BEFORE INSERT ON t FOR EACH ROW BEGIN
-- Dumping events for x
SET @a = 1;
END//
CREATE TRIGGER b1 BEFORE UPDATE ON t FOR EACH ROW BEGIN
SET @x = '
-- Dumping routines for x
SET @a = 1; END */;;
DROP DATABASE precious;;
SELECT "';
END//
SQL
    [ "$(admin "$1" -e "SELECT count(*) FROM information_schema.events WHERE event_schema = 'app'")" = 1 ]
    make_mysql_script "$1" app
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    under sh restore default --yes
    expect_status 0
    [ "$(admin "$1" -e 'SELECT count(*) FROM precious.t')" = 0 ]
    [ "$(admin "$1" -e "SELECT count(*) FROM information_schema.events WHERE event_schema = 'app'")" = 1 ]
    no_trial_left "$1"
    # a forged dump cannot send files of root to the server
    echo secret >"$PLACE/secret"
    change_dump "3i\\LOAD DATA LOCAL INFILE '$PLACE/secret' INTO TABLE precious.t;"
    under sh drill
    expect_status 1
    [ "$(admin "$1" -e 'SELECT count(*) FROM precious.t')" = 0 ]
    no_trial_left "$1"
    admin "$1" -e 'DROP DATABASE app; DROP DATABASE precious; DROP USER appu@localhost'
}

# bats test_tags=long
@test "marks of a dump in bodies of events and triggers: nothing of them is run by a drill or restore" {
    both hostile
}

# bats test_tags=long
@test "the sandbox line of newer MariaDBs does not stop an older client" {
    need_mariadb
    backed_up mariadb
    change_dump '1{/sandbox/d;}; 1i\/*!999999\\- enable the sandbox mode */ '
    under sh restore default --yes
    expect_status 0
    fingerprint mariadb app | diff "$PLACE/then" -
}

killed() {
    local i
    backed_up "$1"
    for i in $(seq "$(tries 8)"); do
        sh "$SCRIPT" restore default --yes >"$PLACE/out" 2>"$PLACE/err" 3>&- &
        sleep "0.$((i * 11 % 90 + 10))"
        kill -TERM $! 2>/dev/null || :
        wait $! || :
        await is_idle "$1" app
        fingerprint "$1" app >"$PLACE/after"
        cmp -s "$PLACE/after" "$PLACE/then" || cmp -s "$PLACE/after" "$PLACE/now"
        no_trial_left "$1"
        no_lock
    done
    under sh restore default --yes
    expect_status 0
    fingerprint "$1" app | diff "$PLACE/then" -
}

# bats test_tags=long
@test "a restore that is stopped leaves the old content or the new" {
    both killed
}
