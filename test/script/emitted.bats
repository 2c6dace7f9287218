# The text of the script, and the command line that makes it.
bats_require_minimum_version 1.5.0

load ../helpers

GENERATE() { node "$ROOT/dist/gen-backup.cjs" "$@"; }

@test "emitted scripts parse in every shell" {
    for script in "$ROOT"/test/fixtures/*.sh; do
        for shell in "${SHELLS[@]}"; do
            command -v "${shell%% *}" >/dev/null || continue
            LC_ALL=C $shell -n "$script"
        done
    done
}

@test "every function that is emitted is used" {
    for script in "$ROOT"/test/fixtures/*.sh; do
        # each word, and the number of lines of code that it is in
        awk '!/^ *#/ {
            delete seen
            n = split($0, words, /[^A-Za-z0-9_]+/)
            for (i = 1; i <= n; i++) if (!seen[words[i]]++) lines[words[i]]++
        }
        END { for (word in lines) if (lines[word] >= 2) print word }' "$script" | sort >"$BATS_TEST_TMPDIR/used"
        for name in $(sed -n 's/^\([a-z_]*\)() .*/\1/p' "$script" | sort -u | comm -23 - "$BATS_TEST_TMPDIR/used"); do
            case $name in
                unpack_* | prepare_* | replace_* | undo_* | paths_* | target_* | inspect_* | ready_* | prove_* | report_* | rehearse_* | choose_mysql | choose_sqlite) continue ;; # by_kind and begin_report put these names together
            esac
            echo "$script: $name is not used"
            return 1
        done
    done
}

@test "a script for SQLite alone has no word of files or other databases" {
    ! grep -nwiE 'tar|mysql|mysqldump|mariadb|archive_files|backup_files' "$ROOT/test/fixtures/minimal.sh" || return 1
}

@test "a script of ours has lines that fit a screen" {
    [ "$(awk '{ sub(/ *#[?] [a-z_]+$/, "") } length > 88' $(find "$ROOT/templates" -name '*.sh') | wc -l)" = 0 ]
}

@test "a truncated copy runs nothing" {
    setup_place
    make_database "$DB"
    make_script ''
    lines=$(wc -l <"$SCRIPT")
    for keep in 20 60 200 500 900 $((lines - 1)); do
        head -n "$keep" "$SCRIPT" >"$PLACE/cut.sh"
        sh "$PLACE/cut.sh" run >"$PLACE/out" 2>&1 || :
        [ ! -e "$DEST" ]
        [ ! -e "$STATE" ]
    done
}

# Between two functions no shell would notice, and end with 0, night for night.
@test "a truncated copy ends with a failure, on every shell" {
    setup_place
    make_database "$DB"
    make_script ''
    cp "$SCRIPT" "$PLACE/complete"
    for shell in "${ALL_SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for keep in $(grep -nx '}' "$PLACE/complete" | sed -n 's/:.*//; 1p; 30p; 90p; 150p') $(($(wc -l <"$PLACE/complete") - 1)); do
            head -n "$keep" "$PLACE/complete" >"$SCRIPT"
            for words in run check; do
                under "$shell" "$words"
                expect_status 3
                [ -z "$out" ]
                [ "$err" = 'this script is cut off: copy it again' ]
            done
        done
        cp "$PLACE/complete" "$SCRIPT"
        under "$shell" version
        expect_status 0
        [ -z "$err" ]
        under "$shell" nonsense
        expect_status 2
        [[ $err != *'cut off'* ]]
    done
}

@test "from standard input, a script cannot copy itself: exit 3" {
    setup_place
    make_database "$DB"
    make_script ''
    cd "$PLACE"
    status=0
    sh -s run <"$SCRIPT" >out 2>err || status=$?
    [ "$status" = 3 ]
    [ ! -e "$DEST" ]
}

@test "a script that is replaced while it runs is not copied half" {
    setup_place
    make_database "$DB" wal 300000
    make_script ''
    sh "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" 3>&- &
    await compgen -G "$DEST/default/.incomplete-*/databases"
    head -n 300 "$SCRIPT" >"$SCRIPT.new"
    mv "$SCRIPT.new" "$SCRIPT"
    status=0
    wait "$!" || status=$?
    [ "$status" = 1 ]
    [[ $(cat "$PLACE/err") == *'changed during this run'* ]]
}

@test "ready-made surroundings do not change what a script does" {
    setup_place
    make_database "$DB"
    make_script ''
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        [ "$shell" != yash ] || continue # takes options from no one, but reads IFS at start
        env -i PATH=/usr/bin:/bin HOME="$PLACE" IFS=/ CDPATH=/tmp ENV=/nonexistent TAR_OPTIONS=--verbose \
            GZIP=-v LC_ALL=de_DE.UTF-8 POSIXLY_CORRECT=1 $shell "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" || { cat "$PLACE/err"; return 1; }
        [ "$(wc -l <"$PLACE/out")" = 1 ]
    done
    [ -z "$(find "$PLACE" -name .sqliterc)" ]
    echo '.shell touch sqliterc-was-read' >"$PLACE/.sqliterc"
    under sh verify default all
    expect_status 0
}

@test "run from a crontab's environment" {
    setup_place
    make_database "$DB"
    make_script ''
    cd "$PLACE"
    env -i HOME=/root LOGNAME=root PATH=/usr/bin:/bin SHELL=/bin/sh /bin/sh -c "'$SCRIPT' run default >>$PLACE/log 2>&1"
    grep -q ': done' "$PLACE/log"
}

# is_stand_in: of the product, the two lines that fail in its place
is_stand_in() { [ "$(wc -l <out)" = 2 ] && tail -n 1 out | grep -q '>&2; exit 3$'; }

@test "gen-backup: exit 0, 1 and 2; the product alone on standard output" {
    cd "$BATS_TEST_TMPDIR"
    GENERATE "$ROOT/test/fixtures/minimal.toml" >out 2>err
    cmp out "$ROOT/test/fixtures/minimal.sh"
    grep -q 'sqlite3' err
    grep -q '0 3 \* \* \*' err
    GENERATE - <"$ROOT/test/fixtures/minimal.toml" 2>/dev/null | cmp - out
    GENERATE --crontab "$ROOT/test/fixtures/minimal.toml" >crontab 2>err
    [ "$(cat crontab)" = '0 3 * * * /usr/local/sbin/backup-tracker-demo.sh run default >>/var/log/gen-backup/tracker-demo.log 2>&1' ]
    [ ! -s err ]
    status=0
    GENERATE /nonexistent >out 2>err || status=$?
    [ "$status" = 1 ]
    is_stand_in
    grep -q "cannot read '/nonexistent'" err
    status=0
    echo 'x = 1' | GENERATE - >out 2>err || status=$?
    [ "$status" = 1 ]
    is_stand_in
    grep -q 'standard input:1:1: environment: missing' err
    for words in '' '--nonsense x' 'a b' '--install-path a;b x'; do
        status=0
        # shellcheck disable=SC2086
        GENERATE $words >out 2>err || status=$?
        [ "$status" = 2 ]
        is_stand_in
        [ -s err ]
    done
    printf '\377\376' >bad.toml
    status=0
    GENERATE bad.toml 2>err || status=$?
    [ "$status" = 1 ]
    status=0
    GENERATE "$ROOT/test/fixtures/minimal.toml" >/dev/full 2>err || status=$?
    [ "$status" = 1 ]
    grep -q 'standard output' err
}

@test "gen-backup -o: mode 0755, all or nothing" {
    cd "$BATS_TEST_TMPDIR"
    umask 077
    GENERATE -o b.sh --install-path /opt/b.sh "$ROOT/test/fixtures/minimal.toml" 2>/dev/null
    [ "$(stat -c %a b.sh)" = 755 ]
    grep -q '/opt/b.sh run default' b.sh
    status=0
    GENERATE -o /nonexistent/b.sh "$ROOT/test/fixtures/minimal.toml" 2>err || status=$?
    [ "$status" = 1 ]
    status=0
    echo 'x = 1' | GENERATE - -o b.sh 2>err || status=$?
    [ "$status" = 1 ]
    sh -n b.sh
    [ "$(ls)" = "$(printf '%s\n' b.sh err)" ]
}

@test "the package is dist and what npm adds, and runs from anywhere" {
    cd "$ROOT"
    [ "$(npm pack --dry-run --json --ignore-scripts 2>/dev/null | node -p 'JSON.parse(fs.readFileSync(0))[0].files.map((f) => f.path).sort().join(" ")')" = 'LICENSE README.md THIRD-PARTY-NOTICES.md dist/gen-backup.cjs package.json' ]
    cp dist/gen-backup.cjs "$BATS_TEST_TMPDIR"
    cd "$BATS_TEST_TMPDIR"
    node gen-backup.cjs "$ROOT/test/fixtures/minimal.toml" 2>/dev/null | cmp - "$ROOT/test/fixtures/minimal.sh"
    [ "$(node gen-backup.cjs --version)" = "$(node -p "require('$ROOT/package.json').version")" ]
}
