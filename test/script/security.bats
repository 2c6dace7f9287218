# What others may try: docs/security.md in experiments.
# bats file_tags=turns
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

# copied_as_it_is <shell>: what is in $DB is saved and restored, and nothing of it is run
copied_as_it_is() {
    rm -rf "$PLACE/to" "$DEST" "$STATE"
    for words in run drill 'restore default --yes' "restore default --to $PLACE/to"; do
        [[ $words != *--yes ]] || sqlite3 "$DB" "PRAGMA writable_schema=ON; ${2-DELETE FROM keys}"
        # shellcheck disable=SC2086
        under "$1" $words
        expect_status 0
        [ ! -e "$PLACE/pwned" ]
    done
    for file in "$DB" "$PLACE/to$DB"; do
        [ "$(sqlite3 "$file" 'SELECT key FROM keys')" = "$(printf '%s\n' alpha beta)" ]
        is_whole "$file"
    done
}

@test "some tables: what stands inside a definition is copied as it is, and never run, on every shell" {
    make_script 'type = "database"
tables = ["keys"]'
    local run=$'\n'".shell touch $PLACE/pwned"$'\n'
    sqlite3 "$DB" 'CREATE INDEX i ON keys (key); CREATE UNIQUE INDEX u ON keys (valid_until); CREATE TRIGGER t AFTER INSERT ON keys BEGIN SELECT 1; END'
    forge "UPDATE sqlite_master SET sql = 'CREATE /*aaaai ON keys (key);$run--*/ INDEX i ON keys (key)' WHERE name = 'i';
        UPDATE sqlite_master SET sql = 'CREATE /*aaaaaaaaaaau ON keys (valid_until);$run--*/ UNIQUE INDEX u ON keys (valid_until)' WHERE name = 'u';
        UPDATE sqlite_master SET sql = 'CREATE /*aaaaaaat AFTER INSERT ON keys BEGIN SELECT 1; END;$run--*/ TRIGGER t AFTER INSERT ON keys BEGIN SELECT 1; END' WHERE name = 't';
        UPDATE sqlite_master SET sql = 'CREATE TABLE /*aaa (id, key, valid_until);$run--*/ keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, \"valid_until$run\"\")$run;$run--\" INTEGER)' WHERE name = 'keys'" ||
        true
    # the index needs its column
    forge "UPDATE sqlite_master SET sql = replace(sql, 'ON keys (valid_until)', 'ON keys (id)') WHERE name = 'u'"
    sqlite3 "$DB" 'REINDEX'
    cp "$DB" "$PLACE/forged.db"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        cp "$PLACE/forged.db" "$DB"
        copied_as_it_is "$shell"
        [ "$(sqlite3 "$PLACE/to$DB" "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%.shell%'")" = 4 ]
        cp "$PLACE/forged.db" "$DB"
        copied_as_it_is "$shell" 'DROP TABLE keys'
        [ "$(sqlite3 "$DB" "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%.shell%'")" = 4 ]
    done
}

@test "some tables: what stands behind a definition is copied as it is, and never run" {
    make_script 'type = "database"
tables = ["keys"]'
    sqlite3 "$DB" 'CREATE INDEX i ON keys (key)'
    forge "UPDATE sqlite_master SET sql = sql || char(10) || ';' || char(10) || '.shell touch $PLACE/pwned' || char(10) || '--' WHERE name = 'keys';
        UPDATE sqlite_master SET sql = sql || '; SELECT writefile(''$PLACE/pwned'', ''x'')' WHERE name = 'i'"
    for shell in dash 'busybox ash'; do copied_as_it_is "$shell" 'DROP TABLE keys'; done
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
        ! as_nobody ls "$path" 2>/dev/null || return 1
        ! as_nobody touch "$path/x" 2>/dev/null || return 1
    done
    ! as_nobody cat "$out/MANIFEST" 2>/dev/null || return 1
    # nothing of it is made in places that all may write to
    strace -f -qq -e trace=openat,open,mkdir,mkdirat -o "$PLACE/trace" sh "$SCRIPT" run >/dev/null 2>&1 ||
        skip 'STRACE MISSING, or no ptrace here'
    ! grep -E '"/(tmp|var/tmp|dev/shm)/[^"]*".*(O_CREAT|mkdir)' "$PLACE/trace" | grep -vF "$PLACE" || return 1
}

# forge <SQL>: what the owner of a database can do to its schema
forge() { sqlite3 "$DB" "PRAGMA writable_schema=ON; $1"; }

# runs_nothing_of <forgery> [shell]: neither what was forged after a backup, nor a backup of it
runs_nothing_of() {
    for verb in 'restore default --yes' run drill 'restore default --yes'; do
        # shellcheck disable=SC2086
        under "${2-dash}" $verb
        [ ! -e "$PLACE/pwned" ] || { echo "$1: $verb" && return 1; }
        [[ $status == [0135] ]]
    done
}

# hostile_tables <shell> <call>
hostile_tables() {
    local definition nth=${#1}
    cp "$DB" "$PLACE/good.db"
    make_script 'type = "database"
tables = ["keys"]'
    for definition in ", CHECK ($2 IS NOT NULL))" ", g AS ($2))" ", g AS ($2) STORED)" ", g DEFAULT ($2))" \
        "INDEX x ON keys ($2)" "INDEX x ON keys (key) WHERE $2" "UNIQUE INDEX x ON keys ($2)" \
        "TRIGGER x AFTER INSERT ON keys BEGIN SELECT $2 FROM keys; END" "TRIGGER x BEFORE DELETE ON keys BEGIN SELECT $2 FROM keys; END"; do
        in_turn "$((nth++))" || continue
        rm -rf "$DB"* "$DEST" "$STATE"
        cp "$PLACE/good.db" "$DB"
        under "$1" run
        expect_status 0
        if [[ $definition == ,* ]]; then
            forge "UPDATE sqlite_master SET sql = 'CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, valid_until INTEGER${definition//\'/\'\'}' WHERE name = 'keys'"
        else
            sqlite3 "$DB" "CREATE ${definition//"$2"/key}"
            forge "UPDATE sqlite_master SET sql = 'CREATE ${definition//\'/\'\'}' WHERE name = 'x'"
        fi
        runs_nothing_of "$definition" "$1"
    done
}

# bats test_tags=long
@test "some tables: programs that CHECKs, columns, indexes and triggers name are not started" {
    hostile_tables dash "edit(key, 'touch $PLACE/pwned;#')"
}
# bats test_tags=long
@test "some tables: files that CHECKs, columns, indexes and triggers name are not written" {
    hostile_tables 'busybox ash' "writefile('$PLACE/pwned', key)"
}

# bats test_tags=long
@test "some tables: another case, bytes, a mark of bytes' order do not make a definition a command" {
    make_script 'type = "database"
tables = ["keys"]'
    cp "$DB" "$PLACE/good.db"
    for forgery in \
        "INSERT INTO sqlite_master SELECT 'index', 'i', 'KEYS', rootpage, 'CREATE INDEX i ON keys (key);' || char(10) || '.shell touch $PLACE/pwned' || char(10) || 'select 1' FROM sqlite_master WHERE name = 'j'" \
        "UPDATE sqlite_master SET sql = CAST('CREATE INDEX j ON keys (key);' || char(10) || '.shell touch $PLACE/pwned' || char(10) || 'select 1' AS BLOB) WHERE name = 'j'" \
        "INSERT INTO sqlite_master VALUES ('trigger', 't', 'keys', 0, 'CREATE TRIGGER t AFTER INSERT ON keys BEGIN SELECT 1;' || CAST(x'efbbbf' AS TEXT) || 'END; SELECT writefile(''$PLACE/pwned'', ''y''); END')" \
        "UPDATE sqlite_master SET name = 'keys' || char(0) || '\"; SELECT writefile(''$PLACE/pwned'', ''y''); --' WHERE name = 'keys'" \
        "UPDATE sqlite_master SET sql = 'CREATE TABLE keys (id, key, valid_until)' || char(10) || 'go' || char(10) || '.shell touch $PLACE/pwned' WHERE name = 'keys'"; do
        cp "$PLACE/good.db" "$DB"
        sqlite3 "$DB" 'CREATE INDEX j ON keys (key)'
        forge "$forgery" || continue # this sqlite3 does not take it
        runs_nothing_of "$forgery"
    done
}

# bats test_tags=long
@test "some tables: a definition under another's name, or of another kind, is never looked through" {
    make_script 'type = "database"
tables = ["keys"]'
    local nth=0
    cp "$DB" "$PLACE/good.db"
    (cd "$PLACE" && echo x >x && python3 -c 'import zipfile; zipfile.ZipFile("z.zip", "w").write("x")')
    for kind in "CREATE VIEW keys AS SELECT 1 AS id, edit(''x'', ''touch $PLACE/pwned;#'') AS key, 3 AS valid_until" \
        "CREATE VIRTUAL TABLE keys USING zipfile(''$PLACE/pwned'')" "CREATE VIRTUAL TABLE keys USING zipfile(''$PLACE/z.zip'')"; do
        for forgery in "UPDATE sqlite_master SET sql = 'CREATE TABLE zzz (id, key, valid_until)' WHERE name = 'keys'; UPDATE sqlite_master SET type = 'table', rootpage = 0, sql = '$kind' WHERE name = 'other'" \
            "UPDATE sqlite_master SET type = 'index', tbl_name = 'keys', sql = '$kind' WHERE name = 'other'; UPDATE sqlite_master SET sql = 'CREATE TABLE zzz (id, key, valid_until)' WHERE name = 'keys'" \
            "UPDATE sqlite_master SET sql = '$kind' WHERE name = 'keys'"; do
            in_turn "$((nth++))" || continue
            rm -rf "$DB"* "$DEST" "$STATE"
            cp "$PLACE/good.db" "$DB"
            under sh run
            expect_status 0
            sqlite3 "$DB" 'CREATE TABLE other (x)'
            forge "$forgery"
            sum=$(md5sum <"$PLACE/z.zip")
            runs_nothing_of "$forgery"
            expect_status 1
            [ "$(md5sum <"$PLACE/z.zip")" = "$sum" ]
        done
    done
}

# bats test_tags=long
@test "some tables: restored where the table is a virtual one or a view by now, is refused and writes nothing" {
    make_script 'type = "database"
tables = ["keys"]'
    under sh run
    expect_status 0
    cp "$DB" "$PLACE/good.db"
    (cd "$PLACE" && echo x >x && python3 -c 'import zipfile; zipfile.ZipFile("z.zip", "w").write("x")')
    sum=$(md5sum <"$PLACE/z.zip")
    for kind in "VIRTUAL TABLE keys USING zipfile('$PLACE/z.zip')" "VIRTUAL TABLE keys USING zipfile('$PLACE/pwned')" \
        'VIRTUAL TABLE keys USING fts5(id, key, valid_until)' 'VIEW keys AS SELECT id, info_hash AS key, id AS valid_until FROM torrents'; do
        rm -f "$DB"*
        cp "$PLACE/good.db" "$DB"
        sqlite3 "$DB" "DROP TABLE keys; CREATE $kind"
        for shell in dash 'busybox ash'; do
            under "$shell" restore default --yes
            expect_status 1
            [[ $err == *"nothing was changed: 'keys' is no ordinary table any more"*--to* ]]
            [ ! -e "$PLACE/pwned" ]
            [ "$(md5sum <"$PLACE/z.zip")" = "$sum" ]
            [ -z "$(find "$PLACE" -name '*before-restore*')" ]
        done
    done
    # an index of words whose tables are written by others
    sqlite3 "$DB" "DROP VIEW keys; CREATE VIRTUAL TABLE k USING fts5(x, content=''); ALTER TABLE k RENAME TO keys" || :
    under sh restore default --yes
    expect_status 1
}

@test "some tables: an honest schema with semicolons everywhere is no forgery" {
    make_script 'type = "database"
tables = ["keys", "o;dd"]'
    sqlite3 "$DB" "CREATE TABLE \"o;dd\" (a TEXT DEFAULT ';' /* ; */, b AS (a || ';') STORED, CHECK (a <> ';END;')) -- ;
        ; CREATE TRIGGER t AFTER INSERT ON keys WHEN new.key <> ';' BEGIN
            UPDATE keys SET valid_until = CASE WHEN new.key = 'go' THEN 1 ELSE 2 END WHERE id = new.id; -- END;
            INSERT INTO \"o;dd\" (a) VALUES ('/*;'); END;
        INSERT INTO keys (key) VALUES ('one')"
    before=$(sqlite3 "$DB" '.dump keys' '.dump o;dd')
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    sqlite3 "$DB" "DELETE FROM keys; DELETE FROM \"o;dd\""
    under sh restore default --yes
    expect_status 0
    [ "$(sqlite3 "$DB" '.dump keys' '.dump o;dd')" = "$before" ]
}

# bats test_tags=long
@test "a forged manifest: numbers, modes, names of character sets, twice the same key are damage" {
    make_script 'type = "database"'
    under sh run
    good=$out
    for forgery in 's:^\(tracker.snapshot_bytes=\).*:\1system("touch '"$PLACE"'/pwned"):' \
        's:^\(tracker.mode=\).*:\1u+s:' 's:^\(tracker.owner=\).*:\1root:' \
        's:^tracker.mode=.*:&\ntracker.charset=latin1; \\! touch x:' \
        's:^tracker.source=.*:&\ntracker.source=/etc/x:' 's:^tracker.source=.*:&x/:' \
        's:^\(tracker.file=\).*:\1../x:' 's:^tracker.mode=.*:&\ntracker.tables=VALUES (1):'; do
        rm -rf "$PLACE/evil" "$PLACE/to"
        cp -r "$good" "$PLACE/evil"
        sed -i "$forgery" "$PLACE/evil/MANIFEST"
        sign "$PLACE/evil"
        for words in verify drill "restore --to $PLACE/to"; do
            # shellcheck disable=SC2086
            SCRIPT=$PLACE/evil/backup.sh under sh $words
            expect_status 5
            [ ! -e "$PLACE/pwned" ]
        done
    done
}

@test "a forged id: what is no time is no backup, and no command" {
    make_script 'type = "database"'
    under sh run
    good=$out
    for id in '20261124T000000Z;touch>pwned;' '*' '20261124T00000*Z' '-rf'; do
        mkdir "$DEST/default/$id"
        cp -r "$good/." "$DEST/default/$id"
        sed -i "s/^id=.*/id=$id/" "$DEST/default/$id/MANIFEST"
    done
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for words in status 'status --json' 'list --json' 'prune --dry-run' prune check 'drill default'; do
            # shellcheck disable=SC2086
            under "$shell" $words
            [[ $out$err != *touch* ]]
        done
        under "$shell" verify default latest
        expect_status 0
        under "$shell" list
        [ "$(wc -l <<<"$out")" = 2 ]
    done
    [ ! -e /pwned ]
    [ -z "$(find "$PLACE" -name pwned)" ]
    [ -d "$good" ]
    [ "$(ls -A "$DEST/default" | wc -l)" = 5 ]
}

@test "verify of the latest, by that word: a forged manifest is marked as damage too" {
    make_script 'type = "database"'
    under sh run
    sed -i 's:^\(tracker.file=\).*:\1../x:' "$out/MANIFEST"
    sign "$out"
    under sh verify default latest
    expect_status 5
    [ -s "$DEST/default/$(ls "$DEST/default")/DAMAGED" ]
}

@test "verify marks damage with its own file, not through a link, and no link is a backup" {
    make_script 'type = "database"'
    under sh run
    echo precious >"$PLACE/victim"
    mkdir "$PLACE/other"
    echo 'x.bytes=x * * * root' >>"$out/MANIFEST"
    sign "$out"
    ln -s "$PLACE/other" "$DEST/default/20200101T000000Z"
    for kind in link directory; do
        rm -rf "$out/DAMAGED"
        case $kind in
            link) ln -s "$PLACE/victim" "$out/DAMAGED" ;;
            directory) mkdir "$out/DAMAGED" ;;
        esac
        for shell in dash 'busybox ash' 'zsh --emulate sh'; do
            command -v "${shell%% *}" >/dev/null || continue
            backup=$out
            under "$shell" verify default all
            expect_status 5
            out=$backup
            [ -f "$out/DAMAGED" ]
            [ ! -L "$out/DAMAGED" ]
        done
        [ "$(cat "$PLACE/victim")" = precious ]
        [ -z "$(ls -A "$PLACE/other")" ]
    done
}

@test "pipes in the place of what is read: nothing waits for them" {
    make_script 'type = "database"'
    under sh run
    mkdir "$DEST/default/20200101T000000Z"
    mkfifo "$DEST/default/20200101T000000Z/MANIFEST" "$out/DAMAGED"
    for words in list status 'prune --dry-run' run; do
        # shellcheck disable=SC2086
        timeout 20 sh "$SCRIPT" $words >/dev/null 2>&1 || [ "$?" != 124 ]
    done
    rm "$DEST/.gen-backup" && mkfifo "$DEST/.gen-backup"
    status=0
    timeout 20 sh "$SCRIPT" status >/dev/null 2>&1 || status=$?
    expect_status 3
}

@test "a forged journal has nobody remove what it names: run, check and a restore in place" {
    make_script 'type = "database"'
    under sh run
    expect_status 0
    forge() {
        echo precious >"$PLACE/victim"
        node -e '
            const fs = require("fs");
            const [db, victim] = process.argv.slice(1);
            const magic = Buffer.from("d9d505f920a163d7", "hex");
            const numbers = (...list) => {
                const bytes = Buffer.alloc(4 * list.length);
                list.forEach((number, i) => bytes.writeUInt32BE(number >>> 0, 4 * i));
                return bytes;
            };
            const page = fs.readFileSync(db).readUInt16BE(16);
            const head = Buffer.concat([magic, numbers(0, 1, fs.statSync(db).size / page, 512, page)]);
            const name = Buffer.from(victim);
            const sum = name.reduce((total, byte) => total + byte, 0);
            fs.writeFileSync(`${db}-journal`, Buffer.concat([head, Buffer.alloc(512 - head.length),
                numbers(0x40000000 / page + 1), name, numbers(name.length, sum), magic]));
        ' "$DB" "$PLACE/victim"
    }
    # this test can fail: sqlite3 itself does remove it
    cp "$DB" "$PLACE/kept.db"
    forge
    sqlite3 "$DB" 'SELECT count(*) FROM sqlite_master' >/dev/null
    [ ! -e "$PLACE/victim" ]
    for words in run check 'restore default --yes'; do
        rm -f "$DB-journal"
        cp "$PLACE/kept.db" "$DB"
        forge
        # shellcheck disable=SC2086
        under sh $words
        [ "$status" = 3 ] || [ "$status" = 1 ]
        [ "$(cat "$PLACE/victim")" = precious ]
    done
}

@test "on a filesystem that clones: a link in the way of the clone leads nowhere" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    command -v mkfs.btrfs >/dev/null || skip 'MKFS.BTRFS MISSING'
    truncate -s 200M "$PLACE/disk"
    mkfs.btrfs -q "$PLACE/disk"
    mkdir "$PLACE/volume"
    mount -o loop "$PLACE/disk" "$PLACE/volume" || skip 'CANNOT MOUNT btrfs here'
    STORAGE="$PLACE/volume/the storage" DB="$PLACE/volume/the storage/lib/tracker.db"
    mkdir -p "$STORAGE/lib"
    make_database "$DB" delete
    echo precious >"$PLACE/volume/victim"
    make_script 'type = "database"'
    # in the moment between its removal and the clone
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/cp" <<SH
#!/bin/sh
case "\$*" in
    *reflink*' source '*) ln -s "$PLACE/volume/victim" "$STORAGE/lib/.gen-backup-clone-default-tracker" ;;
esac
exec $(command -v cp) "\$@"
SH
    chmod +x "$PLACE/bin/cp"
    PATH=$PLACE/bin:$PATH under sh run
    word=$(cat "$PLACE/volume/victim")
    umount "$PLACE/volume"
    [ "$word" = precious ]
    expect_status 0
}

@test "restore --to: links in a forged archive lead nothing of ours out of it" {
    make_script
    under sh run
    mkdir -p "$PLACE/forged/.scratch"
    for name in check stage.1 unpacked proof; do ln -s "$PLACE/victim-$name" "$PLACE/forged/.scratch/$name"; done
    tar -C "$PLACE/forged" -cf "$PLACE/forged.tar" .
    cp -r "$out" "$PLACE/evil"
    zstd -qf "$PLACE/forged.tar" -o "$PLACE/evil/files.tar.zst"
    sign "$PLACE/evil"
    SCRIPT="$PLACE/evil/backup.sh" under sh restore --to "$PLACE/to"
    expect_status 0
    [ -z "$(find "$PLACE" -maxdepth 1 -name 'victim-*')" ]
    [ -L "$PLACE/to/.scratch/check" ]
}

@test "names with line breaks leave out nothing else, and take in nothing from elsewhere" {
    make_script
    mkdir "$STORAGE/important" "$PLACE/elsewhere" "$STORAGE/uploads"
    echo precious >"$STORAGE/important/doc.txt"
    make_database "$PLACE/elsewhere/secret.db" delete 5
    mkdir -p "$STORAGE/uploads/x
.$STORAGE/important" "$STORAGE/uploads/y
4096 .$PLACE/elsewhere"
    echo 0123456789abcdef0123456789abcdef >"$STORAGE/uploads/x
.$STORAGE/important/.gen-backup"
    head -c 1024 /dev/zero >"$STORAGE/uploads/x
.$STORAGE/important/ibdata1"
    head -c 512 /dev/zero >"$STORAGE/uploads/y
4096 .$PLACE/elsewhere/secret.db"
    touch "$STORAGE/important/.gen-backup"
    under sh run
    expect_status 0
    backup=$out
    tar --zstd -tf "$backup/files.tar.zst" | grep -q '/important/doc.txt$'
    ! grep -q secret.db "$backup/MANIFEST" || return 1
    under sh drill
    expect_status 0
    # of another environment: left out, and told
    echo 0123456789abcdef0123456789abcdef >"$STORAGE/important/.gen-backup"
    under sh run
    expect_status 0
    [[ $err == *"important' is left out: backups of another"* ]]
    ! tar --zstd -tf "$out/files.tar.zst" | grep -q '/important/doc.txt$' || return 1
}

@test "a link that leads to a name with a line break: no backup that no restore would take" {
    mkdir "$PLACE/real
tracker.mode=x"
    mv "$STORAGE/lib/tracker.db" "$PLACE/real
tracker.mode=x"
    rm -rf "$STORAGE/lib"
    ln -s "$PLACE/real
tracker.mode=x" "$STORAGE/lib"
    make_script 'type = "database"'
    under sh run
    expect_status 1
    [[ $err == *'line break'* ]]
    [ -z "$(ls -A "$DEST/default")" ]
}

@test "a plan's directory that is a link, to a larger disk say, is that plan's" {
    make_script 'type = "database"'
    under sh run
    mv "$DEST/default" "$PLACE/larger"
    ln -s "$PLACE/larger" "$DEST/default"
    under sh run
    expect_status 0
    under sh list
    [ "$(wc -l <<<"$out")" = 3 ]
    under sh restore default --to "$PLACE/to"
    expect_status 0
}

@test "check warns of a destination that all may write to" {
    make_script 'type = "database"'
    under sh run
    chmod 777 "$DEST"
    under sh check
    [[ $out == *'warn  destination'*'anybody may write'*'chmod o-w'* ]]
}

@test "a table that is named like a key of the manifest does no harm" {
    make_script 'type = "database"'
    sqlite3 "$DB" 'CREATE TABLE "a.file=/x" (y); CREATE TABLE "b.tables=old" (y)'
    under sh run
    expect_status 0
    for words in verify drill "restore default --to $PLACE/to"; do
        # shellcheck disable=SC2086
        under sh $words
        expect_status 0
    done
}

@test "restore --to: a database behind a link among the files goes below DIR, not where the link leads" {
    mkdir "$PLACE/fast"
    mv "$STORAGE/lib" "$PLACE/fast/lib"
    ln -s "$PLACE/fast/lib" "$STORAGE/lib"
    make_script ''
    under sh run
    expect_status 0
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('since')"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$PLACE/to"
        under "$shell" restore default --to "$PLACE/to"
        expect_status 0
        [ "$(sqlite3 "$DB" "SELECT count(*) FROM keys WHERE key = 'since'")" = 1 ]
        is_whole "$PLACE/to$PLACE/fast/lib/tracker.db"
    done
    # of a backup that does not say where it lies
    good=$(ls -d "$DEST"/default/2*Z)
    cp -r "$good" "$PLACE/evil"
    sed -i '/^tracker.real=/d' "$PLACE/evil/MANIFEST"
    sign "$PLACE/evil"
    rm -rf "$PLACE/to"
    SCRIPT=$PLACE/evil/backup.sh under sh restore --to "$PLACE/to"
    expect_status 1
    [[ $err == *'is a link'* ]]
    [ "$(sqlite3 "$DB" "SELECT count(*) FROM keys WHERE key = 'since'")" = 1 ]
}

# forge_chain: a continuous plan with a whole backup, $out, and a chain, $CHAIN, that nobody made
forge_chain() {
    make_database "$STORAGE/wal.db"
    mv "$STORAGE/wal.db" "$DB"
    make_continuous
    under sh run live
    expect_status 0
    CHAIN=$DEST/live/changes/20261127T000000Z
    mkdir -p "$CHAIN"
    printf '\n2026-11-27T04:00:00Z 000001        4152          5 .\n' | tee "$CHAIN/000001.index" >"$CHAIN/until"
    head -c 4152 /dev/zero >"$CHAIN/000001.wal"
}

@test "names and values of forged changes are no numbers: nothing of them is run, on every shell" {
    load ../continuous
    forge_chain
    # what a shell would compute; no slash fits into a name
    local run='PPID[$($RUN)]'
    export RUN="touch $PLACE/pwned"
    touch "$CHAIN/1+$run.index"
    cp -a "$DEST/live" "$PLACE/named"
    mkdir "$DEST/live/changes/2026 0 $run 0Z"
    cp "$CHAIN/until" "$DEST/live/changes/2026 0 $run 0Z"
    sed -i '/[.]changes=/d' "$out/MANIFEST"
    echo "tracker.changes=20261127T000000Z +$run 0" >>"$out/MANIFEST"
    sign "$out"
    cp -a "$DEST/live" "$PLACE/valued"
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        for kind in named valued; do
            rm -rf "$DEST/live"
            cp -a "$PLACE/$kind" "$DEST/live"
            for words in 'verify live' 'drill live' "restore live --at latest --to $PLACE/to" 'prune live' 'status' 'list'; do
                # shellcheck disable=SC2086
                under "$shell" $words
                [ ! -e "$PLACE/pwned" ] || { echo "$shell, $kind: $words" && return 1; }
                [ "$words" != 'verify live' ] || [ "$status" != 1 ] || { echo "$shell, $kind: $status, $err" && return 1; }
            done
        done
    done
}

# bats test_tags=long
@test "pipes, links and endless files among changes: nothing waits for them, and nothing of them is shown" {
    load ../continuous
    forge_chain
    echo 'the secret of root' >"$PLACE/secret"
    local forge nth=0
    for forge in 'mkfifo until' 'mkfifo cause' 'mkfifo 000001.index' 'mkfifo 000001.sum' 'mkfifo 000001.wal' \
        'ln -s /dev/zero until' 'ln -s /dev/zero 000001.index' "ln -s $PLACE/secret cause" \
        'sum /dev/zero' "sum $PLACE/pipe" 'truncate -s 1T until'; do
        in_turn "$((nth++))" || continue
        rm -rf "$CHAIN"
        mkdir "$CHAIN"
        [ -p "$PLACE/pipe" ] || mkfifo "$PLACE/pipe"
        printf '\n2026-11-27T04:00:00Z 000001        4152          5 .\n' | tee "$CHAIN/000001.index" >"$CHAIN/until"
        case $forge in
            sum*) printf '%064d  %s\n' 0 "${forge#sum }" >"$CHAIN/000001.sum" ;;
            *) (cd "$CHAIN" && rm -f -- "${forge##* }" && eval "$forge") ;;
        esac
        for words in status list 'verify live' 'run live' 'prune live'; do
            status=0
            # shellcheck disable=SC2086
            timeout 20 sh "$SCRIPT" $words >"$PLACE/out" 2>&1 </dev/null || status=$?
            [ "$status" != 124 ] || { echo "$forge: $words waits" && return 1; }
            ! grep -q secret "$PLACE/out" || { echo "$forge: $words shows it" && return 1; }
        done
    done
}

@test "a pipe that is called backup.sh, where a backup may lie, holds up no run" {
    make_script
    under sh run
    expect_status 0
    mkdir "$DEST/default/9Z"
    mkfifo "$DEST/default/9Z/backup.sh"
    timeout 30 sh "$SCRIPT" run </dev/null
}

@test "what stands behind a NUL in a manifest leads nowhere, with busybox's awk" {
    make_script
    under sh run
    expect_status 0
    mkdir "$PLACE/bin" "$PLACE/victim"
    printf '#!/bin/sh\nexec busybox awk "$@"\n' >"$PLACE/bin/awk"
    chmod +x "$PLACE/bin/awk"
    cp -r "$out" "$PLACE/evil"
    up=$(printf '/..%.0s' $(seq 30))
    LC_ALL=C sed -i "s|^tracker.source=.*|tracker.source=/a\\x00$up$PLACE/victim/db|" "$PLACE/evil/MANIFEST"
    sign "$PLACE/evil"
    for words in "restore --to $PLACE/to" drill verify; do
        echo precious >"$PLACE/victim/db"
        # shellcheck disable=SC2086
        SCRIPT=$PLACE/evil/backup.sh PATH=$PLACE/bin:$PATH under sh $words
        expect_status 5
        [ "$(cat "$PLACE/victim/db")" = precious ]
    done
}

@test "a manifest says nothing of what only a restore keeps: what it set aside, whose it was" {
    make_script
    under sh run
    expect_status 0
    good=$out
    for line in "files.aside=$PLACE/evil.tar" tracker.work_as=0:0 tracker.live=/etc/passwd tracker.new=/etc/shadow \
        'tracker.live_charset=utf8; DROP DATABASE x' 'tracker.live_numbers=autocommit = 0' tracker.loaded=yes; do
        rm -rf "$PLACE/evil"
        cp -r "$good" "$PLACE/evil"
        echo "$line" >>"$PLACE/evil/MANIFEST"
        sign "$PLACE/evil"
        SCRIPT=$PLACE/evil/backup.sh under sh restore --yes
        expect_status 5
    done
}

@test "names that others chose do nothing to a terminal: what would be copied, where it goes, what is listed" {
    make_script
    make_database "$STORAGE/etc/"$'\e[31mred.db'
    under sh run --dry-run
    expect_status 0
    [[ $out == *'red.db'* && $out != *$'\e'* ]]
    under sh run
    expect_status 0
    mkdir "$DEST/default/"$'\e[31m'
    cp -r "$out" "$DEST/default/"$'\e[31m'
    sed -i $'$atracker\e.rows=1 torrents\e' "$DEST/default/"$'\e[31m/'*/MANIFEST
    for words in list 'list --json' 'list --rows torrents' "restore default --to $PLACE/to" 'restore default --dry-run --yes'; do
        # shellcheck disable=SC2086
        under sh $words
        expect_status 0
        [[ $out != *$'\e'* ]] || { echo "$words" && return 1; }
    done
}

@test "patterns of --only: names with line breaks, control characters or arrows deny nobody else's file" {
    make_script
    echo 1 >"$STORAGE/etc/good.conf"
    ln -s ../other.conf "$STORAGE/etc/link.conf"
    ln -s x "$STORAGE/etc/arrow.conf -> y"
    echo 1 >"$STORAGE/etc/bell"$'\a.conf'
    mkdir -p "$STORAGE/etc/line"$'\n-rw-r--r-- 0/0 1 2026-01-01 00:00:00 ./etc'
    echo 1 >"$STORAGE/etc/line"$'\n-rw-r--r-- 0/0 1 2026-01-01 00:00:00 ./etc/shadow.conf'
    under sh run
    expect_status 0
    under sh show default latest '*.conf'
    expect_status 0
    [[ $out == */good.conf* && $out != *$'\n/etc/shadow'* ]]
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        rm -rf "$PLACE/to"
        under "$shell" restore default --only '*.conf' --to "$PLACE/to"
        expect_status 0
        [[ $err == *'no pattern finds the names with a line break'* ]]
        (cd "$PLACE/to$STORAGE/etc" && ls -A) >"$PLACE/names"
        printf '%s\n' $'bell\a.conf' good.conf link.conf | sort | diff - "$PLACE/names"
    done
}

@test "a destination of another user's: a link of his in the place of our mark leads to no new file of root's" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script 'type = "database"'
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE"
        mkdir "$DEST" && ln -s "$PLACE/victim" "$DEST/.gen-backup"
        chown -hR 65534:65534 "$DEST"
        for words in run install; do
            under "$shell" $words
            expect_status 3
            [ ! -e "$PLACE/victim" ]
        done
    done
}

@test "install and check: what root runs every night lies where only root may change it" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script 'type = "database"
enabled = false'
    mkdir -p "$PLACE/up/sbin"
    sed -i "s:^INSTALL_PATH=.*:INSTALL_PATH='$PLACE/up/sbin/b.sh':" "$SCRIPT"
    for change in 'chown 65534 up' 'chmod o+w up/sbin' 'chmod g+w up' 'chown 65534 up/sbin'; do
        (cd "$PLACE" && $change)
        under sh install
        expect_status 3
        [[ $err == *"others than root may change '$PLACE/up/sbin'"* ]]
        [ ! -e "$PLACE/up/sbin/b.sh" ]
        chown 0 "$PLACE/up" "$PLACE/up/sbin" && chmod 755 "$PLACE/up" "$PLACE/up/sbin"
    done
    cp "$SCRIPT" "$PLACE/up/sbin/b.sh"
    for change in 'chown 65534' 'chmod 777'; do
        $change "$PLACE/up/sbin/b.sh"
        under sh check
        [[ $out == *"FAIL  script"*"others than root may change '$PLACE/up/sbin/b.sh'"* ]]
        under sh install
        expect_status 0
        [ "$(stat -c '%u %a' "$PLACE/up/sbin/b.sh")" = '0 755' ]
    done
    under sh check
    [[ $out == *'ok    script'* ]]
    chmod o+w "$PLACE/up"
    under sh check
    [[ $out == *'FAIL  script'* ]]
}

@test "what is found among files, and becomes a link then, has nobody else's files left out" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_script ''
    mkdir -p "$STORAGE/his" "$STORAGE/hers" "$PLACE/bin"
    echo precious >"$STORAGE/hers/file"
    echo precious >"$STORAGE/hers/.gen-backup"
    local kind
    for kind in opaque backups; do
        rm -rf "$STORAGE/his" && mkdir "$STORAGE/his"
        if [ "$kind" = opaque ]; then
            head -c 4096 /dev/urandom >"$STORAGE/his/db"
            printf '\067\177\006\202%4000s' >"$STORAGE/his/db-wal"
        else
            printf '%032d\n' 0 >"$STORAGE/his/.gen-backup"
        fi
        # as soon as it was read
        cat >"$PLACE/bin/head" <<SH
#!/bin/sh
$(command -v head) "\$@"
case "\$kind \$*" in
    opaque*'-v -c 16'*) ln -sfn ../hers "$STORAGE/his/db" ;;
    backups*his/.gen-backup*) mv "$STORAGE/his" "$PLACE/was.\$\$" && ln -s hers "$STORAGE/his" ;;
esac
SH
        chmod +x "$PLACE/bin/head"
        kind=$kind PATH=$PLACE/bin:$PATH under sh run
        [[ $err == *"his"*"' is left out"* ]]
        tar --zstd -tf "$(ls -d "$DEST"/default/2*Z | tail -n 1)/files.tar.zst" | grep -q '/hers/file$' ||
            { echo "$kind: $err" && return 1; }
    done
}
