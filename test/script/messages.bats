# What each command says to good, bad, missing, repeated and misspelt words, and how it ends:
# all of it stands in test/fixtures/messages/. To renew that: MESSAGES=renew, and read the
# difference as an operator would.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB" wal 20
}

# say <word...>: the command, what it prints, says and ends with; with what is not the same
# each time replaced.
say() {
    under dash "$@"
    {
        printf '$ %s\n' "$*"
        cat "$PLACE/out" "$PLACE/err"
        echo "= $status"
    } | sed -E "s:$PLACE:PLACE:g; s/20[0-9]{6}T[0-9]{6}Z/ID/g
        s/20[0-9]{2}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9.]+Z?/TIME/g
        s/ +[0-9]+ min +[0-9]+ / N min N /; s/ [0-9.]+ s([ ,]|\$)/ N s\1/g
        s/ [0-9]+ (bytes|KiB)/ N \1/g; s/(_s|bytes)(\":| )[0-9.]+/\1\2N/g
        s/^host .*/host HOST/; s/, [0-9a-f]{16}$/, DIGEST/; s/(kept as|for) [0-9]+ /\1 N /
        s/definitions: .*/definitions: .../" |
        if [ "$1" = help ]; then cat; else sed '/^Plans: /,/^help /c (help)'; fi
}

# is_golden <name>
is_golden() {
    [ "${MESSAGES-}" != renew ] || cp "$PLACE/said" "$ROOT/test/fixtures/messages/$1"
    diff "$ROOT/test/fixtures/messages/$1" "$PLACE/said"
}

mistakes() {
    say help
    say ''
    say lst
    say prune--dry-run
    say --version
    say run --dryrun
    say run defalt
    say run default default
    say list --jsno
    say list --json --rows keys
    say list --rows
    say show
    say show defualt
    say show default
    say drill
    say verify default
    say verify all
    say diff default
    say pin default
    say pin default latest
    say pause default
    say restore
    say restore default
    say restore default --before 03:00
    say restore default --before yesterday
    say restore default latest extra
    say restore default --as copy
    say restore default --onyl files
    say restore default --to
    say restore default --to a --to b
    say prune --dry-run
    say status --json extra
    say version x
    say install --adpot
}

answers() { # <id>
    say list
    say list --json
    say list --rows keys
    say list --rows nothing
    say show default
    say show default 'b*.toml'
    say show default nothing
    say show default x y
    say diff default "$1"
    say diff default 1999
    say diff default 20 latest
    say verify default "$1"
    say verify default 19990101T000000Z
    say verify default oldest
    say verify default all
    say drill default
    say pin default "$1"
    say prune --dry-run
    say unpin default "$1"
    say restore default
    say restore default --before 2020
    say restore default --dry-run
    say restore default --dry-run --only tracker
    say restore default --dry-run --only trakcer
    say restore default --dry-run --only etc/a.toml
    say restore default --dry-run --only etc/b.toml
    say restore default --dry-run --only tracker --table keys --table whitelist
    say restore default --dry-run --only files --table keys
    say restore default --dry-run --table keys
    say restore default --only tracker --table keys --yes
    say restore default "$1" --only tracker --table keys --yes
    say restore default --only tracker --table keys --to "$PLACE/to"
    say restore default --to "$PLACE/to"
    say restore default --to "$STORAGE/to"
    say run --dry-run
    say status
    say status --json
}

@test "golden: what is wrong with a word, and what there is" {
    make_script
    mistakes >"$PLACE/said"
    is_golden mistakes.txt
}

@test "golden: what good words are answered" {
    make_script
    under dash run
    expect_status 0
    first=${out##*/}
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('gamma'); DROP TABLE whitelist"
    echo more >"$STORAGE/etc/b.toml"
    rm "$STORAGE/etc/a.toml"
    under dash run
    expect_status 0
    answers "$first" >"$PLACE/said"
    is_golden answers.txt
}

@test "golden: the words of continuous plans, and a pause" {
    make_script '[backup.plans.live]
type = "continuous"
databases = ["tracker"]
[backup.plans.nightly]
type = "database"'
    {
        say follow
        say follow nightly
        say follow live latest
        say list
        say show live
        say pause live 10
        say pause live 08m
        say pause live x
        say pause live 5m 3
        say pause nightly
        say resume live 1
        say restore live --at latest
        say show live --at latest
        say restore live --at yesterday
        say restore live --at 2026-11-26T14:05:10
        say restore live latest --at latest
        say restore nightly --at latest
        say run --dry-run live
        say run nightly
        say pause live
        say status
        say pause live 90d
        say status
        say resume live
    } >"$PLACE/said"
    is_golden continuous.txt
}

@test "a tool that is missing is named by a run, and not taken for a right; without nice it is done" {
    make_script
    mkdir "$PLACE/tools"
    ln -s /usr/bin/* "$PLACE/tools"
    ln -sf /bin/* /usr/sbin/* "$PLACE/tools" 2>/dev/null || :
    use_tools "$PLACE/tools"
    for tool in od sort sha256sum; do
        mv "$PLACE/tools/$tool" "$PLACE/away"
        under dash run
        expect_status 3
        [[ $err == *": $tool is missing here" ]]
        mv "$PLACE/away" "$PLACE/tools/$tool"
    done
    rm "$PLACE/tools/nice" "$PLACE/tools/ionice"
    under dash run
    expect_status 0
}
