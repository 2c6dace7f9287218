# Trees of all kinds of files, restored exactly, by every tar, under every shell.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

# back_up_and_compare <shell> [plain]
back_up_and_compare() {
    rm -rf "$PLACE/to" "$DEST" "$STATE"
    under "$1" run
    expect_status 0
    under "$1" restore default --to "$PLACE/to"
    expect_status 0
    same_tree "$STORAGE/tree" "$PLACE/to$STORAGE/tree" "${2-}"
}

@test "GNU tar: names, links, modes, owners, times, holes, access lists, attributes, on every shell" {
    command -v setfacl >/dev/null || skip 'NO setfacl'
    mkdir "$STORAGE/tree"
    sh "$ROOT/test/nasty-tree.sh" "$STORAGE/tree" attributes
    make_script ''
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        back_up_and_compare "$shell"
        [ "$(du -k "$PLACE/to$STORAGE/tree/sparse" | cut -f 1)" -lt 100 ]
    done
}

@test "busybox's tar, Debian's and Alpine's: all but attributes, fractions of seconds, and owners of links and times of what holds them" {
    alpine_tar
    mkdir "$STORAGE/tree"
    sh "$ROOT/test/nasty-tree.sh" "$STORAGE/tree"
    make_busybox "$PLACE/debian"
    make_busybox "$PLACE/alpine" "$ALPINE_TAR"
    for tools in "$PLACE/debian" "$PLACE/alpine"; do
        make_script ''
        use_tools "$tools"
        for shell in 'busybox ash' dash; do back_up_and_compare "$shell" plain; done
    done
    # without a line break in a name, by a list
    rm -r "$STORAGE/tree/"*$'\n'*
    back_up_and_compare 'busybox ash' plain
}

@test "busybox's tar as Debian builds it takes some thousand names, and says so when there are more" {
    mkdir "$STORAGE/tree"
    (cd "$STORAGE/tree" && seq -f '%080g' 1 6000 | xargs touch)
    make_busybox "$PLACE/debian"
    make_script ''
    use_tools "$PLACE/debian"
    under 'busybox ash' run
    expect_status 1
    [[ $err == *'install GNU tar'* ]]
    [ ! -e "$out/files.tar.zst" ]
    grep -q '^partial=files: ' "$out/MANIFEST"
}

@test "an archive of GNU tar is not unpacked by one that would lose something" {
    mkdir "$STORAGE/tree"
    make_script ''
    under sh run
    expect_status 0
    make_busybox "$PLACE/debian"
    use_tools "$PLACE/debian"
    under 'busybox ash' restore default --to "$PLACE/to"
    expect_status 3
    [[ $err == *'GNU tar'* ]]
    [ ! -e "$PLACE/to" ]
}

# bats test_tags=long
@test "100,000 files restored, byte for byte, mode for mode, owner for owner" {
    mkdir "$STORAGE/tree"
    node -e '
        const fs = require("fs"), crypto = require("crypto");
        for (let d = 0; d < 1000; d++) {
            const path = `${process.argv[1]}/${d % 37}/${d}`;
            fs.mkdirSync(path, { recursive: true });
            for (let f = 0; f < 100; f++)
                fs.writeFileSync(`${path}/f ${f}`, crypto.randomBytes((d * 7 + f * 31) % 2000), { mode: 0o600 + f % 64 });
        }' "$STORAGE/tree"
    sh "$ROOT/test/nasty-tree.sh" "$STORAGE/tree"
    make_script ''
    back_up_and_compare sh
    if [ -x "${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/alpine/tar" ]; then
        rm -r "$STORAGE/tree/"*$'\n'*
        make_busybox "$PLACE/alpine" "${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/alpine/tar"
        use_tools "$PLACE/alpine"
        back_up_and_compare 'busybox ash' plain
    fi
}

@test "shaped like Torrust's storage: no raw database, every SQLite file a snapshot, nothing recurses" {
    mkdir -p "$STORAGE"/tracker/{lib/database,etc,log} "$STORAGE"/grafana/data "$STORAGE"/prometheus/etc \
        "$STORAGE"/caddy/{etc,data/certificates} "$STORAGE"/mysql/data/app
    rm -r "$STORAGE/lib" "$STORAGE/etc"
    DB=$STORAGE/tracker/lib/database/tracker.db
    make_database "$DB"
    make_database "$STORAGE/grafana/data/old copy.bak" delete 10
    head -c 12288 /dev/zero >"$STORAGE/mysql/data/ibdata1"
    echo frm >"$STORAGE/mysql/data/app/t.frm"
    echo key >"$STORAGE/caddy/data/certificates/site.key"
    echo toml >"$STORAGE/tracker/etc/tracker.toml"
    head -c 8192 /dev/urandom >"$STORAGE/tracker/log/of-a-database's-size"
    DEST=$STORAGE/backup
    make_script ''
    sed -i 's:"lib/tracker.db":"tracker/lib/database/tracker.db":' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    node "$ROOT/scripts/writer.mjs" --db "$STORAGE/grafana/data/grafana.db" --create 5 --rate 200 >"$PLACE/writer" 2>&1 3>&- &
    writer=$!
    await test -s "$STORAGE/grafana/data/grafana.db-wal"
    for run in 1 2; do
        under sh run
        expect_status 0
    done
    kill "$writer"
    wait "$writer" || :
    [[ $err == *"'$STORAGE/mysql/data' is left out"* ]]
    grep -q "^warning=.*mysql/data" "$out/MANIFEST"
    tar --zstd -tf "$out/files.tar.zst" | sed "s:^\.$STORAGE/::" | sort >"$PLACE/members"
    [ -z "$(grep -e '\.db' -e '\.bak' -e 'mysql/data/' -e '^backup' "$PLACE/members")" ]
    grep -qx "tracker/log/of-a-database's-size" "$PLACE/members"
    grep -qx 'caddy/data/certificates/site.key' "$PLACE/members"
    [ "$(grep -c '^found+[0-9]*.source=' "$out/MANIFEST")" = 2 ]
    under sh restore default --to "$PLACE/to"
    expect_status 0
    for file in tracker/lib/database/tracker.db grafana/data/grafana.db 'grafana/data/old copy.bak'; do
        is_whole "$PLACE/to$STORAGE/$file"
        [ ! -e "$PLACE/to$STORAGE/$file-wal" ]
    done
    [ "$(dump "$PLACE/to$STORAGE/grafana/data/old copy.bak")" = "$(dump "$STORAGE/grafana/data/old copy.bak")" ]
    [ "$(sqlite3 "$PLACE/to$STORAGE/grafana/data/grafana.db" \
        'SELECT (SELECT count(*) FROM ledger) = (SELECT n FROM meta)')" = 1 ]
    # one of them alone, by its path, in place
    under sh restore default --only "$STORAGE/grafana/data/old copy.bak" --yes
    expect_status 0
}

@test "a database that is found but damaged, or has a line break in its name, is a failure that names it" {
    make_database "$STORAGE/other"
    head -c 30000 "$STORAGE/other" >"$STORAGE/cut"
    rm "$STORAGE/other"
    truncate -s 30208 "$STORAGE/cut"
    make_script ''
    under sh run
    expect_status 1
    [[ $err == *"$STORAGE/cut"* ]]
    make_script 'exclude = ["cut"]'
    under sh run
    expect_status 0
    make_database "$STORAGE/"$'line\nbreak'
    under sh run
    expect_status 1
    [[ $err == *'line break'* ]]
}

@test "a backup path under another name is not backed up into itself" {
    mkdir "$STORAGE/mounted"
    make_script ''
    under sh run
    expect_status 0
    cp -r "$DEST" "$STORAGE/mounted/destination"
    under sh run
    expect_status 0
    [ -z "$(tar --zstd -tf "$out/files.tar.zst" | grep 'mounted/destination')" ]
}

@test "patterns: include and exclude, by name at any depth and by path, where no * matches a slash" {
    mkdir -p "$STORAGE"/a/b/c "$STORAGE/x.d/y"
    touch "$STORAGE"/{a,a/b,a/b/c}/{1.toml,1.bak} "$STORAGE/x.d/y/z" "$STORAGE/with "$'\n'".toml"
    make_script 'type = "selective"
include = ["*.toml", "a/*.bak", "*.d", "none*"]
exclude = ["a/*/c"]'
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" run
        expect_status 0
        members=$(tar --zstd -tf "$out/files.tar.zst" | sed "s:^\.$STORAGE/::" | grep -v '/$' | sort | tr '\n' ' ')
        echo "$shell: $members"
        [ "$members" = 'a/1.bak a/1.toml a/b/1.toml etc/a.toml with \n.toml x.d/y/z ' ]
        [[ $err == *"nothing matches 'none*'"* ]]
        grep -q '^warning=.*none' "$out/MANIFEST"
    done
}

@test "patterns, where the storage directory is a symbolic link" {
    mkdir "$STORAGE/a"
    touch "$STORAGE/a/1.toml" "$STORAGE/a/1.bak" "$STORAGE/a/1.log"
    mv "$STORAGE" "$PLACE/re[a]l"
    ln -s "$PLACE/re[a]l" "$STORAGE"
    make_script 'type = "selective"
include = ["a/1.*", "*.toml"]
exclude = ["a/*.log"]'
    under sh run
    expect_status 0
    [ "$(tar --zstd -tf "$out/files.tar.zst" | sed 's:.*/::' | sort | uniq -c | tr -s ' \n' ' ')" = ' 1 1.bak 2 1.toml 1 a.toml ' ]
}

@test "selective: a database among the files is left out and named; nothing left is a failure" {
    make_database "$STORAGE/etc/other.db"
    make_script 'type = "selective"
include = ["etc", "lib"]'
    under sh run
    expect_status 0
    [[ $err == *"'$STORAGE/etc/other.db' is a live database"* ]]
    [ -z "$(tar --zstd -tf "$out/files.tar.zst" | grep db)" ]
    make_script 'type = "selective"
include = ["*.db", "none*"]'
    under sh run
    expect_status 1
    [ "$(find "$DEST/default" -name MANIFEST | wc -l)" = 1 ]
}

@test "a tree that changes: growing, vanishing and shrinking files give a whole archive and a warning" {
    mkdir "$STORAGE/log" "$STORAGE/short" "$PLACE/bin"
    head -c 30000000 /dev/zero >"$STORAGE/log/shrinks"
    (cd "$STORAGE/short" && seq 1 3000 | xargs touch)
    make_script 'compression = "none"'
    # what happens between the list and the reading, always
    cat >"$PLACE/bin/tar" <<SH
#!/bin/sh
case "\$*" in *-cf*members* | *members*-cf*)
    if [ -e "$PLACE/change" ]; then
        rm -f "$PLACE/change"
        rm -rf "$STORAGE/short"
        (sleep 0.02; : >"$STORAGE/log/shrinks") &
    fi ;;
esac
exec /bin/tar "\$@"
SH
    chmod +x "$PLACE/bin/tar"
    touch "$PLACE/change"
    (while [ ! -e "$PLACE/stop" ]; do echo 'a line more' >>"$STORAGE/log/grows"; done) 3>&- &
    PATH=$PLACE/bin:$PATH under sh run
    touch "$PLACE/stop"
    wait
    expect_status 0
    [[ $err == *'gone while they were read: '*short* ]]
    grep -q '^warning=files: gone' "$out/MANIFEST"
    under sh verify
    expect_status 0
    under sh restore default --to "$PLACE/to"
    expect_status 0
    [ ! -s "$PLACE/to$STORAGE/log/shrinks" ] || cmp <(head -c 30000000 /dev/zero) "$PLACE/to$STORAGE/log/shrinks"
}

@test "busybox's tar: a file that shrinks makes no whole archive, so the run fails" {
    alpine_tar
    head -c 300000000 /dev/zero >"$STORAGE/shrinks"
    make_busybox "$PLACE/alpine" "$ALPINE_TAR"
    make_script ''
    use_tools "$PLACE/alpine"
    # slow enough to be caught half-way
    cat >"$PLACE/slow" <<SH
#!/bin/sh
dd bs=1000000 count=20 2>/dev/null
if [ -n "\$(find '$DEST' -name files.tar.zst)" ]; then
    : >'$PLACE/half'
    until [ -e '$PLACE/shrunk' ]; do sleep 0.05; done
fi
exec cat
SH
    chmod +x "$PLACE/slow"
    rm "$PLACE/alpine/zstd"
    printf '#!/bin/sh\ncase "$*" in *-d*) exec /usr/bin/zstd "$@" ;; esac\n%s | exec /usr/bin/zstd "$@"\n' "$PLACE/slow" >"$PLACE/alpine/zstd"
    chmod +x "$PLACE/alpine/zstd"
    (await test -e "$PLACE/half"; : >"$STORAGE/shrinks"; : >"$PLACE/shrunk") 3>&- &
    under 'busybox ash' run
    wait
    expect_status 1
    [ ! -e "$out/files.tar.zst" ]
    grep -q '^partial=files: ' "$out/MANIFEST"
}

@test "sockets are passed over, and counted" {
    node -e 'require("net").createServer().listen(process.argv[1]); setTimeout(() => process.exit(), 20000)' "$STORAGE/etc/socket" 3>&- &
    await test -S "$STORAGE/etc/socket"
    make_script ''
    under sh run
    kill %1
    expect_status 0
    [[ $err == *'1 sockets left out'* ]]
}

@test "a file that cannot be read is a failure, not a gap" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    chown -R 65534 "$PLACE"
    chmod 000 "$STORAGE/etc/a.toml"
    make_script 'type = "selective"
include = ["etc"]'
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_RUN_TMPDIR/test" "$BATS_TEST_TMPDIR" "$PLACE"
    status=0
    su -s /bin/sh nobody -c "sh '$SCRIPT' run" >"$PLACE/out" 2>"$PLACE/err" || status=$?
    [ "$status" = 1 ]
    grep -q 'Permission denied' "$PLACE/err"
}
