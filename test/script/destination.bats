# Where backups go: full, unmounted, foreign, killed half-way.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

teardown() {
    ! mountpoint -q "$PLACE/volume" || umount "$PLACE/volume"
    ! mountpoint -q "$STATE" || umount "$STATE"
}

# mount_volume [size]: a small disk at $PLACE/volume
mount_volume() {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    mkdir -p "$PLACE/volume"
    mount -t tmpfs -o "size=${1:-4m}" tmpfs "$PLACE/volume" || skip 'CANNOT MOUNT a tmpfs here'
    DEST=$PLACE/volume/backups
}

@test "a full disk ends the run, leaves nothing half-done, and the next run is fine" {
    mount_volume 1200k
    make_script 'type = "database"
compression = "none"'
    under sh run
    expect_status 0
    first=$out
    # full without the preflight seeing it: writes past a limit fail
    dd if=/dev/zero of="$PLACE/volume/filler" bs=1k 2>/dev/null || :
    under sh run
    [ "$status" = 3 ] || [ "$status" = 1 ]
    [ "$(ls -A "$DEST/default")" = "${first##*/}" ]
    rm "$PLACE/volume/filler"
    under sh run
    expect_status 0
    under sh verify default all
    expect_status 0
}

# what fills disks of these sizes: another step each time
fills() {
    local kib why
    for kib in 64 100 320; do
        mount_volume "${kib}k"
        under "$1" run
        echo "$kib: $status $err"
        if [ "$status" = 1 ]; then
            if ls "$DEST/default" | grep Z; then [[ $err == *partial* ]]; else
                why=$(under "$1" status --json; echo "$out" | node -p 'JSON.parse(require("fs").readFileSync(0))[0].last_failure_reason')
                echo "$why"
                [[ $why == *"is full"* ]]
            fi
        fi
        umount "$PLACE/volume"
        rm -rf "$STATE"
    done
}

@test "a disk that fills while it is written to is called full, on every shell" {
    mount_volume
    make_script 'compression = "none"'
    umount "$PLACE/volume"
    local shell
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        echo "shell: $shell"
        fills "$shell"
    done
}

# bats test_tags=long
@test "a disk that fills while it is written to: every step fails cleanly" {
    make_script ''
    # ulimit -f with SIGXFSZ ignored: a full disk that no preflight sees
    for kib in 0 1 4 8 16 24 32 40 48 64 100 200; do
        status=0
        (
            trap '' XFSZ
            ulimit -f "$kib"
            sh "$SCRIPT" run >"$PLACE/out" 2>/dev/null
        ) || status=$?
        [ "$status" != 4 ] # nobody else runs
        if [ -s "$PLACE/out" ]; then # what there was room for
            [ "$status" = 0 ] || grep -q ^partial= "$(cat "$PLACE/out")/MANIFEST"
            under sh verify default all
            expect_status 0
        else
            [ "$status" != 0 ]
            [ -z "$(ls -A "$DEST/default" 2>/dev/null | grep -v Z)" ]
        fi
    done
    under sh run
    expect_status 0
    under sh verify default all
    expect_status 0
}

@test "a destination that cannot be written to: exit 3" {
    make_script 'type = "database"'
    : >"$DEST"
    under sh run
    expect_status 3
}

@test "an unmounted volume is refused, and nothing is written below the mount point" {
    mount_volume
    make_script 'type = "database"'
    under sh run
    expect_status 0
    umount "$PLACE/volume"
    for words in run list verify 'restore default --to /nowhere/x' prune; do
        # shellcheck disable=SC2086
        under sh $words
        expect_status 3
        [[ $err == *mount* ]]
    done
    [ -z "$(ls -A "$PLACE/volume")" ]
}

@test "another machine's volume is refused" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    mv "$STATE" "$STATE.away" # as another machine would see it
    under sh run
    expect_status 3
    [[ $err == *'another machine'* ]]
    # the message's own way out
    mkdir -p "$STATE"
    printf '%s %s\n' "$(head -n 1 "$DEST/.gen-backup")" "$DEST" >"$STATE/destination"
    under sh run
    expect_status 0
    echo 0123456789abcdef0123456789abcdef >"$DEST/.gen-backup"
    under sh run
    expect_status 3
}

@test "require_mount: a directory on / is refused and not made; a volume is fine" {
    if [ "$(df -P "$PLACE" | awk 'NR == 2 { print $6 }')" = / ]; then
        make_script 'type = "database"
require_mount = true'
        under sh run
        expect_status 3
        [ ! -e "$DEST" ]
    fi
    mount_volume
    mkdir "$DEST"
    make_script 'type = "database"
require_mount = true'
    under sh run
    expect_status 0
}

@test "min_free: exit 3 with numbers before a byte is written" {
    make_script 'type = "database"'
    sed -i 's/^MIN_FREE_KB=.*/MIN_FREE_KB=999999999999/' "$SCRIPT"
    under sh run
    expect_status 3
    [[ $err == *'KiB free'*'999999999999 to be left over'* ]]
}

@test "a first run that was killed anywhere in marking its destination costs nothing" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    id=$(cat "$DEST/.gen-backup")
    # the states that a kill can leave: only the local half, then both but not confirmed
    rm "$STATE/destination" "$DEST/.gen-backup"
    under sh run
    expect_status 0
    [ "$(cat "$DEST/.gen-backup")" = "$id" ]
    rm "$STATE/destination"
    under sh run
    expect_status 0
    : >"$DEST/.gen-backup" # an empty mark, of a full disk
    rm "$STATE/destination"
    under sh run
    expect_status 0
}

@test "the destination and the state are for their owner's eyes only" {
    make_script 'type = "database"'
    under sh run
    [ "$(stat -c %a "$DEST" "$DEST/default" "$out" "$STATE" | sort -u)" = 700 ]
    [ -z "$(find "$DEST" "$STATE" -type f -perm /077)" ]
}

# is_whole_or_failed: what was published is all there; 0 is said of nothing less.
is_whole_or_failed() {
    local published
    for published in "$DEST"/default/2*; do
        [ -d "$published" ] || { [ "$status" != 0 ] && [ -z "$out" ] && return; }
        (cd "$published" && sha256sum -c SHA256SUMS >/dev/null) || return
        [ "$(cd "$published" && find . -type f | wc -l)" = $(($(wc -l <"$published/SHA256SUMS") + 1)) ] || return
        grep -q '  MANIFEST$' "$published/SHA256SUMS" || return
        grep -q '^finished=' "$published/MANIFEST" || return
        cmp "$SCRIPT" "$published/backup.sh" || return
        zstd -qdc "$published/databases/tracker.sqlite3.zst" >"$PLACE/unpacked" || return
        [ "$(dump "$PLACE/unpacked")" = "$(dump "$DB")" ] || return
        grep -q '^tracker.owner=[0-9]*:[0-9][0-9]*$' "$published/MANIFEST" || return
        grep -q '^tracker.mode=[0-7][0-7]*$' "$published/MANIFEST" || return
        grep -q '^tracker.bytes=[0-9][0-9]*$' "$published/MANIFEST" || return
        # what a drill compares with: three tables
        [ "$(grep -c '^tracker.rows=[0-9]' "$published/MANIFEST")" -ge 3 ] || return
    done
}

@test "a tool that fails, at whichever call: a failed run, or a whole backup" {
    make_script 'type = "database"'
    under sh run # marks the destination
    prepare() { rm -rf "$DEST"/default/2*; }
    for tool in cp mv find sha256sum cmp sed sqlite3; do
        fail_each "$tool" is_whole_or_failed run
    done
}

@test "a copy whose size cannot be read is not published" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    mkdir "$PLACE/bin"
    for nth in 1 2 3; do
        rm -rf "$DEST"/default/2* "$PLACE/calls"
        cat >"$PLACE/bin/stat" <<SH
#!/bin/sh
case "\$*" in *.incomplete*) echo >>'$PLACE/calls' ;; *) exec $(command -v stat) "\$@" ;; esac
[ "\$(wc -l <'$PLACE/calls')" = $nth ] || exec $(command -v stat) "\$@"
exit 1
SH
        chmod +x "$PLACE/bin/stat"
        PATH=$PLACE/bin:$PATH under sh run
        is_whole_or_failed
    done
}

@test "what cannot be written to the disk for good is a failed run" {
    make_script 'type = "database"'
    prepare() { rm -rf "$DEST"/default "$STATE" "$DEST/.gen-backup"; }
    has_failed() { [ "$status" != 0 ]; }
    fail_each sync has_failed run
}

@test "a backup and its directory are on the disk before its name, its name before the end" {
    make_script 'type = "database"'
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sync" <<SH
#!/bin/sh
for path; do readlink -f -- "\$path"; done >>'$PLACE/synced'
[ "\$#" != 0 ] || echo everything >>'$PLACE/synced'
SH
    chmod +x "$PLACE/bin/sync"
    PATH=$PLACE/bin:$PATH under sh run
    expect_status 0
    grep -qx everything "$PLACE/synced" || {
        work=$(sed -n 's:/MANIFEST$::p' "$PLACE/synced")
        [[ $work == "$DEST/default/.incomplete-${out##*/}-"* ]]
        for path in '' /MANIFEST /SHA256SUMS /backup.sh /databases /databases/tracker.sqlite3.zst; do
            grep -qx "$work$path" "$PLACE/synced"
        done
        grep -n . "$PLACE/synced"
        [ "$(grep -nx "$DEST/default" "$PLACE/synced" | tail -n 1 | cut -d : -f 1)" -gt \
            "$(grep -nx "$work/MANIFEST" "$PLACE/synced" | cut -d : -f 1)" ]
        grep -qx "$DEST/.gen-backup" "$PLACE/synced"
    }
}

@test "what a killed run left behind is removed by the next one; what a restore left, by the next restore" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    mkdir -p "$DEST/default/.incomplete-20200101T000000Z/databases" "$DEST/default/.incomplete-restore"
    touch "$STORAGE/lib/.gen-backup-restore-tracker.db"
    under sh run
    expect_status 0
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
    # the night removes nothing beside the application
    [ -e "$STORAGE/lib/.gen-backup-restore-tracker.db" ]
    under sh restore default --yes
    expect_status 0
    [ -z "$(ls -A "$STORAGE/lib" | grep gen-backup)" ]
}

@test "no room for a copy of the database, or for a backup like the last one: exit 3" {
    make_script '[backup.plans.db]
type = "database"
[backup.plans.etc]
type = "selective"
include = ["etc"]'
    head -c 300000 /dev/urandom >"$STORAGE/etc/random"
    under sh run
    expect_status 0
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\necho head\necho "fs 1 1 200 1%% /x"\n' >"$PLACE/bin/df"
    chmod +x "$PLACE/bin/df"
    for plan in db etc; do
        PATH=$PLACE/bin:$PATH under sh run "$plan"
        expect_status 3
        [[ $err == *'200 KiB free'* ]]
        [ "$(ls -A "$DEST/$plan" | wc -l)" = 1 ]
    done
}

@test "a destination that another user may not read: exit 3, and nothing is guessed" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script 'type = "database"'
    under sh run
    expect_status 0
    chmod 777 "$PLACE"
    chmod 700 "$DEST"
    chown -R 65534:65534 "$STATE" "$SCRIPT"
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR"
    for words in list 'verify default' 'restore default --to /nowhere/x' prune status; do
        status=0
        # shellcheck disable=SC2086
        err=$(setpriv --reuid 65534 --regid 65534 --clear-groups sh "$SCRIPT" $words 2>&1 </dev/null) || status=$?
        [ "$status" = 3 ]
        [[ $err == *'cannot read'* ]]
    done
}

@test "a state that cannot be made or written to: exit 3" {
    make_script 'type = "database"'
    : >"$STATE"
    under sh run
    expect_status 3
    [ ! -e "$DEST" ]
    [[ $err == *"$STATE"* ]]
}

@test "a state that is full: a first run is refused, since the destination could not be known again" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    make_script 'type = "database"'
    mkdir "$STATE"
    mount -t tmpfs -o size=64k tmpfs "$STATE" || skip 'CANNOT MOUNT a tmpfs here'
    dd if=/dev/zero of="$STATE/filler" bs=1k 2>/dev/null || :
    under sh run
    expect_status 3
    [[ $err == *"cannot write to '$STATE'"* ]]
    [ ! -e "$DEST/.gen-backup" ]
    rm "$STATE/filler"
    under sh run
    expect_status 0
}

@test "require_mount: neither a missing directory nor one on / will do, wherever tests run" {
    make_script 'type = "database"
require_mount = true'
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\necho head\necho "fs 9 1 99999999 1%% /"\n' >"$PLACE/bin/df"
    chmod +x "$PLACE/bin/df"
    PATH=$PLACE/bin:$PATH under sh run
    expect_status 3
    [ ! -e "$DEST" ]
    mkdir "$DEST"
    PATH=$PLACE/bin:$PATH under sh run
    expect_status 3
    [[ $err == *'not on a mounted volume'* ]]
    [ -z "$(ls -A "$DEST")" ]
}

@test "marking a destination: a tool that fails, at whichever call: no backup without the mark" {
    make_script 'type = "database"'
    prepare() { rm -rf "$DEST" "$STATE"; }
    is_marked_or_failed() {
        [ "$status" = 0 ] || return 0
        [ -s "$DEST/.gen-backup" ]
        [ "$(head -n 1 "$DEST/.gen-backup") $DEST" = "$(cat "$STATE/destination")" ]
    }
    for tool in mkdir cp cut; do
        fail_each "$tool" is_marked_or_failed run
    done
}

@test "min_free: unset, it is a share of the volume, so that small ones can be used" {
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip 'NO NAMESPACES here'
    make_script 'type = "database"'
    sed -i '/^min_free/d' "$PLACE/env.toml"
    node "$ROOT/dist/gen-backup.cjs" "$PLACE/env.toml" -o "$SCRIPT" 2>/dev/null
    mkdir "$DEST"
    for shell in dash 'busybox ash'; do
        # shellcheck disable=SC2016
        unshare -m sh -euc '
            shell=$1 script=$2 dest=$3
            mount -t tmpfs -o size=20m tmpfs "$dest"
            $shell "$script" run
            head -c 20000000 /dev/zero >"$dest/filler"
            $shell "$script" run 2>"$dest/err" && exit 1
            [ $? = 3 ]
            grep " 1024 to be left over (min_free)" "$dest/err"
        ' sh "$shell" "$SCRIPT" "$DEST"
        rm -rf "$STATE"
    done
}

# bats test_tags=long
@test "without a cron there is nothing to uninstall; check says of nothing that it is elsewhere, or was measured" {
    [ "$(id -u)" = 0 ] || skip 'ROOT ONLY'
    make_script "type = 'database'"
    mkdir "$PLACE/bin"
    for tool in /usr/bin/* /bin/* /usr/sbin/*; do ln -sf "$tool" "$PLACE/bin/"; done
    rm -f "$PLACE"/bin/cron* "$DB"
    use_tools "$PLACE/bin"
    sed -i "s:^INSTALL_PATH=.*:INSTALL_PATH='$PLACE/b.sh':" "$SCRIPT"
    chown -R 65534:65534 "$PLACE"
    nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
    for shell in dash 'busybox ash'; do
        status=0
        # shellcheck disable=SC2086
        nobody $shell "$SCRIPT" install >"$PLACE/said" 2>&1 || status=$?
        [ "$status" = 3 ]
        grep 'there is no cron here' "$PLACE/said"
        # shellcheck disable=SC2086
        nobody $shell "$SCRIPT" uninstall >"$PLACE/said"
        grep -x 'schedule: none' "$PLACE/said"
        # shellcheck disable=SC2086
        nobody $shell "$SCRIPT" check >"$PLACE/said" || [ "$?" = 3 ]
        grep -E '^warn  disk +nothing that is backed up is there' "$PLACE/said"
        grep -E "^ok    default: room .* in '$DEST', what a backup takes the first will show" "$PLACE/said"
        grep -xE "ok    state directory +'$STATE'" "$PLACE/said"
    done
}

@test "uninstall says what stays" {
    [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || skip 'NO NAMESPACES here'
    make_script "type = 'database'
log = '$PLACE/log'"
    node "$ROOT/dist/gen-backup.cjs" --install-path "$PLACE/sbin/b.sh" "$PLACE/env.toml" -o "$SCRIPT" 2>/dev/null
    for shell in dash 'busybox ash'; do
        # shellcheck disable=SC2016
        unshare -m sh -euc 'mount -t tmpfs tmpfs /etc/cron.d; mount -t tmpfs tmpfs /etc/logrotate.d
            $1 "$2" install && $1 "$2" uninstall' sh "$shell" "$SCRIPT" >"$PLACE/said"
        printf "what stays: '%s'\n" "$DEST" "$STATE" "$PLACE/sbin/b.sh" "$PLACE/log" \
            /etc/logrotate.d/gen-backup-test | diff - <(grep '^what' "$PLACE/said")
        [ -d "$DEST" ]
        [ -e "$PLACE/sbin/b.sh" ]
        [ -e "$PLACE/log" ]
    done
}
