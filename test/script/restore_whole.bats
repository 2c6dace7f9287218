# A restore of several things is tried as a whole before the first change, nothing else
# of the environment runs meanwhile, and what only reads needs no state.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

setup() { setup_place; }

teardown() {
    rm -f "$PLACE/hold"
    for place in "$STATE" "$PLACE/volume"; do
        ! mountpoint -q "$place" || umount "$place"
    done
    stop_services
}

# two_databases [path of the first] [lines of the script]: Monday's backup, and Tuesday's data.
two_databases() {
    FIRST=${1:-$DB} SECOND=$STORAGE/lib/second.db
    make_database "$FIRST"
    make_database "$SECOND"
    DATABASE_KEYS="[databases.second]
driver = \"sqlite3\"
path = \"lib/second.db\"" make_script "${2-}"
    sed -i "s:^path = \"lib/tracker.db\":path = \"$FIRST\":" "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    under sh run
    expect_status 0
    BACKUP=$(head -n 1 <<<"$out")
    echo 'answer = 43' >"$STORAGE/etc/a.toml"
    for database in "$FIRST" "$SECOND"; do sqlite3 "$database" 'DELETE FROM keys'; done
    then=$(look)
}

# look: all that a failed restore must not have changed.
look() {
    cat "$STORAGE/etc/a.toml"
    dump "$FIRST"
    dump "$SECOND"
    find "$STORAGE" "$PLACE/volume" "$DEST" -name '*restore*' 2>/dev/null || :
}

@test "a whole restore: no room for one of them, and none is touched" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    mkdir "$PLACE/volume"
    mount -t tmpfs -o mode=755,size=1m tmpfs "$PLACE/volume" || skip 'CANNOT MOUNT a tmpfs here'
    two_databases "$PLACE/volume/first.db"
    dd if=/dev/zero of="$PLACE/volume/filler" bs=1k 2>/dev/null || :
    under sh restore default --yes
    expect_status 3
    [[ $err == *'no space'* ]]
    rm "$PLACE/volume/filler"
    [ "$(look)" = "$then" ]
    under sh restore default --yes
    expect_status 0
    [ "$(sqlite3 "$FIRST" 'SELECT count(*) FROM keys')" = 2 ]
    [ "$(sqlite3 "$SECOND" 'SELECT count(*) FROM keys')" = 2 ]
    [ "$(cat "$STORAGE/etc/a.toml")" = 'answer = 42' ]
    [ -z "$(find "$STORAGE" "$PLACE/volume" "$DEST" -name '*gen-backup-restore*' -o -name '.incomplete-*')" ]
}

@test "a whole restore: when the last one fails after all, those before it are what they were" {
    two_databases
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sqlite3" <<SH
#!/bin/sh
case "\$*" in
    *'/second.db?mode=rw '*'SELECT count(*) FROM sqlite_master;'*) exit 1 ;;
esac
exec $(command -v sqlite3) "\$@"
SH
    chmod +x "$PLACE/bin/sqlite3"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        PATH=$PLACE/bin:$PATH under "$shell" restore default --yes
        expect_status 1
        [[ $err == *'tracker: put back'* && $err == *'files: put back'* ]]
        [ "$(look | grep -v before-restore)" = "$then" ]
    done
}

@test "a whole restore: a signal at the rename of a database puts all back" {
    two_databases
    mkdir "$PLACE/bin"
    for database in tracker second; do
        cat >"$PLACE/bin/mv" <<SH
#!/bin/sh
case "\$*" in
    *'/.gen-backup-restore-$database.db '*) kill "\$(cat '$PLACE/pid')" && sleep 0.2 ;;
esac
exec $(command -v mv) "\$@"
SH
        chmod +x "$PLACE/bin/mv"
        for shell in "${SHELLS[@]}"; do
            command -v "${shell%% *}" >/dev/null || continue
            # shellcheck disable=SC2086
            PATH=$PLACE/bin:$PATH $shell "$SCRIPT" restore default --yes \
                >"$PLACE/out" 2>"$PLACE/err" 3>&- </dev/null &
            echo "$!" >"$PLACE/pid"
            status=0
            wait "$!" || status=$?
            err=$(cat "$PLACE/err") out=''
            expect_status 143
            [[ $err == *"/$database.db' was put back"* && $err == *'files: put back'* ]]
            [ "$(look | grep -v before-restore)" = "$then" ]
        done
    done
    rm "$PLACE/bin/mv"
}

@test "a whole restore: a MySQL server that is away leaves files and SQLite as they are" {
    need_mariadb
    start_server mariadb
    make_schema mariadb app
    printf -v DATABASE_KEYS '[databases.index]\ndriver = "mysql"\nname = "app"\nsocket = "%s"\nuser = "root"' "$(socket_of mariadb)"
    make_database "$DB"
    make_script ''
    under sh run
    expect_status 0
    echo 'answer = 43' >"$STORAGE/etc/a.toml"
    sqlite3 "$DB" 'DELETE FROM keys'
    now=$(dump "$DB")
    # --only selects what it names and nothing else: not the schema
    fingerprint mariadb app >"$PLACE/was"
    admin mariadb app -e 'CREATE TABLE newer (id INT)'
    fingerprint mariadb app >"$PLACE/now"
    under sh restore default --only "$STORAGE/etc/a.toml" --yes
    expect_status 0
    [ "$(cat "$STORAGE/etc/a.toml")" = 'answer = 42' ]
    under sh restore default --only /any/path --yes
    expect_status 2
    [[ $err == *"'/any/path'"* && $err == *index* ]]
    fingerprint mariadb app | diff "$PLACE/now" -
    [ "$(dump "$DB")" = "$now" ]
    rm -r "$DEST/default/".before-restore-*
    echo 'answer = 43' >"$STORAGE/etc/a.toml"
    stop_services
    under sh restore default --yes
    expect_status 3
    [ "$(cat "$STORAGE/etc/a.toml")" = 'answer = 43' ]
    [ "$(dump "$DB")" = "$now" ]
    [ -z "$(find "$PLACE" -name '*restore*')" ]
    # elsewhere, no server is needed
    under sh restore default --to "$PLACE/to"
    expect_status 0
    [ -s "$PLACE/to/index.sql" ]
}

@test "while the copy beside a backup restores in place, no plan of the environment runs" {
    two_databases '' "[backup.plans.nightly]
type = \"complete\"
[backup.plans.other]
type = \"database\"
[backup.hooks]
before_restore = \"touch '$PLACE/begun'; while [ -e '$PLACE/hold' ]; do sleep 0.1; done\"
after = \"touch '$PLACE/running'; while [ -e '$PLACE/hold' ]; do sleep 0.1; done\""
    touch "$PLACE/hold"
    sh "$BACKUP/backup.sh" restore --yes >"$PLACE/beside" 2>&1 3>&- &
    await test -e "$PLACE/begun"
    for words in 'run other' 'run nightly' 'prune other' 'drill other' 'verify other'; do
        # shellcheck disable=SC2086
        under sh $words
        expect_status 4
    done
    rm "$PLACE/hold"
    wait "$!"
    [ "$(cat "$STORAGE/etc/a.toml")" = 'answer = 42' ]
    # and the other way round
    rm "$PLACE/running"
    touch "$PLACE/hold"
    sh "$SCRIPT" run other >"$PLACE/beside" 2>&1 3>&- &
    await test -e "$PLACE/running"
    SCRIPT=$BACKUP/backup.sh under sh restore --yes
    expect_status 4
    rm "$PLACE/hold"
    wait "$!"
}

# without_state <message>: with a state directory that takes nothing.
without_state() {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for script in "$SCRIPT" "$BACKUP/backup.sh"; do
            rm -rf "$PLACE/to"
            SCRIPT=$script under "$shell" restore default --to "$PLACE/to"
            expect_status 0
            [[ $err == *"$1 '$STATE'"* && $err != *rror* ]]
            is_whole "$PLACE/to$DB"
        done
        under "$shell" status
        expect_status 1
        [[ $out == *"$1 '$STATE'"* ]]
    done
    for script in "$SCRIPT" "$BACKUP/backup.sh"; do
        SCRIPT=$script under sh list
        expect_status 0
        [[ $out == *"${BACKUP##*/}"*ok* ]]
        SCRIPT=$script under sh verify default
        expect_status 0
        SCRIPT=$script under sh restore default --yes
        expect_status 3
        [[ $err == *"$1 '$STATE'"* ]]
    done
    SCRIPT=$BACKUP/backup.sh under sh drill
    expect_status 0
    for command in drill prune check; do
        under sh $command
        expect_status 3
        [[ $err == *"$1 '$STATE'"* ]]
    done
    cp "$BACKUP/databases/tracker.sqlite3.zst" "$PLACE/good"
    echo x >>"$BACKUP/databases/tracker.sqlite3.zst"
    under sh verify default
    expect_status 5
    grep -q tracker "$BACKUP/DAMAGED"
    cp "$PLACE/good" "$BACKUP/databases/tracker.sqlite3.zst"
    under sh verify default all
    expect_status 0
}

@test "a full state directory: what only reads goes on, and it is said, by status too" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    two_databases
    mv "$STATE" "$STATE.away"
    mkdir "$STATE"
    mount -t tmpfs -o mode=755,size=64k tmpfs "$STATE" || skip 'CANNOT MOUNT a tmpfs here'
    cp -a "$STATE.away/." "$STATE"
    dd if=/dev/zero of="$STATE/filler" bs=1k 2>/dev/null || :
    without_state 'no space in'
    rm "$STATE/filler"
    under sh status
    expect_status 0
    under sh restore default --yes
    expect_status 0
    # and without an inode left
    umount "$STATE"
    mount -t tmpfs -o nr_inodes=2 tmpfs "$STATE"
    touch "$STATE/filler"
    under sh list
    expect_status 0
    under sh restore default --to "$PLACE/to2"
    expect_status 0
    [[ $err == *"no space in '$STATE'"* ]]
}

@test "a state directory that cannot be written to: what only reads goes on" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    two_databases
    mount -t tmpfs -o ro tmpfs "$STATE" || skip 'CANNOT MOUNT a tmpfs here'
    without_state 'cannot write to'
}
