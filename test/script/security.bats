# What others may try: docs/security.md in experiments.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB" delete
}

# sign <backup>: checksums that match, as whoever changes a backup can make them
sign() {
    (cd "$1" && find ./* -type f ! -name SHA256SUMS ! -name MANIFEST -exec sha256sum {} + |
        sed 's:  \./:  :' >"$PLACE/sums" && sha256sum MANIFEST >>"$PLACE/sums" && mv "$PLACE/sums" SHA256SUMS)
}

@test "a database with tables that are named like commands: copied, and nothing is run" {
    make_script 'type = "database"'
    sqlite3 "$DB" "$(printf 'CREATE TABLE "x\n.shell touch %s/pwned\n" (a); CREATE TABLE "y""; .shell touch %s/pwned" (a)' \
        "$PLACE" "$PLACE")"
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    [ ! -e "$PLACE/pwned" ]
}

@test "some tables: a schema with commands of sqlite3 in it is refused, and nothing is run" {
    make_script 'type = "database"
tables = ["keys"]'
    sqlite3 "$DB" "PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = sql || char(10) || ';' || char(10) ||
        '.shell touch $PLACE/pwned' || char(10) || '--' WHERE name = 'keys'"
    under sh run
    [ ! -e "$PLACE/pwned" ]
    expect_status 1
}

@test "some tables: statements behind an index or a trigger are refused, and not run" {
    make_script 'type = "database"
tables = ["keys"]'
    sqlite3 "$DB" "CREATE INDEX i ON keys (key);
        PRAGMA writable_schema=ON; UPDATE sqlite_master SET sql = sql || '; SELECT writefile(''$PLACE/pwned'', ''x'')' WHERE name = 'i'"
    under sh run
    [ ! -e "$PLACE/pwned" ]
    expect_status 1
}

@test "a link of the database's owner beside it does not lead a write of root's elsewhere" {
    make_script 'type = "database"'
    echo precious >"$PLACE/victim"
    ln -s "$PLACE/victim" "$STORAGE/lib/.gen-backup-probe-default"
    under sh run
    expect_status 0
    [ "$(cat "$PLACE/victim")" = precious ]
}

@test "a manifest with commands in it is damage, and nothing is run" {
    make_script 'type = "database"'
    under sh run
    cp -r "$out" "$PLACE/evil"
    sed -i "s:^artifact=tracker:artifact=x/x/;1e\$(touch\$IFS$PLACE/pwned);s/x:" "$PLACE/evil/MANIFEST"
    sign "$PLACE/evil"
    for words in verify drill "restore --to $PLACE/to"; do
        # shellcheck disable=SC2086
        SCRIPT=$PLACE/evil/backup.sh under sh $words
        [ "$status" != 0 ]
        [ ! -e "$PLACE/pwned" ]
    done
}

@test "restore --to: a manifest whose source climbs out of the directory is refused" {
    make_script 'type = "database"'
    under sh run
    cp -r "$out" "$PLACE/evil"
    sed -i 's:^tracker.source=.*:tracker.source=/../outside/x.db:' "$PLACE/evil/MANIFEST"
    sign "$PLACE/evil"
    SCRIPT=$PLACE/evil/backup.sh under sh restore --to "$PLACE/to"
    [ ! -e "$PLACE/outside" ]
    [ "$status" != 0 ]
}

@test "a database that became a link to another file is not copied out of it" {
    make_script 'type = "database"'
    mv "$DB" "$DB.away"
    ln -s /etc/passwd "$DB"
    under sh run
    expect_status 1
    [[ $err == *'is not an SQLite database'* ]]
    [ -z "$(ls -A "$DEST/default")" ]
}

@test "another user sees neither backups nor state, and cannot put a word into the script's way" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script
    under sh run
    expect_status 0
    chmod 755 "$PLACE" "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" 2>/dev/null || :
    as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
    for path in "$DEST" "$STATE"; do
        as_nobody ls "$(dirname "$path")" >/dev/null
        ! as_nobody ls "$path" 2>/dev/null
        ! as_nobody touch "$path/x" 2>/dev/null
    done
    ! as_nobody cat "$out/MANIFEST" 2>/dev/null
    # nothing of it is made in places that all may write to
    strace -f -qq -e trace=openat,open,mkdir,mkdirat -o "$PLACE/trace" sh "$SCRIPT" run >/dev/null 2>&1 ||
        skip 'STRACE MISSING, or no ptrace here'
    ! grep -E '"/(tmp|var/tmp|dev/shm)/[^"]*".*(O_CREAT|mkdir)' "$PLACE/trace" | grep -vF "$PLACE"
}
