# Filesystems that cannot hold all, files that stand in the way, and places that do not answer.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    setup_place
    make_database "$DB"
}

teardown() {
    chattr -R -a -i "${STORAGE-/nothing}" 2>/dev/null || :
    [ -z "${PLACE-}" ] || while read -r at; do umount -l "$at"; done < <(grep -o "$PLACE[^ ]*" /proc/self/mounts | sed 's/\\040/ /g' | sort -r)
    [ ! -e "${PLACE-/}/loops" ] || while read -r loop; do losetup -d "$loop"; done <"$PLACE/loops"
}

# mount_exfat <directory>: for root alone, as a stick that is mounted so.
mount_exfat() {
    command -v mount.exfat-fuse mkfs.exfat >/dev/null || skip 'EXFAT MISSING: exfat-fuse, exfatprogs'
    local image loop
    image=$(mktemp "$PLACE/image.XXXX")
    truncate -s 200M "$image"
    mkfs.exfat "$image" >/dev/null
    loop=$(losetup -f --show "$image") || skip 'NO LOOP DEVICES here'
    echo "$loop" >>"$PLACE/loops"
    mkdir -p "$1"
    mount.exfat-fuse -o umask=077 "$loop" "$1" >/dev/null 2>&1 3>&- || skip 'NO FUSE here'
}

make_odd_files() {
    ln -s a.toml "$STORAGE/etc/link"
    ln "$STORAGE/etc/a.toml" "$STORAGE/etc/second"
    chown 1234:1234 "$STORAGE/etc/a.toml"
    chmod 4755 "$STORAGE/etc/a.toml"
    ln -s /absolute/nowhere "$STORAGE/etc/absolute"
    mkfifo "$STORAGE/pipe"
    mkdir -m 750 "$STORAGE/directory"
}

# bats test_tags=long
@test "exFAT: a drill is made where links and owners are, and a restore in place is whole" {
    make_odd_files
    make_script ''
    mount_exfat "$DEST"
    under sh run
    expect_status 0
    print_tree "$STORAGE" >"$PLACE/before"
    for words in 'verify default' 'drill default' 'restore default --yes' 'list' 'status'; do
        # shellcheck disable=SC2086 # words
        under sh $words
        expect_status 0
        [[ $err != *warning* ]]
    done
    rm -r "$STORAGE/etc" "$STORAGE/pipe"
    under sh restore default --yes --only files
    expect_status 0
    print_tree "$STORAGE" | grep -v before-restore >"$PLACE/after"
    diff <(grep -v -e tracker.db -e '^[.]/lib|' "$PLACE/before") <(grep -v -e tracker.db -e '^[.]/lib|' "$PLACE/after")
    # A set of tools that fails names what it did; a damaged archive is still one.
    archive=$(echo "$DEST"/default/*/files.tar.zst)
    printf x | dd of="$archive" bs=1 seek=40 conv=notrunc 2>/dev/null
    under sh drill
    expect_status 5
}

# bats test_tags=long
@test "exFAT: restore --to a stick gives up what that cannot hold, and says so once" {
    make_odd_files
    make_script ''
    under sh run
    expect_status 0
    mount_exfat "$PLACE/stick"
    under sh restore default --to "$PLACE/stick/there"
    expect_status 1
    [ "$(grep -c 'change ownership' <<<"$err")" = 1 ]
    [[ $err == *'restored, but not all of it: '*'create symlink: 2, the first is '*'hard link: 1, '*'mkfifo: 1'* ]]
    cmp "$PLACE/stick/there$STORAGE/etc/a.toml" "$STORAGE/etc/a.toml"
    [ "$(dump "$PLACE/stick/there$DB")" = "$(dump "$DB")" ]
    # What is all there is no failure.
    rm -r "$STORAGE/etc/second" "$STORAGE/etc/link" "$STORAGE/etc/absolute" "$STORAGE/pipe"
    sleep 1
    under sh run
    under sh restore default --to "$PLACE/stick/again"
    expect_status 0
    [[ $err == *'warning: files: cannot be had here: change ownership: 1'* ]]
    # And a full one is.
    truncate -s 300M "$STORAGE/large"
    sleep 1
    under sh run
    under sh restore default --to "$PLACE/stick/full"
    [[ $status = [13] && $err == *space* ]]
    [ ! -e "$PLACE/stick/full" ]
}

# bats test_tags=long
@test "a file of 300 GB and few bytes: run, drill and restores want no more than its bytes" {
    truncate -s 300G "$STORAGE/sparse"
    echo here | dd of="$STORAGE/sparse" bs=1 seek=150G conv=notrunc 2>/dev/null
    make_script ''
    mkdir -p "$DEST" "$PLACE/small"
    mount -t tmpfs -o size=30M tmpfs "$DEST"
    mount -t tmpfs -o size=30M tmpfs "$PLACE/small"
    for words in run drill 'restore default --yes' "restore default --to $PLACE/small/to"; do
        # shellcheck disable=SC2086 # words
        timeout 60 true && under sh $words
        expect_status 0
    done
    for root in '' "$PLACE/small/to"; do
        [ "$(stat -c %s "$root$STORAGE/sparse")" = $((300 * 1024 * 1024 * 1024)) ]
        [ "$(dd if="$root$STORAGE/sparse" bs=1 skip=150G count=4 2>/dev/null)" = here ]
    done
}

# bats test_tags=long
@test "devices that this root may not make cost nothing else, in a drill and in restores" {
    command -v setpriv >/dev/null || skip 'SETPRIV MISSING'
    mknod "$STORAGE/device" c 1 3
    make_script ''
    under sh run
    expect_status 0
    rm "$STORAGE/device"
    echo 'answer = 0' >"$STORAGE/etc/a.toml"
    without() { run -"$1" setpriv --bounding-set -mknod --inh-caps -mknod sh "$SCRIPT" "${@:2}"; }
    without 0 drill
    [[ $output == *"warning: "*"restored and compared, but for some: files: "*"mknod: 1, the first is '.$STORAGE/device'"* ]]
    without 1 restore default --to "$PLACE/to"
    [[ $output == *"restored, but not all of it: files: "*"mknod: 1, the first is '.$STORAGE/device'"* ]]
    grep -q 42 "$PLACE/to$STORAGE/etc/a.toml"
    without 1 restore default --yes
    [[ $output == *"restored, but not all of it"* ]]
    grep -q 42 "$STORAGE/etc/a.toml"
    [ ! -e "$STORAGE/device" ]
    under sh restore default --yes
    expect_status 0
    [ -c "$STORAGE/device" ]
}

# bats test_tags=long
@test "append-only and immutable files and directories stay as they are, are named, and cost nothing else" {
    mkdir "$STORAGE/fixed" "$STORAGE/free"
    for file in log fixed/file free/immutable free/other; do echo old >"$STORAGE/$file"; done
    make_script ''
    under sh run
    expect_status 0
    chattr +a "$STORAGE/log" 2>/dev/null || skip 'NO CHATTR on this filesystem'
    chattr +i "$STORAGE/free/immutable"
    echo new >>"$STORAGE/log"
    echo new >"$STORAGE/free/other"
    chattr +i "$STORAGE/fixed"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" restore default --yes --only files
        expect_status 1
        [[ $err == *'not all of it'*"'$STORAGE/fixed/'"*"'$STORAGE/free/immutable'"*"'$STORAGE/log'"* ]] || { echo "$err" && return 1; }
        [ "$(cat "$STORAGE/free/other")" = old ]
        [ "$(tail -n 1 "$STORAGE/log")" = new ]
        [ -z "$(find "$STORAGE" -name '.gen-backup*')" ]
        rm -rf "$DEST"/default/.before*
    done
    chattr -R -a -i "$STORAGE"
    under sh restore default --yes --only files
    expect_status 0
    [ "$(cat "$STORAGE/log")" = old ]
}

@test "two names of a file in one directory: a restore in place keeps them one file" {
    ln "$STORAGE/etc/a.toml" "$STORAGE/etc/b.toml"
    make_script ''
    under sh run
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" restore default --yes --only files
        expect_status 0
        [ "$STORAGE/etc/a.toml" -ef "$STORAGE/etc/b.toml" ]
        rm -rf "$DEST"/default/.before*
    done
}

@test "a directory with setgid: a restore in place goes on in it" {
    mkdir -m 2775 "$STORAGE/shared"
    echo old >"$STORAGE/shared/file"
    make_script ''
    under sh run
    echo new >"$STORAGE/shared/file"
    under sh restore default --yes --only files
    expect_status 0
    [ "$(cat "$STORAGE/shared/file")" = old ]
    [ "$(stat -c %a "$STORAGE/shared")" = 2775 ]
}

@test "a directory that is gone comes back with its attributes" {
    mkdir "$STORAGE/marked"
    echo 1 >"$STORAGE/marked/file"
    setfattr -n user.word -v kept "$STORAGE/marked" || skip 'NO ATTRIBUTES here'
    make_script ''
    under sh run
    rm -r "$STORAGE/marked"
    under sh restore default --yes --only files
    expect_status 0
    [ "$(getfattr --only-values -n user.word "$STORAGE/marked" 2>/dev/null)" = kept ]
}

# bats test_tags=long
@test "a destination whose server is stopped: list, status, check and run say so within seconds" {
    command -v bindfs >/dev/null || skip 'BINDFS MISSING'
    make_script 'require_mount = true'
    mkdir "$PLACE/real" "$DEST"
    bindfs -f "$PLACE/real" "$DEST" 3>&- &
    server=$!
    (sleep 150 && kill -s CONT "$server") >/dev/null 2>&1 3>&- & # or nothing here could end
    guard=$!
    await mountpoint -q "$DEST"
    under sh run
    expect_status 0
    under sh list
    expect_status 0
    kill -s STOP "$server"
    for shell in sh; do
        for words in list "status --json" check run "show default"; do
            began=$SECONDS
            # shellcheck disable=SC2086 # words
            under "$shell" $words
            took=$((SECONDS - began))
            [ "$status" = 3 ] && [[ $out$err == *"does not answer"* ]] && [ "$took" -lt 60 ] || {
                kill -s CONT "$server"
                echo "$words: $status after $took s: $out$err"
                return 1
            }
        done
    done
    kill -s CONT "$server"
    under sh status
    expect_status 1 # of that run
    under sh run
    expect_status 0
    pkill -P "$guard" || :
    umount "$DEST"
    wait "$server" || :
}

@test "a file that is mounted by itself, as into a container: said at a restore in place" {
    echo 'answer = 42' >"$STORAGE/etc/a b.toml"
    make_script ''
    under sh run
    expect_status 0
    mkdir "$PLACE/inside"
    touch "$PLACE/inside/app.db" "$PLACE/inside/a.toml"
    unshare -m sh -c 'mount --bind "$1" "$3/app.db" && mount --bind "$2" "$3/a.toml" && touch "$3/../ready" && exec sleep 1000' \
        sh "$DB" "$STORAGE/etc/a b.toml" "$PLACE/inside" 3>&- &
    container=$!
    await test -e "$PLACE/ready"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        # A file that was replaced is that one's no more: so of the first time alone.
        under "$shell" restore default --yes
        expect_status 0
        [ "$shell" != dash ] || {
            [[ $err == *"warning: mounted as a single file"*"'$STORAGE/etc/a b.toml' by process $container"* ]]
            [[ $err == *"warning: mounted as a single file"*"'$DB' by process $container"* ]]
            first=done
        }
        rm -rf "$DB".before* "$DEST"/default/.before*
    done
    [ -n "$first" ]
    kill "$container"
}

# bats test_tags=long
@test "each command on each filesystem of a destination does what docs/reliability.md says" {
    left_to_all
    unshare -m true 2>/dev/null || skip 'NO NAMESPACES here'
    unshare -m bash "$ROOT/test/filesystems.sh" >"$PLACE/table" 2>"$PLACE/err" || { cat "$PLACE/err" && return 1; }
    cat "$PLACE/table"
    [ "$(grep -c '^|' "$PLACE/table")" = 11 ]
    # Cells alone: the page's columns are padded.
    cells() { sed -n '/filesystems: begin/,/filesystems: end/p' "$1" | grep '^| [a-zA-Z]' | sed 's/  *|/ |/g'; }
    { echo 'filesystems: begin' && cat "$PLACE/table" && echo 'filesystems: end'; } >"$PLACE/page"
    ! diff <(cells "$ROOT/docs/reliability.md") <(cells "$PLACE/page" | grep -v 'not to be had') | grep '^>' || return 1
}
