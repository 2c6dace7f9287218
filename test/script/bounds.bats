# What others make without end, or larger than it is, costs a bounded share of disk, memory
# and time: holes, bombs, lines, trees; and names that others chose are no proof.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
    PIDS=()
}

teardown() { [ "${#PIDS[@]}" = 0 ] || kill "${PIDS[@]}" 2>/dev/null || :; }

# sign <backup>: checksums that match, as whoever changes a backup can make them
sign() {
    (cd "$1" && find ./* -type f ! -name SHA256SUMS ! -name MANIFEST -exec sha256sum {} + |
        sed 's:  \./:  :' >"$PLACE/sums" && sha256sum MANIFEST >>"$PLACE/sums" && mv "$PLACE/sums" SHA256SUMS)
}

# within <KiB> <word...>: the script, and no process of it with more memory than that
within() {
    local most=$1
    shift
    status=0
    timeout 60 /usr/bin/time -f %M -o "$PLACE/kb" sh "$SCRIPT" "$@" >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
    out=$(cat "$PLACE/out") err=$(head -c 9999 "$PLACE/err")
    [ "$status" != 124 ]
    [ "$(tail -n 1 "$PLACE/kb")" -le "$most" ] || { echo "$*: $(tail -n 1 "$PLACE/kb") KiB" && return 1; }
}

@test "a file of 15 TB, all of it a hole: saved, proved and restored" {
    make_script
    truncate -s 15T "$STORAGE/etc/huge" || skip 'NO SUCH FILES HERE'
    echo end >>"$STORAGE/etc/huge"
    for words in run 'drill default' 'verify default' "restore default --to $PLACE/to" 'restore default --yes'; do
        # shellcheck disable=SC2086
        timeout 60 sh "$SCRIPT" $words >"$PLACE/out" 2>"$PLACE/err" </dev/null || { cat "$PLACE/err" && return 1; }
    done
    for at in '' "$PLACE/to"; do
        [ "$(stat -c %s "$at$STORAGE/etc/huge")" = 16492674416644 ]
        [ "$(tail -c 4 "$at$STORAGE/etc/huge")" = end ]
    done
}

@test "a log of a database that is all hole costs that database alone" {
    make_script
    truncate -s 15T "$DB-wal" || skip 'NO SUCH FILES HERE'
    under sh run
    expect_status 1
    [[ $err == *'no space for a copy'*'is partial: tracker'* ]]
    [ "$(du -sk "$DEST" | cut -f 1)" -lt 1000 ]
}

# bats test_tags=long
@test "what decompresses without end fills no disk" {
    make_script
    under sh run
    expect_status 0
    head -c 3G /dev/zero | zstd -q -o "$PLACE/bomb"
    printf 'SQLite format 3\0' | cat - <(zstd -dc "$PLACE/bomb") | zstd -q -o "$PLACE/bomb.db"
    # a real archive, whose last file has no end
    mkdir "$PLACE/bombs"
    head -c 3G /dev/zero >"$PLACE/bombs/big"
    tar -C "$PLACE/bombs" -cf - ./big | zstd -q -o "$PLACE/bomb.tar"
    rm -rf "$PLACE/bombs"
    cp -r "$out" "$PLACE/db"
    cp "$PLACE/bomb.db" "$PLACE/db/databases/tracker.sqlite3.zst"
    cp -r "$out" "$PLACE/tar"
    cp "$PLACE/bomb.tar" "$PLACE/tar/files.tar.zst"
    cp -r "$PLACE/tar" "$PLACE/older"
    sed -i /plain_bytes/d "$PLACE/older/MANIFEST"
    for bomb in db tar older; do
        sign "$PLACE/$bomb"
        for words in verify drill "restore --to $PLACE/to"; do
            rm -rf "$PLACE/to"
            (trap '' XFSZ && ulimit -f 100000 && SCRIPT=$PLACE/$bomb/backup.sh && under sh $words && expect_status 0) &&
                { echo "$bomb, $words: done" && return 1; }
            [[ $(cat "$PLACE/err") != *'File too large'* ]] || { cat "$PLACE/err" && return 1; }
        done
    done
}

@test "one line without end, in what others may write, is not read into memory" {
    make_script
    under sh run
    expect_status 0
    good=$out
    for file in MANIFEST SHA256SUMS; do
        cp -r "$good" "$DEST/default/20200101T000000Z"
        truncate -s 2G "$DEST/default/20200101T000000Z/$file"
        for words in status list 'prune --dry-run' 'verify default 20200101T000000Z' 'verify default all'; do
            # shellcheck disable=SC2086
            within 100000 $words
        done
        expect_status 5
        rm -rf "$DEST/default/20200101T000000Z"
    done
    truncate -s 2G "$DEST/.gen-backup" "$DEST/default/.adopted"
    within 100000 run
    expect_status 0
    within 100000 status
    expect_status 0
}

# bats test_tags=long
@test "a table's name of 100 MB makes no long line in the manifest; a drill proves it all the same" {
    make_script 'type = "database"'
    python3 -c "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.execute('CREATE TABLE \"%s\" (a)' % ('x' * 100000000))
db.commit()" "$DB"
    under sh run
    expect_status 0
    [ "$(wc -c <"$out/MANIFEST")" -lt 9999 ]
    under sh drill
    expect_status 0
}

# bats test_tags=long
@test "thousands of databases that nobody declared cost the files nothing" {
    make_script
    mkdir "$STORAGE/many"
    sqlite3 "$PLACE/t.db" 'PRAGMA page_size=512; CREATE TABLE t (a)'
    for ((i = 0; i < 12; i++)); do cp "$PLACE/t.db" "$STORAGE/many/$i [x]*?.db"; done
    touch "$STORAGE/many/1 [x]*?.db-wal" "$STORAGE/many/1 [x]*?.db-walk"
    for ((i = 0; i < 2000; i++)); do echo "./$STORAGE/no/such/database/$i"; done >"$PLACE/more"
    # as if there were thousands: they are no arguments
    sed -i "s:^leave_out_databases() {:&\n cat '$PLACE/more' >>\"\$SCRATCH/found\":" "$SCRIPT"
    for shell in dash 'busybox ash'; do
        under "$shell" run
        expect_status 0
        [ "$(tar --zstd -tf "$out/files.tar.zst" | grep -c 'many/.')" = 1 ] # -walk
        [ "$(grep -c '^artifact=found' "$out/MANIFEST")" = 12 ]
    done
}

# bats test_tags=long
@test "directories deeper than a path may be are left out with a warning, and deny nothing" {
    make_script
    python3 -c "
import os, sys
os.chdir(sys.argv[1])
for _ in range(60):
    os.mkdir('d' * 200)
    os.chdir('d' * 200)
open('large', 'w').write('x' * 1024)" "$STORAGE"
    for shell in dash 'busybox ash'; do
        under "$shell" run
        expect_status 0
        [[ $err == *'deeper than 3800 bytes is left out'* ]]
        under "$shell" restore default --yes
        expect_status 0
    done
    rm -rf "$STORAGE"
}

@test "hundreds of files .gen-backup: refused by a message that says what to do" {
    make_script
    for ((i = 0; i < 300; i++)); do mkdir "$STORAGE/$i" && echo 0123456789abcdef0123456789abcdef >"$STORAGE/$i/.gen-backup"; done
    under sh run
    expect_status 1
    [[ $err == *'more than 200 files ibdata1 or .gen-backup'* ]]
    [ -s "$(echo "$DEST"/default/*Z/databases/tracker.sqlite3.zst)" ]
}

@test "only root's cron is believed to run" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script
    sed '/^main /d; /^trap /d' "$SCRIPT" >"$PLACE/functions.sh"
    # with processes of its own, so that the machine's cron is not seen
    cat >"$PLACE/try.sh" <<'SH'
cron() { PATH=$PATH python3 -c "
import ctypes, os, sys, time
os.setresuid($1, $1, $1)
ctypes.CDLL(None).prctl(15, b'crond')
ctypes.CDLL(None).prctl(4, $2)
time.sleep(60)" & sleep 1; }
does_cron_run && exit 1
cron 65534 1
does_cron_run && exit 2
cron 65534 0 # its files in /proc are root's
does_cron_run && exit 3
cron 0 1
does_cron_run || exit 4
exit 0
SH
    cat "$PLACE/functions.sh" "$PLACE/try.sh" >"$PLACE/both.sh"
    for shell in dash 'busybox ash'; do
        # shellcheck disable=SC2086
        unshare -pf --mount-proc $shell "$PLACE/both.sh"
    done
}

@test "metrics: links of the directory's owner lead root nowhere, and they are written all the same" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    mkdir "$PLACE/metrics"
    make_script "metrics = \"$PLACE/metrics\""
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for name in gen-backup-test-default.prom.new gen-backup-test-default.prom; do
            rm -rf "$PLACE/metrics"/*
            (umask 077 && echo precious >"$PLACE/victim")
            ln -s "$PLACE/victim" "$PLACE/metrics/$name"
            chown -hR 65534:65534 "$PLACE/metrics"
            under "$shell" run
            expect_status 0
            [ "$(cat "$PLACE/victim") $(stat -c %a "$PLACE/victim")" = 'precious 600' ]
            grep -q '^gen_backup_last_run_exit_code{.*} 0$' "$PLACE/metrics/gen-backup-test-default.prom"
            [ "$(stat -c '%u %a' "$PLACE/metrics/gen-backup-test-default.prom")" = '65534 644' ] ||
                { ls -la "$PLACE/metrics" && return 1; }
        done
    done
    under sh check
    [[ $out == *'ok    metrics'* ]]
    # root's, where all may put links: not written
    chown 0:0 "$PLACE/metrics" && chmod 1777 "$PLACE/metrics" && rm -f "$PLACE/metrics"/*
    ln -s "$PLACE/victim" "$PLACE/metrics/gen-backup-test-default.prom.new"
    under sh run
    expect_status 0
    [ "$(cat "$PLACE/victim")" = precious ]
    [[ $err == *'cannot write metrics'* ]]
    under sh check
    [[ $out == *'FAIL  metrics'* ]]
}

@test "a log where others may put links is refused by install and check" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    mkdir "$PLACE/log"
    make_script "log = \"$PLACE/log/x.log\""
    echo precious >"$PLACE/victim"
    ln -s "$PLACE/victim" "$PLACE/log/x.log"
    for change in 'chown -h 65534:65534' 'chmod 1777'; do
        chown 0:0 "$PLACE/log" && chmod 755 "$PLACE/log"
        $change "$PLACE/log"
        under sh check
        [[ $out == *"FAIL  log"*'others may change'* ]]
    done
    chmod 755 "$PLACE/log" && chown 0:0 "$PLACE/log"
    under sh check
    [[ $out == *'ok    log'* ]]
    # nor where it can be put aside as a whole
    mkdir "$PLACE/up" && mv "$PLACE/log" "$PLACE/up/" && ln -s "$PLACE/up/log" "$PLACE/log"
    under sh check
    [[ $out == *'ok    log'* ]]
    chown 65534 "$PLACE/up"
    under sh check
    [[ $out == *"FAIL  log"*'others may change'* ]]
}

@test "restore --to: not where others may put links, as root" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script
    under sh run
    mkdir "$PLACE/theirs" && chown 65534:65534 "$PLACE/theirs"
    ln -s "$PLACE/theirs" "$PLACE/link"
    mkdir "$PLACE/theirs/roots"
    for to in theirs theirs/new theirs/roots theirs/roots/a/b link/x; do
        under sh restore default --to "$PLACE/$to"
        expect_status 3
        [[ $err == *'others may change'* ]]
        [ "$(find "$PLACE/theirs" | wc -l)" = 2 ]
    done
    mkdir "$PLACE/real" && ln -s "$PLACE/real" "$PLACE/ours"
    under sh restore default --to "$PLACE/ours/deep/er"
    expect_status 0
    [ -s "$PLACE/real/deep/er$DB" ]
}

@test "what works as another user has nothing open that is our terminal" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    command -v script >/dev/null || skip 'SCRIPT(1) MISSING'
    make_script 'type = "database"'
    chown -R 65534:65534 "$STORAGE"
    mkdir "$PLACE/bin"
    mkdir -m 777 "$PLACE/seen"
    for tool in sqlite3 od cat rm mv cp ln sync chmod test; do
        cat >"$PLACE/bin/$tool" <<SH
#!/bin/sh
[ "\$(id -u)" = 0 ] || readlink /proc/\$\$/fd/0 /proc/\$\$/fd/1 /proc/\$\$/fd/2 >>'$PLACE/seen/open'
exec $(type -P "$tool") "\$@"
SH
        chmod 755 "$PLACE/bin/$tool"
    done
    for words in run check 'restore default --yes'; do
        PATH=$PLACE/bin:$PATH script -qec "sh '$SCRIPT' $words" /dev/null >"$PLACE/out" || [ "$words" = check ]
    done
    [ -s "$PLACE/seen/open" ]
    ! grep -e pts -e tty "$PLACE/seen/open" || return 1
}

@test "functions that bash took from its environment do not stand in for tools" {
    command -v bash >/dev/null || skip 'BASH MISSING'
    make_script
    ln -s "$(command -v bash)" "$PLACE/sh"
    cat >"$PLACE/caller.sh" <<SH
for name in rm mv cp awk sed tar cat date find grep '[' printf read cd echo kill umask command compgen; do
    eval "\$name() { builtin echo \$name >>'$PLACE/hit'; builtin command \$name \"\\\$@\"; }"
    export -f "\$name"
done
exec "\$@"
SH
    bash "$PLACE/caller.sh" "$PLACE/sh" "$SCRIPT" run >/dev/null 2>&1
    [ ! -e "$PLACE/hit" ] || { sort "$PLACE/hit" | uniq -c && return 1; }
}

# bats test_tags=long
@test "small limits of processes: a failure, no half success, and the next run removes what is left" {
    make_script
    for limit in '-n 12' '-f 10' '-v 20000'; do
        for shell in dash 'busybox ash'; do
            status=0
            timeout 60 sh -c "ulimit $limit && exec $shell '$SCRIPT' run" >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
            [ "$status" != 0 ]
            [ "$status" != 124 ]
            # where no file can be opened, none can be removed
            left=$(find "$DEST/default" -mindepth 1 -maxdepth 1 ! -name '.incomplete-*' 2>/dev/null) || :
            [ -z "$left" ] || { echo "$shell, $limit: $status, $left" && cat "$PLACE/err" && return 1; }
        done
    done
    for streams in '<&-' '>&-' '2>&-' '<&- >&- 2>&-'; do
        timeout 60 sh -c "exec sh '$SCRIPT' run $streams"
    done
    [ "$(find "$DEST/default" -name MANIFEST | wc -l)" = 4 ]
    [ -z "$(find "$DEST/default" -name '.incomplete-*')" ]
}

@test "restore --to: a new directory in one where all may make some, as /tmp, is root's alone" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script
    under sh run
    mkdir -m 1777 "$PLACE/tmp"
    under sh restore default --to "$PLACE/tmp/new"
    expect_status 0
    [ -s "$PLACE/tmp/new$DB" ]
    # What somebody else has made there before is his.
    mkdir "$PLACE/tmp/his" && chown 65534:65534 "$PLACE/tmp/his"
    under sh restore default --to "$PLACE/tmp/his"
    expect_status 3
    [ -z "$(ls -A "$PLACE/tmp/his")" ]
}

@test "follow: a log that is all hole, and as long as its owner says, fills no disk" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    load ../continuous
    make_continuous
    chown -R 65534:65534 "$STORAGE"
    sed -i 's/^MIN_FREE_KB=.*/MIN_FREE_KB=99999999999/' "$SCRIPT" # as if there were little room
    follow
    PIDS+=("$FOLLOWER")
    await grep -q 'begins a new chain' "$PLACE/follow.log"
    python3 "$ROOT/test/attack/longlog.py" "$DB" 100000 >"$PLACE/ready" 3>&- &
    PIDS+=($!)
    await grep -q ready "$PLACE/ready"
    await grep -q 'cannot write to the archive' "$PLACE/follow.log"
    [ "$(du -sk "$LIVE/changes" | cut -f 1)" -lt 1000 ]
    stop_following
}

# bats test_tags=long
@test "the changes that a restore needs are looked at before they are unpacked: is there room?" {
    load ../continuous
    make_continuous
    under sh run live
    expect_status 0
    chain=$DEST/live/changes/20261127T000000Z
    mkdir -p "$chain"
    printf '\n2026-11-27T04:00:00Z 000001 9999999999999          9 .\n' >"$chain/000001.index"
    head -c 3G /dev/zero | zstd -q -o "$chain/000001.wal.zst"
    sed -i '/[.]changes=/d' "$out/MANIFEST"
    echo 'tracker.changes=20261127T000000Z 1 0' >>"$out/MANIFEST"
    sign "$out"
    for words in 'drill live' "restore live --at latest --to $PLACE/to"; do
        (trap '' XFSZ && ulimit -f 100000 && under sh $words && expect_status 3)
        [[ $(cat "$PLACE/err") == *'no space for the changes'* ]]
    done
}

@test "what has openssl load code does not come from whoever calls" {
    make_script 'type = "database"'
    command -v openssl >/dev/null || skip 'OPENSSL MISSING'
    sqlite3 "$DB" 'CREATE TABLE large AS SELECT randomblob(2000000)' # of small ones it computes no sum
    printf 'openssl_conf = x\n[x]\nengines = y\n[y]\nz = w\n[w]\ndynamic_path = /nowhere/pwned.so\n' >"$PLACE/conf"
    need_strace
    OPENSSL_CONF=$PLACE/conf strace -f -e trace=openat -o "$PLACE/trace" sh "$SCRIPT" run >/dev/null 2>&1 </dev/null
    grep -q libcrypto "$PLACE/trace"
    if grep -F "$PLACE/conf" "$PLACE/trace"; then return 1; fi
}

@test "status, list and check wait for nothing that others put where backups, or what was set aside, were" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    mkdir -p "$PLACE/former" "$PLACE/aside.before-restore-20260101T000000Z"
    mkfifo "$PLACE/former/.gen-backup"
    echo "0123456789abcdef0123456789abcdef $PLACE/former" >>"$STATE/destinations"
    echo "$PLACE/aside.before-restore-20260101T000000Z" >>"$STATE/asides"
    # as a line of its own, this is a pipe in a directory of anybody's
    pipe=/tmp/MANIFEST
    [ ! -e "$pipe" ] || skip "$pipe IS THERE"
    mkdir -p "$DEST/default/x"$'\n'/tmp
    true >"$DEST/default/x"$'\n'/tmp/MANIFEST
    mkfifo "$pipe"
    for words in status list check run; do
        timeout 60 dash "$SCRIPT" $words >"$PLACE/out" 2>"$PLACE/err" </dev/null || [ "$?" != 124 ] ||
            { rm "$pipe" && echo "$words waits" && return 1; }
        ! grep 'have set aside' "$PLACE/err" || { rm "$pipe" && return 1; }
    done
    rm "$pipe"
}

# bats test_tags=long
@test "a manifest that becomes a pipe when it was looked at: status and list end, on every shell" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    local manifest=$out/MANIFEST
    cp "$manifest" "$PLACE/kept"
    sed -i "s/'600 s'/'4 s'/" "$SCRIPT"
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sort" <<SH
#!/bin/sh
cat >'$PLACE/found'
rm -f '$manifest' && mkfifo '$manifest'
exec $(command -v sort) '$PLACE/found'
SH
    chmod +x "$PLACE/bin/sort"
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        for words in status list; do
            rm -f "$manifest" && cp "$PLACE/kept" "$manifest"
            status=0
            # shellcheck disable=SC2086
            PATH=$PLACE/bin:$PATH timeout 60 $shell "$SCRIPT" "$words" >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
            out=$(<"$PLACE/out") err=$(<"$PLACE/err")
            case $shell,$status in mksh,143 | posh,143) continue ;; esac # from $( ) without a trap
            expect_status 1 || { echo "$shell, $words" && return 1; }
            [[ $err == *'ended after 4 s: '* ]]
        done
    done
}
