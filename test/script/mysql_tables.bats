# Restores of some tables of MySQL, while the application goes on.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../servers

backed_up() { # <flavour> <tables>
    admin "$1" -e 'DROP DATABASE IF EXISTS app; CREATE DATABASE app; USE app;
        CREATE TABLE people (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) NOT NULL) ENGINE=InnoDB;
        CREATE TABLE invoices (id INT PRIMARY KEY AUTO_INCREMENT, person INT,
            CONSTRAINT of_person FOREIGN KEY (person) REFERENCES people (id)) ENGINE=InnoDB;
        CREATE TABLE tree (id INT PRIMARY KEY, up INT, FOREIGN KEY (up) REFERENCES tree (id)) ENGINE=InnoDB;
        INSERT INTO tree VALUES (1, NULL), (2, 1);
        INSERT INTO people (name) VALUES ("a"), ("b"), ("c"); INSERT INTO invoices (person) VALUES (1), (2);
        SET sql_mode = "NO_AUTO_VALUE_ON_ZERO"; INSERT INTO people VALUES (0, "zero")'
    make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"root\"" "tables = [$2]"
    under sh run
    expect_status 0
}

nothing_left() {
    ! admin "$1" -e 'SHOW DATABASES' | grep gen_backup || return 1
    ! compgen -G "$DEST/default/.before-restore-*" || return 1
}

none_lost() {
    local flavour=$1 writer i
    backed_up "$flavour" '"people"'
    # enough rows for a moment between them
    admin "$flavour" app -e 'INSERT INTO people (name) SELECT "old" FROM people a, people b, people c, people d, people e, people f, people g'
    i=0
    touch "$PLACE/writing"
    while [ -e "$PLACE/writing" ]; do
        i=$((i + 1))
        echo "INSERT INTO app.people (name) VALUES ('w$i'); SELECT $i;"
        sleep 0.005
    done 3>&- | admin "$flavour" -n >"$PLACE/written" 2>/dev/null 3>&- &
    writer=$!
    await has_lines "$PLACE/written" 20
    under sh restore default --yes
    expect_status 0
    await has_lines "$PLACE/written" "$(($(wc -l <"$PLACE/written") + 20))"
    rm "$PLACE/writing"
    wait "$writer" || :
    zstd -dc "$DEST"/default/.before-restore-*/tables.sql.zst >"$PLACE/aside.sql"
    { grep -o "'w[0-9]*'" "$PLACE/aside.sql" | tr -d "'" && admin "$flavour" app -e 'SELECT name FROM people WHERE name LIKE "w%"'; } |
        tr -d w | sort -n >"$PLACE/found"
    [ "$(wc -l <"$PLACE/written")" -gt 20 ]
    sort -n "$PLACE/written" | comm -23 <(sort "$PLACE/written") <(sort "$PLACE/found") >"$PLACE/lost"
    cat "$PLACE/lost"
    [ ! -s "$PLACE/lost" ]
    [ "$(admin "$flavour" app -e 'SELECT GROUP_CONCAT(name ORDER BY id) FROM people WHERE name NOT LIKE "w%"')" = zero,a,b,c ]
    # the way back
    admin "$flavour" app <"$PLACE/aside.sql"
    [ "$(admin "$flavour" app -e 'SELECT COUNT(*) FROM people WHERE name = "old"')" = 16384 ]
    [ -n "$(admin "$flavour" app -e 'SHOW CREATE TABLE invoices' | grep of_person)" ]
    ! admin "$flavour" -e 'SHOW DATABASES' | grep gen_backup || return 1
}

@test "tables: no row that is committed meanwhile is lost" { both none_lost; }

numbers_go_on() {
    backed_up "$1" '"people"'
    admin "$1" app -e 'INSERT INTO people (id, name) VALUES (500, "new"); DELETE FROM people WHERE id = 500'
    under sh restore default --yes
    expect_status 0
    [ "$(admin "$1" app -e 'INSERT INTO people (name) VALUES ("next"); SELECT LAST_INSERT_ID()')" -gt 500 ]
    # made anew since
    admin "$1" app -e 'DROP TABLE invoices; DROP TABLE people;
        CREATE TABLE people (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(20) NOT NULL) ENGINE=InnoDB'
    rm -rf "$DEST"/default/.before*
    under sh restore default --yes
    expect_status 0
    [ "$(admin "$1" app -e 'INSERT INTO people (name) VALUES ("next"); SELECT LAST_INSERT_ID()')" = 4 ]
    ! compgen -G "$DEST/default/.before-restore-*" || return 1 # nothing was there
}

@test "tables: the numbers that come next never go back" { both numbers_go_on; }

refer_to_nothing() {
    backed_up "$1" '"people", "tree"'
    admin "$1" app -e 'INSERT INTO people VALUES (77, "d"); INSERT INTO invoices (person) VALUES (77)'
    under sh restore default --yes
    expect_status 1
    [[ $err == *'nothing was changed'*'1 of invoices to people'* ]]
    [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM people')" = 5 ]
    nothing_left "$1"
    # those that referred to nothing before are no reason
    admin "$1" app -e 'SET foreign_key_checks = 0; DELETE FROM people WHERE id = 77; UPDATE people SET name = "x"'
    under sh restore default --yes
    expect_status 0
    [ "$(admin "$1" app -e 'SELECT GROUP_CONCAT(name ORDER BY id) FROM people')" = zero,a,b,c ]
}

@test "tables: rows that would refer to nothing are found before anything is changed" { both refer_to_nothing; }

changed_tables() {
    local change
    backed_up "$1" '"people"'
    for change in 'ADD email VARCHAR(9)|people.email is not in the backup' 'CHANGE email mail INT|people.mail is not' \
        'DROP mail, CHANGE name nick VARCHAR(20)|people.name is not there now' \
        'CHANGE nick name VARCHAR(20), MODIFY id INT, DROP PRIMARY KEY|people.id (key) is not there now'; do
        admin "$1" app -e "SET foreign_key_checks = 0; ALTER TABLE invoices DROP FOREIGN KEY IF EXISTS of_person" 2>/dev/null ||
            admin "$1" app -e 'ALTER TABLE invoices DROP FOREIGN KEY of_person' 2>/dev/null || :
        admin "$1" app -e "ALTER TABLE people ${change%|*}"
        under sh restore default --yes
        expect_status 1
        [[ $err == *"nothing was changed: the tables are not what they were"*"${change#*|}"*'--as SCHEMA'* ]]
        nothing_left "$1"
    done
}

@test "tables: columns and keys that changed since are named, and nothing is set aside" { both changed_tables; }

killed() {
    local i
    backed_up "$1" '"people"'
    for i in 0.4 0.8 1.4 2.2 3.2; do
        admin "$1" app -e 'UPDATE people SET name = "changed"'
        sh "$SCRIPT" restore default --yes >"$PLACE/out" 2>"$PLACE/err" 3>&- &
        sleep "$i"
        kill -KILL $! 2>/dev/null || :
        wait $! || :
        await no_lock
        await is_idle "$1" app
    done
    under sh restore default --yes
    expect_status 0
    [ "$(admin "$1" app -e 'SELECT GROUP_CONCAT(name ORDER BY id) FROM people')" = zero,a,b,c ]
    zstd -dc "$DEST"/default/.before-restore-*/tables.sql.zst | grep -q "'changed'"
    ! admin "$1" -e 'SHOW DATABASES' | grep gen_backup || return 1
}

@test "tables: a restore that is killed has its rows of before saved by the next" { both killed; }

names_alike() {
    local tables
    for tables in '"t"' '"T", "ä"' '"a"'; do
        admin "$1" -e 'DROP DATABASE IF EXISTS app; CREATE DATABASE app CHARACTER SET utf8mb4'
        admin "$1" app --default-character-set=utf8mb4 -e 'CREATE TABLE t (x INT PRIMARY KEY); INSERT INTO t VALUES (1);
            CREATE TABLE T (x INT PRIMARY KEY, T INT); INSERT INTO T VALUES (21, 0), (22, 0);
            CREATE TABLE a (x INT PRIMARY KEY, a INT); INSERT INTO a VALUES (31, 0), (32, 0), (33, 0);
            CREATE TABLE `ä` (x INT PRIMARY KEY AUTO_INCREMENT); INSERT INTO `ä` VALUES (41), (42), (43), (44)'
        rm -rf "$DEST" "$STATE"
        make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"root\"" "tables = [$tables]"
        under sh run
        expect_status 0
        sed -n 's/^index.rows=//p' "$DEST"/default/*Z/MANIFEST | sort >"$PLACE/rows"
        case $tables in
            '"t"') echo '1 t' ;;
            '"a"') echo '3 a' ;;
            *) printf '%s\n' '2 T' '4 ä' ;;
        esac | diff - "$PLACE/rows"
        under sh drill
        expect_status 0
        admin "$1" app --default-character-set=utf8mb4 -e 'DELETE FROM t; DELETE FROM T; DELETE FROM a; DELETE FROM `ä`'
        under sh restore default --yes
        expect_status 0
        admin "$1" app --default-character-set=utf8mb4 -e 'SELECT GROUP_CONCAT(x) FROM (SELECT x FROM t UNION SELECT x FROM T UNION SELECT x FROM a UNION SELECT x FROM `ä`) y' >"$PLACE/x"
        case $tables in
            '"t"') echo 1 ;;
            '"a"') echo 31,32,33 ;;
            *) echo 21,22,41,42,43,44 ;;
        esac | diff - "$PLACE/x"
    done
}

@test "tables: others whose names differ in case or an accent are others" { both names_alike; }

of_a_whole() {
    local words
    backed_up "$1" '"people"'
    admin "$1" app -e 'CREATE TABLE `we``ird, "x"` (id INT PRIMARY KEY) ENGINE=InnoDB; INSERT INTO `we``ird, "x"` VALUES (1);
        CREATE VIEW seen AS SELECT name FROM people; CREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1;
        CREATE TRIGGER t BEFORE INSERT ON tree FOR EACH ROW SET NEW.up = NEW.up;
        CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO INSERT INTO people (name) SELECT "event" FROM DUAL WHERE DATABASE() <> "app"'
    make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"root\""
    under sh run
    expect_status 0
    admin "$1" app -e 'INSERT INTO people (name) VALUES ("new"); UPDATE people SET name = "x" WHERE id = 1;
        DELETE FROM invoices WHERE id = 2; INSERT INTO tree VALUES (3, 2); DELETE FROM `we``ird, "x"`'
    for words in '--to there' '--as copy'; do
        # shellcheck disable=SC2086
        under sh restore default --only index --table people $words
        expect_status 2
        [[ $err == *'of MySQL, --table is in place alone'* ]]
    done
    for table in People seen nothing; do
        under sh restore default --only index --table "$table" --yes
        expect_status 2
        [[ $err == *"'index' has no table '$table' in this backup, but "*people* ]]
    done
    under sh restore default --only index --table tree --yes
    expect_status 3
    [[ $err == *'have triggers or no transactions (tree): restore with --as'* ]]
    nothing_left "$1"
    under dash restore default --only index --table people --table 'we`ird, "x"' --yes
    expect_status 0
    [[ $out == *"-> schema 'app' (people we"* ]]
    [ "$(admin "$1" app -e 'SELECT GROUP_CONCAT(name ORDER BY id) FROM people; SELECT COUNT(*) FROM `we``ird, "x"`; SELECT COUNT(*) FROM invoices; SELECT COUNT(*) FROM tree; SELECT COUNT(*) FROM seen')" = "$(printf '%s\n' zero,a,b,c 1 1 3 4)" ]
    zstd -dc "$DEST"/default/.before-restore-*/tables.sql.zst | grep -q "'new'"
    ! admin "$1" -e 'SHOW DATABASES' | grep gen_backup || return 1
    # the recipe for some rows
    under sh restore default --only index --as copy
    expect_status 0
    admin "$1" -e 'REPLACE INTO app.invoices SELECT * FROM copy.invoices WHERE id = 2; DROP DATABASE copy'
    [ "$(admin "$1" app -e 'SELECT COUNT(*) FROM invoices')" = 2 ]
}

@test "tables: out of a whole backup, in one transaction, and nothing else" { both of_a_whole; }
