# What a backup says of itself: docs/restore.md names these lines for who restores by hand.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

# said <key>: by the manifest of the backup that was just made
said() { sed -n "s/^$1=//p" "$out/MANIFEST"; }

@test "MANIFEST says what, of which machine, when, from where, how big, and by whom" {
    DATABASE_KEYS='' make_script
    for shell in dash 'busybox ash' 'zsh --emulate sh'; do
        command -v "${shell%% *}" >/dev/null || continue
        begun=$(date -u +%Y-%m-%dT%H:%M:%SZ)
        under "$shell" run
        expect_status 0
        ended=$(date -u +%Y-%m-%dT%H:%M:%SZ)
        [ "$(said format)" = 2 ]
        [ "$(date -u -d "@$(said began_s)" +%Y%m%dT%H%M%SZ)" = "$(said id)" ]
        [ "$(said environment)" = test ]
        [ "$(said plan)" = default ]
        [ "$(said id)" = "${out##*/}" ]
        [ "$(said type)" = complete ]
        [ "$(said host)" = "$(uname -n)" ]
        [ "$(said generator)" = "gen-backup $(node "$ROOT/dist/gen-backup.cjs" --version)" ]
        [ "$(said digest)" = "$(sed -n 's/^DIGEST=//p' "$SCRIPT")" ]
        [ "$(said artifact | paste -s)" = $'tracker\tfiles' ]
        [ "$(said tracker.kind) $(said files.kind)" = 'sqlite3 tar' ]
        [ "$(said tracker.file)" = databases/tracker.sqlite3.zst ]
        [ "$(said tracker.source)" = "$DB" ]
        [ "$(said tracker.owner):$(said tracker.mode)" = "$(stat -c %u:%g:%a "$DB")" ]
        [ "$(said tracker.bytes)" = "$(stat -c %s "$out/databases/tracker.sqlite3.zst")" ]
        [ "$(said tracker.snapshot_bytes)" = "$(zstd -qdc "$out/databases/tracker.sqlite3.zst" | wc -c)" ]
        [[ $(said tracker.held_s) =~ ^[0-9]+[.][0-9]+$ ]]
        [ "$(said tracker.rows | LC_ALL=C sort | paste -s)" = $'2 keys\t2000 torrents\t3 sqlite_sequence\t5 whitelist' ]
        [ "$(said files.bytes)" = "$(stat -c %s "$out/files.tar.zst")" ]
        [ "$(said files.root)" = "$STORAGE" ]
        [ "$(said files.tar)" = gnu ]
        [ "$(said files.members)" = "$(tar --zstd -tf "$out/files.tar.zst" | wc -l)" ]
        [ "$(said files.unpacked_bytes)" = "$(stat -c %s "$STORAGE/etc/a.toml")" ]
        # instants in their order, whatever the time zone
        for instant in "$(said tracker.at)" "$(said files.at)" "$(said finished)"; do
            [[ ! $instant < $begun && ! $instant > $ended ]]
            begun=$instant
        done
        [[ $(sed 's/[-:]//g' <<<"$ended") > ${out##*/} || $(sed 's/[-:]//g' <<<"$ended") = "${out##*/}" ]]
        rm -rf "$DEST/default"
    done
}

@test "two databases, as two artifacts of their own; one of them in a link's directory" {
    mkdir "$PLACE/elsewhere"
    make_database "$PLACE/elsewhere/other.db" delete 10
    ln -s "$PLACE/elsewhere" "$STORAGE/linked"
    make_script "[databases.other]
driver = \"sqlite3\"
path = \"linked/other.db\"
[backup.plans.both]
type = \"database\""
    under sh run
    expect_status 0
    [ "$(said artifact | sort | paste -s)" = $'other\ttracker' ]
    [ "$(said other.source) $(said other.real)" = "$STORAGE/linked/other.db $PLACE/elsewhere/other.db" ]
    [ -z "$(said tracker.real)" ]
    under sh restore both --to "$PLACE/to"
    expect_status 0
    [ "$(dump "$PLACE/to$PLACE/elsewhere/other.db")" = "$(dump "$PLACE/elsewhere/other.db")" ]
    [ "$(dump "$PLACE/to$DB")" = "$(dump "$DB")" ]
}
