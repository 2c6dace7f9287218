# Restores that must be refused, and what they leave behind; verify.
bats_require_minimum_version 1.5.0

load ../helpers

setup_file() {
    setup_place "$BATS_FILE_TMPDIR/place"
    make_database "$DB"
    make_script ''
    under sh run
    expect_status 0
    keep_place
}

setup() {
    renew_place
    BACKUP=$(echo "$DEST"/default/2*Z)
}

@test "verify: a flipped byte, a missing manifest and a torn list are damage" {
    cp -R "$BACKUP" "$PLACE/good"
    artifact=$BACKUP/databases/tracker.sqlite3.zst
    printf 'X' | dd of="$artifact" bs=1 seek=100 conv=notrunc 2>/dev/null
    under sh verify
    expect_status 5
    [[ $err == *databases/tracker.sqlite3.zst* ]]
    [ -s "$BACKUP/DAMAGED" ]
    under sh list --json
    [[ $out == *'"state":"damaged"'* ]]
    cp "$PLACE/good/databases/tracker.sqlite3.zst" "$artifact"
    under sh verify default all # right again
    expect_status 0
    [ ! -e "$BACKUP/DAMAGED" ]

    sed -i '$d' "$BACKUP/SHA256SUMS"
    under sh verify default "${BACKUP##*/}"
    expect_status 5
    cp "$PLACE/good/SHA256SUMS" "$BACKUP"
    rm "$BACKUP/MANIFEST"
    under sh verify default all
    expect_status 5
}

@test "verify: no backup, no such plan" {
    rm -r "$BACKUP"
    under sh verify
    expect_status 1
    under sh verify nonsense
    expect_status 2
    under sh verify default 20200101T000000Z
    expect_status 1
}

@test "restore: a damaged artifact is exit 5, and nothing is changed" {
    before=$(dump "$DB")
    printf 'X' | dd of="$BACKUP/databases/tracker.sqlite3.zst" bs=1 seek=100 conv=notrunc 2>/dev/null
    under sh restore default --only tracker --yes
    expect_status 5
    [ "$(dump "$DB")" = "$before" ]
    [ "$(ls "$STORAGE/lib")" = tracker.db ]
    # what is not damaged can still be had
    under sh restore default --only files --to "$PLACE/files"
    expect_status 0
    [ -f "$PLACE/files$STORAGE/etc/a.toml" ]
    [ ! -e "$PLACE/files$DB" ]
}

@test "verify: by its name, a directory that lost its manifest" {
    rm "$BACKUP/MANIFEST"
    under sh verify default "${BACKUP##*/}"
    expect_status 5
    [ -s "$BACKUP/DAMAGED" ]
    [[ $err == *'MANIFEST'* ]]
}

@test "restore: an option without its value is wrong usage, and min_free is for backups" {
    for words in 'restore default --to' 'restore default --only' 'restore default --to x --only'; do
        # shellcheck disable=SC2086
        under sh $words
        expect_status 2
        [[ $err == *'needs a value'* ]]
    done
    sed -i 's/^MIN_FREE_KB=.*/MIN_FREE_KB=99999999999/' "$SCRIPT"
    under sh restore default --to "$PLACE/to"
    expect_status 0
    sqlite3 "$DB" 'DELETE FROM keys'
    under sh restore default --yes
    expect_status 0
}

@test "restore in place: what the restored database left beside it when it could not be used goes, too" {
    before=$(dump "$DB")
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sqlite3" <<SH
#!/bin/sh
case "\$*" in
    *'SELECT count(*) FROM sqlite_master;'*) echo stale >'$DB-wal' && exit 1 ;;
esac
exec $(command -v sqlite3) "\$@"
SH
    chmod +x "$PLACE/bin/sqlite3"
    PATH=$PLACE/bin:$PATH under sh restore default --only tracker --yes
    expect_status 1
    [[ $err == *'everything was put back'* ]]
    [ ! -e "$DB-wal" ]
    [ "$(dump "$DB")" = "$before" ]
}

@test "restore: to a directory that is not empty is refused, and it is left alone" {
    mkdir "$PLACE/to"
    echo mine >"$PLACE/to/file"
    under sh restore default --to "$PLACE/to"
    expect_status 3
    [ "$(ls -A "$PLACE/to")" = file ]
}

@test "restore: a relative --to is relative to where the caller is" {
    cd "$PLACE"
    under sh restore default --to here
    expect_status 0
    is_whole "$PLACE/here$DB"
}

@test "restore: --only by name and by path, one or several" {
    under sh restore default --only "$DB" --to "$PLACE/1"
    expect_status 0
    [ "$(find "$PLACE/1" -type f)" = "$PLACE/1$DB" ]
    under sh restore default --only "$STORAGE/etc/a.toml" --to "$PLACE/2"
    expect_status 0
    [ "$(find "$PLACE/2" -type f)" = "$PLACE/2$STORAGE/etc/a.toml" ]
    under sh restore default --only tracker --only ".$STORAGE/etc" --to "$PLACE/3"
    expect_status 0
    [ "$(find "$PLACE/3" -type f | wc -l)" = 2 ]
    under sh restore default --only "$STORAGE" --to "$PLACE/4"
    expect_status 0
    [ "$(find "$PLACE/4" -type f | wc -l)" = 2 ]
    under sh restore default --only "$STORAGE/nothing" --to "$PLACE/5"
    expect_status 2
    [ ! -e "$PLACE/5" ]
    under sh restore default --only nonsense --to "$PLACE/6"
    expect_status 2
    [ ! -e "$PLACE/6" ]
}

@test "restore: --only of the same thing twice, or of one path inside another, is the union" {
    mkdir -p "$STORAGE/etc/deep"
    echo b >"$STORAGE/etc/deep/b"
    under sh run
    expect_status 0
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$PLACE"/to-*
        under "$shell" restore default --only "$STORAGE/etc/a.toml" --only "$STORAGE/etc/a.toml" --to "$PLACE/to-1"
        expect_status 0
        [ "$(find "$PLACE/to-1" -type f)" = "$PLACE/to-1$STORAGE/etc/a.toml" ]
        under "$shell" restore default --only "$STORAGE/etc/deep/b" --only "$STORAGE/etc" --only "$STORAGE/etc/deep" --to "$PLACE/to-2"
        expect_status 0
        [ "$(find "$PLACE/to-2" -type f | wc -l)" = 2 ]
        under "$shell" restore default --only "$STORAGE/etc/a.toml" --only files --to "$PLACE/to-3"
        expect_status 0
        [ "$(find "$PLACE/to-3" -type f | wc -l)" = 2 ]
        # as a shell's completion leaves it
        under "$shell" restore default --only "/$STORAGE//etc/./a.toml" --only ".$STORAGE/etc/deep//" --only "/$DB" --to "$PLACE/to-4"
        expect_status 0
        [ "$(find "$PLACE/to-4" -type f | wc -l)" = 3 ]
        # what is not there is told, whatever else it lies in
        under "$shell" restore default --only "$STORAGE/etc" --only "$STORAGE/etc/none" --to "$PLACE/to-5"
        expect_status 2
        [[ $err == *"holds no '$STORAGE/etc/none'"* ]]
    done
}

@test "damage that a restore or a drill finds is recorded, and the whole one before it is named" {
    older=${BACKUP##*/}
    under sh run
    expect_status 0
    BACKUP=$out
    cp -R "$BACKUP" "$PLACE/good"
    printf 'X' | dd of="$BACKUP/databases/tracker.sqlite3.zst" bs=1 seek=100 conv=notrunc 2>/dev/null
    cd "$PLACE"
    for words in 'restore default --yes' 'restore default --to to' drill; do
        rm -f "$BACKUP/DAMAGED"
        # shellcheck disable=SC2086
        under sh $words
        expect_status 5
        grep -q tracker.sqlite3.zst "$BACKUP/DAMAGED"
        [[ $err == *"the newest whole one before it is $older"* ]]
    done
    # it counts for nothing from then on, which is said
    rm -rf to
    under sh restore default --to to
    expect_status 0
    [[ $err == *"a newer one, ${BACKUP##*/}, is damaged"*"$older: restored"* ]]
    # nor does one whose list is torn
    rm -r "$BACKUP"
    cp -R "$PLACE/good" "$BACKUP"
    sed -i '$d' "$BACKUP/SHA256SUMS"
    under sh restore default --to "$PLACE/to2"
    expect_status 0
    [[ $err == *"a newer one, ${BACKUP##*/}, is damaged"*"$older: restored"* ]]
    # rows that are not those that were saved, under sums that are right
    rm -r "$BACKUP"
    cp -R "$PLACE/good" "$BACKUP"
    sed -i 's/^tracker.rows=2 keys/tracker.rows=3 keys/' "$BACKUP/MANIFEST"
    (cd "$BACKUP" && sed 's/^[^ ]*  //' SHA256SUMS | xargs sha256sum >"$PLACE/sums")
    cp "$PLACE/sums" "$BACKUP/SHA256SUMS"
    under sh drill
    expect_status 5
    [[ $(cat "$BACKUP/DAMAGED") == *'other rows'* ]]
}

@test "restore says what goes where before it does so, --dry-run what would, and changes nothing" {
    under sh restore default --to "$PLACE/to" --dry-run
    expect_status 0
    grep -qxF "would restore $BACKUP/databases/tracker.sqlite3.zst -> $PLACE/to$DB" "$PLACE/out"
    [ ! -e "$PLACE/to" ]
    inode=$(stat -c %i "$DB")
    under sh restore default --dry-run
    expect_status 0
    grep -qxF "would restore $BACKUP/databases/tracker.sqlite3.zst -> $DB" "$PLACE/out"
    [ "$(stat -c %i "$DB")" = "$inode" ]
    # who is asked first, or refused, is told what would be
    under sh restore default
    expect_status 2
    grep -qxF "would restore $BACKUP/databases/tracker.sqlite3.zst -> $DB" "$PLACE/out"
    for words in "--to $PLACE/to" --yes; do
        # shellcheck disable=SC2086
        under sh restore default $words
        expect_status 0
        grep -q "^restoring $BACKUP/databases/tracker.sqlite3.zst -> .*$DB\$" "$PLACE/out"
        ! grep -q '^would' "$PLACE/out" || return 1
    done
}

@test "restore tells of no target before every artifact was found sound" {
    last=$(sed -n 's/^[^=]*[.]file=//p' "$BACKUP/MANIFEST" | tail -n 1)
    [ "$(sed -n 's/^[^=]*[.]file=//p' "$BACKUP/MANIFEST" | wc -l)" -gt 1 ]
    printf x >>"$BACKUP/$last"
    for words in --dry-run "--to $PLACE/to" --yes; do
        rm -f "$BACKUP/DAMAGED"
        # shellcheck disable=SC2086
        under sh restore default $words
        expect_status 5
        [ -z "$out" ]
    done
}

@test "restore in place: a stale -wal of the old database is not applied to the new one" {
    rows=$(dump "$DB" | md5sum)
    mkfifo "$PLACE/in"
    sqlite3 "$DB" <"$PLACE/in" 3>&- &
    writer=$!
    exec 7>"$PLACE/in"
    echo "DELETE FROM keys; INSERT INTO keys (key) VALUES ('newer');" >&7
    await eval '[ "$(sqlite3 "$DB" "SELECT count(*) FROM keys")" = 1 ]'
    kill -9 "$writer"
    exec 7>&-
    wait "$writer" || :
    [ -s "$DB-wal" ]
    under sh restore default --only tracker --yes
    expect_status 0
    [ ! -e "$DB-wal" ]
    [ "$(dump "$DB" | md5sum)" = "$rows" ]
    aside=$(echo "$DB".before-restore-*Z)
    [ "$(sqlite3 "$aside" 'SELECT key FROM keys')" = newer ]
}

@test "restore in place: over a damaged database, which is set aside as it is" {
    rows=$(dump "$DB" | md5sum)
    echo 'this is no database any more' >"$DB"
    echo 'side' >"$DB-journal"
    under sh restore default --only tracker --yes
    expect_status 0
    [ "$(dump "$DB" | md5sum)" = "$rows" ]
    [ ! -e "$DB-journal" ]
    [ "$(cat "$DB".before-restore-*Z)" = 'this is no database any more' ]
    [ "$(cat "$DB".before-restore-*Z-journal)" = side ]
}

@test "restore in place: owner and mode are as they were; a missing directory is made" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    chown 1234:2345 "$DB"
    chmod 640 "$DB"
    under sh run
    expect_status 0
    rm -r "$STORAGE/lib"
    under sh restore default --only tracker --yes
    expect_status 0
    [ "$(stat -c %u:%g:%a "$DB")" = 1234:2345:640 ]
    [ "$(stat -c %u:%g "$STORAGE/lib")" = 1234:2345 ]
}

@test "restore in place: refused while a process has the file open, under any name" {
    ln "$DB" "$PLACE/other-name"
    exec 7<"$PLACE/other-name"
    under sh restore default --only tracker --yes
    expect_status 3
    [[ $err == *"has '$DB' open"* ]]
    exec 7<&-
    under sh restore default --only tracker --yes
    expect_status 0
}

@test "restore in place: a database that is a symbolic link stays one" {
    mv "$DB" "$PLACE/real.db"
    ln -s "$PLACE/real.db" "$DB"
    under sh run
    expect_status 0
    rows=$(dump "$DB" | md5sum)
    sqlite3 "$DB" 'DELETE FROM torrents'
    under sh restore default --only tracker --yes
    expect_status 0
    [ -L "$DB" ]
    [ "$(dump "$PLACE/real.db" | md5sum)" = "$rows" ]
}

@test "restore in place: a database in use is refused before a file is touched" {
    exec 7<"$DB"
    inode=$(stat -c %i "$STORAGE/etc/a.toml")
    under sh restore default --yes
    expect_status 3
    [ "$(stat -c %i "$STORAGE/etc/a.toml")" = "$inode" ]
    exec 7<&-
    under sh restore default --yes
    expect_status 0
    [ "$(stat -c %i "$STORAGE/etc/a.toml")" != "$inode" ]
}

# bats test_tags=long
@test "every compressor: an artifact restores where it exists, and names it where it does not" {
    cp -rs /usr/bin "$PLACE/bin"
    rm "$PLACE/bin/zstd" "$PLACE/bin/gzip" "$PLACE/bin/xz"
    for compressor in zstd gzip xz none; do
        make_script "compression = \"$compressor\"
compression_level = 1"
        under sh run
        expect_status 0
        rm -rf "$PLACE/to"
        under sh restore default --to "$PLACE/to"
        expect_status 0
        [ "$(dump "$PLACE/to$DB")" = "$(dump "$DB")" ]
        # without the compressors: PATH in the script would find them again
        sed "s:^PATH=.*:PATH=$PLACE/bin:" "$SCRIPT" >"$PLACE/without.sh"
        rm -rf "$PLACE/to"
        SCRIPT=$PLACE/without.sh under dash restore default --to "$PLACE/to"
        if [ "$compressor" = none ]; then
            expect_status 0
        else
            expect_status 3
            [[ $err == *"needs $compressor, which is missing"* ]]
            [ ! -e "$PLACE/to" ]
            SCRIPT=$PLACE/without.sh under dash run
            [ "$status" = 3 ]
        fi
    done
}

@test "by hand: sha256sum, zstd and tar are enough" {
    cd "$BACKUP"
    sha256sum -c --quiet SHA256SUMS
    zstd -q -d -c databases/tracker.sqlite3.zst >"$PLACE/hand.db"
    [ "$(dump "$PLACE/hand.db")" = "$(dump "$DB")" ]
    mkdir "$PLACE/hand"
    tar -C "$PLACE/hand" --zstd -xpf files.tar.zst
    cmp "$PLACE/hand$STORAGE/etc/a.toml" "$STORAGE/etc/a.toml"
}

# is_old_or_new: 0 is said of the new database alone, and then the old one is beside
# it; anything else leaves the old one as it was.
is_old_or_new() {
    local now aside
    now=$(dump "$DB" | md5sum)
    [ "$(stat -c %u:%g:%a "$DB")" = 1234:2345:640 ] || return
    [ -z "$(ls -A "$STORAGE/lib" | grep gen-backup)" ] || return
    if [ "$status" = 0 ]; then
        aside=$(ls -d "$DB".before-restore-*Z)
        [ "$now" = "$new" ] || return
        [ "$(dump "$aside" | md5sum)" = "$old" ]
    else
        [ "$now" = "$old" ] || [ "$now" = "$new" ]
    fi
}

@test "restore in place: a tool that fails, at whichever call: the old database, or the new one" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    sqlite3 "$DB" 'PRAGMA journal_mode = delete' >/dev/null
    chown 1234:2345 "$DB"
    chmod 640 "$DB"
    make_script 'type = "database"'
    under sh run
    expect_status 0
    new=$(dump "$DB" | md5sum)
    cp -p "$DB" "$PLACE/old.db"
    sqlite3 "$PLACE/old.db" 'UPDATE torrents SET completed = 7'
    old=$(dump "$PLACE/old.db" | md5sum)
    prepare() { rm -rf "$DB"* && cp -p "$PLACE/old.db" "$DB"; }
    has_failed() { [ "$status" != 0 ] && is_old_or_new; }
    fail_each sync has_failed restore default --yes
    for tool in mv ln chmod mkdir zstd sqlite3 sha256sum; do
        fail_each "$tool" is_old_or_new restore default --yes
    done
}

@test "restore in place: with a journal of the old database, which goes with it" {
    sqlite3 "$DB" 'PRAGMA journal_mode = delete' >/dev/null
    under sh run
    expect_status 0
    new=$(dump "$DB" | md5sum)
    echo 'not a journal' >"$DB-journal"
    under sh restore default --only tracker --yes
    expect_status 0
    [ ! -e "$DB-journal" ]
    [ "$(dump "$DB" | md5sum)" = "$new" ]
}

# bats test_tags=long
@test "restore to a directory: a tool that fails, at whichever call: all of it, or nothing" {
    prepare() { rm -rf "$PLACE/restored"; }
    is_all_or_nothing() {
        if [ "$status" = 0 ]; then
            [ "$(dump "$PLACE/restored$DB")" = "$(dump "$DB")" ] &&
                cmp "$STORAGE/etc/a.toml" "$PLACE/restored$STORAGE/etc/a.toml" &&
                [ "$(ls -A "$PLACE/restored")" = "${PLACE:1:3}" ]
        else
            [ -z "$(ls -A "$PLACE/restored" 2>/dev/null | grep -v '^[.]incomplete')" ]
        fi
    }
    for tool in mv chmod tar zstd sha256sum sqlite3; do
        fail_each "$tool" is_all_or_nothing restore default --to "$PLACE/restored"
    done
}

# make_df <KiB>: so much is free, everywhere
make_df() {
    mkdir -p "$PLACE/bin"
    printf '#!/bin/sh\necho head\necho "fs 1 1 %s 1%% /x"\n' "$1" >"$PLACE/bin/df"
    chmod +x "$PLACE/bin/df"
}

@test "restore: with no room for what comes out, nothing is begun" {
    sqlite3 "$DB" "UPDATE keys SET key = 'changed' WHERE key = 'alpha'"
    before=$(dump "$DB" | md5sum)
    make_df 100
    PATH=$PLACE/bin:$PATH under sh restore default --only tracker --yes
    expect_status 3
    [[ $err == *'100 KiB free'* ]]
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    [ -z "$(ls -d "$DB".before* "$STORAGE"/lib/.gen-backup* 2>/dev/null)" ]
    PATH=$PLACE/bin:$PATH under sh restore default --only tracker --to "$PLACE/restored"
    expect_status 3
    [ -z "$(ls "$PLACE/restored")" ]
}

@test "restore --to of files alone: with no room for what comes out, nothing is begun" {
    head -c 300000 /dev/urandom >"$STORAGE/etc/big"
    under sh run
    expect_status 0
    make_df 100
    PATH=$PLACE/bin:$PATH under sh restore default --only files --to "$PLACE/restored"
    expect_status 3
    [[ $err == *'100 KiB free'* ]]
    [ -z "$(ls "$PLACE/restored")" ]
}

@test "restore in place: with no room beside the backups, by way of the state directory" {
    sqlite3 "$DB" "UPDATE keys SET key = 'changed' WHERE key = 'alpha'"
    mkdir -p "$PLACE/bin"
    cat >"$PLACE/bin/df" <<'SH'
#!/bin/sh
echo head
case "$*" in
    *'the dest'*) echo 'fs 1 1 100 1% /x' ;;
    *) echo 'fs 1 1 1000000 1% /x' ;;
esac
SH
    chmod +x "$PLACE/bin/df"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        PATH=$PLACE/bin:$PATH under "$shell" restore default --yes
        echo "$shell"
        expect_status 0
        [ "$(sqlite3 "$DB" "SELECT count(*) FROM keys WHERE key = 'alpha'")" = 1 ]
        [ -z "$(ls -A "$STATE" | grep restore)" ]
    done
}

@test "restore in place: refused when a process opens the database while it is unpacked" {
    before=$(dump "$DB" | md5sum)
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/chmod" <<SH
#!/bin/sh
sleep 30 <'$DB' >/dev/null 2>&1 &
echo \$! >'$PLACE/holder'
exec $(command -v chmod) "\$@"
SH
    chmod +x "$PLACE/bin/chmod"
    PATH=$PLACE/bin:$PATH under sh restore default --only tracker --yes
    kill "$(cat "$PLACE/holder")"
    expect_status 3
    [[ $err == *"has '$DB' open"* ]]
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    [ -z "$(ls -d "$DB".before* "$STORAGE"/lib/.gen-backup* 2>/dev/null)" ]
}

@test "restore in place: refused while a process that /proc does not show uses the database" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    unshare --pid --fork --mount-proc true 2>/dev/null || skip 'CANNOT UNSHARE'
    mkfifo "$PLACE/hold"
    sqlite3 "$DB" <"$PLACE/hold" >"$PLACE/held" 3>&- &
    exec 7>"$PLACE/hold"
    echo "BEGIN IMMEDIATE; INSERT INTO keys (key) VALUES ('new'); SELECT 'held';" >&7
    await test -s "$PLACE/held"
    inode=$(stat -c %i "$DB")
    status=0
    unshare --pid --fork --mount-proc sh "$SCRIPT" restore default --only tracker --yes \
        >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
    err=$(cat "$PLACE/err") out=
    echo 'COMMIT;' >&7
    exec 7>&-
    wait
    expect_status 3
    [[ $err == *'in use'* ]]
    [ "$(stat -c %i "$DB")" = "$inode" ]
    [ "$(sqlite3 "$DB" "SELECT count(*) FROM keys WHERE key = 'new'")" = 1 ]
}

@test "restore in place: what is restored is on the disk before it takes its place" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sync" <<SH
#!/bin/sh
echo "\$(stat -c %i '$DB')\${1:+ \$(stat -c %i -- "\$1")}" >>'$PLACE/synced'
[ ! -e '$DB'.before-restore-*Z ] || stat -c %i '$DB' >>'$PLACE/synced-aside'
SH
    chmod +x "$PLACE/bin/sync"
    old=$(stat -c %i "$DB")
    PATH=$PLACE/bin:$PATH under sh restore default --yes
    expect_status 0
    new=$(stat -c %i "$DB")
    grep -qx "$old $new" "$PLACE/synced" || grep -qx "$old" "$PLACE/synced"
    # the other name of the old one, before its own is taken
    grep -qx "$old" "$PLACE/synced-aside"
    # and the rename itself
    grep -q "^$new" "$PLACE/synced"
    for end in "$new" "$new $new" "$new $(stat -c %i "$STORAGE/lib")"; do
        ! grep -qx "$end" "$PLACE/synced" || return 0
    done
    return 1
}

@test "verify: a compressor that is missing is no damage" {
    cp -rs /usr/bin "$PLACE/bin"
    rm "$PLACE/bin/zstd"
    use_tools "$PLACE/bin"
    under sh verify default all
    expect_status 3
    [[ $err == *'needs zstd'* ]]
    [ ! -e "$BACKUP/DAMAGED" ]
}

@test "verify: sums that are right over an artifact that does not unpack" {
    artifact=$BACKUP/databases/tracker.sqlite3.zst
    head -c 1000 "$artifact" >"$PLACE/torn"
    cp "$PLACE/torn" "$artifact"
    (cd "$BACKUP" && sed 's/^[^ ]*  //' SHA256SUMS | xargs sha256sum >"$PLACE/sums")
    cp "$PLACE/sums" "$BACKUP/SHA256SUMS"
    under sh verify default all
    expect_status 5
    [ -e "$BACKUP/DAMAGED" ]
    # a restore finds it too, and leaves what is there
    before=$(dump "$DB" | md5sum)
    under sh restore default "${BACKUP##*/}" --only tracker --yes
    [ "$status" != 0 ]
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    [ -z "$(ls -d "$DB".before* "$STORAGE"/lib/.gen-backup* 2>/dev/null)" ]
}

@test "restore in place: what unpacks, but is no whole database, is not put in place" {
    artifact=$BACKUP/databases/tracker.sqlite3.zst
    zstd -qdc "$artifact" >"$PLACE/db"
    dd if=/dev/urandom of="$PLACE/db" bs=4096 seek=3 count=4 conv=notrunc 2>/dev/null
    zstd -qf "$PLACE/db" -o "$artifact"
    (cd "$BACKUP" && sed 's/^[^ ]*  //' SHA256SUMS | xargs sha256sum >"$PLACE/sums")
    cp "$PLACE/sums" "$BACKUP/SHA256SUMS"
    before=$(dump "$DB" | md5sum)
    under sh restore default --only tracker --yes
    expect_status 5
    [[ $err == *'is damaged'* ]]
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    [ -z "$(ls -d "$DB".before* "$STORAGE"/lib/.gen-backup* 2>/dev/null)" ]
}

@test "restore in place: at a terminal, a person says yes, and anything else changes nothing" {
    command -v script >/dev/null || skip 'NO script(1)'
    before=$(stat -c %i "$DB")
    for answer in no y ''; do
        status=0
        printf '%s\n' "$answer" | script -qec "sh '$SCRIPT' restore default --only tracker" "$PLACE/typescript" >"$PLACE/out" || status=$?
        [ "$status" = 1 ]
        grep -q 'nothing was changed' "$PLACE/out"
        [ "$(stat -c %i "$DB")" = "$before" ]
    done
    printf 'yes\n' | script -qec "sh '$SCRIPT' restore default --only tracker" "$PLACE/typescript" >"$PLACE/out"
    [ "$(stat -c %i "$DB")" != "$before" ]
}

@test "drill: a tool that fails, at whichever call, proves nothing" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    prepare() { :; }
    is_told() { [ "$status" != 0 ] && [[ $err != *': tested in'* ]]; }
    for tool in sqlite3 zstd; do
        fail_each "$tool" is_told drill
    done
}

# fail_on <pattern> <tool...>: those tools, failing where one of their words matches
fail_on() {
    local pattern=$1 tool
    shift
    mkdir -p "$PLACE/bin"
    for tool; do
        cat >"$PLACE/bin/$tool" <<SH
#!/bin/sh
for word; do case \$word in $pattern) exit 1 ;; esac; done
exec $(command -v "$tool") "\$@"
SH
        chmod +x "$PLACE/bin/$tool"
    done
}

@test "restore in place: when the old database cannot be set aside, it is not replaced" {
    sqlite3 "$DB" 'PRAGMA journal_mode = delete; UPDATE torrents SET completed = 7' >/dev/null
    before=$(dump "$DB" | md5sum)
    fail_on '*before-restore*' ln cp mv
    PATH=$PLACE/bin:$PATH under sh restore default --only tracker --yes
    expect_status 1
    [[ $err == *'cannot set'*'aside'* ]]
    [ "$(dump "$DB" | md5sum)" = "$before" ]
    rm -r "$PLACE/bin"
    # nor when what lies beside it cannot: the new one would take it for its own
    echo 'damaged, so that sqlite3 settles nothing' >"$DB"
    echo 'not a log' >"$DB-wal"
    fail_on '*-wal' mv
    PATH=$PLACE/bin:$PATH under sh restore default --only tracker --yes
    expect_status 1
    [[ $err == *'cannot set'*'aside'* ]]
    grep -q damaged "$DB"
    [ "$(cat "$DB-wal")" = 'not a log' ]
}
