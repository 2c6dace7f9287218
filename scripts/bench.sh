#!/bin/sh
# Measures, as ratios against bare tools in the same run, A and B in turn, and quotes
# medians. Sections: sqlite stall mysql files fixed scale generator (all by default).
# Never part of the tests.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh bench

place=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/gen-backup-bench.XXXXXX")
writer='' mounted=
finish() {
    [ -z "$writer" ] || kill "$writer" 2>/dev/null || :
    wait
    for mount in $mounted; do umount "$mount"; done
    rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

now_ms() { date +%s%3N; }
median() { sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }

# timed <file> <command...>: append its milliseconds to the file
timed() {
    timed_file=$1
    shift
    begun=$(now_ms)
    "$@" >/dev/null 2>&1 || :
    echo $(($(now_ms) - begun)) >>"$timed_file"
}

# environment <name> <database>: $place/name.sh
environment() {
    cat >"$place/$1.toml" <<EOF
[environment]
name = "$1"
[databases.main]
driver = "sqlite3"
path = "$2"
[backup]
path = "$place/$1.backups"
state = "$place/$1.state"
min_free = "10MiB"
type = "database"
keep = { last = 1 }
$3
EOF
    node dist/gen-backup.cjs "$place/$1.toml" -o "$place/$1.sh" 2>/dev/null
}

bench_sqlite() {
    database=$place/big.db
    node scripts/writer.mjs --db "$database" --create 800 --only-create
    environment big "$database" 'compression = "none"
verify = "quick"'
    echo
    echo "## SQLite: $(($(stat -c %s "$database") / 1000000)) MB in WAL mode, 100 commits/s"
    node scripts/writer.mjs --db "$database" --latencies "$place/latencies" >"$place/writer.json" &
    writer=$!
    sleep 10 # the writer's baseline
    baseline_end=$(now_ms)
    for _ in 1 2 3 4 5; do
        sync && sleep 1 # as little left to be written as can be, for either
        timed "$place/cp" cp "$database" "$place/copy.db"
        rm "$place/copy.db"
        sync
        sleep 1
        begun=$(now_ms)
        backup=$(sh "$place/big.sh" run 2>/dev/null)
        held=$(awk -F= '/held_s/ { print int($2 * 1000) }' "$backup/MANIFEST")
        echo "$held" >>"$place/held"
        echo "$begun $((begun + held))" >>"$place/windows"
        sleep 1
    done
    if timeout 60 sqlite3 -init /dev/null "$database" ".backup $place/plain.db" 2>/dev/null; then
        plain=finished
    else
        plain='not finished after 60 s'
    fi
    rm -f "$place"/plain.db*
    kill "$writer"
    wait "$writer" || :
    writer=
    cp_ms=$(median <"$place/cp") held_ms=$(median <"$place/held")
    echo
    echo '| what | median | ratio to cp |'
    echo '| --- | --- | --- |'
    echo "| cp of the same file | $cp_ms ms | 1 |"
    echo "| our snapshot, the writer going on | $held_ms ms | $(ratio "$held_ms" "$cp_ms") |"
    echo "| plain .backup, the writer going on | $plain | |"
    awk -v end="$baseline_end" '
        NR == FNR { from[NR] = $1; to[NR] = $2 + 100; n = NR; next }
        $1 < end { if ($2 > base) base = $2 }
        { for (i = 1; i <= n; i++) if ($1 >= from[i] && $1 - $2 <= to[i] && $2 > stall) stall = $2 }
        END {
            print ""
            printf "The longest commit of the writer: %d ms in 10 s without any backup, %d ms during the snapshots.\n", base, stall
        }' "$place/windows" "$place/latencies"
    echo "(commits as a whole: $(cat "$place/writer.json"))"
}

bench_fixed() {
    node scripts/writer.mjs --db "$place/small.db" --create 1 --only-create
    environment small "$place/small.db" ''
    echo
    echo "## A whole run, every check, on $(($(stat -c %s "$place/small.db") / 1000)) kB, dash"
    echo
    for _ in 1 2 3 4 5 6 7 8 9 10 11; do
        timed "$place/fixed" dash "$place/small.sh" run
        sleep 1
    done
    echo "Median of 11: $(median <"$place/fixed") ms."
    if command -v strace >/dev/null 2>&1; then
        strace -f -qq -e trace=execve -o "$place/trace" dash "$place/small.sh" run >/dev/null 2>&1
        echo "Programs started: $(grep -c ' = 0$' "$place/trace")."
    fi
}

# start_mariadb: a private server; its socket is $place/mysql.sock
start_mariadb() {
    mariadb-install-db --no-defaults --user=root --datadir="$place/mysql" \
        --auth-root-authentication-method=normal --skip-test-db >/dev/null 2>&1
    mariadbd --no-defaults --user=root --datadir="$place/mysql" --socket="$place/mysql.sock" \
        --skip-networking --innodb-buffer-pool-size=2G --innodb-flush-log-at-trx-commit=0 \
        >/dev/null 2>&1 &
    writer=$!
    until mariadb --no-defaults -S "$place/mysql.sock" -e 'SELECT 1' >/dev/null 2>&1; do sleep 0.2; done
}

# make_torrents <schema> <thousands of rows>: some 350 kB of dump each
make_torrents() {
    mariadb --no-defaults -S "$place/mysql.sock" <<SQL
CREATE DATABASE $1;
CREATE TABLE $1.torrents (id INT PRIMARY KEY, info_hash CHAR(40), title VARCHAR(255), about TEXT, completed INT);
INSERT INTO $1.torrents SELECT seq, SHA1(seq), CONCAT('torrent ', MD5(seq), ' ', MD5(seq + 1)),
    CONCAT(SHA2(seq, 512), REPEAT(MD5(seq DIV 7), 2)), seq % 1000 FROM $1.seq_1_to_${2}000;
SQL
}

bare_dump() {
    mysqldump --no-defaults -S "$place/mysql.sock" --single-transaction --quick --routines --events \
        --triggers --hex-blob --no-tablespaces --max-allowed-packet=1G "$1" |
        zstd -q -T0 -3 >"$place/bare.sql.zst"
    sync "$place/bare.sql.zst"
}

# peer_dump: Debian's automysqlbackup, with its fixed paths led here
peer_dump() {
    mkdir -p "$place/peer"
    rm -rf "$place/peer"/*
    grep -v '^DBNAMES' /etc/default/automysqlbackup >"$place/peer.conf"
    printf 'DBNAMES=large\nMDBNAMES=large\nBACKUPDIR=%s\n' "$place/peer" >>"$place/peer.conf"
    printf '[client]\nsocket=%s\nuser=root\n' "$place/mysql.sock" >"$place/peer.cnf"
    sed "s#/etc/default/automysqlbackup#$place/peer.conf#; s#/etc/mysql/debian.cnf#$place/peer.cnf#" \
        /usr/sbin/automysqlbackup >"$place/peer.sh"
    bash "$place/peer.sh"
}

# peak_of_dump <schema>: kB of memory of mysqldump and zstd at most, of a run
peak_of_dump() {
    sh "$place/$1.sh" run >/dev/null 2>&1 &
    run=$!
    while kill -0 "$run" 2>/dev/null; do
        for pid in $(pgrep 'dump|zstd'); do
            awk '/^VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null
        done | awk '{ sum += $1 } END { print sum + 0 }'
        sleep 0.05
    done | sort -n | tail -n 1
}

bench_mysql() {
    start_mariadb
    make_torrents small 300
    make_torrents large 3000
    for schema in small large; do
        cat >"$place/$schema.toml" <<EOF
[environment]
name = "$schema"
[databases.main]
driver = "mysql"
name = "$schema"
socket = "$place/mysql.sock"
user = "root"
[backup]
path = "$place/$schema.backups"
state = "$place/$schema.state"
min_free = "10MiB"
type = "database"
nice = false
keep = { last = 1 }
EOF
        node dist/gen-backup.cjs "$place/$schema.toml" -o "$place/$schema.sh" 2>/dev/null
    done
    bare_dump large # warm
    echo
    echo "## MariaDB: a dump of $(zstd -dc "$place/bare.sql.zst" | wc -c | awk '{ printf "%d", $1 / 1e6 }') MB"
    for _ in 1 2 3 4 5; do
        timed "$place/mysql.bare" bare_dump large
        timed "$place/mysql.ours" sh "$place/large.sh" run
    done
    bare=$(median <"$place/mysql.bare") ours=$(median <"$place/mysql.ours")
    echo
    echo "mysqldump | zstd -T0, synced: $bare ms; a whole run: $ours ms; ratio" \
        "$(ratio "$ours" "$bare") (medians of 5)."
    if command -v automysqlbackup >/dev/null 2>&1; then
        timed "$place/mysql.peer" peer_dump
        echo "automysqlbackup (gzip): $(cat "$place/mysql.peer") ms," \
            "$(find "$place/peer" -name '*.gz' -size +1M | wc -l) dump."
    fi
    echo "Memory of dump and compressor at most: $(peak_of_dump small) kB for a tenth of it," \
        "$(peak_of_dump large) kB for all of it."
    kill "$writer"
    wait "$writer" || :
    writer=
}

# make_trees: 100,000 small files, and 2 GB in 500, half of it compressible
make_trees() {
    # shellcheck disable=SC2016 # JavaScript
    node -e '
        const fs = require("fs"), crypto = require("crypto");
        const [small, large] = process.argv.slice(1);
        for (let d = 0; d < 1000; d++) {
            fs.mkdirSync(`${small}/${d % 37}/${d}`, { recursive: true });
            for (let f = 0; f < 100; f++)
                fs.writeFileSync(`${small}/${d % 37}/${d}/${f}.txt`, crypto.randomBytes(100 + (d * 7 + f * 31) % 2000).toString("base64"));
        }
        fs.mkdirSync(large);
        const half = 2e6;
        for (let f = 0; f < 500; f++)
            fs.writeFileSync(`${large}/${f}`, Buffer.concat([crypto.randomBytes(half), Buffer.alloc(half, `line ${f} of a log\n`)]));
    ' "$place/small" "$place/large"
}

bare_archive() {
    tar -C / -cf - "./$1" | zstd -q -T0 -3 >"$place/bare.tar.zst"
    sync "$place/bare.tar.zst"
}

peer_restic() { RESTIC_PASSWORD=x restic -q -r "$place/restic" backup "$1"; }

peer_rsnapshot() {
    printf 'config_version\t1.2\nsnapshot_root\t%s\ncmd_rsync\t/usr/bin/rsync\nretain\talpha\t3\nbackup\t%s/\tx/\n' \
        "$place/rsnapshot/" "$1" >"$place/rsnapshot.conf"
    rsnapshot -c "$place/rsnapshot.conf" alpha
    sync
}

bench_files() {
    make_trees
    echo
    echo '## Files'
    echo
    echo '| tree | tar \| zstd -T0, synced | a whole run | ratio | restic, first | second | rsnapshot, first | second |'
    echo '| --- | --- | --- | --- | --- | --- | --- | --- |'
    for tree in small large; do
        cat >"$place/$tree.toml" <<EOF
[environment]
name = "$tree"
[storage]
path = "$place/$tree"
[backup]
path = "$place/$tree.backups"
state = "$place/$tree.state"
min_free = "10MiB"
nice = false
keep = { last = 1 }
EOF
        node dist/gen-backup.cjs "$place/$tree.toml" -o "$place/$tree.sh" 2>/dev/null
        bare_archive "$place/$tree" # warm
        for _ in 1 2 3 4 5; do
            timed "$place/$tree.bare" bare_archive "$place/$tree"
            timed "$place/$tree.ours" sh "$place/$tree.sh" run
        done
        for peer in restic rsnapshot; do
            : >"$place/$tree.$peer"
            command -v "$peer" >/dev/null 2>&1 || continue
            rm -rf "${place:?}/$peer"
            [ "$peer" != restic ] || RESTIC_PASSWORD=x restic -q -r "$place/restic" init
            timed "$place/$tree.$peer" "peer_$peer" "$place/$tree"
            timed "$place/$tree.$peer" "peer_$peer" "$place/$tree"
            rm -rf "${place:?}/$peer"
        done
        bare=$(median <"$place/$tree.bare") ours=$(median <"$place/$tree.ours")
        echo "| $(du -sm "$place/$tree" | cut -f 1) MB, $(find "$place/$tree" -type f | wc -l) files | $bare ms | $ours ms |" \
            "$(ratio "$ours" "$bare") | $(paste -s "$place/$tree.restic" "$place/$tree.rsnapshot" | sed 's/\t/ ms | /g') ms |"
    done
}

# Rollback-journal mode and a writer whose patience ends after five seconds: the
# longest that it waited, by our way and by stopping the application.
bench_stall() {
    for filesystem in xfs ext4; do
        truncate -s 4G "$place/$filesystem.img"
        "mkfs.$filesystem" -q "$place/$filesystem.img"
        mkdir "$place/$filesystem"
        mount -o loop "$place/$filesystem.img" "$place/$filesystem" || return
        mounted="$mounted $place/$filesystem"
        database=$place/$filesystem/big.db
        node scripts/writer.mjs --db "$database" --create 800 --journal delete --only-create
        environment "stall-$filesystem" "$database" 'compression = "none"
verify = "quick"'
        sed -i 's/MAX_WRITE_STALL_S=1/MAX_WRITE_STALL_S=4/' "$place/stall-$filesystem.sh"
        echo
        echo "## Rollback journal on $filesystem: $(($(stat -c %s "$database") / 1000000)) MB, 100 commits/s, busy timeout 5 s"
        for way in baseline ours stopped; do
            node scripts/writer.mjs --db "$database" --busy-timeout 5000 >"$place/writer.json" &
            writer=$!
            sleep 3
            begun=$(now_ms)
            case $way in
                ours) sh "$place/stall-$filesystem.sh" run >/dev/null 2>"$place/err" || tail -n 1 "$place/err" ;;
                stopped)
                    kill "$writer" && wait "$writer"
                    cp "$database" "$place/copy.db" && rm "$place/copy.db"
                    echo "application stopped for the copy: $(($(now_ms) - begun)) ms, besides its own stop and start"
                    writer=
                    continue
                    ;;
            esac
            sleep 3
            kill "$writer"
            wait "$writer" && echo "$way: longest commit $(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).max_ms' "$place/writer.json") ms, no error"
            writer=
        done
    done
}

# list, status and prune where there are many backups.
bench_scale() {
    sqlite3 "$place/small.db" 'CREATE TABLE IF NOT EXISTS t (x); INSERT INTO t VALUES (1)'
    environment scale "$place/small.db" 'schedule = "*/5 * * * *"'
    sh "$place/scale.sh" run >/dev/null 2>&1
    echo
    echo '## Many backups'
    for count in 1000 10000; do
        # shellcheck disable=SC2016 # JavaScript
        node -e '
            const { mkdirSync, writeFileSync, existsSync } = require("node:fs");
            const [base, count] = process.argv.slice(1);
            for (let i = 1; i <= count; i += 1) {
                const id = new Date(Date.now() - i * 300_000).toISOString().replace(/[-:]|[.]\d+/g, "");
                const directory = `${base}/${id}`;
                if (existsSync(directory)) continue;
                mkdirSync(directory);
                writeFileSync(`${directory}/MANIFEST`, `format=1\nenvironment=scale\nplan=default\nid=${id}\ntype=database\nartifact=main\nmain.kind=sqlite3\nmain.bytes=1000\n`);
            }' "$place/scale.backups/default" "$count"
        for words in list status 'prune --dry-run'; do
            rm -f "$place/scale"
            for _ in 1 2 3; do
                # shellcheck disable=SC2086 # words
                timed "$place/scale" sh "$place/scale.sh" $words || :
            done
            echo "$words, $count backups: $(median <"$place/scale") ms"
        done
    done
}

bench_generator() {
    echo
    echo '## gen-backup env.toml'
    echo
    for _ in $(seq 21); do
        timed "$place/bare" node -e 0
        timed "$place/ours" node dist/gen-backup.cjs test/fixtures/minimal.toml
    done
    bare=$(median <"$place/bare") ours=$(median <"$place/ours")
    echo "node -e 0: $bare ms; gen-backup: $ours ms; ratio $(ratio "$ours" "$bare") (medians of 21)."
}

echo "Measured on $(date -u +%Y-%m-%d), $(nproc) cores, Linux $(uname -r | cut -d . -f 1,2)," \
    "sqlite3 $(sqlite3 -version | cut -d ' ' -f 1), node $(node -v), by \`npm run bench\`."
[ "$#" -gt 0 ] || set -- sqlite stall mysql files fixed scale generator
for section; do "bench_$section"; done
