# Files put back in place: what changes, what does not, and what must not happen.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
    mkdir -p "$STORAGE/etc/deep/er" "$STORAGE/empty"
    echo one >"$STORAGE/etc/one"
    echo two >"$STORAGE/etc/deep/two"
    echo three >"$STORAGE/etc/deep/er/three"
    chmod 640 "$STORAGE/etc/one"
    make_script "$PLAN_KEYS"
}

teardown() {
    ! mountpoint -q "$STORAGE/mount" || umount "$STORAGE/mount"
    ! mountpoint -q "$PLACE/small" || umount "$PLACE/small"
    ! mountpoint -q "$DEST" || umount "$DEST"
}

PLAN_KEYS='type = "selective"
include = ["etc", "empty", "*.key"]'

back_up() {
    under "${1:-sh}" run
    expect_status 0
    BACKUP=$out
}

# change_tree: what a restore must undo, and what it must leave alone.
change_tree() {
    echo changed >"$STORAGE/etc/one"
    chmod 777 "$STORAGE/etc/one" "$STORAGE/etc/deep"
    rm -r "$STORAGE/etc/deep/er" "$STORAGE/empty"
    echo new >"$STORAGE/etc/new"
}

# forge <python to make the archive $BACKUP/files.tar.zst>: with right sums.
forge() {
    node -e '
        // ustar members: [name, type, link or content]
        const fs = require("fs");
        const [file, members] = [process.argv[1], JSON.parse(process.argv[2])];
        const blocks = members.flatMap(([name, type, value]) => {
            const body = Buffer.from(type === "0" ? value : "");
            const h = Buffer.alloc(512);
            h.write(name, 0); h.write("0000644\0", 100); h.write("0000000\0", 108); h.write("0000000\0", 116);
            h.write(body.length.toString(8).padStart(11, "0") + "\0", 124); h.write("00000000000\0", 136);
            h.write("        ", 148); h.write(type, 156); h.write(type === "0" ? "" : value, 157);
            h.write("ustar\x0000", 257);
            h.write(h.reduce((a, b) => a + b, 0).toString(8).padStart(6, "0") + "\0 ", 148);
            return [h, body, Buffer.alloc((512 - body.length % 512) % 512)];
        });
        fs.writeFileSync(file, Buffer.concat([...blocks, Buffer.alloc(1024)]));
    ' "$PLACE/forged.tar" "$1"
    zstd -qf "$PLACE/forged.tar" -o "$BACKUP/files.tar.zst"
    (cd "$BACKUP" && find . -type f ! -name SHA256SUMS ! -name MANIFEST -printf '%P\n' | xargs sha256sum >SHA256SUMS && sha256sum MANIFEST >>SHA256SUMS)
}

@test "in place: what is in the backup comes back, the rest stays, directories stay the same ones; every shell" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        back_up "$shell"
        cp -a "$STORAGE" "$PLACE/before"
        inodes=$(stat -c %i "$STORAGE/etc" "$STORAGE/etc/deep")
        rows=$(dump "$DB" | md5sum)
        change_tree
        under "$shell" restore default --yes
        expect_status 0
        [ "$(cat "$STORAGE/etc/new")" = new ]
        [ "$(stat -c %i "$STORAGE/etc" "$STORAGE/etc/deep")" = "$inodes" ]
        [ "$(dump "$DB" | md5sum)" = "$rows" ]
        rm "$STORAGE/etc/new"
        same_tree "$PLACE/before/etc/deep" "$STORAGE/etc/deep"
        same_tree "$PLACE/before/empty" "$STORAGE/empty"
        [ "$(cat "$STORAGE/etc/one") $(stat -c %a "$STORAGE/etc/one")" = 'one 640' ]
        [ -z "$(find "$PLACE" -name '.gen-backup-*')" ]
        # what was there before is kept, of just those paths
        aside=$(echo "$DEST"/default/.before-restore-*Z)
        [ "$(tar --zstd -xOf "$aside/files.tar.zst" ".$STORAGE/etc/one")" = changed ]
        ! tar --zstd -tf "$aside/files.tar.zst" | grep -e new -e lib || return 1
        rm -rf "$PLACE/before" "$DEST" "$STATE"
    done
}

@test "in place: --only a file, or a directory" {
    back_up
    change_tree
    under sh restore default --only "$STORAGE/etc/one" --yes
    expect_status 0
    [ "$(cat "$STORAGE/etc/one")" = one ]
    [ ! -e "$STORAGE/etc/deep/er" ]
    [ "$(stat -c %a "$STORAGE/etc/deep")" = 777 ]
    under sh restore default --only "$STORAGE/etc/deep" --yes
    expect_status 0
    [ "$(cat "$STORAGE/etc/deep/er/three") $(stat -c %a "$STORAGE/etc/deep")" = 'three 755' ]
    [ ! -e "$STORAGE/empty" ]
    under sh restore default --only "$STORAGE/etc/none" --yes
    expect_status 2
    [[ $err == *"holds no '$STORAGE/etc/none'"* ]]
}

@test "in place: onto a bare machine, from a copy of the backup, files and databases" {
    make_script ''
    back_up
    rows=$(dump "$DB" | md5sum)
    cp -a "$STORAGE" "$PLACE/before"
    cp -R "$BACKUP" "$PLACE/copy"
    rm -rf "$STORAGE" "$DEST" "$STATE" "$SCRIPT"
    SCRIPT=$PLACE/copy/backup.sh
    under sh restore --yes
    expect_status 0
    [ "$(dump "$DB" | md5sum)" = "$rows" ]
    same_tree "$PLACE/before/etc" "$STORAGE/etc"
    [ -z "$(find "$PLACE" -name '.before-restore-*')" ]
}

@test "in place: a directory that is a link here is refused, and nothing is written behind it" {
    back_up
    mkdir "$PLACE/victim"
    for link in etc etc/deep; do
        cp -a "$STORAGE" "$PLACE/keep"
        rm -r "${STORAGE:?}/$link"
        ln -s "$PLACE/victim" "$STORAGE/$link"
        under sh restore default --yes
        expect_status 3
        [[ $err == *"$STORAGE/$link"* ]]
        [ -z "$(ls -A "$PLACE/victim")" ]
        [ -z "$(find "$PLACE" -name '.gen-backup-*' -o -name '.before-*')" ]
        rm -r "$STORAGE"
        mv "$PLACE/keep" "$STORAGE"
    done
}

@test "in place: a file that is a link here, or a directory" {
    back_up
    echo precious >"$PLACE/victim"
    ln -sf "$PLACE/victim" "$STORAGE/etc/one"
    under sh restore default --yes
    expect_status 0
    [ "$(cat "$PLACE/victim")" = precious ]
    [ ! -L "$STORAGE/etc/one" ]
    rm "$STORAGE/etc/one"
    mkdir "$STORAGE/etc/one"
    under sh restore default --yes
    expect_status 3
    [ -d "$STORAGE/etc/one" ]
}

@test "archives that reach outside: nothing escapes, to a directory and in place" {
    back_up
    mkdir "$PLACE/victim"
    echo precious >"$PLACE/victim/file"
    up=$(printf '../%.0s' 1 2 3 4 5 6 7 8 9 10 11 12)
    for members in \
        "[[\"${up}${PLACE#/}/victim/file\",\"0\",\"evil\"]]" \
        "[[\"$PLACE/victim/file\",\"0\",\"evil\"]]" \
        "[[\".$STORAGE/etc/out\",\"2\",\"$PLACE/victim\"],[\".$STORAGE/etc/out/file\",\"0\",\"evil\"]]" \
        "[[\".$STORAGE/etc/out\",\"2\",\"$up\"],[\".$STORAGE/etc/out/${PLACE#/}/victim/file\",\"0\",\"evil\"]]" \
        "[[\".$STORAGE/etc/hard\",\"1\",\"$PLACE/victim/file\"],[\".$STORAGE/etc/hard\",\"0\",\"evil\"]]"; do
        forge "$members"
        under sh restore default --to "$PLACE/to"
        under sh restore default --yes
        [ "$(cat "$PLACE/victim/file")" = precious ]
        [ "$(ls -A "$PLACE/victim")" = file ]
        rm -rf "$PLACE/to" "$DEST"/default/.before-*
    done
}

@test "in place: a failure half-way brings everything back; every shell" {
    mkdir "$PLACE/bin"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        back_up "$shell"
        cp -a "$STORAGE" "$PLACE/before"
        change_tree
        cp -a "$STORAGE" "$PLACE/changed"
        # the way back moves files too: then it is the real one
        cat >"$PLACE/bin/mv" <<SH
#!/bin/sh
case "\$PWD \$*" in */deep/.gen-backup-restore*two*) rm "\$0"; /bin/mv "\$@"; exit 1 ;; esac
exec /bin/mv "\$@"
SH
        chmod +x "$PLACE/bin/mv"
        PATH=$PLACE/bin:$PATH under "$shell" restore default --yes
        expect_status 1
        [[ $err == *'everything was put back'* ]]
        diff <(print_tree "$PLACE/changed" plain | sed 's/|[0-9]* [0-9]*$//') <(print_tree "$STORAGE" plain | sed 's/|[0-9]* [0-9]*$//')
        [ -z "$(find "$PLACE" -name '.gen-backup-*')" ]
        under "$shell" restore default --yes
        expect_status 0
        rm -rf "$STORAGE" "$PLACE/changed" "$DEST" "$STATE"
        mv "$PLACE/before" "$STORAGE"
    done
}

# bats test_tags=long
@test "in place: stopped or killed at any moment, every file is the old one or the new one" {
    mkdir "$STORAGE/etc/many"
    for d in $(seq 1 30); do
        mkdir "$STORAGE/etc/many/$d"
        for f in $(seq 1 30); do echo old >"$STORAGE/etc/many/$d/$f"; done
    done
    back_up
    for try in $(seq 1 16); do
        find "$STORAGE/etc/many" -type f -exec sh -c 'for f; do echo new >"$f"; done' sh {} +
        signal=$([ $((try % 2)) = 0 ] && echo TERM || echo KILL)
        setsid sh "$SCRIPT" restore default --yes >/dev/null 2>"$PLACE/err" &
        pid=$!
        sleep "0.$(printf '%02d' $((try * 4)))"
        kill -s "$signal" "$pid" 2>/dev/null || :
        wait "$pid" || :
        pkill -9 -s "$pid" || :
        await is_none -s "$pid"
        # a killed one leaves what it was about to put in place, under a name of ours
        find "$STORAGE/etc/many" -name .gen-backup-restore -prune -o -type f -print >"$PLACE/files"
        [ "$(wc -l <"$PLACE/files")" = 900 ]
        xargs -d '\n' cat <"$PLACE/files" | sort -u >"$PLACE/contents"
        [ -z "$(grep -vx -e old -e new "$PLACE/contents")" ]
        # stopped, it is one or the other as a whole
        [ "$signal" = KILL ] || [ "$(wc -l <"$PLACE/contents")" = 1 ]
    done
    under sh restore default --yes
    expect_status 0
    [ "$(find "$STORAGE/etc/many" -type f -exec cat {} + | sort -u)" = old ]
    [ "$(find "$STORAGE/etc/many" -type f | wc -l)" = 900 ]
    [ -z "$(find "$STORAGE" -name '.gen-backup*')" ]
    [ -z "$(find "$PLACE" -name '.gen-backup-*')" ]
    under sh run
    expect_status 0
}

@test "in place: across filesystems, and with no room, neither here nor for what is set aside" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no mounts'
    mkdir "$STORAGE/mount" "$PLACE/small"
    mount -t tmpfs -o size=4m none "$STORAGE/mount"
    mkdir "$STORAGE/mount/sub"
    echo old >"$STORAGE/mount/sub/file"
    make_script 'type = "selective"
include = ["etc", "mount"]'
    back_up
    echo new >"$STORAGE/mount/sub/file"
    inode=$(stat -c %i "$STORAGE/mount/sub")
    under sh restore default --yes
    expect_status 0
    [ "$(cat "$STORAGE/mount/sub/file")" = old ]
    [ "$(stat -c %i "$STORAGE/mount/sub")" = "$inode" ]
    # no room for it
    head -c 3000000 /dev/urandom >"$STORAGE/mount/big"
    back_up
    rm "$STORAGE/mount/big"
    head -c 3000000 /dev/urandom >"$STORAGE/mount/other"
    echo new >"$STORAGE/mount/sub/file"
    sum=$(find "$STORAGE" -type f -exec md5sum {} + | sort | md5sum)
    under sh restore default --yes
    expect_status 1
    [[ $err == *'everything was put back'* ]]
    [ "$(find "$STORAGE" -type f -exec md5sum {} + | sort | md5sum)" = "$sum" ]
    [ -z "$(find "$STORAGE" -name '.gen-backup-*')" ]
    # no room where it is set aside
    rm "$STORAGE/mount/other"
    cp "$BACKUP/files.tar.zst" "$STORAGE/mount/big"
    # what is unpacked there fits, and what is there now does not
    mount -t tmpfs -o size=8m none "$PLACE/small"
    cp -R "$BACKUP" "$PLACE/small/backup"
    sum=$(find "$STORAGE" -type f -exec md5sum {} + | sort | md5sum)
    SCRIPT=$PLACE/small/backup/backup.sh under sh restore --yes
    expect_status 1
    [[ $err == *'nothing was changed'* ]]
    [ "$(find "$STORAGE" -type f -exec md5sum {} + | sort | md5sum)" = "$sum" ]
    [ "$(ls -A "$PLACE/small")" = backup ]
}

@test "in place: names of one file in several directories stay that, also where the backups are elsewhere" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no mounts'
    mkdir "$DEST"
    mount -t tmpfs -o size=20m none "$DEST"
    ln "$STORAGE/etc/one" "$STORAGE/etc/deep/one more"
    ln "$STORAGE/etc/one" "$STORAGE/etc/deep/er/-one"
    setfattr -n user.note -v here "$STORAGE/etc/one" || skip 'NO ATTRIBUTES here'
    back_up
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -r "$STORAGE/etc/deep"
        echo changed >"$STORAGE/etc/one"
        under "$shell" restore default --only "$STORAGE/etc" --yes
        expect_status 0
        [ "$(cat "$STORAGE/etc/deep/er/-one") $(stat -c %h "$STORAGE/etc/one")" = 'one 3' ]
        [ "$STORAGE/etc/one" -ef "$STORAGE/etc/deep/one more" ]
        [ "$STORAGE/etc/one" -ef "$STORAGE/etc/deep/er/-one" ]
        [ "$(getfattr --only-values -n user.note "$STORAGE/etc/one")" = here ]
        [ -z "$(find "$STORAGE" -name '.gen-backup*')" ]
        rm -rf "$DEST"/default/.before-restore-*
    done
    umount "$DEST"
}

@test "in place: where the backups lie keeps no owners, or is only to be read: by way of the state directory" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no mounts'
    chown 1234:2345 "$STORAGE/etc/one"
    back_up
    rm -rf "$STORAGE/etc" "$STORAGE/empty"
    cp -R "$BACKUP" "$PLACE/small.copy"
    mkdir "$PLACE/small"
    mount -t tmpfs none "$PLACE/small"
    cp -R "$BACKUP" "$PLACE/small/backup"
    mount -o remount,ro "$PLACE/small"
    SCRIPT=$PLACE/small/backup/backup.sh under sh restore --yes
    expect_status 0
    [ "$(stat -c '%u:%g %a' "$STORAGE/etc/one")" = '1234:2345 640' ]
    # chown there does nothing, as on exFAT
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/chown" <<SH
#!/bin/sh
case "\$*" in *probe*) exit 0 ;; esac
exec /bin/chown "\$@"
SH
    chmod +x "$PLACE/bin/chown"
    rm -rf "$STORAGE/etc"
    chmod 700 "$DEST"
    PATH=$PLACE/bin:$PATH under sh restore default --yes
    expect_status 0
    [ "$(stat -c '%u:%g %a' "$STORAGE/etc/one")" = '1234:2345 640' ]
    [ -z "$(ls -A "$STATE" | grep restore)" ]
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
}

@test "as another user: files come back, and it says that their owners do not" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" "$PLACE"
    back_up
    cp -R "$BACKUP" "$PLACE/copy"
    chown -R 65534 "$PLACE/copy"
    rm -rf "$STATE"
    mkdir "$PLACE/home"
    chown 65534 "$PLACE" "$PLACE/home"
    setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$PLACE/home" \
        sh "$PLACE/copy/backup.sh" restore --to "$PLACE/home/to" 2>"$PLACE/err"
    grep -q 'not root, so all belongs to user 65534' "$PLACE/err"
    [ "$(cat "$PLACE/home/to$STORAGE/etc/deep/er/three")" = three ]
}

@test "in place: a directory of ours is made once in each directory that gets files, by names too" {
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\ncase "$*" in *.gen-backup-restore) pwd >>"%s" ;; esac\nexec %s "$@"\n' "$PLACE/made" "$(command -v mkdir)" >"$PLACE/bin/mkdir"
    chmod +x "$PLACE/bin/mkdir"
    back_up
    for file in one deep/er/three; do echo changed >"$STORAGE/etc/$file"; done # new directories take one more
    PATH="$PLACE/bin:$PATH" under sh restore default --only files --yes
    expect_status 0
    [ "$(sort "$PLACE/made")" = "$(sort -u "$PLACE/made")" ]
    [ "$(grep -c '' "$PLACE/made")" = 3 ]
}
