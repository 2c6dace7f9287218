# Patches against the last full backup: what they restore to, and what becomes of them when
# the full one, its index, zstd or the disk fails.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

setup_file() {
    load ../helpers
    setup_place "$BATS_FILE_TMPDIR/place"
    make_database "$DB" wal 12000
    keep_place
}

setup() {
    load ../helpers
    renew_place
}

# make_differential [lines for [backup]]: segments so small that a small database has many
make_differential() {
    make_script "type = \"database\"
differential = true
${1-}"
    sed -i 's/^SEGMENT_BYTES=.*/SEGMENT_BYTES=131072/' "$SCRIPT"
}

# back_up [shell]: sets ID, KIND, and what the database was then, in the place's kept.ID
back_up() {
    under "${1:-sh}" run
    expect_status 0 || return 1
    ID=${out##*/}
    KIND=full
    ! grep -q '^tracker+base' "$out/MANIFEST" || KIND=patch
    sqlite3 "$DB" ".backup '$PLACE/kept.$ID'"
}

touch_rows() {
    sqlite3 "$DB" "UPDATE torrents SET completed = completed + 1 WHERE id IN (SELECT abs(random()) % 12000 FROM torrents LIMIT ${1:-20})"
}

# back_up_twice: sets full, and patch, after some rows have changed
back_up_twice() {
    back_up
    full=$ID
    touch_rows
    back_up
    patch=$ID
}

# restores <id> [shell]: to what the database was then, byte for byte but for its counters
restores() {
    rm -rf "$PLACE/to"
    under "${2:-sh}" restore default "$1" --to "$PLACE/to"
    expect_status 0 || return 1
    [ "$(dump "$PLACE/to$DB")" = "$(dump "$PLACE/kept.$1")" ] || { echo "$1 restores to another" && return 1; }
    is_whole "$PLACE/to$DB"
}

# all_listed_restore: whatever list calls ok or partial does
all_listed_restore() {
    local id
    under sh list
    for id in $(awk '$3 == "ok" || $3 == "partial" { print $2 }' <<<"$out"); do restores "$id" || return 1; done
}

# full_of <id>: what it is a patch against
full_of() { sed -n 's:^tracker+base.file=../\([^/]*\)/.*:\1:p' "$DEST/default/$1/MANIFEST"; }

flip() { # <file> <offset>
    printf '%b' "\\x$(printf %02x $((0x$(od -An -tx1 -j "$2" -N 1 "$1" | tr -d ' ') ^ 1)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

@test "a full backup, then patches of some hundred bytes: each restores exactly, verifies and passes its drill" {
    make_differential
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST/default"
        back_up "$shell"
        [ "$KIND" = full ]
        full=$ID
        zstd -qdc "$out/databases/tracker.sqlite3.zst" >"$PLACE/plain" # an ordinary .zst
        [ "$(dump "$PLACE/plain")" = "$(dump "$DB")" ]
        (cd "$out" && sha256sum -c --quiet SHA256SUMS)
        sqlite3 "$DB" 'UPDATE torrents SET completed = completed + 1 WHERE id < 20'
        back_up "$shell"
        [ "$KIND" = patch ]
        [ "$(full_of "$ID")" = "$full" ]
        [ "$(stat -c %s "$out/databases/tracker.sqlite3.patch")" -lt 20000 ]
        [ -n "$(awk '$3 == 0' "$out/databases/tracker.sqlite3.index")" ] # segments as they were
        under "$shell" verify default all
        expect_status 0
        under "$shell" drill
        expect_status 0
        restores "$full" "$shell"
        restores "$ID" "$shell"
        [ -z "$(find "$DEST" -name '.incomplete-*')" ]
    done
}

# bats test_tags=long
@test "random changes, VACUUM, growth, shrinking, another page size: all restore exactly, whatever kind each is" {
    make_differential 'keep = { last = 100 }
shrink_limit = "100%"'
    back_up
    kinds=
    for change in 'UPDATE torrents SET completed = 7 WHERE id % 997 = 0' 'VACUUM' \
        "INSERT INTO torrents (info_hash) SELECT hex(randomblob(20)) FROM torrents LIMIT 1500" \
        'DELETE FROM torrents WHERE id > 2000; VACUUM' 'UPDATE torrents SET completed = 8 WHERE id % 9 = 0' \
        'PRAGMA journal_mode=delete; PRAGMA page_size=1024; VACUUM; PRAGMA journal_mode=wal' \
        'DELETE FROM torrents' 'VACUUM' "$(printf 'INSERT INTO keys (key) VALUES (hex(randomblob(%s)));' 7 90000 7)" \
        'SELECT 1' 'UPDATE keys SET valid_until = 5'; do
        sqlite3 "$DB" "$change" >/dev/null
        back_up
        kinds="$kinds $KIND"
        restores "$ID"
    done
    [[ $kinds == *patch* && $kinds == *full* ]]
    all_listed_restore
    under sh verify default all
    expect_status 0
}

@test "a database that another user owns, and one that was found among files" {
    make_script 'differential = true'
    sed -i 's/^SEGMENT_BYTES=.*/SEGMENT_BYTES=131072/' "$SCRIPT"
    chown -R 65534:65534 "$STORAGE/lib"
    make_database "$STORAGE/etc/found.db" wal 12000
    back_up
    touch_rows
    sqlite3 "$STORAGE/etc/found.db" 'UPDATE torrents SET completed = 1 WHERE id = 5'
    back_up
    [ "$(grep -c '+base.file=' "$out/MANIFEST")" = 2 ]
    sum=0
    for bytes in $(sed -n 's/^[^=]*[.]\(snapshot\|unpacked\)_bytes=//p' "$out/MANIFEST"); do sum=$((sum + bytes)); done
    under sh list --json
    [[ $out == *"$ID\",\"restored_bytes\":$sum,"* ]]
    restores "$ID"
    [ "$(dump "$PLACE/to$STORAGE/etc/found.db")" = "$(dump "$STORAGE/etc/found.db")" ]
    [ "$(stat -c %U "$PLACE/to$DB")" = nobody ]
}

@test "with busybox's tools" {
    make_busybox "$PLACE/bb"
    make_differential
    use_tools "$PLACE/bb"
    back_up 'busybox ash'
    sqlite3 "$DB" 'UPDATE torrents SET completed = completed + 1 WHERE id < 20'
    back_up 'busybox ash'
    [ "$KIND" = patch ]
    restores "$ID" 'busybox ash'
    under 'busybox ash' verify default all
    expect_status 0
}

@test "in place, and the rows of one table, from a patch" {
    make_differential
    back_up
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('gamma')"
    back_up
    [ "$KIND" = patch ]
    sqlite3 "$DB" 'DELETE FROM keys; DELETE FROM whitelist'
    under sh restore default --table keys --only tracker --yes
    expect_status 0
    [ "$(sqlite3 "$DB" 'SELECT count(*) FROM keys')" = 3 ]
    [ "$(sqlite3 "$DB" 'SELECT count(*) FROM whitelist')" = 0 ]
    under sh restore default --yes
    expect_status 0
    [ "$(dump "$DB")" = "$(dump "$PLACE/kept.$ID")" ]
}

@test "a new full backup when full_every has passed, and when a patch would exceed half of the full one" {
    make_differential 'full_every = "1d"'
    back_up
    touch_rows
    back_up
    [ "$KIND" = patch ]
    sqlite3 "$DB" 'UPDATE torrents SET info_hash = hex(randomblob(20))'
    back_up
    [ "$KIND" = full ]
    [[ $err == *'would exceed half of'* ]]
    full=$ID
    touch_rows
    back_up
    [ "$(full_of "$ID")" = "$full" ]
    sed -i 's/FULL_EVERY_S=86400/FULL_EVERY_S=601/' "$SCRIPT"
    sleep 1
    back_up
    [ "$KIND" = full ]
    all_listed_restore
}

@test "retention keeps a full backup while a kept one is a patch against it: kept by ID; then all go" {
    make_differential 'keep = { last = 2 }'
    back_up
    full=$ID
    for _ in 1 2 3; do
        touch_rows
        back_up
    done
    under sh list --json
    [ "$(grep -c '"kind":"patch"' <<<"$out")" = 2 ]
    [[ $out == *"$full\",\"restored_bytes\":$(stat -c %s "$PLACE/kept.$full"),\"kind\":\"full\""* ]]
    under sh prune --dry-run
    [[ $out == *"default/$full kept by $ID"* ]]
    under sh prune
    [ -d "$DEST/default/$full" ]
    sed -i 's/FULL_EVERY_S=604800/FULL_EVERY_S=600/' "$SCRIPT" # from here on all are full
    back_up
    back_up
    [ "$(ls "$DEST/default" | wc -l)" = 2 ]
    [ ! -e "$DEST/default/$full" ]
    all_listed_restore
}

@test "a patch is no shrinking, and retention goes on" {
    make_differential 'keep = { last = 1 }'
    back_up
    touch_rows
    back_up
    [[ $err != *'retention stopped'* ]]
    under sh status
    expect_status 0
}

@test "the full backup was removed by hand: its patches are lost, list and status say so, and the next run is full" {
    make_differential
    back_up_twice
    mv "$DEST/default/$full" "$PLACE/away"
    under sh list
    [[ $out == *"$patch lost "* ]]
    under sh status
    expect_status 1
    [[ $out == *"lost, since"*"$patch"* ]]
    under sh restore default "$patch" --to "$PLACE/to"
    expect_status 5
    [[ $err == *"../$full/databases/tracker.sqlite3.zst: no file"* ]]
    [ ! -e "$PLACE/to" ]
    under sh verify default "$patch"
    expect_status 5
    back_up
    [ "$KIND" = full ]
    under sh restore default --to "$PLACE/to"
    expect_status 0
    mv "$PLACE/away" "$DEST/default/$full"
    restores "$patch" # it was not marked
    under sh verify default all
    expect_status 0
}

@test "the full backup is damaged: seen when it is patched, in its frames or its index; the next is full" {
    for place in zst index; do
        rm -rf "$DEST"/default/*Z
        make_differential
        back_up_twice
        flip "$DEST/default/$full/databases/tracker.sqlite3.$place" 200
        # what has changed lies in the first segments
        sqlite3 "$DB" 'UPDATE torrents SET completed = completed + 1 WHERE id < 1500'
        back_up
        [ "$KIND" = full ]
        [[ $err == *"$full' is damaged"* ]]
        under sh list
        [[ $out == *"$full damaged "*"$patch lost "* ]]
        under sh status
        expect_status 1
        [[ $out == *"damaged"*"$full"*"lost"*"$patch"* ]]
        all_listed_restore
        touch_rows
        back_up
        [ "$KIND" = patch ]
        [ "$(full_of "$ID")" != "$full" ]
        restores "$ID"
    done
}

@test "verify, drill and restore of a patch see the damage of its full backup; so do they its own" {
    make_differential
    back_up_twice
    cp -a "$DEST/default" "$PLACE/copy"
    for command in verify drill restore; do
        for damaged in "$full/databases/tracker.sqlite3.zst" "$patch/databases/tracker.sqlite3.patch" \
            "$patch/databases/tracker.sqlite3.index"; do
            rm -rf "$DEST/default" "$PLACE/to"
            cp -a "$PLACE/copy" "$DEST/default"
            flip "$DEST/default/$damaged" 90
            if [ "$command" = restore ]; then
                under sh restore default "$patch" --to "$PLACE/to"
            else
                under sh "$command" default "$patch"
            fi
            expect_status 5
            [ ! -e "$PLACE/to" ]
            under sh list
            [[ $out == *"$patch damaged"* || $out == *"$patch lost"* ]]
        done
    done
}

@test "a zstd without --patch-from, none at all, or one that fails in the middle: a full backup, and a warning" {
    make_differential
    back_up
    real=$(command -v zstd)
    mkdir "$PLACE/bin"
    stub() {
        cat >"$PLACE/bin/zstd"
        chmod 755 "$PLACE/bin/zstd"
    }
    stub <<SH
#!/bin/sh
case "\$*" in *--patch-from*) echo 'Incorrect parameters' >&2; exit 1 ;; esac
exec $real "\$@"
SH
    touch_rows
    PATH=$PLACE/bin:$PATH back_up
    [ "$KIND" = full ]
    [[ $err == *'warning: tracker: patches need zstd 1.4.5'* ]]
    PATH=$PLACE/bin:$PATH under sh check
    [[ $out == *'warn'*'zstd 1.4.5'* ]]
    restores "$ID"
    touch_rows
    back_up # against the first one: this one has no index
    [ "$KIND" = patch ]
    PATH=$PLACE/bin:$PATH under sh restore default "$ID" --to "$PLACE/to2"
    expect_status 3
    restores "$ID" # it was not marked
    # it fails at the third segment, and it makes something else
    for answer in 'exit 1' 'head -c 100 /dev/zero; exit 0'; do
        echo 0 >"$PLACE/calls"
        stub <<SH
#!/bin/sh
case "\$*" in
    *-T0*--patch-from*)
        n=\$((\$(cat '$PLACE/calls') + 1))
        echo \$n >'$PLACE/calls'
        [ \$n -lt 3 ] || { $answer; }
        ;;
esac
exec $real "\$@"
SH
        sqlite3 "$DB" 'UPDATE torrents SET completed = completed + 1 WHERE id % 100 = 0'
        PATH=$PLACE/bin:$PATH back_up
        [ "$KIND" = full ]
        [[ $err == *"warning: tracker: cannot patch"* ]]
        restores "$ID"
    done
    use_tools "$PLACE/none"
    mkdir "$PLACE/none"
    for dir in /usr/bin /bin /usr/sbin; do
        for tool in "$dir"/*; do [ "${tool##*/}" = zstd ] || ln -sf "$tool" "$PLACE/none/" 2>/dev/null; done
    done
    PATH=$PLACE/none back_up
    [ "$KIND" = full ]
    [[ $err == *'patches need zstd'* ]]
    [ -e "$out/databases/tracker.sqlite3.gz" ]
}

@test "the disk is full in the middle: nothing is published, nothing is left, and the next run works" {
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip 'NO NAMESPACES here'
    make_differential
    back_up
    cat >"$PLACE/full.sh" <<SH
mount -t tmpfs -o size=8m none "$DEST.small" && cp -a "$DEST/." "$DEST.small" && mount --bind "$DEST.small" "$DEST"
# room for a copy, and not for all segments beside it
head -c \$((\$(stat -f -c '%a * %S' "$DEST") - \$(stat -c %s "$DB") - 100000)) /dev/zero >"$DEST/ballast"
status=0
sh "$SCRIPT" run || status=\$?
[ \$status = 1 ] || [ \$status = 3 ] || exit 9
[ "\$(ls -A "$DEST/default")" = "$ID" ] || exit 8
rm "$DEST/ballast"
sh "$SCRIPT" run && sh "$SCRIPT" verify default all
SH
    mkdir "$DEST.small"
    sqlite3 "$DB" 'UPDATE torrents SET completed = completed + 1 WHERE id % 3 = 0'
    unshare -m sh -eux "$PLACE/full.sh" >"$PLACE/said" 2>&1 || { cat "$PLACE/said" && return 1; }
    grep -q 'a patch against' "$PLACE/said"
}

@test "kill -9 at any instant: what is listed restores, and the next run works" {
    make_differential 'keep = { last = 3 }'
    back_up
    for ((i = 0; i < $(tries 24); i++)); do
        touch_rows 300
        setsid "${SHELLS[i % ${#SHELLS[@]}]%% *}" "$SCRIPT" run >/dev/null 2>&1 3>&- &
        sleep "$(printf '0.%03d' $((RANDOM % 900)))"
        kill -9 -- "$([ $((i % 2)) = 0 ] || echo -)$!" 2>/dev/null || :
        wait "$!" 2>/dev/null || :
    done
    until under sh run && [ "$status" != 4 ]; do sleep 0.1; done
    expect_status 0
    under sh verify default all
    expect_status 0
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
}

@test "a copy of a patch in another place says what it lacks; beside its full backup it restores itself" {
    make_differential
    back_up
    full=$ID
    touch_rows
    back_up
    mkdir "$PLACE/elsewhere"
    cp -a "$DEST/default/$ID" "$PLACE/elsewhere/"
    status=0
    sh "$PLACE/elsewhere/$ID/backup.sh" restore --to "$PLACE/to" >"$PLACE/said" 2>&1 || status=$?
    [ "$status" = 5 ]
    grep -qF "../$full/databases/tracker.sqlite3.zst: no file" "$PLACE/said"
    sh "$PLACE/elsewhere/$ID/backup.sh" list | grep -q " lost "
    cp -a "$DEST/default/$full" "$PLACE/elsewhere/"
    sh "$PLACE/elsewhere/$ID/backup.sh" verify
    sh "$PLACE/elsewhere/$ID/backup.sh" restore --to "$PLACE/to"
    [ "$(dump "$PLACE/to$DB")" = "$(dump "$PLACE/kept.$ID")" ]
}

@test "on_success knows the directory of the full backup" {
    make_differential "[backup.hooks]
on_success = 'echo \"\$GEN_BACKUP_DIRECTORY \$GEN_BACKUP_BASE\" >>\"$PLACE/hooked\"'"
    back_up
    full=$ID
    touch_rows
    back_up
    [ "$(<"$PLACE/hooked")" = "$DEST/default/$full 
$DEST/default/$ID $DEST/default/$full" ]
}

@test "a script that knows nothing of it, since it was switched off, leaves all of it alone" {
    make_differential 'keep = { last = 1 }'
    back_up_twice
    make_script 'type = "database"
keep = { last = 1 }'
    [ "$(grep -c differential "$SCRIPT")" = 0 ]
    back_up
    back_up
    [ "$(ls "$DEST/default" | wc -l)" = 3 ]
    under sh list
    [[ $out == *"$full newer "*"$patch newer "* ]]
    under sh restore default "$patch" --to "$PLACE/to"
    expect_status 3
    sh "$DEST/default/$patch/backup.sh" restore --to "$PLACE/to"
    [ "$(dump "$PLACE/to$DB")" = "$(dump "$PLACE/kept.$patch")" ]
}

# bats test_tags=long
@test "a continuous plan: its base is a patch, and changes lead on from it" {
    load ../continuous
    trap stop_following EXIT
    make_continuous 'differential = true'
    sed -i 's/^SEGMENT_BYTES=.*/SEGMENT_BYTES=131072/' "$SCRIPT"
    # somebody has it open, as an application would
    sqlite3 "$DB" 'SELECT count(*) FROM keys' '.shell sleep 100' >/dev/null 2>&1 3>&- &
    application=$!
    follow
    settle
    sqlite3 "$DB" 'UPDATE torrents SET completed = 3 WHERE id < 9'
    settle
    under sh run live
    expect_status 0
    grep -q '^tracker+base.file=' "$out/MANIFEST"
    grep -q 'tracker.changes=' "$out/MANIFEST"
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('later')"
    settle
    restore_at latest
    expect_status 0
    [ "$(dump "$OUT")" = "$(dump "$DB")" ]
    [[ $out == *.patch\ * ]]
    under sh verify live
    expect_status 0
    under sh drill live
    expect_status 0
    kill "$application"
}
