# A dump, a drill and a restore are whole, whatever the server gives a session and
# whatever stands in an option file.
bats_require_minimum_version 1.5.0

load ../servers

# An account without SUPER makes the trigger.
setup_file() { start_both --log-bin-trust-function-creators=1; }

# make_rows <flavour>: 500 of them, a view, a trigger, an account u that may dump them.
make_rows() {
    local may='SET USER ON *.*'
    [ "$1" = mariadb ] || may='SET_ANY_DEFINER, SYSTEM_USER, SYSTEM_VARIABLES_ADMIN ON *.*'
    admin "$1" -e "
        DROP DATABASE IF EXISTS app; DROP DATABASE IF EXISTS copy; CREATE DATABASE app; USE app;
        CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, v VARCHAR(20) COMMENT 'ä');
        CREATE TABLE b (id INT PRIMARY KEY AUTO_INCREMENT, v INT, twice DECIMAL(30, 20) AS (v / 7) STORED);
        CREATE VIEW both_of_them AS SELECT a.id, b.v FROM a JOIN b ON a.id = b.id;
        CREATE TRIGGER later BEFORE INSERT ON a FOR EACH ROW SET NEW.v = CONCAT(NEW.v, '!');
        INSERT INTO b (v) SELECT 1 FROM (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5) x,
          (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6
            UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10) y,
          (SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6
            UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9 UNION ALL SELECT 10) z;
        INSERT INTO a (v) SELECT v FROM b;
        DROP USER IF EXISTS u@localhost; CREATE USER u@localhost IDENTIFIED BY 'pw';
        GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON app.* TO u@localhost;
        GRANT ALL ON of_u.* TO u@localhost; GRANT $may TO u@localhost"
    if [ "$1" = oracle ]; then
        admin "$1" -e 'GRANT SHOW_ROUTINE ON *.* TO u@localhost'
    else
        admin "$1" -e 'GRANT SELECT ON mysql.proc TO u@localhost'
    fi
    (umask 077 && echo pw >"$PLACE/pw")
}

# by_u <flavour>: a script whose account is u, and root.sh, whose is root.
by_u() {
    make_mysql_script "$1" app
    mv "$SCRIPT" "$PLACE/root.sh"
    make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"u\"
password_file = \"$PLACE/pw\""
}

rows_of() { admin "$1" -e "SELECT COUNT(*) FROM $2"; }

# turned <flavour> <how it is set> <how it is set back> [variable where MariaDB refuses]
turned() {
    in_turn "$((turns++))" || return 0
    echo "$2"
    rm -rf "$DEST" "$STATE"
    under sh run
    expect_status 0
    admin "$1" -e "$2"
    loads_whole "$1"
    under sh run
    if [ "$1" = mariadb ] && [ -n "${4-}" ]; then
        expect_status 3
        [[ $err == *"a $4 of its own"*'init_connect'* ]]
        [ "$(find "$DEST" -name '*.sql*' | wc -l)" = 1 ]
    else
        expect_status 0
        loads_whole "$1"
    fi
    admin "$1" -e "$3"
}

# loads_whole <flavour>: by root, whose sessions have what is global too; and by u,
# for whom there is init_connect.
loads_whole() {
    admin "$1" -e 'DROP DATABASE IF EXISTS copy; DROP DATABASE IF EXISTS of_u'
    SCRIPT=$PLACE/root.sh under sh restore default --as copy
    expect_status 0
    under sh restore default --as of_u
    expect_status 0
    fingerprint_of "$1" app >"$PLACE/before"
    fingerprint_of "$1" copy >"$PLACE/after"
    same_text "$PLACE/before" "$PLACE/after"
    fingerprint_of "$1" of_u >"$PLACE/after"
    same_text "$PLACE/before" "$PLACE/after"
}

# same_text <file> <file>: or the first differences.
same_text() { cmp -s "$@" || ! diff "$@" | head -n 12; }

fingerprint_of() {
    admin "$1" "$2" -e "
        SET max_join_size = 18446744073709551615, sql_buffer_result = 0 /*!80000 , max_execution_time = 0, show_create_table_verbosity = 0 */;
        SHOW CREATE TABLE a; SHOW CREATE TABLE b; SELECT * FROM a; SELECT * FROM b;
        SELECT trigger_name, action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE();
        SELECT COUNT(*), SUM(v) FROM both_of_them; SHOW CREATE VIEW both_of_them" | sed "s/\`$2\`\.//g"
}

sessions() {
    local turns=0
    make_rows "$1"
    by_u "$1"
    turned "$1" 'SET GLOBAL sql_select_limit = 0' 'SET GLOBAL sql_select_limit = 18446744073709551615' sql_select_limit
    turned "$1" "SET GLOBAL init_connect = 'SET sql_select_limit = 1'" "SET GLOBAL init_connect = ''" sql_select_limit
    turned "$1" "SET GLOBAL init_connect = 'SET NAMES latin1'" "SET GLOBAL init_connect = ''" \
        'character_set_client character_set_results'
    turned "$1" 'SET GLOBAL sql_quote_show_create = 0' 'SET GLOBAL sql_quote_show_create = 1' sql_quote_show_create
    turned "$1" "SET GLOBAL sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'" "SET GLOBAL sql_mode = DEFAULT"
    turned "$1" 'SET GLOBAL max_sort_length = 4, GLOBAL sql_safe_updates = 1, GLOBAL completion_type = 2' \
        'SET GLOBAL max_sort_length = 1024, GLOBAL sql_safe_updates = 0, GLOBAL completion_type = 0'
    if [ "$1" = oracle ]; then
        turned "$1" 'SET GLOBAL max_execution_time = 1, GLOBAL sql_buffer_result = 1, GLOBAL max_join_size = 1' \
            'SET GLOBAL max_execution_time = 0, GLOBAL sql_buffer_result = 0, GLOBAL max_join_size = 18446744073709551615'
        turned "$1" 'SET GLOBAL sql_require_primary_key = 1, GLOBAL restrict_fk_on_non_standard_key = 1, GLOBAL show_create_table_verbosity = 1, GLOBAL big_tables = 1' \
            'SET GLOBAL sql_require_primary_key = 0, GLOBAL restrict_fk_on_non_standard_key = 1, GLOBAL show_create_table_verbosity = 0, GLOBAL big_tables = 0'
    else
        turned "$1" "SET GLOBAL init_connect = 'SET system_versioning_asof = ''2001-01-01'''" \
            "SET GLOBAL init_connect = ''" system_versioning_asof
        turned "$1" "SET GLOBAL init_connect = 'SET max_statement_time = 0.000001, idle_transaction_timeout = 1'" "SET GLOBAL init_connect = ''"
    fi
}

# bats test_tags=long
@test "whatever the server gives a session, a dump has all rows, or is refused with the variable's name" {
    both sessions
}

computed() {
    admin "$1" -e 'SET GLOBAL div_precision_increment = 10, GLOBAL group_concat_max_len = 2000'
    make_rows "$1"
    by_u "$1"
    under sh run
    expect_status 0
    admin "$1" -e 'SET GLOBAL div_precision_increment = 4, GLOBAL group_concat_max_len = 1024'
    grep -qx 'index.div_precision_increment=10' "$DEST"/default/*Z/MANIFEST
    grep -qx 'index.group_concat_max_len=2000' "$DEST"/default/*Z/MANIFEST
    loads_whole "$1"
    [[ $(admin "$1" copy -e 'SELECT twice FROM b LIMIT 1') == 0.14285714* ]]
}

@test "generated columns are computed as the source computed them" {
    both computed
}

# Oracle: keys that nobody asked for.
invisible_keys() {
    make_rows oracle
    admin oracle app -e 'CREATE TABLE keyless (v INT); INSERT INTO keyless VALUES (1);
        SET SESSION sql_generate_invisible_primary_key = 1; CREATE TABLE keyed (v INT); INSERT INTO keyed VALUES (1), (2)'
    by_u oracle
    local turned
    for turned in show_gipk_in_create_table_and_information_schema=0 sql_generate_invisible_primary_key=1; do
        rm -rf "$DEST" "$STATE"
        admin oracle -e "SET GLOBAL $turned; DROP DATABASE IF EXISTS of_u"
        under sh run
        expect_status 0
        under sh restore default --as of_u
        admin oracle -e 'SET GLOBAL show_gipk_in_create_table_and_information_schema = 1, GLOBAL sql_generate_invisible_primary_key = 0'
        expect_status 0
        out=$(admin oracle -e "SELECT CONCAT(table_name, '.', column_name) FROM information_schema.columns
            WHERE table_schema = 'of_u' AND table_name LIKE 'key%' ORDER BY 1" | paste -s -d ' ')
        echo "$turned: $out"
        [ "$out" = 'keyed.my_row_id keyed.v keyless.v' ]
    done
    # who may not set it is told, and gets no other tables
    admin oracle -e 'REVOKE SYSTEM_VARIABLES_ADMIN ON *.* FROM u@localhost; DROP DATABASE of_u;
        SET GLOBAL sql_generate_invisible_primary_key = 1'
    under sh restore default --as of_u
    admin oracle -e 'SET GLOBAL sql_generate_invisible_primary_key = 0'
    expect_status 1
    [[ $err == *'ERROR 1227 '* ]]
}

@test "MySQL's invisible keys come back, and no others" {
    need_oracle
    use_flavour oracle
    invisible_keys
}

# altered_forever <flavour>: a transaction holds table a, and an ALTER waits for it, so that
# all who come later wait, too.
altered_forever() {
    make_rows "$1"
    by_u "$1"
    sed -i 's/ lock_wait_timeout = 3600/ lock_wait_timeout = 3/' "$SCRIPT"
    admin "$1" app -e 'BEGIN; SELECT COUNT(*) FROM a; SELECT SLEEP(60)' >/dev/null 3>&- &
    local open=$!
    sleep 1
    admin "$1" app -e 'ALTER TABLE a ADD COLUMN w INT' 3>&- &
    local alter=$!
    sleep 1
    SECONDS=0
    under sh run
    echo "$SECONDS s, $status: $err"
    [ "$SECONDS" -lt 40 ]
    [ "$status" = 1 ] || expect_status 3
    [[ $err == *"'index': locked: "?*": look for"* ]]
    [ -z "$(ls -A "$DEST/default")" ]
    kill "$open" "$alter"
    wait "$open" "$alter" || :
    admin "$1" -e "SELECT CONCAT('KILL ', id, ';') FROM information_schema.processlist WHERE info LIKE '%SLEEP(60)' OR info LIKE 'ALTER%'" |
        admin "$1" --force || :
}

@test "a table that an ALTER waits for: the dump waits for so long, and no longer, and says it" {
    both altered_forever
}
