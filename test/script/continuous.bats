# Every committed transaction, seconds behind, restorable to any of them.
# bats file_tags=turns

setup() {
    load ../helpers
    load ../writer
    load ../continuous
    setup_place
}

teardown() {
    stop_writer
    stop_following
}

@test 'follow: any instant is the state of one transaction, and none that had returned is missing' {
    make_continuous
    start_writer wal 100
    for shell in "${SHELLS[@]}"; do
        [ "$shell" != mksh ] || continue
        need_shell "$shell"
        rm -rf "$LIVE"
        follow "$shell"
        settle
        n=$(sqlite3 "$DB" 'SELECT n FROM meta')
        before=$(utc)
        sleep 3
        settle
        for at in "$before" latest; do
            restore_at "$at" "$shell"
            expect_status 0
            is_of_one_instant "$OUT"
        done
        [ "$(sqlite3 "$OUT" 'SELECT n FROM meta')" -ge "$n" ]
        under "$shell" follow live # the supervisor's line: it runs already
        expect_status 0
        [ -z "$out$err" ]
        stop_following
    done
}

@test 'follow: nothing is left of it when it has ended, and the log is as it was' {
    make_continuous
    make_database "$DB"
    follow
    settle
    kill "$FOLLOWER"
    wait "$FOLLOWER" || :
    [ -z "$(pgrep -f "$DB")" ]
    [ -z "$(find "$STATE" -type p)" ]
    no_lock
}

@test 'kill -9: it goes on where it was; #752: a TRUNCATE while it is down is a gap, said, and a new base' {
    make_continuous
    make_database "$DB"
    sqlite3 "$DB" 'INSERT INTO keys (key) VALUES ("open"); SELECT count(*) FROM keys' '.shell sleep 60' >/dev/null 2>&1 3>&- &
    application=$!
    follow
    settle
    kill -9 -- "-$FOLLOWER"
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('down')"
    follow
    is_latest
    said 'goes on'
    chains 1
    before=$(utc)
    settle
    kill -9 -- "-$FOLLOWER"
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('lost'); PRAGMA wal_checkpoint(TRUNCATE); INSERT INTO keys (key) VALUES ('next')"
    follow
    is_latest
    said 'the log was begun again while nobody followed'
    chains 2
    restore_at "$before"
    expect_status 0
    [ "$(sqlite3 "$OUT" "SELECT group_concat(key) FROM keys WHERE key IN ('down', 'lost')")" = down ]
    under sh status
    [[ $out == *'none from '*'begun again'* ]]
    kill "$application"
}

@test 'a gap: another file in the place of the database' {
    make_continuous
    make_database "$DB"
    follow
    settle
    cp "$DB" "$DB.new"
    sqlite3 "$DB.new" "INSERT INTO keys (key) VALUES ('other')"
    mv "$DB.new" "$DB" && rm -f "$DB-wal" "$DB-shm"
    within 20 said 'the files of the database were replaced'
    is_latest
    chains 2
}

@test '#521: a checkpoint before the first write' {
    make_continuous
    make_database "$DB"
    sqlite3 "$DB" 'PRAGMA wal_checkpoint(TRUNCATE)'
    follow
    settle
    sqlite3 "$DB" 'PRAGMA wal_checkpoint(TRUNCATE)'
    is_latest
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('first')"
    is_latest
    chains 1
}

# bats test_tags=long
@test '#1323: a transaction that grows the file by pages that it does not fill' {
    make_continuous
    make_database "$DB"
    follow
    settle
    sqlite3 "$DB" 'CREATE TABLE blobs (b); BEGIN; INSERT INTO blobs VALUES (zeroblob(3000000)); DELETE FROM blobs; INSERT INTO keys (key) VALUES ("x"); COMMIT'
    is_latest
    [ "$(sqlite3 "$OUT" 'PRAGMA page_count')" = "$(sqlite3 "$DB" 'PRAGMA page_count')" ]
    sqlite3 "$DB" 'VACUUM'
    is_latest
    chains 1
}

# bats test_tags=long
@test '#1309: a base that takes long, while the application writes and checkpoints' {
    make_continuous
    WRITER_MB=2 start_writer wal 50
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sqlite3" <<SH
#!/bin/sh
case "\$*" in *'.backup --async copy'*) sleep 6 ;; esac
exec $(command -v sqlite3) "\$@"
SH
    sed -i 's/ "\$@" \\$/ ".shell sleep 4" "$@" \\/' "$SCRIPT"
    grep -q '".shell sleep 4"' "$SCRIPT"
    follow
    for i in 1 2 3 4 5 6; do
        sqlite3 "$DB" '.timeout 9000' 'PRAGMA wal_checkpoint(RESTART)' >/dev/null
        sleep 1
    done
    settle
    before=$(utc)
    sleep 2
    settle
    restore_at "$before"
    expect_status 0
    is_of_one_instant "$OUT"
    under sh drill live
    expect_status 0
    [[ $err == *'restored and compared, from file'* ]]
}

@test 'drill and verify: prove all changes, and find a flipped byte and a missing file' {
    make_continuous
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=512/' "$SCRIPT"
    WRITER_MB=2 start_writer wal 100
    follow
    settle
    within 60 eval '[ "$(ls "$LIVE"/changes/*/*.sum | wc -l)" -ge 2 ]'
    stop_writer
    is_latest
    under sh drill live
    expect_status 0
    under sh verify live
    expect_status 0
    [[ $err == *'changes/'*': ok'* ]]
    stop_following
    chain=$(echo "$LIVE"/changes/2*Z)
    cp -a "$chain" "$PLACE/good"
    printf X | dd of="$(ls "$chain"/000002.wal.*)" bs=1 seek=3000 conv=notrunc 2>/dev/null
    under sh verify live
    expect_status 5
    [[ $err == *"'000002' has another sum"* ]]
    under sh drill live
    [ "$status" != 0 ]
    rm -rf "$chain" && cp -a "$PLACE/good" "$chain"
    rm "$chain"/000002.*
    under sh verify live
    expect_status 5
    [[ $err == *'is missing'* ]]
}

@test 'list --json, show and diff: the instants of each base, the changes, and what one of them takes' {
    make_database "$DB"
    make_continuous
    follow
    settle
    first=$(ls "$LIVE" | grep -m 1 Z)
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('gamma')"
    settle
    under sh pause live # a gap
    expect_status 0
    stop_following
    sqlite3 "$DB" "CREATE TABLE more (x)"
    under sh resume live
    follow
    within 40 chains 2
    settle
    ! grep 'od:' "$PLACE/follow.log" || return 1 # of a log that is empty
    second=$(ls "$LIVE" | grep Z | tail -n 1)
    for shell in dash 'busybox ash'; do
        under "$shell" list --json
        expect_status 0
        node -e '
            const [first, second] = JSON.parse(process.argv[1]);
            const [one, two] = process.argv.slice(2);
            if (first.id !== one || second.id !== two || first.gap !== null) process.exit(1);
            if (!(first.restorable_from <= first.restorable_to)) process.exit(2);
            if (!(second.restorable_from > first.restorable_to && second.gap.includes("paused by a person"))) process.exit(3);
            console.log(first.restorable_to);
        ' "$out" "$first" "$second" >"$PLACE/to"
        under "$shell" list --rows keys
        expect_status 0
        [[ $out == *"$first ok "*' 2 '*"$second ok "*' 3 '*redefined* ]]
        under "$shell" show live
        expect_status 0
        [[ $out == *"tracker.rows 0 more"*'live: then every instant from '*'; not before: '*'live: 1 files of changes, '*' KiB'* ]]
        under "$shell" show live --at "$(cat "$PLACE/to")"
        expect_status 0
        [[ $out == *"id $first"*'tracker.rows 2 keys'*'takes this base and 1 of these files, the last one up to byte '* ]]
        under "$shell" show live --at latest 20
        expect_status 2
        under "$shell" diff live "$first" "$second"
        expect_status 0
        [[ $out == *"table keys: 2 rows -> 3 rows"*"table more: new, 0 rows"* ]]
    done
}

@test 'pause: the database is let go, with all of its log in it; resume: a new base' {
    make_continuous
    make_database "$DB"
    follow
    settle
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('before')"
    [ -s "$DB-wal" ]
    under sh pause live 1h
    expect_status 0
    [ ! -e "$DB-wal" ]
    [ "$(sqlite3 "$DB" 'PRAGMA journal_mode=delete')" = delete ]
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('alone')"
    under sh follow live
    expect_status 0
    under sh status
    expect_status 1
    [[ $out == *'paused'* ]]
    under sh resume live
    under sh follow live
    expect_status 3
    [[ $err == *'journal_mode=wal'* ]]
    sqlite3 "$DB" 'PRAGMA journal_mode=wal' >/dev/null
    follow
    is_latest
    said 'paused by a person'
    for words in 'pause live 5x' 'pause live later' 'pause' 'follow live latest' 'resume live 5m'; do
        under sh $words
        expect_status 2
    done
}

@test 'restore --at in place: who follows steps aside, and a new base follows' {
    make_continuous
    make_database "$DB"
    follow
    settle
    before=$(utc)
    wanted=$(dump "$DB")
    settle
    sqlite3 "$DB" 'DELETE FROM keys'
    settle
    under sh restore live --at "$before" --yes
    expect_status 0
    [ "$(dump "$DB")" = "$wanted" ]
    ls "$DB".before-restore-*
    [ -e "$(echo "$DB".before-restore-*Z)" ]
    follow
    is_latest
    chains 2
}

@test 'restore --at: local time, the future, and words that are no time are refused' {
    make_continuous
    make_database "$DB"
    follow
    settle
    under sh restore live --at 2026-11-26T14:05:10 --to "$PLACE/x"
    expect_status 2
    [[ $err == *'may be local time'* ]]
    under sh restore live --at yesterday --to "$PLACE/x"
    expect_status 2
    under sh restore live 20261126T140510Z --at latest --to "$PLACE/x"
    expect_status 2
    under sh restore live --at 2040-01-01T00:00:00Z --to "$PLACE/x"
    expect_status 1
    [[ $err == *'every instant from '* ]]
    [ ! -e "$PLACE/x" ]
}

# bats test_tags=long
@test 'retention: changes that no base needs go, and the rest still restores' {
    make_continuous 'keep = { last = 2 }'
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=256/; s/CHANGES_S=[0-9]*/CHANGES_S=8/' "$SCRIPT"
    WRITER_MB=2 start_writer wal 50
    follow
    settle
    for i in 1 2 3; do
        sleep 5
        under sh run live
        expect_status 0
    done
    stop_writer
    is_latest
    [ ! -e "$(echo "$LIVE"/changes/2*Z)/000001.index" ]
    under sh verify live
    expect_status 0
}

@test 'retention: a chain that a person moved away takes no later one with it' {
    make_database "$DB"
    make_continuous
    under sh run live
    expect_status 0
    sed -i '/[.]changes=/d' "$out/MANIFEST"
    echo 'tracker.changes=20260101T000000Z 1 0' >>"$out/MANIFEST"
    (cd "$out" && sed -i '/MANIFEST$/d' SHA256SUMS && sha256sum MANIFEST >>SHA256SUMS)
    for chain in 20250101T000000Z 20260201T000000Z; do
        mkdir -p "$LIVE/changes/$chain"
        printf '\n2026-02-01T00:00:00Z 000001        4152          5 .\n' >"$LIVE/changes/$chain/000001.index"
    done
    under sh prune live
    expect_status 0
    [ "$(ls "$LIVE/changes")" = 20260201T000000Z ]
}

@test "another user's database: all that touches it runs as that user, and the application goes on" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_continuous
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=512/' "$SCRIPT"
    make_database "$DB"
    chown -R 65534:65534 "$STORAGE"
    follow
    settle
    for i in $(seq 60); do
        setpriv --reuid=65534 --regid=65534 --clear-groups sqlite3 "$DB" '.timeout 9000' \
            "INSERT INTO torrents (info_hash) SELECT hex(randomblob(20)) FROM torrents LIMIT 300"
        sleep 0.1
    done
    is_latest
    [ "$(ps -o user= -p "$(pgrep -f "sqlite3.*$DB" | head -n 1)")" = nobody ]
    [ -z "$(find "$STORAGE/lib" ! -user nobody)" ]
    chains 1
    [ -e "$(echo "$LIVE"/changes/2*Z)/000002.index" ]
}

@test 'follow: a shell that counts in 32 bits is refused by name' {
    need_shell mksh
    make_continuous
    make_database "$DB"
    under mksh follow live
    expect_status 3
    [[ $err == *'32 bits'* ]]
}

# bats test_tags=long
@test "sqlite3 of other Debian releases: follow, a forced new file, restore" {
    versions=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/sqlite
    make_continuous
    sed -i 's/^ROTATE_KB=.*/ROTATE_KB=256/' "$SCRIPT"
    for release in bullseye trixie sid; do
        [ -x "$versions/$release/bin/sqlite3" ] || skip "SQLITE3 OF $release MISSING: scripts/sqlite-versions.sh"
        rm -rf "$LIVE" "$STORAGE/lib"
        mkdir "$STORAGE/lib"
        WRITER_MB=2 start_writer wal 100
        PATH=$versions/$release/bin:$PATH follow
        settle
        within 40 eval '[ -e "$(echo "$LIVE"/changes/2*Z)/000003.index" ]'
        stop_writer
        PATH=$versions/$release/bin:$PATH is_latest
        chains 1
        PATH=$versions/$release/bin:$PATH under sh drill live
        expect_status 0
        stop_following
    done
}

# bats test_tags=long
@test 'follow: metrics are written each minute, also while there is something to copy at each look' {
    mkdir "$PLACE/metrics"
    make_continuous
    sed -i "s:^path = \"$DEST\":&\nmetrics = \"$PLACE/metrics\":" "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    sed -i 's/\[0-9\] | \[1-5\]\[0-9\]) ;;/[01]) ;;/' "$SCRIPT" # a minute of 2 seconds
    start_writer wal 100
    follow
    settle
    archived() { sed -n 's/^gen_backup_archived_timestamp_seconds{.*} //p' "$PLACE/metrics/gen-backup-test-live.prom"; }
    moves_on() { [ "$(archived)" -gt "$1" ] 2>/dev/null; }
    within 20 moves_on 0 # the first ones say nothing of it yet
    for _ in 1 2; do within 20 moves_on "$(archived)"; done
    [ "$(sed -n 's/^gen_backup_behind_most_seconds{.*} //p' "$PLACE/metrics/gen-backup-test-live.prom")" = 60 ]
}
