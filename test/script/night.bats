# What may go wrong at night, and costs no backup: odd trees, closed streams, leftovers,
# sources that are missing. More of it: trouble.bats.
bats_require_minimum_version 1.5.0

load ../helpers
load ../night

setup() {
    setup_place
    make_database "$DB"
}

teardown() {
    chattr -R -i "$DEST" 2>/dev/null || :
    local mounted
    for mounted in "$DEST"/default/*/mounted; do
        ! mountpoint -q "$mounted" || umount "$mounted"
    done
}

# --- a tree without files -----------------------------------------------------

@test "a storage directory that holds just its database is a backup, and restores" {
    rm -r "$STORAGE/etc"
    make_script ''
    holds_just_a_database() {
        under "$1" run
        expect_status 0
        under "$1" drill
        expect_status 0
        rm -rf "$PLACE/back"
        under "$1" restore default --to "$PLACE/back"
        expect_status 0
        [ "$(dump "$PLACE/back$DB")" = "$(dump "$DB")" ]
        under "$1" run # also when the backup before was of the same kind
        expect_status 0
    }
    each_shell holds_just_a_database
}

@test "a storage that lost all its files, or everything, or is an empty mount point: not taken for empty" {
    make_script ''
    lost() {
        under "$1" run
        expect_status 0
        mv "$STORAGE/etc" "$PLACE/etc.away" # files: the backup before held some
        under "$1" run
        expect_status 1
        [[ $err == *'no file is there to archive: mount what belongs there'* ]]
        grep -q '^partial=files: no file is there to archive' "$out/MANIFEST"
        [ ! -e "$out/files.tar.zst" ]
        mv "$DB" "$PLACE/db.away" # and the database: nothing at all
        under "$1" run
        expect_status 1
        [ -z "$out" ]
        [ "$(backups)" = 2 ]
        rm -rf "$DEST" "$STATE" # even if it is the first backup
        under "$1" run
        expect_status 1
        [ -z "$out" ]
        [ "$(backups)" = 0 ]
        mv "$PLACE/db.away" "$DB"
        mv "$PLACE/etc.away" "$STORAGE/etc"
    }
    each_shell lost
    mkdir "$PLACE/mountpoint"
    rm -rf "$DEST" "$STATE"
    make_script "type = \"selective\"
include = [\"$PLACE/mountpoint\"]"
    under sh run
    expect_status 1
    [ "$(backups)" = 0 ]
    [[ $err == *'mount what belongs there'* ]]
}

# --- standard output ----------------------------------------------------------

@test "a standard output that is full, closed, or read by nobody costs nothing" {
    make_script 'type = "database"
keep = { last = 1 }'
    strange_stdout() {
        local n words
        # shellcheck disable=SC2086
        for n in 1 2 3 4 5; do
            status=0
            case $n in
                1) $1 "$SCRIPT" run >/dev/full 2>"$PLACE/err" || status=$? ;;
                2) $1 "$SCRIPT" run >&- 2>"$PLACE/err" || status=$? ;;
                3) $1 "$SCRIPT" run >&- 2>&- <&- || status=$? ;;
                4)
                    { $1 "$SCRIPT" run 2>"$PLACE/err" || echo "$?" >"$PLACE/status"; } | true
                    [ ! -e "$PLACE/status" ] || status=$(cat "$PLACE/status")
                    ;;
                5)
                    { $1 "$SCRIPT" run 2>&1 || echo "$?" >"$PLACE/status"; } | true
                    [ ! -e "$PLACE/status" ] || status=$(cat "$PLACE/status")
                    ;;
            esac
            err=$(cat "$PLACE/err")
            expect_status 0
            [ "$(backups)" = 1 ] # retention did its work
            no_lock
            under "$1" status
            expect_status 0
        done
    }
    each_shell strange_stdout
}

@test "a reader who goes away in the middle of an answer leaves no lock behind" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    gone_reader() {
        under sh run
        # shellcheck disable=SC2086
        { $1 "$SCRIPT" restore default --yes --dry-run 2>/dev/null || echo "$?" >"$PLACE/status"; } | sleep 0
        no_lock
    }
    each_shell gone_reader
}

# --- leftovers ----------------------------------------------------------------

# bats test_tags=long
@test "a leftover that cannot be removed is a warning, in status and metrics; the runs go on" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no chattr'
    mkdir -p "$PLACE/metrics" "$PLACE/x" && chattr +i "$PLACE/x" 2>/dev/null || skip 'NO CHATTR here'
    chattr -i "$PLACE/x"
    make_script "type = \"database\"
keep = { last = 1 }
metrics = \"$PLACE/metrics\""
    stuck() {
        under "$1" run
        expect_status 0
        chattr +i "$out/MANIFEST" # of one that expires with the next run
        under "$1" run
        expect_status 0
        [[ $err == *'warning: cannot remove what has expired: '* ]]
        under "$1" run
        expect_status 0
        [[ $err == *'warning: cannot remove '*'.incomplete-'* ]]
        [[ $err != *'rm:'* ]]
        [ "$(backups)" = 1 ]
        under "$1" status
        expect_status 1
        [[ $out == *'the last run warned: cannot remove '* ]]
        [ "$(value last_run_warnings) $(value last_run_exit_code)" = '1 0' ]
        under "$1" list
        [ "$(echo "$out" | grep -c '^default')" = 1 ]
        chattr -R -i "$DEST"
        under "$1" run
        expect_status 0
        under "$1" status
        expect_status 0
        [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
    }
    each_shell stuck
}

# bats test_tags=long
@test "a mount inside a leftover: the runs go on, and what is mounted keeps its files" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    make_script 'type = "database"'
    under sh run
    expect_status 0
    mkdir -p "$DEST/default/.incomplete-20260101T000000Z/mounted"
    mount -t tmpfs tmpfs "$DEST/default/.incomplete-20260101T000000Z/mounted" || skip 'CANNOT MOUNT'
    echo precious >"$DEST/default/.incomplete-20260101T000000Z/mounted/file"
    under sh run
    expect_status 0
    [[ $err == *'warning: cannot remove'* ]]
    [ "$(cat "$DEST"/default/.incomplete-*/mounted/file)" = precious ]
    umount "$DEST/default/.incomplete-20260101T000000Z/mounted"
    under sh run
    expect_status 0
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
}

# --- partial backups ----------------------------------------------------------

@test "a missing include: the database is saved, and what is missing is said everywhere" {
    mkdir "$PLACE/metrics"
    make_script "include = [\"etc/a.toml\", \"/nowhere/extra.conf\"]
keep = { last = 2 }
metrics = \"$PLACE/metrics\"
[backup.hooks]
on_success = 'echo good >>$PLACE/told'
on_failure = 'echo \"\$GEN_BACKUP_STATUS \$GEN_BACKUP_DIRECTORY \$GEN_BACKUP_MESSAGE\" >>$PLACE/told'"
    missing_include() {
        rm -f "$PLACE/told"
        under "$1" run
        expect_status 1
        first=$out
        [ -d "$first" ]
        [ "$(backups)" = 1 ]
        grep -qx "partial=files: '/nowhere/extra.conf' is missing" "$first/MANIFEST"
        [ "$(cat "$PLACE/told")" = "1 $first '$first' is partial: files: '/nowhere/extra.conf' is missing" ]
        under "$1" list
        [[ $out == *"${first##*/} partial "* ]]
        under "$1" list --json
        [ "$(json s.state)" = partial ]
        under "$1" status
        expect_status 1
        [[ $out == *"is partial: files: '/nowhere/extra.conf' is missing"* ]]
        [ "$(value last_run_exit_code)" = 1 ]
        # it is whole in itself; where there is no other, it is the latest, and says so
        under "$1" verify
        expect_status 0
        under "$1" drill
        expect_status 0
        rm -rf "$PLACE/back"
        under "$1" restore default --to "$PLACE/back"
        expect_status 0
        [[ $err == *"is partial, without files: '/nowhere/extra.conf' is missing"* ]]
        [ "$(dump "$PLACE/back$DB")" = "$(dump "$DB")" ]
        [ -e "$PLACE/back$STORAGE/etc/a.toml" ]
    }
    each_shell missing_include
}

@test "where only partial backups are, status, verify and a drill say so" {
    make_script 'include = ["etc/a.toml", "/nowhere/extra.conf"]'
    only_partial() {
        under "$1" run
        expect_status 1
        partial=${out##*/}
        under "$1" status
        [[ $out != *'no backup yet'* && $out == *"there is no whole backup yet; $partial is partial"* ]]
        under "$1" verify default "$partial"
        expect_status 0
        [[ $err == *"ok, but partial, without files: '/nowhere/extra.conf' is missing"* ]]
        under "$1" drill
        expect_status 0
        under "$1" status
        expect_status 1
        [[ $out == *"the last drill warned: $partial is partial, without files: '/nowhere/extra.conf'"* ]]
        # of a whole one it is proof
        touch "$PLACE/extra.conf"
        sed -i "s:/nowhere/extra.conf:$PLACE/extra.conf:" "$PLACE/env.toml"
        generate "$PLACE/env.toml" -o "$SCRIPT"
        under "$1" run
        expect_status 0
        under "$1" drill
        expect_status 0
        under "$1" status
        expect_status 0
        [[ $out == *'last drill proved'* && $out != *warned* ]]
        make_script 'include = ["etc/a.toml", "/nowhere/extra.conf"]'
    }
    each_shell only_partial
}

@test "partial backups count for nothing: whole ones stay, and are the latest" {
    echo 1 >"$PLACE/extra.conf"
    make_script "include = [\"$PLACE/extra.conf\"]
keep = { last = 2 }"
    counts_for_nothing() {
        under "$1" run
        whole=$out
        under "$1" run
        expect_status 0
        latest=$out
        mv "$PLACE/extra.conf" "$PLACE/away"
        for _ in 1 2 3 4; do
            under "$1" run
            expect_status 1
        done
        [ -d "$whole" ]
        [ -d "$latest" ]
        [ "$(backups)" = 4 ] # and the last two partial ones
        rm -rf "$PLACE/back"
        under "$1" restore default --to "$PLACE/back"
        expect_status 0
        [[ $out == *"/${latest##*/}/"* ]]
        [[ $err == *'a newer one, 20'*', is partial: to use it, name it'* ]]
        mv "$PLACE/away" "$PLACE/extra.conf"
        under "$1" run
        expect_status 0
        [ "$(ls "$DEST/default")" = "$(printf '%s\n' "${latest##*/}" "${out##*/}")" ]
        under "$1" status
        expect_status 0
    }
    each_shell counts_for_nothing
}

@test "one damaged database of three, and a MySQL server that cannot be reached, cost the others nothing" {
    command -v mysql >/dev/null || skip 'MYSQL MISSING: no client here'
    echo x >"$PLACE/pw" && chmod 600 "$PLACE/pw"
    make_database "$STORAGE/lib/b.db"
    make_database "$STORAGE/lib/c.db" # not declared
    printf '\377\377\377\377\377\377' | dd of="$DB" bs=1 seek=40960 conv=notrunc 2>/dev/null
    dd if=/dev/urandom of="$DB" bs=4096 seek=8 count=3 conv=notrunc 2>/dev/null
    make_script ''
    sed -i "s:^\[backup\]:[databases.b]\ndriver = \"sqlite3\"\npath = \"lib/b.db\"\n[databases.index]\ndriver = \"mysql\"\nname = \"x\"\nhost = \"127.0.0.1\"\nport = 1\nuser = \"x\"\npassword_file = \"$PLACE/pw\"\n&:" "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    two_of_four() {
        under "$1" run
        expect_status 1
        [ "$(grep -c ^partial= "$out/MANIFEST")" = 2 ]
        grep -q '^partial=tracker: the database .* is damaged' "$out/MANIFEST"
        grep -q "^partial=index: cannot reach 'index'" "$out/MANIFEST"
        [ "$(sed -n 's/^artifact=//p' "$out/MANIFEST" | paste -s -d ' ' -)" = 'b found+1 files' ]
        [ -z "$(find "$out" -name 'tracker*' -o -name 'index*')" ]
        (cd "$out" && sha256sum --quiet -c SHA256SUMS)
        under "$1" verify default "${out##*/}"
        expect_status 0
        rm -rf "$PLACE/back"
        under "$1" restore default --to "$PLACE/back"
        expect_status 0
        [ "$(dump "$PLACE/back$STORAGE/lib/b.db")" = "$(dump "$STORAGE/lib/b.db")" ]
        [ "$(dump "$PLACE/back$STORAGE/lib/c.db")" = "$(dump "$STORAGE/lib/c.db")" ]
        [ -z "$(find "$PLACE/back" -name 'tracker.db*')" ] # never raw
    }
    each_shell two_of_four
}

@test "what a source that fails has written of itself is undone, to the letter: the next line is whole" {
    make_database "$STORAGE/lib/b.db"
    make_script 'type = "database"'
    sed -i "s:^\[backup\]:[databases.b]\ndriver = \"sqlite3\"\npath = \"lib/b.db\"\n&:" "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    mkdir "$PLACE/bin"
    # as where the disk was full for a moment: no more than the beginning of a word
    printf '#!/bin/sh\ncase "$*" in *is_schema*name=tracker.* | *name=tracker.*is_schema*) printf tra && exit 1 ;; esac\nexec %s "$@"\n' \
        "$(command -v awk)" >"$PLACE/bin/awk"
    chmod +x "$PLACE/bin/awk"
    without_tracker() {
        PATH=$PLACE/bin:$PATH under "$1" run
        expect_status 1
        grep -q '^partial=tracker: ' "$out/MANIFEST"
        [ -z "$(grep '^tra' "$out/MANIFEST")" ]
        [ "$(sed -n 's/^artifact=//p' "$out/MANIFEST")" = b ]
        under "$1" list
        [[ $out == *' partial '* && $out != *' ok '* ]]
    }
    each_shell without_tracker
}

@test "a backup in which nothing could be saved is not published, and ends with its own code" {
    command -v mysql >/dev/null || skip 'MYSQL MISSING: no client here'
    echo x >"$PLACE/pw" && chmod 600 "$PLACE/pw"
    make_script 'type = "database"'
    mv "$DB" "$DB.away"
    nothing() {
        under "$1" run
        expect_status 1
        [ "$(backups)" = 0 ]
        [ -z "$(ls -A "$DEST/default")" ]
        [[ $err == *'nothing could be saved: tracker: '*' is missing'* ]]
    }
    each_shell nothing
    rm -rf "$DEST" "$STATE"
    sed -i "s:^driver = .*:driver = \"mysql\"\nname = \"x\"\nhost = \"127.0.0.1\"\nport = 1\nuser = \"x\"\npassword_file = \"$PLACE/pw\":; /^path = \"lib/d" "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    under sh run
    expect_status 3 # unreachable
    [ "$(backups)" = 0 ]
}

@test "a signal in the midst of a source ends the run: nothing is published" {
    sqlite3 "$DB" "INSERT INTO torrents (info_hash) SELECT hex(randomblob(500)) FROM torrents, keys, keys"
    make_script ''
    signalled() {
        # shellcheck disable=SC2086
        $1 "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" 3>&- &
        pid=$!
        await compgen -G "$DEST/default/.incomplete-*/databases/*"
        kill "$pid"
        status=0
        wait "$pid" || status=$?
        [ "$status" = 143 ]
        [ ! -s "$PLACE/out" ]
        [ -z "$(ls -A "$DEST/default")" ]
        no_lock
    }
    each_shell signalled
}
