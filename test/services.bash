# Real servers for tests: MariaDB and Oracle's MySQL on private sockets, and
# containers of both. Each file's setup_file starts what it needs, and its
# teardown_file calls stop_services.

ORACLE_ROOT=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/mysql

# In `npm test` MariaDB stands for both.
FLAVOURS=(mariadb oracle)
[ -z "${QUICK-}" ] || FLAVOURS=(mariadb)

has_flavour() {
    if [ "$1" = mariadb ]; then command -v mariadbd; else [ -x "$ORACLE_ROOT/usr/sbin/mysqld" ]; fi >/dev/null
}

need_flavour() {
    [[ " ${FLAVOURS[*]} " == *" $1 "* ]] || left_to_all
    has_flavour "$1" || skip "${1^^} SERVER MISSING"
}

need_mariadb() { need_flavour mariadb; }
need_oracle() { need_flavour oracle; }

# make_clients <directory>: Oracle's clients, and its server for trials, to be put
# first in PATH.
make_clients() {
    mkdir -p "$1"
    local name
    for name in mysql mysqldump; do
        cat >"$1/$name" <<SH
#!/bin/sh
exec $ORACLE_ROOT/usr/lib64/ld-linux-x86-64.so.2 --library-path \\
    $ORACLE_ROOT/usr/lib/x86_64-linux-gnu $ORACLE_ROOT/usr/bin/$name "\$@"
SH
        chmod 755 "$1/$name"
    done
    cat >"$1/mysqld" <<SH
#!/bin/sh
exec $ORACLE_ROOT/usr/lib64/ld-linux-x86-64.so.2 --library-path \\
    $ORACLE_ROOT/usr/lib/x86_64-linux-gnu $ORACLE_ROOT/usr/sbin/mysqld "\$@" \\
    --basedir=$ORACLE_ROOT/usr
SH
    chmod 755 "$1/mysqld"
}

# start_server <mariadb|oracle> [option...]: sets SOCKET. root has no password. What it
# writes may stay in memory: no test cuts the power.
start_server() {
    local flavour=$1 i
    shift
    if [ "$flavour" = mariadb ]; then
        SERVER=$(mktemp -d "$BATS_FILE_TMPDIR/m.XXXX")
        mariadb-install-db --no-defaults --user=root --datadir="$SERVER/data" \
            --auth-root-authentication-method=normal --skip-test-db \
            --tmpdir="$SERVER" >"$SERVER/log" 2>&1 # or it removes what others have in /tmp
        mariadbd --no-defaults --user=root --datadir="$SERVER/data" --socket="$SERVER/s" \
            --pid-file="$SERVER/pid" --skip-networking --log-error="$SERVER/log" \
            --tmpdir="$SERVER" --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --debug-no-sync \
            "$@" >/dev/null 2>&1 3>&- &
        SOCKET=$SERVER/s
    else
        # inside the root of its own, where it finds its files
        SERVER=$(mktemp -d "$ORACLE_ROOT/tmp/o.XXXX")
        local inside=${SERVER#"$ORACLE_ROOT"}
        chroot "$ORACLE_ROOT" /usr/sbin/mysqld --no-defaults --initialize-insecure \
            --user=root --datadir="$inside/data" >"$SERVER/log" 2>&1
        chroot "$ORACLE_ROOT" /usr/sbin/mysqld --no-defaults --user=root \
            --datadir="$inside/data" --socket="$inside/s" --pid-file="$inside/pid" \
            --skip-networking --mysqlx=OFF --log-error="$inside/log" \
            --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --sync-binlog=0 \
            "$@" >/dev/null 2>&1 3>&- &
        SOCKET=$SERVER/s
    fi
    echo "$! $SERVER" >>"$BATS_FILE_TMPDIR/servers"
    echo "$SOCKET" >"$BATS_FILE_TMPDIR/socket.$flavour"
    for ((i = 0; i < 300; i++)); do
        ! admin "$flavour" -e 'SELECT 1' >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    cat "$SERVER/log"
    return 1
}

# start_both [option...]: what there is of MariaDB and Oracle's MySQL.
start_both() {
    local flavour
    for flavour in "${FLAVOURS[@]}"; do
        has_flavour "$flavour" || continue
        make_clients "$BATS_FILE_TMPDIR/oracle"
        start_server "$flavour" --event-scheduler=ON "$@"
    done
}

# both <function>: for each flavour, that has to be there.
both() {
    local flavour path=$PATH
    for flavour in "${FLAVOURS[@]}"; do
        need_flavour "$flavour"
        rm -rf "$DEST" "$STATE"
        use_flavour "$flavour"
        "$1" "$flavour"
        PATH=$path
    done
}

stop_services() {
    [ ! -f "$BATS_FILE_TMPDIR/servers" ] || while read -r pid directory; do
        kill "$pid" 2>/dev/null || :
        for _ in {1..100}; do [ -d "/proc/$pid" ] && sleep 0.1 || break; done
        rm -rf "$directory"
    done <"$BATS_FILE_TMPDIR/servers"
}

socket_of() { cat "$BATS_FILE_TMPDIR/socket.$1"; }

# admin <flavour> <option...>: a client of root.
admin() {
    local flavour=$1
    shift
    client_of "$flavour" --no-defaults -S "$(socket_of "$flavour")" -uroot -N --binary-mode "$@"
}

# is_idle <flavour> <schema>: nobody is connected to it.
is_idle() {
    [ "$(admin "$1" -e "SELECT COUNT(*) FROM information_schema.processlist WHERE db = '$2'")" = 0 ]
}

# client_of <flavour> <option...>
client_of() {
    if [ "$1" = mariadb ]; then
        shift
        mariadb "$@"
    else
        shift
        "$BATS_FILE_TMPDIR/oracle/mysql" "$@"
    fi
}

# use_flavour <flavour>: the clients that the script finds.
use_flavour() {
    if [ "$1" = oracle ]; then
        make_clients "$BATS_FILE_TMPDIR/oracle"
        PATH=$BATS_FILE_TMPDIR/oracle:$PATH
    fi
}

# make_schema <flavour> <schema>: every kind of object and nasty data; a body with
# CR LF, which a dump loaded without --binary-mode would lose.
make_schema() {
    admin "$1" -e "DROP DATABASE IF EXISTS $2; CREATE DATABASE $2 CHARACTER SET utf8mb4"
    admin "$1" "$2" <"$ROOT/test/fixtures/app.sql"
    printf 'DELIMITER ;;\nCREATE PROCEDURE crlf()\r\nBEGIN\r\n  SELECT 1;\r\nEND;;\n' |
        admin "$1" "$2"
}

# fingerprint <flavour> <schema>: of all that is in it: rows, definitions, bodies.
fingerprint() {
    admin "$1" "$2" -e "SHOW TABLES" | while IFS= read -r table; do
        echo "CHECKSUM TABLE \`${table//\`/\`\`}\`; SHOW CREATE TABLE \`${table//\`/\`\`}\`;"
    done | admin "$1" "$2" -f | sed "s/^$2\.//; s/\`$2\`\.//g; s/ AUTO_INCREMENT=[0-9]*//"
    admin "$1" "$2" --binary-as-hex=0 -e "
        SELECT trigger_name, event_object_table, action_timing, event_manipulation, HEX(action_statement), sql_mode, definer
          FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1;
        SELECT routine_name, routine_type, HEX(routine_definition), sql_mode, definer, is_deterministic
          FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1;
        SELECT event_name, HEX(event_definition), interval_value, interval_field, starts, status, definer
          FROM information_schema.events WHERE event_schema = DATABASE() ORDER BY 1;
        SELECT * FROM a_view_of_a_view;
        SELECT SHA2(GROUP_CONCAT(CONCAT_WS('|', id, HEX(\`from\`), HEX(latin), HEX(raw), doc, HEX(flags), ratio, price,
          kind, many, made, day, clock, stamp, twice, thrice) ORDER BY id), 256) FROM \`nasty \`\`name\`;"
}

# make_mysql_script <flavour> <schema> [lines of the database, of the backup]
make_mysql_script() {
    local reach
    SCRIPT="$PLACE/the backup.sh"
    reach=${3-$(printf 'socket = "%s"\nuser = "root"' "$(socket_of "$1")")}
    [ -z "$2" ] || reach="name = \"$2\"
$reach"
    cat >"$PLACE/env.toml" <<TOML
[environment]
name = "test"
[databases.index]
driver = "mysql"
$reach
[backup]
path = "$DEST"
state = "$STATE"
$([[ ${4-} == *"log = "* ]] || echo 'log = ""')
min_free = "0KiB"
type = "database"
${4-}
TOML
    generate "$PLACE/env.toml" -o "$SCRIPT"
}

# change_dump <sed command>: the artifact of both its dumps, that of the events too, with
# right sums again.
change_dump() {
    local backup dump bytes
    backup=$(echo "$DEST"/default/*Z)
    dump=$backup/databases/index.sql.zst
    bytes=$(sed -n 's/^index.before_events_bytes=//p' "$backup/MANIFEST")
    head -c "${bytes:-999999999}" "$dump" | zstd -qdc | sed "$1" | zstd -qf -o "$dump.new"
    if [ -n "$bytes" ]; then
        sed -i "s/^\(index.before_events_bytes=\).*/\1$(stat -c %s "$dump.new")/" "$backup/MANIFEST"
        tail -c "+$((bytes + 1))" "$dump" | zstd -qdc | sed "$1" | zstd -q >>"$dump.new"
    fi
    mv "$dump.new" "$dump"
    (cd "$backup" && find . -type f ! -name SHA256SUMS ! -name MANIFEST -exec sha256sum {} + |
        sed 's:  \./:  :' >SHA256SUMS && sha256sum MANIFEST >>SHA256SUMS)
}

# start_docker: a Docker engine of our own. Sets DOCKER_HOST; false where it
# cannot run.
start_docker() {
    command -v dockerd >/dev/null && [ "$(id -u)" = 0 ] || return 1
    local dir i
    dir=$(mktemp -d /tmp/gb-docker.XXXX)
    export DOCKER_HOST=unix://$dir/s
    dockerd --iptables=false --ip6tables=false --bridge=none --storage-driver=vfs \
        --data-root="$dir/data" --exec-root="$dir/exec" --pidfile="$dir/pid" \
        -H "$DOCKER_HOST" >"$dir/log" 2>&1 3>&- &
    echo "$! $dir" >>"$BATS_FILE_TMPDIR/servers"
    for ((i = 0; i < 200; i++)); do
        ! docker version >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    tail -n 5 "$dir/log"
    return 1
}

# make_image <mariadb|oracle>: a server, its clients, their libraries, a shell:
# busybox's and MariaDB's new names alone, or dash and MySQL's.
make_image() {
    local root from=/ programs shared
    root=$(mktemp -d /tmp/gb-image.XXXX)
    if [ "$1" = mariadb ]; then
        programs='/bin/busybox /usr/sbin/mariadbd /usr/bin/mariadb /usr/bin/mariadb-dump'
        shared='/usr/share/mysql'
    else
        from=$ORACLE_ROOT
        programs='/usr/bin/dash /usr/bin/cat /usr/bin/sed /usr/bin/mkdir /usr/sbin/mysqld /usr/bin/mysql /usr/bin/mysqldump'
        shared='/usr/share/mysql-9.7 /usr/share/mysql /usr/lib/mysql /usr/lib/mysql-9.7'
    fi
    local file
    # shellcheck disable=SC2086 # programs
    chroot "$from" ldd $programs | grep -o '/[^ ]*' | sed 's/:$//' | sort -u >"$root/.files"
    # shellcheck disable=SC2086
    for file in $programs $(cat "$root/.files") $shared; do
        [ -e "$from/$file" ] || continue
        mkdir -p "$root${file%/*}"
        cp -aL "$from/$file" "$root$file"
    done
    mkdir -p "$root/bin" "$root/tmp" "$root/etc" "$root/run" "$root/proc" "$root/sys" "$root/dev"
    echo 'root:x:0:0::/:/bin/sh' >"$root/etc/passwd"
    install -m 755 "$ROOT/test/container-entry.sh" "$root/entry.sh"
    if [ "$1" = mariadb ]; then
        for file in sh cat sed mkdir sleep ls; do ln -s busybox "$root/bin/$file"; done
        mariadb-install-db --no-defaults --user=root --datadir="$root/data" \
            --auth-root-authentication-method=normal --skip-test-db >/dev/null 2>&1
    else
        ln -sf /usr/bin/dash "$root/bin/sh"
    fi
    tar -C "$root" -c . | docker import - "gb-$1" >/dev/null
    rm -rf "$root"
}

# start_container <mariadb|oracle> <name> <docker option...>
start_container() {
    local flavour=$1 name=$2 i
    shift 2
    docker run -d --name "$name" --network none "$@" "gb-$flavour" /bin/sh /entry.sh >/dev/null
    for ((i = 0; i < 300; i++)); do
        ! in_container "$name" "$flavour" -e 'SELECT 1' >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    docker logs "$name" 2>&1 | tail -n 5
    return 1
}

# in_container <name> <flavour> <option...>: root's client, password 'root"pw'.
in_container() {
    local name=$1 client=mysql
    [ "$2" = oracle ] || client=mariadb
    shift 2
    printf '[client]\nuser=root\npassword="%s"\nsocket=/run/mysqld/mysqld.sock\n' 'root\"pw' |
        docker exec -i "$name" /bin/sh -c 'cat >/tmp/admin.cnf'
    docker exec -i "$name" "$client" --defaults-file=/tmp/admin.cnf -N --binary-mode "$@"
}
