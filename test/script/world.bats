# What the world does to databases, trees and destinations.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

# complete_run <shell>: of all that is below the storage directory
complete_run() {
    rm -rf "$DEST" "$STATE"
    under "$1" run
}

# manifest: of the newest backup
manifest() { cat "$(find "$DEST/default" -maxdepth 1 -name '2*Z' | sort | tail -n 1)/MANIFEST"; }

@test "a database that sqlite3 cannot read, with its log beside it, is never copied raw, and named" {
    make_script ''
    sqlite3 "$STORAGE/app.db" "PRAGMA journal_mode=wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)" '.shell true' >/dev/null
    # As SQLCipher writes: random pages, but the log's header as ever.
    head -c 8192 /dev/urandom >"$STORAGE/secret.db"
    printf '7\177\006\202\000\055\342\030' >"$STORAGE/secret.db-wal"
    head -c 4148 /dev/urandom >>"$STORAGE/secret.db-wal"
    head -c 9000 /dev/urandom >"$STORAGE/other.db"
    printf '\331\325\005\371\040\241\143\327' >"$STORAGE/other.db-journal"
    head -c 2000 /dev/urandom >>"$STORAGE/other.db-journal"
    # These are files like any others.
    head -c 1000 /dev/urandom >"$STORAGE/travel"
    printf 'We left at dawn.%s' "$(head -c 900 /dev/zero | tr '\0' .)" >"$STORAGE/travel-journal"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        complete_run "$shell"
        expect_status 1
        for name in secret other; do
            [[ $err == *"'$STORAGE/$name.db' is left out"* ]]
            manifest | grep -q "^partial=.*'$STORAGE/$name.db' is left out"
        done
        directory=$(find "$DEST/default" -maxdepth 1 -name '2*Z')
        tar --zstd -tf "$directory/files.tar.zst" >"$PLACE/members"
        ! grep -q -e secret -e other "$PLACE/members" || return 1
        [ "$(grep -c travel "$PLACE/members")" = 2 ]
        manifest | grep -q "source=$STORAGE/app.db"
    done
    rm "$STORAGE/secret.db"* "$STORAGE/other.db"*
    complete_run sh
    expect_status 0
}

@test "a database whose size is no multiple of a sector, with its log beside it, is a snapshot" {
    make_script ''
    sqlite3 "$STORAGE/odd.db" "PRAGMA journal_mode=wal; CREATE TABLE t (x); INSERT INTO t VALUES (1)" >/dev/null
    printf 'tail' >>"$STORAGE/odd.db"
    sqlite3 "$STORAGE/odd.db" "INSERT INTO t VALUES (2)" ".shell kill -9 \$PPID" >/dev/null 2>&1 || :
    [ -s "$STORAGE/odd.db-wal" ]
    [ "$(($(stat -c %s "$STORAGE/odd.db") % 512))" != 0 ]
    complete_run sh
    expect_status 0
    manifest | grep -q "source=$STORAGE/odd.db"
    under sh restore default --to "$PLACE/to"
    [ "$(sqlite3 "$PLACE/to$STORAGE/odd.db" 'SELECT count(*) FROM t')" = 2 ]
}

@test "links out of the tree: what they lead to is not in the backup, and that is said" {
    mkdir -p "$PLACE/out side/deep" "$STORAGE/sub"
    make_database "$PLACE/out side/app.db"
    ln -s "$PLACE/out side/app.db" "$STORAGE/app.db"
    ln -s "../../out side/deep" "$STORAGE/sub/to directory"
    ln -s ../etc/a.toml "$STORAGE/sub/inside"
    ln -s "$STORAGE/etc" "$STORAGE/inside too"
    ln -s "$DB" "$STORAGE/declared.db"
    ln -s /nowhere/at/all "$STORAGE/dangling"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        make_script ''
        complete_run "$shell"
        expect_status 0
        manifest | grep '^warning=' >"$PLACE/said"
        [ "$(wc -l <"$PLACE/said")" = 1 ]
        grep -qF "$STORAGE/app.db ->$PLACE/out side/app.db" "$PLACE/said"
        grep -qF "$STORAGE/sub/to directory ->$PLACE/out side/deep" "$PLACE/said"
        ! grep -q -e inside -e declared -e dangling "$PLACE/said" || return 1
    done
    make_script "include = [\"$PLACE/out side\"]"
    complete_run sh
    expect_status 0
    ! manifest | grep -q '^warning=' || return 1
}

# make_foreign <file>: what it needs, no sqlite3 has
make_foreign() {
    python3 - "$1" <<'PYTHON'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.create_collation('mine', lambda a, b: (a > b) - (a < b))
c.create_function('mine', 1, lambda a: 1, deterministic=True)
c.executescript('''CREATE TABLE t (a TEXT); CREATE INDEX i ON t (a COLLATE mine);
    CREATE TABLE u (a CHECK (mine(a))); CREATE TABLE g (a, b AS (mine(a))); CREATE INDEX gi ON g (mine(a));
    CREATE TABLE plain (a UNIQUE);''')
for n in range(500):
    for table in 't', 'u', 'g', 'plain':
        c.execute(f'INSERT INTO {table} (a) VALUES (?)', (str(n),))
c.commit()
PYTHON
}

@test "collations and functions that only the application has are no damage; damage beside them is" {
    make_script ''
    make_foreign "$STORAGE/app.db"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        complete_run "$shell"
        expect_status 0
        manifest | grep -q '^warning=.*no such collation sequence: mine'
        manifest | grep -q 'rows=500 plain'
        for words in verify drill "restore default --to $PLACE/to"; do
            # shellcheck disable=SC2086
            under "$shell" $words
            expect_status 0
        done
        [ "$(sqlite3 "$PLACE/to$STORAGE/app.db" 'SELECT count(*), sum(a) FROM t; SELECT count(*) FROM u')" = '500|124750
500' ]
        rm -rf "$PLACE/to"
    done
    rm -rf "$STORAGE/app.db"
    make_foreign "$STORAGE/app.db"
    python3 - "$STORAGE/app.db" <<'PYTHON'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
root, size = c.execute("SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_plain_1'").fetchone()[0], c.execute('PRAGMA page_size').fetchone()[0]
c.close()
with open(sys.argv[1], 'r+b') as f:
    f.seek(root * size - 100)
    f.write(b"\xff" * 90)
PYTHON
    complete_run sh
    expect_status 1
    [[ $err == *"the database '$STORAGE/app.db' is damaged"* ]]
    manifest | grep -q 'tracker.kind=sqlite3' # it cost the others nothing
}

@test "a dead mount that is excluded costs nothing; one that is not fails the run" {
    # What find says of a FUSE mount whose server died, or that root may not enter.
    mkdir "$PLACE/bin" "$STORAGE/remote" "$STORAGE/remote2"
    cat >"$PLACE/bin/find" <<'SH'
#!/bin/sh
/usr/bin/find "$@"
status=$?
case " $* " in
    *' -print0 '*)
        echo "find: './@STORAGE@/remote': Transport endpoint is not connected" >&2
        exit 1
        ;;
esac
exit $status
SH
    sed -i "s|./@STORAGE@|.$STORAGE|" "$PLACE/bin/find"
    chmod 755 "$PLACE/bin/find"
    for exclude in remote "$STORAGE/remote"; do
        make_script "exclude = [\"$exclude\", \"*.log\"]"
        sed -i "s#^PATH=.*#PATH=$PLACE/bin:/usr/sbin:/usr/bin:/sbin:/bin#" "$SCRIPT"
        complete_run sh
        expect_status 0
    done
    make_script 'exclude = ["remote2", "r", "*.log"]'
    sed -i "s#^PATH=.*#PATH=$PLACE/bin:/usr/sbin:/usr/bin:/sbin:/bin#" "$SCRIPT"
    complete_run sh
    expect_status 1
    [[ $err == *'Transport endpoint'* ]]
}

@test "df: blanks in the name of what is mounted, no inode free, a failure" {
    make_script 'type = "database"
require_mount = true'
    mkdir "$PLACE/bin" "$DEST"
    # of <line>: what df says
    of() {
        cat >"$PLACE/bin/df" <<SH
#!/bin/sh
case \$1 in
    -Pi) echo 'Filesystem Inodes IUsed IFree IUse% Mounted on' && echo '$2' ;;
    *) echo 'Filesystem 1024-blocks Used Available Capacity Mounted on' && echo '$1' ;;
esac
SH
        chmod 755 "$PLACE/bin/df"
        rm -rf "$STATE" "$DEST"/.gen* "$DEST"/default
        under sh run
    }
    sed -i "s#^PATH=.*#PATH=$PLACE/bin:/usr/sbin:/usr/bin:/sbin:/bin#" "$SCRIPT"
    of '//nas/Backup Share 100000000 10 99999990 1% /mnt/my backups' '//nas/Backup Share 0 0 0 - /mnt/my backups'
    expect_status 0
    of '//nas/Backup 7 9 8 Share 100 96 4 96% /mnt/my backups' '- 0 0 0 - /'
    expect_status 3
    [[ $err == *'4 KiB free'* ]]
    of 'C 100000000 10 99999990 1% /' '- 0 0 0 - /'
    expect_status 3
    [[ $err == *'require_mount'* ]]
    of '/dev/sda1 100000000 10 99999990 1% /mnt' '/dev/sda1 1000 1000 0 100% /mnt'
    expect_status 3
    [[ $err == *'no inode is free'* ]]
    printf '#!/bin/sh\nexit 1\n' >"$PLACE/bin/df"
    under sh run
    expect_status 3
    [[ $err == *'df failed'* ]]
}

@test "a clone of the machine is refused at the original's destination, and a renamed one has a way out" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no namespaces'
    [ ! -e /sys/class/dmi/id/product_uuid ] || skip 'THE HARDWARE HAS A NUMBER, which no test can change'
    make_script 'type = "database"'
    under sh run
    expect_status 0
    cp -a "$STATE" "$PLACE/copied"
    as_other() { run -"$1" unshare -u sh -c 'hostname other && shift && exec sh "$@"' sh x "$SCRIPT" "${@:2}"; }
    for words in run prune list; do
        as_other 3 "$words"
        [[ $output == *"belongs to the machine"*"install --adopt"* ]]
    done
    [ "$(find "$DEST/default" -name MANIFEST | wc -l)" = 1 ]
    sed -i "s|^INSTALL_PATH=.*|INSTALL_PATH=$PLACE/installed.sh|; s|^CRONTAB=.*|CRONTAB=|" "$SCRIPT"
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\n[ "$1" != -l ] || { echo "no crontab for x" >&2; exit 1; }\n' >"$PLACE/bin/crontab"
    chmod 755 "$PLACE/bin/crontab"
    ln -s "$(command -v busybox)" "$PLACE/bin/crond"
    sed -i "s|^PATH=.*|PATH=$PLACE/bin:/usr/sbin:/usr/bin:/sbin:/bin|" "$SCRIPT"
    as_other 0 install --adopt
    as_other 0 run
    # It is that one's now, and not the original's.
    under sh run
    expect_status 3
}

@test "each backup has the script, and they share one file where that can be" {
    make_script 'type = "database"'
    under sh run
    under sh run
    [ "$(stat -c %i "$DEST"/default/*/backup.sh | sort -u | wc -l)" = 1 ]
    echo '# a newer one' >"$PLACE/newer"
    sed -i "2r $PLACE/newer" "$SCRIPT"
    under sh run
    expect_status 0
    [ "$(stat -c %i "$DEST"/default/*/backup.sh | sort -u | wc -l)" = 2 ]
    under sh verify default all
    expect_status 0
}

@test "a backup without one of its artifacts is not whole, and counts for nothing" {
    make_script 'type = "database"'
    under sh run
    under sh run
    rm "$(find "$DEST/default" -name 'tracker.sqlite3.zst' | sort | tail -n 1)"
    under sh list
    [ "$(grep -c ' torn ' <<<"$out")" = 1 ]
    [ "$(grep -c ' ok ' <<<"$out")" = 1 ]
    under sh status
    expect_status 1
    under sh restore default --to "$PLACE/to"
    expect_status 0
}

@test "two checks at once: each of them is right" {
    make_script 'type = "database"'
    under sh run
    for n in 1 2 3 4; do
        sh "$SCRIPT" check >"$PLACE/check.$n" 2>&1 3>&- &
    done
    wait
    grep -q 'ok    default: tools' "$PLACE/check.1"
    for n in 2 3 4; do
        diff <(grep -v -e clock -e KiB "$PLACE/check.1") <(grep -v -e clock -e KiB "$PLACE/check.$n")
    done
}

@test "what is not set in the script is not taken from the environment" {
    make_script 'type = "database"'
    export ENABLED=no KEEP_CALENDAR='daily 99' DRILL_OVERDUE_MIN=1 REQUIRE_MOUNT=yes METRICS_PATH=$PLACE/m LOG_PATH=$PLACE/l
    under sh run
    expect_status 0
    sed -i 's/OVERDUE_AFTER_MIN=[0-9]*/OVERDUE_AFTER_MIN=0/' "$SCRIPT"
    sleep 1.1
    under sh status
    expect_status 1
    [[ $out == *overdue* && $out != *'no drill'* ]]
    [ ! -e "$PLACE/m" ]
    [ ! -e "$PLACE/l" ]
}

@test "restore --to: not among the backups, not in what is backed up; a failed one leaves nothing" {
    make_script ''
    under sh run
    expect_status 0
    mkdir "$STORAGE/there"
    ln -s "$STORAGE" "$PLACE/link"
    for to in "$DEST/default/x" "$out/x" "$STORAGE/there" "$PLACE/link/y" "$STORAGE"; do
        under sh restore default --to "$to"
        expect_status 3
        [[ $err == *'restore to another directory'* || $err == *'is not empty'* ]]
    done
    [ ! -e "$DEST/default/x" ]
    [ ! -e "$STORAGE/y" ]
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\nexit 1\n' >"$PLACE/bin/zstd"
    chmod 755 "$PLACE/bin/zstd"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        PATH=$PLACE/bin:$PATH under "$shell" restore default --to "$PLACE/to"
        expect_status 1
        [ ! -e "$PLACE/to" ]
        mkdir "$PLACE/to" # the user's own stays
        PATH=$PLACE/bin:$PATH under "$shell" restore default --to "$PLACE/to"
        [ -d "$PLACE/to" ]
        [ -z "$(ls -A "$PLACE/to")" ]
        rmdir "$PLACE/to"
    done
}

@test "a restore in place from backups that can only be read: what is replaced is set aside in the state" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    make_script ''
    under sh run
    expect_status 0
    backup=$out
    echo 'answer = 0' >"$STORAGE/etc/a.toml"
    mount --bind "$DEST" "$DEST" && mount -o remount,bind,ro "$DEST"
    under sh restore default --yes
    umount "$DEST"
    expect_status 0
    grep -q 42 "$STORAGE/etc/a.toml"
    tar --zstd -xOf "$STATE"/.before-restore-*/files.tar.zst ".$STORAGE/etc/a.toml" | grep -q 'answer = 0'
}

@test "check runs what cron runs, as cron runs it" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    make_script 'type = "database"'
    mkdir "$PLACE/sbin"
    sed -i "s|^INSTALL_PATH=.*|INSTALL_PATH=$PLACE/sbin/b.sh|" "$SCRIPT"
    mount -t tmpfs -o mode=755 tmpfs "$PLACE/sbin"
    cp "$SCRIPT" "$PLACE/sbin/b.sh"
    chmod 755 "$PLACE/sbin/b.sh"
    under sh check
    [[ $out == *"ok    script"* ]]
    mount -o remount,noexec "$PLACE/sbin"
    under sh check
    umount "$PLACE/sbin"
    expect_status 3
    [[ $out == *"FAIL  script"*"cron cannot run"* ]]
}

@test "a state on a filesystem without locks is said as such, and is no other run" {
    make_script 'type = "database"'
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\necho "flock: No locks available" >&2\nexit 71\n' >"$PLACE/bin/flock"
    chmod 755 "$PLACE/bin/flock"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        PATH=$PLACE/bin:$PATH under "$shell" run
        expect_status 3
        [[ $err == *"cannot lock '$STATE/lock'"* ]]
    done
}

@test "what restores set aside and nobody removes: status says how many and how much" {
    make_script ''
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DB".* "$STATE/asides"
        complete_run "$shell"
        under "$shell" status
        [[ $err != *'set aside'* ]]
        sqlite3 "$DB" 'CREATE TABLE IF NOT EXISTS more (x); INSERT INTO more VALUES (zeroblob(300000))' >/dev/null
        under "$shell" restore default --yes
        expect_status 0
        under "$shell" status
        expect_status 0
        [[ $err == *"2 that restores have set aside take "[1-9][0-9][0-9]" KiB"*"first '"*before-restore* ]]
        python3 -m json.tool <<<"$(sh "$SCRIPT" status --json 2>/dev/null)" >/dev/null
        rm -rf "$DB".before* "$DEST"/default/.before*
        under "$shell" status
        [[ $err != *'set aside'* ]]
    done
}

@test "a restore --to that fails leaves no directory that it made" {
    make_script 'type = "database"'
    under sh run
    mkdir "$PLACE/bin" "$PLACE/kept"
    printf '#!/bin/sh\nexit 1\n' >"$PLACE/bin/zstd"
    chmod 755 "$PLACE/bin/zstd"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        PATH=$PLACE/bin:$PATH under "$shell" restore default --to "$PLACE/kept/one/two/three"
        expect_status 1
        [ -z "$(ls -A "$PLACE/kept")" ]
    done
    [ -d "$PLACE/kept" ]
}

# bats test_tags=long
@test "many backups: list, status and check read each of them once, and list fits on every shell" {
    local shell command
    make_script
    under sh run
    expect_status 0
    python3 - "$DEST/default" <<'P'
import os, sys
top = sys.argv[1]
first = [name for name in os.listdir(top) if name[0] != "."][0]
text = open(f"{top}/{first}/MANIFEST").read()
for number in range(1500):
    name = "20250101T%02d%02d00Z" % (number // 60, number % 60)
    os.mkdir(f"{top}/{name}")
    open(f"{top}/{name}/MANIFEST", "w").write(text.replace("id=" + first, "id=" + name))
P
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\ncase "$*" in *"( -name DAMAGED -o -name PINNED"*) echo >>"%s" ;; esac\nexec %s "$@"\n' "$PLACE/listings" "$(command -v find)" >"$PLACE/bin/find"
    chmod +x "$PLACE/bin/find"
    for command in list status check; do
        true >"$PLACE/listings"
        PATH="$PLACE/bin:$PATH" under dash "$command"
        [ "$(grep -c '' "$PLACE/listings")" = 1 ] || { echo "$command: $(grep -c '' "$PLACE/listings") listings" && return 1; }
    done
    for shell in "${ALL_SHELLS[@]}"; do
        under "$shell" list
        expect_status 0
        [ "$(wc -l <"$PLACE/out")" = 1502 ] || { echo "$shell" && return 1; }
    done
}

# count_execs: of a run, those that were done
count_execs() {
    strace -f -qq -c -e trace=execve -o "$PLACE/counts" sh "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" </dev/null || return 1
    awk '$NF == "execve" { print $4 - (NF > 5 ? $5 : 0) }' "$PLACE/counts"
}

@test "many small databases in a tree: one more costs few processes; and all of them restore" {
    command -v strace >/dev/null || skip 'STRACE MISSING'
    local few many number
    rm -rf "$STORAGE/lib"
    make_script 'type = "complete"'
    sed -i '/^\[databases/,/^path/d' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    for number in 1 2 3 4 5; do sqlite3 "$STORAGE/$number \\n.db" "CREATE TABLE t AS SELECT $number AS a"; done
    few=$(count_execs)
    for number in $(seq 6 25); do sqlite3 "$STORAGE/$number.db" "CREATE TABLE t AS SELECT $number AS a"; done
    many=$(count_execs)
    echo "for one more: $(((many - few) / 20))"
    [ "$(((many - few) / 20))" -le 25 ]
    under sh verify
    expect_status 0
    under sh drill
    expect_status 0
    under sh restore default --to "$PLACE/to"
    expect_status 0
    [ "$(find "$PLACE/to$STORAGE" -name '*.db' -exec sqlite3 {} 'SELECT a FROM t' \; | sort -n | paste -s -d ' ')" = "$(seq 25 | paste -s -d ' ')" ]
}

@test "one of many small databases fails: what it left goes, and the others are whole" {
    make_script 'type = "complete"'
    for number in 1 2 3 4 5; do sqlite3 "$STORAGE/$number.db" "CREATE TABLE t AS SELECT $number AS a"; done
    cp "$STORAGE/3.db" "$PLACE/3.db"
    printf 'xxxxxxxx' | dd of="$STORAGE/3.db" bs=1 seek=4096 conv=notrunc 2>/dev/null
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        complete_run "$shell"
        expect_status 1
        [[ $err == *"the database '$STORAGE/3.db' is damaged"* ]]
        [ -z "$(manifest | grep '^[^p].*3[.]db')" ]
        [ "$(manifest | grep -c '^artifact=found')" = 4 ]
        under "$shell" verify
        expect_status 0
        under "$shell" drill
        expect_status 0
    done
}

@test "a database with two names (hard link): log, MANIFEST and check name it" {
    make_script 'type = "complete"'
    sqlite3 "$STORAGE/one.db" 'CREATE TABLE t (x)'
    ln "$STORAGE/one.db" "$STORAGE/other name.db"
    echo text >"$STORAGE/file"
    ln "$STORAGE/file" "$STORAGE/file too"
    under sh run
    expect_status 0
    [[ $err == *"with another name too (hard link)"*"$STORAGE/"* ]]
    manifest | grep '^warning=.*hard link' >"$PLACE/said"
    grep -qF "$STORAGE/one.db" "$PLACE/said"
    grep -qF "$STORAGE/other name.db" "$PLACE/said"
    [ -z "$(grep -e 'file too' -e tracker "$PLACE/said")" ]
    under sh check
    grep -q "^warn  default: warnings .*$STORAGE/one.db" "$PLACE/out"
    rm "$STORAGE/other name.db"
    under sh run
    under sh check
    grep -q '^ok    default: warnings' "$PLACE/out"
}
