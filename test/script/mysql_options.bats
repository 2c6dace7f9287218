# Option files and passwords, what a client says, and what is no failure.
bats_require_minimum_version 1.5.0

load ../servers

PERSON=grace.hopper@example.org

make_rows() {
    admin "$1" -e "
        DROP DATABASE IF EXISTS app; DROP DATABASE IF EXISTS copy; CREATE DATABASE app; USE app;
        CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, mail VARCHAR(200) UNIQUE);
        CREATE TABLE b (id INT PRIMARY KEY, big LONGTEXT);
        INSERT INTO a (mail) VALUES ('$PERSON'), ('second'), ('third');
        INSERT INTO b VALUES (1, 'little')
        "
}

# with_file <flavour> <text of an option file>: the only account that is known
with_file() {
    (umask 077 && printf '%b' "$2" >"$PLACE/my.cnf")
    make_mysql_script "$1" app "defaults_file = \"$PLACE/my.cnf\""
}

# use_awk <awk>: the script's awk
use_awk() {
    mkdir -p "$PLACE/bin"
    printf '#!/bin/sh\nexec %s "$@"\n' "$1" >"$PLACE/bin/awk"
    chmod +x "$PLACE/bin/awk"
    sed -i "s,^PATH=,&$(printf '%s' "$PLACE/bin" | sed 's/ /\\\\ /g'):," "$SCRIPT"
}

AWKS=(mawk gawk 'busybox awk')
[ -z "${QUICK-}" ] || AWKS=(mawk)

option_files() {
    local socket awk client
    socket=$(socket_of "$1")
    make_rows "$1"
    # what rules a dump or a load is not read
    with_file "$1" "[client]\nuser=root\nsocket=$socket
[mysqldump]\nno-data\nwhere=1=0\nignore-table=app.a\nskip-triggers\n[mariadb-dump]\nno-data\nuser=nobody
[mysql]\nforce\ninit-command='SET sql_select_limit=1'\n[mariadb-client]\nforce\nsafe-updates
[client-8.0]\nuser=nobody\n"
    for awk in "${AWKS[@]}"; do
        rm -rf "$DEST" "$STATE"
        use_awk "$awk"
        under sh run
        expect_status 0
        admin "$1" -e 'DROP DATABASE IF EXISTS copy'
        under sh restore default --as copy
        expect_status 0
        [ "$(admin "$1" -e 'SELECT COUNT(*) FROM copy.a')" = 3 ]
    done
    # a load that fails is not forced
    change_dump 's/(2,/(1,/'
    admin "$1" -e 'DROP DATABASE IF EXISTS copy'
    under sh restore default --as copy
    expect_status 1
    under sh restore default --as copy --mysql-defaults "$PLACE/my.cnf"
    expect_status 1
    # as editors and people write it
    with_file "$1" "\357\273\277# ours\r\n\r\n [client]  # all of them\r\n\240user = root\r
loose_connect-timeout=5\r\nconnect_timeout = 5\r\n default-character-set=latin1\r\n;no\r
[mysqldump]\r\nmax_allowed_packet=1M\r\n[client ]\r\n socket \t= \"$socket\"  # there\r\n"
    for awk in "${AWKS[@]}"; do
        rm -rf "$DEST" "$STATE"
        use_awk "$awk"
        under sh run
        expect_status 0
    done
    # the groups that only one flavour reads
    with_file "$1" "[client]\nuser=root\nsocket=$socket\n[client-mariadb]\nuser=nobody\n[client-server]\nuser=nobody\n"
    rm -rf "$DEST" "$STATE"
    under sh run
    if [ "$1" = mariadb ]; then expect_status 3 && [[ $err == *nobody* ]]; else expect_status 0; fi
}

# bats test_tags=long
@test "of an option file only the way to the server and the account count" { both option_files; }

# refused <flavour> <lines> <word>
refused() {
    local awk
    with_file "$1" "[client]\nuser=root\nsocket=$(socket_of "$1")\n$2"
    for awk in "${AWKS[@]}"; do
        use_awk "$awk"
        under sh run
        expect_status 3
        [[ $err == *"$3"* ]] || { echo "$err, not: $3"; return 1; }
        [[ $err != *"$PERSON"* ]]
    done
}

options_refused() {
    make_rows "$1"
    refused "$1" 'no-data\n' "'no-data' in [client]"
    refused "$1" 'force\n' "'force' in [client]"
    refused "$1" 'init_command=SET NAMES latin1\n' "'init-command' in [client]"
    refused "$1" '[client-server]\nwhere=1=0\n' "'where' in [client-server]"
    refused "$1" 'pass=x\n' "'pass' in [client]"
    refused "$1" "$PERSON\n" "in [client]"
    refused "$1" "ssl_ca#x=$PERSON\n" "in [client]"
    refused "$1" "!include $PLACE/other.cnf\n" 'includes others'
    refused "$1" "[mysqldump]\n!includedir /etc/mysql\n" 'includes others'
    refused "$1" 'port=1\0000\n' 'NUL'
    refused "$1" "port=$(printf '%05000d' 1)\n" 'too long'
    with_file "$1" "[mysqldump]\nuser=root\n"
    under sh run
    expect_status 3
    [[ $err == *'has no group [client]'* ]]
    with_file "$1" "user=root\n[client]\n"
    under sh run
    expect_status 3
    [[ $err == *'line 1'* ]]
}

# bats test_tags=long
@test "what else stands in an option file is refused by its name" { both options_refused; }

environment() {
    make_rows "$1"
    make_mysql_script "$1" app
    mkdir -p "$PLACE/home"
    printf '[mysqldump]\nno-data\n[client]\nuser=nobody\n' >"$PLACE/home/.my.cnf"
    if [ "$1" = oracle ]; then # what its clients read last, whatever they are given
        MYSQL_TEST_LOGIN_FILE="$PLACE/home/.mylogin.cnf" "$ORACLE_ROOT/usr/lib64/ld-linux-x86-64.so.2" \
            --library-path "$ORACLE_ROOT/usr/lib/x86_64-linux-gnu" "$ORACLE_ROOT/usr/bin/mysql_config_editor" \
            set --login-path=client --user=nobody --host=nowhere.invalid
        [ -s "$PLACE/home/.mylogin.cnf" ]
    fi
    export MYSQL_HOST=nowhere.invalid MYSQL_TCP_PORT=1 MYSQL_UNIX_PORT=/nonexistent MYSQL_PWD=x \
        MYSQL_GROUP_SUFFIX=_x MARIADB_GROUP_SUFFIX=_x MYSQL_TEST_LOGIN_FILE="$PLACE/home/.mylogin.cnf" HOME="$PLACE/home"
    under sh run
    unset MYSQL_HOST MYSQL_TCP_PORT MYSQL_UNIX_PORT MYSQL_PWD MYSQL_GROUP_SUFFIX MARIADB_GROUP_SUFFIX MYSQL_TEST_LOGIN_FILE
    expect_status 0
    zstd -dc "$DEST"/default/*Z/databases/index.sql.zst | grep -q "$PERSON"
}

@test "environment variables of the clients lead nowhere else" { both environment; }

# told <flavour> <change of the dump> <what is said>: a load that fails
told() {
    change_dump "$2"
    admin "$1" -e 'DROP DATABASE IF EXISTS copy'
    under sh restore default --as copy
    expect_status 1
    [[ $err == *"$3"* ]] || { echo "$err, not: $3"; return 1; }
    under sh drill
    expect_status 1
    [[ $err == *"$3"* ]] || { echo "$err, not: $3"; return 1; }
    [ "$(wc -c <"$PLACE/err")" -lt 3000 ]
    [[ $(cat "$PLACE/message") == *"$3"* ]]
    [ "$(wc -c <"$PLACE/message")" -le 1001 ]
    under sh status
    [[ $out == *"$3"* ]]
    ! grep -raq "$PERSON" "$STATE" "$PLACE/err" "$PLACE/out" "$PLACE/message" || return 1
    [ -z "$(find "$STATE" -size +10k)" ]
}

messages() {
    make_rows "$1"
    make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"root\"" "log = \"$PLACE/log\"
[backup.hooks]
on_failure = 'printf %s \"\$GEN_BACKUP_MESSAGE\" >\"$PLACE/message\"'"
    under sh run
    expect_status 0
    rm -rf "$PLACE/saved"
    cp -a "$DEST" "$PLACE/saved"
    # MariaDB notices at the end, and names no value
    local duplicate='ERROR 1062 (23000) at line'
    [ "$1" = oracle ] || duplicate='ERROR 1180 (HY000) at line'
    told "$1" "s/'second'/'$PERSON'/" "$duplicate"
    restore_saved
    told "$1" 's/^INSERT INTO `a` VALUES/INSERT INTO `a` VALUEZ/' 'ERROR 1064 (42000) at line'
    restore_saved
    # MariaDB loads what breaks a CHECK
    [ "$1" = mariadb ] || told "$1" "s/^) ENGINE=InnoDB AUTO/, CHECK (mail <> '$PERSON')&/" "ERROR 3819 (HY000) at line"
    restore_saved
    told "$1" "s/^INSERT INTO .a. VALUES.*/SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'of $PERSON';&/" 'ERROR 1644 (45000) at line'
    # a statement of 12 MB
    admin "$1" app -e "UPDATE b SET big = CONCAT('$PERSON', REPEAT('x', 12000000))"
    rm -rf "$DEST" "$STATE"
    under sh run
    expect_status 0
    told "$1" 's/^INSERT INTO .b. VALUES/INSERT INTO b VALUEZ/' 'ERROR 1064 (42000) at line'
}

restore_saved() {
    rm -rf "$DEST"
    cp -a "$PLACE/saved" "$DEST"
}

# bats test_tags=long
@test "why a load failed is told, in bounded words, without people's data" { both messages; }

wrapped() {
    make_rows "$1"
    (umask 077 && printf '[client]\nuser=root\nsocket=%s\n' "$(socket_of "$1")" >"$PLACE/my.cnf")
    cat >"$PLACE/wrapper" <<'SH'
#!/bin/sh
echo 'WARN[0000] The "ERROR_REPORTING" variable is not set. Defaulting to a blank string; error' >&2
exec "$@"
SH
    chmod +x "$PLACE/wrapper"
    cp "$PLACE/wrapper" /tmp/gb-wrapper.$$
    make_mysql_script "$1" app "container_command = \"/tmp/gb-wrapper.$$\"
defaults_file = \"$PLACE/my.cnf\""
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    # but the tool's own marks are, though it ends with 0
    local tool=mysqldump
    [ "$1" = oracle ] || tool=mariadb-dump
    mkdir -p "$PLACE/fake"
    printf '#!/bin/sh\n[ "$1" = --version ] || echo "%s: Error: no such thing" >&2\nexec %s "$@"\n' "$tool" \
        "$(command -v $tool)" >"$PLACE/fake/$tool"
    chmod +x "$PLACE/fake/$tool"
    printf '#!/bin/sh\nPATH="%s":$PATH exec "$@"\n' "$PLACE/fake" >/tmp/gb-wrapper.$$
    under sh run
    rm /tmp/gb-wrapper.$$
    expect_status 1
    [[ $err == *"$tool: Error: no such thing"* ]]
}

# bats test_tags=long
@test "the word error is no failure, the mark of the tool that dumps is" { both wrapped; }

password_files() {
    make_rows "$1"
    admin "$1" -e "DROP USER IF EXISTS p@localhost; CREATE USER p@localhost IDENTIFIED BY 'p\"w\\\\1'; GRANT ALL ON app.* TO p@localhost"
    make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"p\"
password_file = \"$PLACE/pw\""
    local text awk
    for text in 'p"w\\1\n' 'p"w\\1\r\n' '\357\273\277p"w\\1\r\n' 'p"w\\1'; do
        (umask 077 && printf '%b' "$text" >"$PLACE/pw")
        for awk in "${AWKS[@]}"; do
            use_awk "$awk"
            rm -rf "$DEST" "$STATE"
            under sh run
            expect_status 0
        done
    done
    printf 'p\nw\n' >"$PLACE/pw"
    under sh run
    expect_status 3
}

@test "a password file with CR LF or a byte order mark is read" { both password_files; }

systems() {
    make_mysql_script "$1" app
    sed 's/^    MYSQL_SCHEMA=.*/    MYSQL_SCHEMA=MySQL/' "$SCRIPT" >"$SCRIPT.new" && mv "$SCRIPT.new" "$SCRIPT"
    under sh run # as MYSQL_DATABASE=mysql of a container would
    expect_status 3
    [[ $err == *"'MySQL' is the server's own"* ]]
    make_rows "$1"
    make_mysql_script "$1" app
    under sh run
    expect_status 0
    under sh restore default --as sys --yes
    expect_status 3
    sed -i 's/^index.schema=app/index.schema=mysql/' "$DEST"/default/*Z/MANIFEST
    change_dump ''
    under sh restore default --yes
    expect_status 3
    [ "$(admin "$1" -e 'SELECT COUNT(*) > 0 FROM mysql.user')" = 1 ]
}

@test "the server's own schemas are neither saved nor replaced" { both systems; }

read_only() {
    make_rows "$1"
    admin "$1" -e "DROP USER IF EXISTS r@localhost; CREATE USER r@localhost IDENTIFIED BY 'pw'; GRANT ALL ON app.* TO r@localhost;
        GRANT ALL ON gen_backup_trial_test.* TO r@localhost"
    (umask 077 && echo pw >"$PLACE/pw")
    make_mysql_script "$1" app "socket = \"$(socket_of "$1")\"
user = \"r\"
password_file = \"$PLACE/pw\""
    under sh run
    expect_status 0
    admin "$1" -e 'SET GLOBAL read_only = 1'
    under sh drill # in a server of its own
    expect_status 0
    sed -i 's/mariadbd mysqld; do/no-such-program; do/' "$SCRIPT"
    under sh drill
    admin "$1" -e 'SET GLOBAL read_only = 0'
    expect_status 3
    [[ $err == *'the server is read only'* ]]
    [[ $err != *GRANT* ]]
    under sh drill
    expect_status 0
}

# bats test_tags=long
@test "a server that is read only: a drill has a server of its own, or says why there is none" { both read_only; }

empty() {
    admin "$1" -e 'DROP DATABASE IF EXISTS app; CREATE DATABASE app'
    make_mysql_script "$1" app
    under sh run
    expect_status 0
    under sh verify
    expect_status 0
    under sh drill
    expect_status 0
    under sh restore default --yes
    expect_status 0
    make_rows "$1"
    under sh run
    expect_status 0
    admin "$1" -e 'DROP TABLE app.a, app.b'
    under sh run # that is no fresh one
    expect_status 1
    [[ $err == *'has no tables, and in the backup'* ]]
    [ "$(ls "$DEST/default" | wc -l)" = 2 ]
}

# bats test_tags=long
@test "a fresh schema without tables is a backup; one that lost all its tables is not" { both empty; }
