#!/bin/sh
# Measures, as ratios against bare tools in the same run, A and B in turn, and quotes
# medians. Sections: sqlite fixed generator (all by default). Never part of the tests.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh demo

place=$(mktemp -d "${BENCH_DIR:-${TMPDIR:-/tmp}}/gen-backup-bench.XXXXXX")
writer=
finish() {
    [ -z "$writer" ] || kill "$writer" 2>/dev/null || :
    wait
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
    "$@" >/dev/null 2>&1
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
[ "$#" -gt 0 ] || set -- sqlite fixed generator
for section; do "bench_$section"; done
