# What README and the pages tell a reader to type is typed here, as it is written: a block of
# commands stands behind a mark `<!-- run: NAME -->`, and test/unit/pages.test.ts sees to it that
# each has one, and that each is run below. Computer and server are one machine, on this one's
# root under an overlay; ssh, scp, git and the registry are replaced, and IDs are those of today.
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

setup() {
    [ "$(id -u)" = 0 ] && unshare -m -p -f true 2>/dev/null || skip 'NO NAMESPACES here'
    command -v script >/dev/null || skip 'SCRIPT MISSING: bsdutils'
    PLACE=$(mktemp -d "$BATS_TEST_TMPDIR/place.XXXXXX")
    cat >"$PLACE/tools.sh" <<'SH'
# text PAGE NAME: of a block.
text() {
    awk -v mark="<!-- run: $2 -->" '
        !found { if (index($0, mark)) found = 1; next }
        !begun && $0 == "" { next }
        !begun { begun = 1; fenced = $0 ~ /^```/; match($0, /^ */); depth = RLENGTH; if (fenced) next }
        fenced ? /^```/ : /[^ ]/ && !/^    / { exit }
        { print substr($0, depth + 1) }
    ' "$ROOT/$1" | sed "s/20261123T030000Z/$ID/g; s/20261122/${OLDER%T*}/g; s/ ID / $ID /g"
}

# block PAGE NAME: run as it is written, in this directory. It ends at what fails.
block() {
    text "$1" "$2" >/tmp/block
    [ -s /tmp/block ] || { echo "no block '$2' in $1" && exit 1; }
    sh -eux /tmp/block >/tmp/said 2>&1 || { echo "$1, $2: $?" && cat /tmp/said && exit 1; }
}

# at_terminal PAGE NAME: the same, with a person who answers yes.
at_terminal() {
    text "$1" "$2" >/tmp/block
    [ -s /tmp/block ] || { echo "no block '$2' in $1" && exit 1; }
    yes yes | head -n 9 | script -qefc 'sh -eux /tmp/block' /dev/null >/tmp/said 2>&1 ||
        { echo "$1, $2: $?" && cat /tmp/said && exit 1; }
}

# toml PAGE: its first block of TOML, the environment of all that follows.
toml() { sed -n '/^```toml$/,/^```$/p' "$ROOT/$1" | sed '1d; /^```$/,$d'; }

tool() {
    cat >"/usr/local/bin/$1"
    chmod 755 "/usr/local/bin/$1"
}

said() { grep -qe "$1" /tmp/said || { echo "not said: $1" && cat /tmp/said && return 1; }; }

keys() { sqlite3 /srv/app/app.db 'SELECT group_concat(name) FROM keys'; }

# the application, and its environment file
make_app() {
    mkdir -p /srv/app/etc /srv/app/uploads
    echo 'listed = false' >/srv/app/etc/app.toml
    head -c 3000 /dev/urandom >/srv/app/uploads/pic2.jpg
    sqlite3 /srv/app/app.db "PRAGMA journal_mode=wal; CREATE TABLE keys (id INTEGER PRIMARY KEY, name);
        CREATE TABLE whitelist (id INTEGER PRIMARY KEY, name); INSERT INTO keys (name) VALUES ('a'), ('b');"
    toml README.md >/root/env.toml
}

# the script at its place, and two backups: of 3 o'clock yesterday, and the day before
make_backups() {
    node "$ROOT/dist/gen-backup.cjs" -o /usr/local/sbin/backup-app.sh "${1:-/root/env.toml}" 2>/dev/null
    backup-app.sh install
    made=$(backup-app.sh run)
    for id in "$OLDER" "$ID"; do
        cp -R "$made" "/backups/app/default/$id"
        (
            cd "/backups/app/default/$id"
            sed -i "s/^id=.*/id=$id/" MANIFEST
            sed -i '/  MANIFEST$/d' SHA256SUMS
            sha256sum MANIFEST >>SHA256SUMS
        )
    done
    rm -r "$made"
}

ID=$(date -u -d '1 day ago' +%Y%m%dT030000Z) OLDER=$(date -u -d '2 days ago' +%Y%m%dT030000Z)
tool git <<'T'
#!/bin/sh -e
[ "$1 $2" = 'clone URL' ]
mkdir "$3"
cd "$ROOT"
tar -c --exclude ./node_modules --exclude ./.git --exclude ./dist . | tar -x -C "$OLDPWD/$3"
T
tool npm <<'T'
#!/bin/sh -e
[ "$*" = ci ] || exec /usr/bin/npm "$@"
ln -s "$ROOT/node_modules" node_modules
exec /usr/bin/npm run prepare
T
tool less <<'T'
#!/bin/sh
exec cat -- "$@"
T
tool scp <<'T'
#!/bin/sh -e
[ "$#" = 2 ]
exec cp -- "$1" "${2#root@*:}"
T
tool ssh <<'T'
#!/bin/sh -e
case $1 in root@*) shift ;; *) exit 1 ;; esac
[ "$#" = 0 ] || exec sh -c "$*"
T
cp "$(command -v sleep)" /tmp/cron
/tmp/cron 600 &
export npm_config_offline=true npm_config_update_notifier=false npm_config_audit=false npm_config_fund=false
cd /root
SH
}

# in_world: what is read there, on a machine that may be written all over.
in_world() {
    mkdir "$PLACE/world"
    cat >"$PLACE/try.sh"
    # shellcheck disable=SC2016 # for the inner shells
    PLACE=$PLACE ROOT=$ROOT SHARED=$BATS_FILE_TMPDIR timeout 200 unshare -m -p --fork --kill-child bash -euc '
        cp "$PLACE/tools.sh" "$PLACE/try.sh" "$SHARED"
        mount -t tmpfs tmpfs "$PLACE/world"
        cd "$PLACE/world"
        mkdir over work root
        mount -t overlay overlay -o "lowerdir=/,upperdir=$PWD/over,workdir=$PWD/work" root
        for place in /dev "$ROOT" "$SHARED"; do mount --rbind "$place" "root$place"; done
        (
            cd root
            rm -rf var/lib/gen-backup var/log/gen-backup etc/cron.d/gen-backup-* root/.npmrc root/.my.cnf srv backups
            mkdir -p srv backups etc/cron.d etc/logrotate.d
            mount -t proc proc proc
            mount -t tmpfs -o mode=1777 tmpfs var/tmp
        )
        cd "$SHARED"
        mkdir -p "$PLACE/world/root$SHARED"
        exec chroot "$PLACE/world/root" env -i HOME=/root PATH="/usr/local/sbin:/usr/local/bin:$PATH" \
            ROOT="$ROOT" SHARED="$SHARED" TERM=dumb bash -euc "
                [ -z "${TRACE-}" ] || set -x
                . \"\$SHARED/tools.sh\"
                . \"\$SHARED/try.sh\""'
}

# bats test_tags=long
@test "the generator: from the clone to a script on a server, and on many" {
    in_world <<'SH'
block README.md install
rm -r gen-backup
block docs/getting-started.md clone
mkdir environments
# elsewhere, and never the registry
! (cd environments && npx --no -- gen-backup --version) >/tmp/said 2>&1 || exit 1
(cd gen-backup && block docs/getting-started.md elsewhere && said '^0\.1\.0$')
cd gen-backup
block docs/getting-started.md init
grep -q '^path = "/srv/app/app.db"' env.toml
block docs/getting-started.md explain # of what init wrote
make_app
cp /root/env.toml env.toml
# as the role for Ansible calls it
words=$(sed -n 's/^gen_backup_generator: \[\(.*\)\]$/\1/p' "$ROOT/examples/ansible/roles/gen_backup/defaults/main.yml" | tr -d ,)
# shellcheck disable=SC2086
$words --install-path /opt/b.sh env.toml 2>/dev/null | grep -q '^INSTALL_PATH=/opt/b.sh$'
toml README.md | diff - <(toml docs/getting-started.md | sed 's/, or absolute$//')
block docs/getting-started.md explain
block docs/getting-started.md schema
node -e 'JSON.parse(require("fs").readFileSync("gen-backup.schema.json"))'
# the mistakes that are shown, in a file that has them
printf '%s\n' '[environment]' 'name = "x"' '[storage]' 'path = "/s"' '[databases.a]' 'driver = "sqlite3"' 'path = "a"' \
    '' '' '' '' '[backup]' 'path = "/b"' 'schedule = "0 25 * * *"' '' '' '' '' '' '[backup.plans.nightly]' 'retention_day = 7' >wrong.toml
! npx gen-backup wrong.toml >/dev/null 2>/tmp/said || exit 1
sed -n '/<!-- output: mistakes/,/^All messages/p' "$ROOT/docs/getting-started.md" | sed -n 's/^    //p' | sed 's/^env/wrong/' |
    diff - /tmp/said
block README.md generate
rm /usr/local/sbin/backup-app.sh
block docs/getting-started.md copy
[ -x backup.sh ]
cmp backup.sh /usr/local/sbin/backup-app.sh
mkdir environments
for vm in app one; do
    sed "s/^name = .*/name = \"$vm\"/; s:/backups/app:/backups/$vm:" env.toml >environments/$vm.toml
done
block docs/fleet.md fleet
[ -x /usr/local/sbin/backup-one.sh ]
[ -s /etc/cron.d/gen-backup-one ]
block docs/fleet.md 'fleet check'
echo >>build/app.sh
! npx gen-backup --check build/app.sh environments/app.toml || exit 1
SH
}

@test "the server: set up, look, restore one thing or a table" {
    in_world <<'SH'
make_app
node "$ROOT/dist/gen-backup.cjs" -o /usr/local/sbin/backup-app.sh env.toml 2>/dev/null
block README.md server
[ "$(sqlite3 /tmp/restored/srv/app/app.db 'PRAGMA integrity_check')" = ok ]
cmp /srv/app/uploads/pic2.jpg /tmp/restored/srv/app/uploads/pic2.jpg
rm -r /backups/app/default/2* /tmp/restored
block docs/getting-started.md check
# a line of each kind that is shown
for line in 'ok    user  *root' "ok    destination  *'/backups/app', has this machine's ID" 'ok    app  .*write-ahead log: writers go on' \
    "warn  disk  *'/srv/app' and its backups are on the same filesystem"; do
    said "^$line"
    sed -n '/<!-- output: check/,$p' "$ROOT/docs/getting-started.md" | grep -qe "^    $line"
done
block docs/getting-started.md first
rm -r /backups/app/default/2* /tmp/restored

make_backups
sqlite3 /srv/app/app.db 'DELETE FROM keys'
at_terminal README.md restore
[ "$(keys)" = a,b ]
rm -r /tmp/look
sqlite3 /srv/app/app.db 'DELETE FROM keys'
echo spoilt | tee /srv/app/etc/app.toml >/srv/app/uploads/pic2.jpg
at_terminal docs/restore.md 'one thing'
[ "$(keys)" = a,b ]
grep -q listed /srv/app/etc/app.toml
cmp /srv/app/uploads/pic2.jpg /tmp/look/srv/app/uploads/pic2.jpg

backup-app.sh run
block docs/restore.md which
said "^default *$ID.* 2" # rows
said 'etc/app.toml'
sqlite3 /srv/app/app.db 'DELETE FROM keys'
at_terminal docs/restore.md tables
[ "$(keys)" = a,b ]
[ -s /srv/app/app.db.rows.before-restore-* ]
sqlite3 /srv/app/app.db "DELETE FROM keys WHERE name = 'a'; INSERT INTO keys (name) VALUES ('c')"
block docs/restore.md rows
[ "$(sqlite3 /srv/app/app.db 'SELECT group_concat(name) FROM (SELECT name FROM keys ORDER BY name)')" = a,b,c ]
SH
}

@test "the machine is dead: one backup directory, and nothing else" {
    in_world <<'SH'
make_app
make_backups
cp -R "/backups/app/default/$ID" /root
find /srv/app -type f -name '*.[jt]*' -exec sha256sum {} + | sort >/tmp/sums
rm -rf /srv/app /backups/app /var/lib/gen-backup /var/log/gen-backup /etc/cron.d/gen-backup-app /usr/local/sbin/backup-app.sh
block docs/restore.md 'dead machine, look'
said "^would restore /root/$ID/databases/app.sqlite3.zst -> /srv/app/app.db$"
[ ! -e /srv/app ]
block docs/restore.md 'dead machine, restore'
said "/usr/local/sbin/backup-app.sh" # what is left to do
[ "$(keys)" = a,b ]
sha256sum -c /tmp/sums
[ -e /root/restored/srv/app/app.db ]
block docs/restore.md 'dead machine, install'
grep -q ' run default' /etc/cron.d/gen-backup-app
SH
}

@test "by hand, with standard tools: SQLite, MySQL and files" {
    need_mariadb
    start_server mariadb
    admin mariadb -e 'CREATE DATABASE shop; CREATE TABLE shop.orders (id INT PRIMARY KEY); INSERT INTO shop.orders VALUES (1), (2); CREATE DATABASE SCHEMA_'
    echo "$SOCKET" >"$BATS_FILE_TMPDIR/socket"
    in_world <<'SH'
socket=$(cat "$SHARED/socket")
make_app
printf '[client]\nuser=root\nsocket=%s\n' "$socket" >/root/.my.cnf
chmod 600 /root/.my.cnf
cat >>env.toml <<T
[databases.shop]
driver = "mysql"
name = "shop"
socket = "$socket"
defaults_file = "/root/.my.cnf"
T
make_backups
tool mysql <<'T'
#!/bin/sh
for word; do
    shift
    [ "$word" != SCHEMA ] || word=SCHEMA_
    set -- "$@" "$word"
done
exec /usr/bin/mysql "$@"
T
block docs/restore.md 'by hand'
cd "/backups/app/default/$ID"
[ "$(sqlite3 app.db 'SELECT count(*) FROM keys')" = 2 ]
[ "$(/usr/bin/mysql -N -e 'SELECT count(*) FROM SCHEMA_.orders')" = 2 ]
cmp /tmp/files/srv/app/etc/app.toml /srv/app/etc/app.toml || cmp /tmp/files/etc/app.toml /srv/app/etc/app.toml
SH
    stop_services
}

# bats test_tags=long
@test "a patch by hand" {
    in_world <<'SH'
make_app
sqlite3 /srv/app/app.db 'CREATE TABLE t (x); WITH RECURSIVE c(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM c WHERE n < 30000)
    INSERT INTO t SELECT randomblob(50) FROM c'
sed -i 's/^\[backup\]$/&\ndifferential = true/' env.toml
node "$ROOT/dist/gen-backup.cjs" -o /usr/local/sbin/backup-app.sh env.toml 2>/dev/null
sed -i 's/^SEGMENT_BYTES=.*/SEGMENT_BYTES=131072/' /usr/local/sbin/backup-app.sh
backup-app.sh run
sqlite3 /srv/app/app.db 'UPDATE t SET x = 1 WHERE rowid = 5; INSERT INTO t SELECT randomblob(50) FROM t LIMIT 3500'
made=$(backup-app.sh run)
ID=${made##*/}
awk '{ kind[$3 == 0 ? "same" : $6 == 0 ? "new" : "changed"] } END { exit length(kind) != 3 }' "$made/databases/app.sqlite3.index"
block docs/differential.md 'by hand'
said '^ok$'
[ "$(sqlite3 /tmp/app.db .dump | sha256sum)" = "$(sqlite3 /srv/app/app.db .dump | sha256sum)" ]
SH
}

# bats test_tags=long
@test "operations: upgrade, another server, another disk, another path, uninstall" {
    in_world <<'SH'
make_app
block README.md install
cd gen-backup
cp /root/env.toml .
make_backups env.toml
cp /usr/local/sbin/backup-app.sh backup.sh
block docs/operations.md difference
echo 'retention_days = 9' >>env.toml
! npx gen-backup --check backup.sh env.toml >/tmp/said || exit 1
said '^[+].*9'
block docs/operations.md upgrade
cmp /root/backup.sh /usr/local/sbin/backup-app.sh

block docs/operations.md leave
[ ! -e /etc/cron.d/gen-backup-app ]
rm -r /var/lib/gen-backup /srv/app # another machine
status=0
backup-app.sh run 2>/dev/null || status=$?
[ "$status" = 3 ]
block docs/operations.md arrive
[ "$(keys)" = a,b ]

mkdir /mnt/new
block docs/operations.md 'copy history'
rm -r /backups/app
mv /mnt/new /backups/app
backup-app.sh run
mv /backups/app /backups/full
mkdir /backups/app
status=0
backup-app.sh run 2>/dev/null || status=$?
[ "$status" = 3 ]
block docs/operations.md 'empty disk'
backup-app.sh run
rm -r /backups/app
mv /backups/full /backups/app
block docs/operations.md 'empty disk'

sed -i 's:/backups/app:/backups/moved:' env.toml
npx gen-backup -o /root/backup.sh env.toml 2>/dev/null
block docs/operations.md 'new path'
backup-app.sh list | grep -q "$ID.*/backups/moved/"
mv /backups/moved/default /backups/moved/nightly # as of a plan of another name
block docs/operations.md adopt
backup-app.sh list | grep -q "$ID.*/backups/moved/default/"
backup-app.sh run

block docs/operations.md uninstall
block docs/operations.md remove
[ -z "$(find /etc /var /usr/local/sbin -xdev -newer /root/env.toml \( -path '*gen-backup*app*' -o -name 'backup-app*' \) ! -path '/var/cache/*')" ]
ls /backups/moved/default/2*Z/MANIFEST
SH
}

# bats test_tags=long
@test "the demo" {
    cd "$ROOT"
    # shellcheck disable=SC2016 # of another shell
    ROOT=$ROOT bash -euc '
        ID=x OLDER=xT
        eval "$(sed -n "/^text() {/,/^}/p" "$1")"
        [ "$(text README.md demo)" = "npm run demo" ]' - "$PLACE/tools.sh"
    npm run demo >"$PLACE/said" 2>&1 || { cat "$PLACE/said" && return 1; }
    grep -q 'not finished: it starts over' "$PLACE/said"
    grep -q 'the files: equal' "$PLACE/said"
}
