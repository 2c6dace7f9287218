#!/bin/sh
# The main job on a live database, in about a minute: generate, back up while it
# is being written to, list, verify, restore elsewhere, compare.
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
now() { date +%s%N; }
since() { awk "BEGIN { printf \"%.2f s\", ($(now) - $1) / 1e9 }"; }
query() { sqlite3 -init /dev/null -batch -cmd '.timeout 30000' "$@"; }
fail() {
    echo "DEMO FAILED: $*" >&2
    exit 1
}

database=$place/storage/tracker/lib/database/tracker.db
mkdir -p "$place/storage/tracker/lib/database" "$place/storage/tracker/etc"
echo 'listed = false' >"$place/storage/tracker/etc/tracker.toml"

say "A tracker's database of some 200 MB, and a process that commits 100 times a second:"
node scripts/writer.mjs --db "$database" --create 200 --only-create
node scripts/writer.mjs --db "$database" >"$place/writer.json" &
writer=$!
until [ "$(query "$database" 'SELECT n FROM meta' 2>/dev/null || echo 0)" -gt 0 ]; do sleep 0.1; done
echo "    $(stat -c %s "$database") bytes"

say "The environment file:"
cat >"$place/env.toml" <<EOF
[environment]
name = "demo"

[storage]
path = "$place/storage"

[databases.tracker]
driver = "sqlite3"
path = "tracker/lib/database/tracker.db"

[backup]
path = "$place/backups"
state = "$place/state"
min_free = "100MiB"
EOF
sed 's/^/    /' "$place/env.toml"

say "npx gen-backup env.toml > backup.sh"
begun=$(now)
node dist/gen-backup.cjs "$place/env.toml" >"$place/backup.sh" 2>/dev/null
echo "    $(wc -l <"$place/backup.sh") lines of POSIX shell in $(since "$begun")"

say "cp, for comparison (not consistent: it reads while pages change):"
begun=$(now)
cp "$database" "$place/cp.db"
echo "    $(since "$begun")"
rm "$place/cp.db"

say "plain 'sqlite3 .backup', cut off after 10 s:"
begun=$(now)
if timeout 10 sqlite3 -init /dev/null "$database" ".backup $place/plain.db" 2>/dev/null; then
    echo "    finished in $(since "$begun")"
else
    echo "    not finished; it starts over whenever the writer commits"
fi
rm -f "$place"/plain.db*

say "sh backup.sh run, while it is being written to:"
rows_before=$(query "$database" 'SELECT n FROM meta')
begun=$(now)
backup=$(sh "$place/backup.sh" run 2>"$place/run.log") || {
    cat "$place/run.log"
    fail "the run"
}
rows_after=$(query "$database" 'SELECT n FROM meta')
echo "    the database was held for $(sed -n 's/^tracker.held_s=//p' "$backup/MANIFEST") s;" \
    "with check, compression and archive $(since "$begun")"
echo "    $((rows_after - rows_before)) transactions were committed meanwhile"

say "sh backup.sh list"
sh "$place/backup.sh" list | cut -c 1-60 | sed 's/^/    /'

say "sh backup.sh verify"
begun=$(now)
sh "$place/backup.sh" verify 2>/dev/null || fail "verify"
echo "    every checksum is right, $(since "$begun")"

say "sh backup.sh restore default latest --to restored"
begun=$(now)
sh "$place/backup.sh" restore default latest --to "$place/restored" >/dev/null 2>&1 ||
    fail "restore"
echo "    $(since "$begun")"

say "Compared with what was there:"
restored=$place/restored$database
[ "$(query "$restored" 'PRAGMA integrity_check')" = ok ] || fail "integrity_check"
echo "    integrity_check: ok"
sum=$(query "$restored" 'SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b)')
[ "$sum" = 2000000 ] || fail "the sum over two tables is $sum, not 2000000"
echo "    the sum that every transaction keeps, over two tables: $sum"
counted=$(query "$restored" 'SELECT n FROM meta')
[ "$counted" = "$(query "$restored" 'SELECT count(*) FROM ledger')" ] || fail "half a transaction"
if [ "$counted" -lt "$rows_before" ] || [ "$counted" -gt "$rows_after" ]; then
    fail "the copy is of no instant of the run"
fi
echo "    the state after transaction $counted, between $rows_before and $rows_after: exact"
cmp "$place/restored$place/storage/tracker/etc/tracker.toml" \
    "$place/storage/tracker/etc/tracker.toml" || fail "the files"
echo "    the files: equal"

kill "$writer"
wait "$writer" || fail "the writer"
writer=
echo "    the writer, all the while: $(cat "$place/writer.json")"
say "All as it should be."
