# What a trial of a dump proves, and that it reaches nothing else.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../servers

# new_app <flavour> <statement...>: the schema app, with these
new_app() {
    local flavour=$1
    shift
    admin "$flavour" -e 'DROP DATABASE IF EXISTS app; CREATE DATABASE app CHARACTER SET utf8mb4'
    printf '%s\n' "$@" | admin "$flavour" app
}

backup_app() { # <flavour> [lines of the database, of the backup]
    local flavour=$1
    shift
    make_mysql_script "$flavour" app "$@"
    under sh run
    expect_status 0
}

numbers='CREATE TABLE numbers (id INT PRIMARY KEY AUTO_INCREMENT, word VARCHAR(20)) ENGINE=InnoDB;
    INSERT INTO numbers (word) VALUES ("one"), ("two"), ("three"), ("four"), ("five");'

lost_rows() {
    new_app "$1" "$numbers" 'CREATE TABLE empty_one (id INT) ENGINE=InnoDB; CREATE TABLE `odd ``name` AS SELECT * FROM numbers;'
    backup_app "$1"
    grep -qx 'index.rows=5 numbers' "$DEST"/default/*Z/MANIFEST
    grep -qx 'index.rows=5 odd `name' "$DEST"/default/*Z/MANIFEST
    grep -qx 'index.rows=0 empty_one' "$DEST"/default/*Z/MANIFEST
    for shell in busybox\ ash yash; do
        under "$shell" drill
        expect_status 0
    done
    change_dump "s/,(3,'three')//; s/^(3,'three'),\$//; /^\$/d"
    under sh drill
    expect_status 5
    [[ $err == *"'numbers' has 4 rows, and 5 were saved"* ]]
    change_dump '/^INSERT INTO/,/;$/d'
    under sh drill
    expect_status 5
}

@test "a drill compares the rows of each table with what the source had" { both lost_rows; }

has_more_than() { [ "$(admin "$2" app -e 'SELECT COUNT(*) FROM numbers')" -gt "$1" ]; }

busy() {
    local flavour=$1 writer
    new_app "$flavour" "$numbers" 'INSERT INTO numbers (word) SELECT "x" FROM numbers a, numbers b, numbers c, numbers d, numbers e;'
    touch "$PLACE/writing"
    while [ -e "$PLACE/writing" ]; do
        echo 'INSERT INTO app.numbers (word) VALUES ("y");'
        sleep 0.01
    done 3>&- | admin "$flavour" >/dev/null 2>&1 3>&- &
    writer=$!
    await has_more_than 3140 "$flavour"
    backup_app "$flavour"
    rm "$PLACE/writing"
    wait "$writer" || :
    grep -Eq '^index.rows=3[0-9]{3}-3[0-9]{3} numbers$' "$DEST"/default/*Z/MANIFEST
    under sh drill
    expect_status 0
    change_dump '/^INSERT INTO/,/;$/d'
    under sh drill
    expect_status 5
    [[ $err == *"'numbers' has 0 rows"* ]]
}

@test "rows that are written to meanwhile are a range, and that they are gone is seen" { both busy; }

estimated() {
    new_app "$1" "$numbers"
    sed -n 's/^COUNT_UP_TO=.*/&/p' "$ROOT/templates/sources/mysql/rows.sh" | grep -q 20000000
    make_mysql_script "$1" app
    sed -i 's/^COUNT_UP_TO=.*/COUNT_UP_TO=2/' "$SCRIPT"
    admin "$1" app -e 'ANALYZE TABLE numbers' >/dev/null
    under sh run
    expect_status 0
    grep -qx 'index.rows=~5 numbers' "$DEST"/default/*Z/MANIFEST
    under sh drill
    expect_status 0
    change_dump '/^INSERT INTO/,/;$/d'
    under sh drill
    expect_status 5
}

@test "where a count would take long, the server's estimate is kept, and marked as one" { both estimated; }

converted() {
    new_app "$1" "$numbers"
    backup_app "$1"
    change_dump "s/(3,'three')/('3 people','three')/"
    under sh drill
    expect_status 5
    [[ $err == *'1265 for '*id* || $err == *'1366 for '*id* ]]
    [[ $err != *people* ]]
}

@test "a value that the load changes is no proof" { both converted; }

qualified='CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB; CREATE TABLE seen (id INT) ENGINE=InnoDB;
    CREATE TRIGGER app.trg AFTER INSERT ON app.t FOR EACH ROW INSERT INTO app.seen VALUES (NEW.id);
    CREATE PROCEDURE app.p() SELECT * FROM app.t;
    CREATE VIEW app.v AS SELECT a.id FROM app.t AS a;
    CREATE USER IF NOT EXISTS gone@localhost; GRANT ALL ON app.* TO gone@localhost;
    CREATE DEFINER=gone@localhost VIEW app.orphan AS SELECT id FROM app.t; DROP USER gone@localhost;
    INSERT INTO t VALUES (1), (2);'

isolated() {
    new_app "$1" "$qualified"
    backup_app "$1"
    admin "$1" app -e 'DROP TRIGGER trg; DROP VIEW v'
    under sh drill
    expect_status 0
    [ -z "$(admin "$1" app -e 'SHOW TRIGGERS')" ]
    ! admin "$1" app -e 'SELECT * FROM v' 2>/dev/null || return 1
    under sh restore default --yes
    expect_status 0
    admin "$1" app -e 'INSERT INTO t VALUES (3); SELECT COUNT(*) FROM seen' | grep -qx 3
    [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM v')" = 3 ]
}

@test "a drill leaves the live schema alone, whatever names it" { both isolated; }

elsewhere() {
    admin "$1" -e 'DROP DATABASE IF EXISTS other; CREATE DATABASE other; CREATE TABLE other.o (id INT) ENGINE=InnoDB; INSERT INTO other.o VALUES (1)'
    new_app "$1" "$numbers" 'CREATE VIEW both_of_them AS SELECT n.id FROM numbers n JOIN other.o ON o.id = n.id;
        CREATE VIEW on_top AS SELECT * FROM both_of_them;'
    backup_app "$1"
    under sh drill
    expect_status 0
    [[ $err == *"not tested"*"'other"* ]]
    admin "$1" app -e 'DELETE FROM numbers'
    under sh restore default --yes
    expect_status 0
    [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM numbers; SELECT COUNT(*) FROM on_top' | paste -s -d ' ')" = '5 1' ]
    change_dump "s/(3,'three'),*//; s/),;/);/"
    under sh drill
    expect_status 5
    admin "$1" -e 'DROP DATABASE app; DROP DATABASE other'
}

@test "a view over two schemas stops neither a drill nor a restore" { both elsewhere; }

# without_program: the script finds no server program
without_program() { sed -i 's/mariadbd mysqld; do/no-such-program; do/' "$SCRIPT"; }

no_program() {
    new_app "$1" "$qualified" 'CREATE TABLE big (id INT PRIMARY KEY) ENGINE=InnoDB;'
    backup_app "$1"
    without_program
    admin "$1" app -e 'DROP TRIGGER trg; DELETE FROM t'
    if [ "$1" = mariadb ]; then # MySQL drops the name from what it prints of a trigger
        under sh drill
        expect_status 3
        [[ $err == *"names its own schema 'app'"*'need not run'* ]]
        under sh restore default --as other_app
        expect_status 3
        ! admin "$1" -e 'SHOW DATABASES' | grep other_app || return 1
    else
        under sh drill
    fi
    [ -z "$(admin "$1" app -e 'SHOW TRIGGERS')" ]
    under sh restore default --yes
    expect_status 0
    [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM t')" = 2 ]
    [ -n "$(admin "$1" app -e 'SHOW TRIGGERS')" ]
    # a dump that names nothing is tried on the live server
    rm -rf "$DEST" "$STATE"
    new_app "$1" "$numbers"
    backup_app "$1"
    without_program
    under sh drill
    expect_status 0
    ! admin "$1" -e 'SHOW DATABASES' | grep gen_backup || return 1
}

# hostile <flavour>: a dump that has the trial's server write a library where it loads some
hostile() {
    new_app "$1" "$numbers"
    backup_app "$1"
    change_dump "/^-- Dump completed/i SET @p = CONCAT('SELECT 0x7f454c46 INTO DUMPFILE ''', @@plugin_dir, 'u.so'''); PREPARE s FROM @p; EXECUTE s;"
    under sh drill
    expect_status 1
    [[ $err == *'does not load'* ]]
}

@test "a forged dump cannot bring code into the server of a trial" { both hostile; }

# others_names <flavour>: whoever takes the places where a trial's server may lie
others_names() {
    new_app "$1" "$numbers"
    backup_app "$1"
    read -r _ _ _ _ pid </proc/loadavg # the newest
    setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \
        'cd /var/tmp; n=$1; while [ $n -lt $(($1 + 5000)) ]; do echo gen-backup-trial.$n; n=$((n + 1)); done | xargs mkdir' \
        sh "$pid" 2>/dev/null
    under sh drill
    setpriv --reuid 65534 --regid 65534 --clear-groups sh -c \
        'cd /var/tmp; find . -maxdepth 1 -name "gen-backup-trial.*" -user 65534 -exec rmdir {} +'
    expect_status 0
    [[ $err != *'no server of its own'* ]]
}

@test "names that others take in /var/tmp deny no drill" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    both others_names
}

@test "without the server's program: no drill where that would reach the live schema; a restore goes on" { both no_program; }

has_no_trial() { [ -z "$(ls "$PLACE/tmp")" ]; }

killed() {
    local i drill began took_ms
    new_app "$1" "$numbers"
    backup_app "$1"
    # with a /var/tmp of its own: other drills, of whoever, have theirs there too
    mkdir -p -m 1777 "$PLACE/tmp"
    drill=(unshare -m sh -c 'mount --bind "$0" /var/tmp && exec "$@"' "$PLACE/tmp" sh "$SCRIPT" drill)
    began=${EPOCHREALTIME/./}
    "${drill[@]}" >"$PLACE/out" 2>"$PLACE/err" || skip 'CANNOT MOUNT'
    took_ms=$(((${EPOCHREALTIME/./} - began) / 1000))
    for i in 1 2 3 4; do
        "${drill[@]}" >"$PLACE/out" 2>"$PLACE/err" 3>&- &
        sleep "$(printf '%d.%03d' "$((took_ms * i / 5000))" "$((took_ms * i / 5 % 1000))")"
        kill -KILL $! 2>/dev/null || :
        wait $! || :
    done
    await has_no_trial
    "${drill[@]}" >"$PLACE/out" 2>"$PLACE/err" 3>&- &
    while has_no_trial; do sleep 0.1; done
    kill -TERM $!
    status=0
    wait $! || status=$?
    [ "$status" = 143 ]
    has_no_trial
    under sh drill
    expect_status 0
}

@test "a drill that is killed leaves no server behind" { both killed; }

beside_others() {
    new_app "$1" "$numbers"
    backup_app "$1"
    local theirs=/tmp/#sql-temptable-gen-backup-$$-1
    true >"$theirs.MAI" && true >"$theirs.MAD" && true >"$theirs.frm"
    chmod 666 "$theirs".* && chown nobody "$theirs".*
    under sh drill
    [ "$(find /tmp -maxdepth 1 -name "${theirs##*/}.*" | wc -l)" = 3 ]
    rm "$theirs".*
    expect_status 0
}

@test "a drill's server leaves alone what others have in /tmp" { both beside_others; }

lenient() {
    case $1 in
        mariadb)
            new_app mariadb 'CREATE TABLE checked (id INT PRIMARY KEY, n INT CHECK (n > 0)) ENGINE=InnoDB;
                SET check_constraint_checks = 0; INSERT INTO checked VALUES (1, -1);
                CREATE SEQUENCE s; CREATE TABLE numbered (id INT PRIMARY KEY DEFAULT nextval(s), n INT) ENGINE=InnoDB;
                INSERT INTO numbered (n) VALUES (1), (2);'
            ;;
        *)
            new_app oracle 'CREATE TABLE keyless (id INT) ENGINE=InnoDB; INSERT INTO keyless VALUES (1);'
            admin oracle -e 'SET GLOBAL sql_require_primary_key = 1'
            ;;
    esac
    admin "$1" app -e 'SET innodb_strict_mode = 0; CREATE TABLE odd (id INT PRIMARY KEY) ENGINE=InnoDB ROW_FORMAT=FIXED'
    backup_app "$1"
    under sh drill
    expect_status 0
    under sh restore default --yes
    expect_status 0
    under sh restore default --as copied
    if [ "$1" = mariadb ]; then # the copy would take numbers from the live sequence
        expect_status 3
        return
    fi
    expect_status 0
    admin oracle -e 'DROP DATABASE copied'
    admin oracle -e 'SET GLOBAL sql_require_primary_key = 0'
}

@test "what a stricter server would refuse comes back all the same" { both lenient; }

zones() {
    admin "$1" -e "SET @@sql_log_bin = 0; INSERT INTO mysql.time_zone (time_zone_id, use_leap_seconds) VALUES (77, 'N');
        INSERT INTO mysql.time_zone_name VALUES ('Test/Zone', 77);
        INSERT INTO mysql.time_zone_transition_type VALUES (77, 0, 3600, 0, 'TST')"
    new_app "$1" "$numbers" "SET time_zone = 'Test/Zone';
        CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY STARTS '2037-01-01' DO DELETE FROM numbers WHERE id < 0;"
    backup_app "$1"
    grep -q '^index.event_zone=Test/Zone$' "$DEST"/default/*Z/MANIFEST
    ! grep 'warning.*time zone' "$DEST"/default/*Z/MANIFEST || return 1
    [ "$1" = mariadb ] || return 0 # MySQL keeps what it once knew
    admin "$1" -e 'DELETE FROM mysql.time_zone_name; DELETE FROM mysql.time_zone; DELETE FROM mysql.time_zone_transition_type'
    restart "$1"
    sleep 1
    under sh run
    expect_status 3
    [[ $err == *' 1728 '*'time zone'*mysql_tzinfo_to_sql* ]]
    admin "$1" -e "DELETE FROM mysql.event WHERE db = 'app'; DELETE FROM app.numbers"
    under sh restore default --yes
    expect_status 3
    [[ $err == *"does not know the time zone 'Test/Zone'"* ]]
    [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM numbers')" = 0 ]
}

restart() {
    local data pid
    pid=$(awk 'NR == 1 { print $1 }' "$BATS_FILE_TMPDIR/servers")
    kill "$pid"
    await test ! -e "/proc/$pid"
    data=$(awk 'NR == 1 { print $2 }' "$BATS_FILE_TMPDIR/servers")
    mariadbd --no-defaults --user=root --datadir="$data/data" --tmpdir="$data" --socket="$data/s" --event-scheduler=ON \
        --pid-file="$data/pid" --skip-networking --log-error="$data/log" >/dev/null 2>&1 3>&- &
    sed -i "1s/^[0-9]*/$!/" "$BATS_FILE_TMPDIR/servers"
    await admin "$1" -e 'SELECT 1'
}

@test "events of a time zone that the server does not know: the run says so, a restore changes nothing" { both zones; }

@test "a restore of everything with the server away changes no file" {
    local socket
    need_mariadb
    make_schema mariadb app
    socket=$(socket_of mariadb)
    ln -s "$socket" "$PLACE/s"
    make_mysql_script mariadb app "socket = \"$PLACE/s\"
user = \"root\"
[storage]
path = \"$STORAGE\"" '[backup.plans.whole]
type = "complete"'
    sed -i 's/^type = "database"$//' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    under sh run
    expect_status 0
    echo changed >"$STORAGE/etc/a.toml"
    rm "$PLACE/s"
    under sh restore whole --yes
    expect_status 3
    [[ $err == *"cannot reach 'index'"* ]]
    grep -qx changed "$STORAGE/etc/a.toml"
    # nor does a dump that does not load
    ln -s "$socket" "$PLACE/s"
    admin mariadb -e 'CREATE DATABASE IF NOT EXISTS app'
    mv "$DEST/whole" "$DEST/default"
    change_dump 's/CREATE TABLE `ledger`/CREATE TABLE `ledger` nonsense/'
    mv "$DEST/default" "$DEST/whole"
    under sh restore whole --yes
    expect_status 1
    grep -qx changed "$STORAGE/etc/a.toml"
}
