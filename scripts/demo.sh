#!/bin/sh
# The main job on a live database, in about a minute: generate, back up while it is
# written to, list, status, drill, restore elsewhere, compare. Each command that is shown
# is run. `node scripts/pictures.mjs record` makes README's recording of it.
set -eu
cd "$(dirname "$0")/.."
sh scripts/setup.sh demo

place=$(mktemp -d "${TMPDIR:-/tmp}/gen-backup-demo.XXXXXX")
writer=
finish() {
    [ -z "$writer" ] || kill "$writer" 2>/dev/null || :
    wait
    rm -rf "$place"
}
trap finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n%s\n' "$*"; }
indented() { sed 's/^/    /'; }
now() { date +%s%N; }
since() { awk "BEGIN { printf \"%.1f s\", ($(now) - $1) / 1e9 }"; }
query() { sqlite3 -init /dev/null -batch -cmd '.timeout 30000' "$@"; }
fail() {
    echo "DEMO FAILED: $*" >&2
    exit 1
}

# ours <word...>: of the script: what it says, without the time, and what it prints.
ours() {
    say "$ sh backup.sh $*"
    sh "$place/backup.sh" "$@" >"$place/out" 2>"$place/err" || {
        cat "$place/err" "$place/out"
        fail "$1"
    }
    sed 's/^[^ ]*Z //' "$place/err" | indented
    indented <"$place/out"
}

storage=$place/app database=$place/app/app.db
mkdir -p "$storage/etc"
echo 'listed = false' >"$storage/etc/app.toml"

say "# app.db, some 200 MB, and a process that commits to it 100 times a second"
node scripts/writer.mjs --db "$database" --create 200 --only-create
node scripts/writer.mjs --db "$database" >"$place/writer.json" &
writer=$!
until [ "$(query "$database" 'SELECT n FROM meta' 2>/dev/null || echo 0)" -gt 0 ]; do sleep 0.1; done

say "$ cat env.toml"
cat >"$place/env.toml" <<EOF
[environment]
name = "demo"
[storage]
path = "$storage"
[databases.app]
driver = "sqlite3"
path = "app.db"
[backup]
path = "$place/backups"
state = "$place/state"
log = ""
min_free = "100MiB"
EOF
indented <"$place/env.toml"

say "$ npx gen-backup -o backup.sh env.toml"
node dist/gen-backup.cjs -o "$place/backup.sh" "$place/env.toml" 2>/dev/null

say "$ cp app.db copy.db    # not consistent: it reads while pages change"
begun=$(now)
cp "$database" "$place/copy.db"
echo "    $(since "$begun")"
rm "$place/copy.db"

say "$ timeout 10 sqlite3 app.db '.backup copy.db'"
begun=$(now)
if timeout 10 sqlite3 -init /dev/null "$database" ".backup $place/copy.db" 2>/dev/null; then
    echo "    finished in $(since "$begun")"
else
    echo "    not finished: it starts over whenever the writer commits"
fi
rm -f "$place"/copy.db*

rows_before=$(query "$database" 'SELECT n FROM meta')
ours run
rows_after=$(query "$database" 'SELECT n FROM meta')
say "# $((rows_after - rows_before)) transactions were committed during this run"

ours list
ours status
ours drill
ours restore default latest --to "$place/restored"

say "# compared with what was there:"
restored=$place/restored$database
[ "$(query "$restored" 'PRAGMA integrity_check')" = ok ] || fail "integrity_check"
sum=$(query "$restored" 'SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b)')
[ "$sum" = 2000000 ] || fail "the sum over two tables is $sum, not 2000000"
echo "    integrity_check: ok; the sum that each transaction keeps: $sum"
counted=$(query "$restored" 'SELECT n FROM meta')
[ "$counted" = "$(query "$restored" 'SELECT count(*) FROM ledger')" ] || fail "half a transaction"
if [ "$counted" -lt "$rows_before" ] || [ "$counted" -gt "$rows_after" ]; then
    fail "the copy is of no instant of the run"
fi
echo "    the state after transaction $counted, between $rows_before and $rows_after: exact"
cmp "$place/restored$storage/etc/app.toml" "$storage/etc/app.toml" || fail "the files"
echo "    the files: equal"

kill "$writer"
wait "$writer" || fail "the writer"
writer=
echo "    the writer, all the while: $(cat "$place/writer.json")"
