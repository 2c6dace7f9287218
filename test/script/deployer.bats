# Environments as Torrust's deployer writes them, run against a machine of that shape:
# /opt is one of our own, in a namespace of its own.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no namespaces'
    unshare -m true 2>/dev/null || skip 'NO NAMESPACES here'
    setup_place
}

# make_opt <directory>: what the deployer puts below /opt/torrust
make_opt() {
    local storage=$1/torrust/storage
    mkdir -p "$storage"/tracker/{lib/database,etc,log} "$storage"/grafana/data \
        "$storage"/{prometheus/etc,caddy/etc,caddy/data,mysql/data,backup}
    echo 'SECRET=1' >"$1/torrust/.env"
    echo 'services: {}' >"$1/torrust/docker-compose.yml"
    echo '[core]' >"$storage/tracker/etc/tracker.toml"
    echo 'certificate' >"$storage/caddy/data/cert.pem"
    sqlite3 "$storage/grafana/data/grafana.db" 'CREATE TABLE g (x); INSERT INTO g VALUES (1)'
    truncate -s 1M "$storage/mysql/data/ibdata1"
}

# run_deployer <file> <command...>: in a namespace where /opt is $PLACE/opt
in_opt() {
    unshare -m sh -euc "mount --bind $PLACE/opt /opt; $1" 3>&-
}

generate() {
    node "$ROOT/dist/gen-backup.cjs" "$ROOT/test/fixtures/deployer/$1" -o "$PLACE/backup.sh" 2>/dev/null
    sed -i "s|^STATE_PATH=.*|STATE_PATH='$STATE'|; s|^MIN_FREE_KB=.*|MIN_FREE_KB=0|" "$PLACE/backup.sh"
}

@test "15-sqlite-monitoring: tracker and grafana are snapshots, files come with them, all restores" {
    make_opt "$PLACE/opt"
    make_database "$PLACE/opt/torrust/storage/tracker/lib/database/tracker.db"
    generate 15-sqlite-monitoring.json
    in_opt "
        sh $PLACE/backup.sh run >$PLACE/out
        sh $PLACE/backup.sh drill
        sh $PLACE/backup.sh restore default --to $PLACE/restored
        ls -R \$(cat $PLACE/out) >$PLACE/listing"
    restored=$PLACE/restored/opt/torrust
    [ "$(dump "$restored/storage/tracker/lib/database/tracker.db")" = "$(dump "$PLACE/opt/torrust/storage/tracker/lib/database/tracker.db")" ]
    [ "$(sqlite3 "$restored/storage/grafana/data/grafana.db" 'SELECT x FROM g')" = 1 ]
    for file in .env docker-compose.yml storage/tracker/etc/tracker.toml storage/caddy/data/cert.pem; do
        cmp "$restored/$file" "$PLACE/opt/torrust/$file"
    done
    [ ! -e "$restored/storage/mysql/data/ibdata1" ]
    [ ! -e "$restored/storage/backup/default" ]
    grep -q 'found+1.sqlite3' "$PLACE/listing"
}

# of_mysql <file>: dumped in the container 'mysql' by its own account
of_mysql() {
    make_opt "$PLACE/opt"
    generate "$1"
    # docker that enters a container of ours, which has the server's variables
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/docker" <<SH
#!/bin/sh
[ "\$1 \$2 \$3" = 'exec -i mysql' ] || exit 1
shift 3
exec env MYSQL_USER=tracker_user MYSQL_PASSWORD=pw MYSQL_DATABASE=tracker "\$@"
SH
    cat >"$PLACE/bin/mysql" <<'SH'
#!/bin/sh
case $* in *--version*) echo 'mysql  Ver 9.7.4 for Linux' && exit ;; esac
options=$(cat /dev/fd/3)
case $options in *'user="tracker_user"'*'password="pw"'*) ;; *) exit 1 ;; esac
grep -q "'server='" || exit 0 # it has turned nothing, and has no rows
printf '%s\n' 'server=9.7.4 MySQL' 'account=tracker_user@%' 'schema=tracker' 'charset=utf8mb4 COLLATE x' \
    'tables=1' 'GRANT SELECT, SHOW VIEW, TRIGGER, EVENT ON `tracker`.* TO `tracker_user`@`%`' \
    'GRANT SHOW_ROUTINE ON *.* TO `tracker_user`@`%`'
SH
    cat >"$PLACE/bin/mysqldump" <<'SH'
#!/bin/sh
case $* in *--version*) echo 'mysqldump  Ver 9.7.4 for Linux' && exit ;; esac
echo 'CREATE TABLE torrents (id int);'
echo '-- Dump completed on 2026-11-24  3:00:00'
SH
    chmod 755 "$PLACE"/bin/*
    sed -i "s|^PATH=|PATH=$PLACE/bin:|" "$PLACE/backup.sh"
    in_opt "
        sh $PLACE/backup.sh run >$PLACE/out
        sh $PLACE/backup.sh verify
        sh $PLACE/backup.sh restore default --to $PLACE/restored"
    grep -q 'CREATE TABLE torrents' "$PLACE/restored/tracker.sql"
    cmp "$PLACE/restored/opt/torrust/.env" "$PLACE/opt/torrust/.env"
    [ -e "$PLACE/restored/opt/torrust/storage/grafana/data/grafana.db" ]
    [ ! -e "$PLACE/restored/opt/torrust/storage/mysql/data/ibdata1" ]
}

@test "02-full-stack-lxd: run and restored, with a server that stands in for its own" { of_mysql 02-full-stack-lxd.json; }
@test "05-mysql-development: run and restored, with a server that stands in for its own" { of_mysql 05-mysql-development.json; }
@test "13-backup-focused: run and restored, with a server that stands in for its own" { of_mysql 13-backup-focused.json; }

@test "check notices the deployer's own schedule, which would go on stopping the tracker" {
    make_opt "$PLACE/opt"
    make_database "$PLACE/opt/torrust/storage/tracker/lib/database/tracker.db"
    generate 15-sqlite-monitoring.json
    for shell in dash 'busybox ash'; do
        in_opt "
            mount -t tmpfs tmpfs /etc/cron.d
            $shell $PLACE/backup.sh check >$PLACE/without || [ \$? = 3 ]
            echo '0 3 * * * root /opt/torrust/backup.sh' >/etc/cron.d/tracker-backup
            $shell $PLACE/backup.sh check >$PLACE/with || [ \$? = 3 ]"
        grep "^ok    other schedule  *'/etc/cron.d/tracker-backup' is not there" "$PLACE/without"
        grep "^warn  other schedule  *'/etc/cron.d/tracker-backup' goes on beside this one, and stops the application" "$PLACE/with"
    done
    node "$ROOT/dist/gen-backup.cjs" --explain "$ROOT/test/fixtures/deployer/15-sqlite-monitoring.json" |
        grep "^/etc/cron.d/tracker-backup on the VM, if it is there"
}
