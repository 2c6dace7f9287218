# Databases that cannot be backed up, and odd ones that can.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_script 'type = "database"'
}

# refused <status> <text>: nothing was published, nothing is left behind
refused() {
    under sh run
    expect_status "$1"
    [[ $err == *"$2"* ]]
    [ -z "$out" ]
    [ -z "$(ls -A "$DEST/default")" ]
    no_lock
}

@test "a missing database is refused, and not made" {
    refused 1 'is missing'
    [ ! -e "$DB" ]
}

@test "an empty database file is refused" {
    : >"$DB"
    refused 1 'is empty'
    [ ! -s "$DB" ]
}

@test "a file that is no database is refused" {
    echo 'I am a text, and not a database at all' >"$DB"
    refused 1 'not an SQLite database'
}

@test "a directory in its place is refused" {
    mkdir "$DB"
    refused 1 'is missing'
}

@test "without sqlite3: exit 3, of a run, a drill and a restore, and nothing is changed" {
    make_database "$DB"
    under sh run
    expect_status 0
    cp -rs /usr/bin "$PLACE/bin"
    rm "$PLACE/bin/sqlite3"
    use_tools "$PLACE/bin"
    inode=$(stat -c %i "$DB")
    for words in run drill 'restore default --yes' "restore default --to $PLACE/restored"; do
        # shellcheck disable=SC2086
        under sh $words
        expect_status 3
        [[ $err == *'sqlite3 is missing'* ]]
        [ "$(ls -A "$DEST/default" | wc -l)" = 1 ]
        [ "$(stat -c %i "$DB")" = "$inode" ]
        [ -z "$(ls -A "$PLACE/restored" 2>/dev/null)" ]
    done
}

@test "another user's database is refused: its -wal and -shm would lock the application out" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_database "$DB"
    chmod 777 "$PLACE" "$STORAGE" "$STORAGE/lib"
    mkdir -m 777 "$DEST" "$STATE"
    chmod 644 "$SCRIPT"
    chmod -R a+rX "${BATS_TEST_TMPDIR}"
    local status=0
    chmod a+x /tmp "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
    err=$(setpriv --reuid 65534 --regid 65534 --clear-groups sh "$SCRIPT" run 2>&1) || status=$?
    echo "$err"
    [ "$status" = 3 ]
    [[ $err == *'belongs to another user'* ]]
    [ ! -e "$DB-wal" ]
    chmod 600 "$DB"
    err=$(setpriv --reuid 65534 --regid 65534 --clear-groups sh "$SCRIPT" run 2>&1) && return 1
    [[ $err == *'cannot read'* ]]
}

@test "a damaged index is found by the full check" {
    make_database "$DB" delete 20000
    # an index without one of its entries: quick_check does not see it
    sqlite3 "$DB" "PRAGMA writable_schema = 1; UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_keys_1') WHERE name = 'sqlite_autoindex_torrents_1'"
    refused 1 'is damaged'
}

@test "a database that someone holds exclusively is given up after busy_timeout" {
    DATABASE_KEYS='busy_timeout = "1s"' make_script 'type = "database"'
    make_database "$DB" delete
    mkfifo "$PLACE/hold"
    sqlite3 "$DB" <"$PLACE/hold" >/dev/null 3>&- &
    exec 7>"$PLACE/hold"
    echo 'PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE held (x);' >&7
    await test -e "$DB-journal" # it has written, so it has the lock
    refused 1 'locked'
    exec 7>&-
    wait
    under sh run
    expect_status 0
}

@test "what a killed writer left in its write-ahead log is in the backup" {
    make_database "$DB"
    mkfifo "$PLACE/in"
    sqlite3 "$DB" <"$PLACE/in" 3>&- &
    writer=$!
    exec 7>"$PLACE/in"
    echo "INSERT INTO keys (key) VALUES ('in the log');" >&7
    await eval '[ "$(sqlite3 "$DB" "SELECT count(*) FROM keys")" = 3 ]'
    kill -9 "$writer"
    exec 7>&-
    wait "$writer" || :
    [ -s "$DB-wal" ]
    under sh run
    expect_status 0
    under sh restore default --to "$PLACE/restored"
    [ "$(sqlite3 "$PLACE/restored$DB" "SELECT count(*) FROM keys WHERE key = 'in the log'")" = 1 ]
}

@test "a hot journal of a killed writer is rolled back, in the copy too" {
    make_database "$DB" delete 3000
    before=$(dump "$DB" | md5sum)
    mkfifo "$PLACE/in"
    sqlite3 "$DB" <"$PLACE/in" 3>&- &
    writer=$!
    exec 7>"$PLACE/in"
    # a cache of one page writes to the file before the commit
    printf '%s\n' 'PRAGMA cache_size = 1; BEGIN; UPDATE torrents SET completed = 99;' \
        ".once '$PLACE/updated'" 'SELECT 1;' >&7
    await test -s "$PLACE/updated"
    kill -9 "$writer"
    exec 7>&-
    wait "$writer" || :
    [ -s "$DB-journal" ]
    under sh run
    expect_status 0
    under sh restore default --to "$PLACE/restored"
    [ "$(dump "$PLACE/restored$DB" | md5sum)" = "$before" ]
}

@test "a copy that holds up writers for too long is cut off, remembered, and not tried again" {
    make_database "$DB" delete
    mkdir "$PLACE/bin"
    # a slow disk: the copy takes longer than max_write_stall, inside the hold
    cat >"$PLACE/bin/sqlite3" <<'SH'
#!/bin/sh
case "$*" in
    *.backup*) exec /usr/bin/sqlite3 "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}" "${11}" '.output' '.shell exec sleep 30 >/dev/null 2>&1 3>&-' ;;
    *) exec /usr/bin/sqlite3 "$@" ;;
esac
SH
    chmod +x "$PLACE/bin/sqlite3"
    local begun=$SECONDS
    PATH=$PLACE/bin:$PATH under sh run
    expect_status 3
    [[ $err == *'journal_mode=wal'* ]]
    [ $((SECONDS - begun)) -lt 20 ]
    under sh run # with the real sqlite3: not even tried
    expect_status 3
    DATABASE_KEYS='max_write_stall = "9s"' make_script 'type = "database"'
    under sh run
    expect_status 0
}

@test "in WAL mode the copy is cut off when the disk of the database fills up" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    mount -t tmpfs -o size=20m,mode=755 tmpfs "$STORAGE/lib" || skip 'CANNOT MOUNT a tmpfs here'
    make_database "$DB"
    sed -i 's/^MIN_FREE_KB=.*/MIN_FREE_KB=10240/' "$SCRIPT"
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sqlite3" <<'SH'
#!/bin/sh
case "$*" in
    *.backup*) exec /usr/bin/sqlite3 "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8" "$9" "${10}" "${11}" '.output' '.shell sleep 8' ;;
    *) exec /usr/bin/sqlite3 "$@" ;;
esac
SH
    chmod +x "$PLACE/bin/sqlite3"
    (sleep 1 && dd if=/dev/zero of="$STORAGE/lib/filler" bs=1M count=15 2>/dev/null) 3>&- &
    begun=$SECONDS
    PATH=$PLACE/bin:$PATH under sh run
    took=$((SECONDS - begun))
    rm -f "$STORAGE/lib/filler"
    wait
    is_whole "$DB"
    umount -l "$STORAGE/lib"
    expect_status 3
    [[ $err == *'filling up'* ]]
    [ "$took" -lt 6 ]
}

@test "names with every odd character are data, on every shell" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$PLACE"
        PLACE=$(mktemp -d "$BATS_TEST_TMPDIR/it's \$(touch pwned) \`x\` \\ % ? # * [a] & ; -- \"q\".XXXXXX")
        STORAGE="$PLACE/-st ore" DB="$STORAGE/lib/tracker.db" DEST=$PLACE/de\'st STATE=$PLACE/sta\ te
        mkdir -p "$STORAGE/lib" "$STORAGE/etc"
        echo x >"$STORAGE/etc/-f"
        make_database "$DB"
        json=$(node -p 'JSON.stringify({environment: {name: "odd"}, storage: {path: process.argv[1]}, databases: {tracker: {driver: "sqlite3", path: "lib/tracker.db"}}, backup: {path: process.argv[2], state: process.argv[3], min_free: "0KiB", exclude: ["etc/no*[t]"]}})' "$STORAGE" "$DEST" "$STATE")
        SCRIPT=$PLACE/backup.sh
        printf '%s' "$json" | node "$ROOT/dist/gen-backup.cjs" - -o "$SCRIPT" 2>/dev/null
        under "$shell" run
        expect_status 0
        under "$shell" list --json
        [ "$(node -p 'JSON.parse(process.argv[1])[0].path.startsWith(process.argv[2])' "$out" "$DEST")" = true ]
        under "$shell" restore default --to "$PLACE/re stored"
        expect_status 0
        [ "$(dump "$PLACE/re stored$DB")" = "$(dump "$DB")" ]
        [ -f "$PLACE/re stored$STORAGE/etc/-f" ]
        [ -z "$(find "$PLACE/re stored" -name '*.db-*')" ]
        under "$shell" restore default --only tracker --yes
        expect_status 0
        is_whole "$DB"
    done
    [ -z "$(find "$BATS_TEST_TMPDIR" / -maxdepth 1 -name pwned)" ]
}

@test "names beyond ASCII are data; yash, which cannot hold them, does not begin" {
    STORAGE=$PLACE/$'caf\303\251'
    DB=$STORAGE/lib/tracker.db
    mkdir -p "$STORAGE/lib"
    make_database "$DB"
    make_script 'type = "database"'
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        LC_ALL=C under "$shell" run
        if [ "$shell" = yash ]; then
            expect_status 3
            [[ $err == *'use another'* ]]
        else
            expect_status 0
            [ "$(sed -n 's/^tracker.source=//p' "$out/MANIFEST")" = "$DB" ]
        fi
    done
}

@test "a compressor that writes something else of a database is a failed run" {
    make_database "$DB"
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/zstd" <<SH
#!/bin/sh
case " \$* " in *' -d '*) exec $(command -v zstd) "\$@" ;; esac
cat >/dev/null
echo other | $(command -v zstd) -q -c
SH
    chmod +x "$PLACE/bin/zstd"
    PATH=$PLACE/bin:$PATH refused 1 'does not read back'
}

@test "include: of a link that leads nowhere the link is kept, and not the whole machine" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    ln -s /nonexistent/place/file "$STORAGE/etc/broken"
    ln -s loop "$STORAGE/etc/loop"
    make_script '[backup.plans.config]
type = "selective"
include = ["etc/broken", "etc/loop", "etc/a.toml"]'
    mkdir -p "$DEST"
    mount -t tmpfs -o size=2m tmpfs "$DEST" || skip 'CANNOT MOUNT a tmpfs here'
    status=0
    timeout 120 sh "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" || status=$?
    members=$(tar -tf "$DEST"/config/*Z/files.tar.zst 2>&1) || :
    umount "$DEST"
    [ "$status" = 0 ] || { cat "$PLACE/err" && false; }
    [ "$(wc -l <<<"$members")" = 3 ]
    grep -q "etc/broken' is a link that leads nowhere" "$PLACE/err"
}
