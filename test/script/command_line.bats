# One parser: a word or an option that a command does not know changes nothing, and is
# answered with its name and with what there is instead.
bats_require_minimum_version 1.5.0

load ../helpers

setup_file() {
    setup_place "$BATS_FILE_TMPDIR/place"
    make_database "$DB"
    make_script '[backup.plans.nightly]
type = "complete"
keep = { last = 1 }
[backup.plans.other]
type = "database"'
    under sh run nightly
    expect_status 0
    BACKUP=$out
    echo "$BACKUP" >"$PLACE/backup"
    # two more, so that one has expired
    for id in 20260101T000000Z 20260102T000000Z; do
        cp -R "$BACKUP" "$DEST/nightly/$id"
        sed -i "s/^id=.*/id=$id/" "$DEST/nightly/$id/MANIFEST"
    done
    keep_place
}

setup() {
    renew_place
    BACKUP=$(<"$PLACE/backup")
}

all_there() { find "$PLACE" ! -path "$PLACE/out" ! -path "$PLACE/err" -printf '%p %s %i\n' | sort | md5sum; }

# is_misuse <word in the message> <word...>: exit 2, the message names it, and all is as it was.
is_misuse() {
    local named=$1
    shift
    under "$SHELL_UNDER_TEST" "$@"
    [ "$status" = 2 ] && [[ $err == *"$named"* ]] && [ -z "$out" ] || {
        printf '%s: status %s\nout: %s\nerr: %s\n' "$*" "$status" "$out" "$err"
        return 1
    }
    [ "$(all_there)" = "$BEFORE" ]
}

misuses() {
    SHELL_UNDER_TEST=$1
    [[ " ${SHELLS[*]} " == *" $1 "* ]] || left_to_all
    need_shell "$1"
    BEFORE=$(all_there)
    is_misuse "'prune--dry-run'" prune--dry-run
    [[ $err == *'prune [PLAN...] [--dry-run]'* ]]
    is_misuse "'list--json'" list--json
    is_misuse "'prune --dry-run'" 'prune --dry-run'
    is_misuse "'nonsense'" nonsense
    is_misuse "'run:x'" run:x
    is_misuse "'--dry'" prune --dry -run
    [[ $err == *'prune [PLAN...] [--dry-run]'* && $err != *'list ['* ]]
    is_misuse "'-run'" prune -run
    is_misuse "'--dry-runs'" prune nightly --dry-runs
    is_misuse "'--dry-run=no'" prune --dry-run=no
    is_misuse "'--json'" prune --json
    is_misuse "'--yes'" prune --yes
    is_misuse "'--'" prune --
    is_misuse "'junk'" restore nightly latest junk
    is_misuse "'latest'" restore nightly 20260101T000000Z latest --yes
    is_misuse "'--to=x'" restore nightly --to=x --yes
    is_misuse "'all'" restore nightly all --yes
    is_misuse "'..'" verify nightly ..
    is_misuse "'.'" verify nightly .
    is_misuse "'../nightly/20260101T000000Z'" verify nightly ../nightly/20260101T000000Z
    is_misuse "'20260101T000000Z/'" verify nightly 20260101T000000Z/
    is_misuse "'*'" drill nightly '*'
    is_misuse "'..'" restore nightly .. --yes
    is_misuse "'..'" verify ..
    is_misuse "'nightly other'" run 'nightly other'
    is_misuse "'../nightly'" prune ../nightly
    is_misuse "'*'" prune '*'
    is_misuse 'empty' prune ''
    is_misuse 'empty' restore nightly '' --yes
    is_misuse 'empty' verify nightly ''
    is_misuse '--to needs a value' restore nightly --to
    is_misuse '--to needs a value' restore nightly --to ''
    is_misuse '--to needs a value' restore nightly --to --yes
    is_misuse '--only needs a value' restore nightly --yes --only --dry-run
    is_misuse '--to is given twice' restore nightly --to "$PLACE/a" --to "$PLACE/b"
    is_misuse 'name a plan: nightly other' restore --yes
    is_misuse "'x'" version x
    is_misuse "'nightly'" status nightly
    is_misuse "'--adopt'" uninstall --adopt
    is_misuse "''" ''
    is_misuse "''" '' nightly
    is_misuse "'nightly' is given twice" list nightly nightly
    is_misuse "'nightly' is given twice" run nightly other nightly
    # and the same words, right
    under "$1" prune --dry-run nightly
    expect_status 0
    [ "$(grep -c expired <<<"$out")" = 2 ]
    [ -d "$DEST/nightly/20260101T000000Z" ]
    under "$1" verify nightly 20260101T000000Z
    expect_status 5 # its manifest says another id than its sums do
    under "$1" restore --only tracker --to "$PLACE/to" nightly "${BACKUP##*/}"
    expect_status 0
    is_whole "$PLACE/to$DB"
}

@test "misuse on dash" { misuses 'dash'; }
@test "misuse on busybox ash" { misuses 'busybox ash'; }
@test "misuse on bash" { misuses 'bash'; }
@test "misuse on ksh93" { misuses 'ksh93'; }
@test "misuse on mksh" { misuses 'mksh'; }
@test "misuse on yash" { misuses 'yash'; }
@test "misuse on posh" { misuses 'posh'; }
@test "misuse on zsh --emulate sh" { misuses 'zsh --emulate sh'; }

# A shell ends an empty file with 0: cron would call that a backup, night for night.
@test "what stands in the place of a script that could not be generated fails, and says why" {
    echo '[environment]' >"$PLACE/wrong.toml"
    ! node "$ROOT/dist/gen-backup.cjs" "$PLACE/wrong.toml" >"$PLACE/the backup.sh" 2>/dev/null || return 1
    for shell in "${ALL_SHELLS[@]}"; do
        for words in '' run check 'restore default --yes'; do
            # shellcheck disable=SC2086
            under "$shell" $words
            expect_status 3
            [ -z "$out" ]
            [[ $err == "no backup: "*"'$PLACE/wrong.toml' is wrong"*"generate it again" ]]
        done
    done
}

@test "from standard input, wrong words are wrong usage first" {
    status=0
    (cd "$PLACE" && sh -s prune--dry-run <"$SCRIPT") >"$PLACE/out" 2>"$PLACE/err" || status=$?
    [ "$status" = 2 ]
}

# bats test_tags=long
@test "restore --only: what the backup does not hold is an error that says what there is" {
    before=$(dump "$DB")
    for what in "$STORAGE/nothing" "$STORAGE/et" "$STORAGE/etc/a.toml/x" ./nothing "$DB-wal" nonsense tracker/x; do
        for words in '--yes' "--to"; do
            set -- restore nightly --only files --only "$what" "$words"
            [ "$words" = --yes ] || set -- "$@" "$PLACE/to"
            under sh "$@"
            expect_status 2
            [[ $err == *"'$what'"* && $err == *'tracker files'* && $err == *"$STORAGE"* ]]
            [ ! -e "$PLACE/to" ]
        done
    done
    [ "$(dump "$DB")" = "$before" ]
    [ -z "$(ls "$STORAGE/lib" | grep before-restore)" ]
    [ -z "$(ls -A "$DEST/nightly" | grep before-restore)" ]
}

# bats test_tags=long
@test "restore --only selects what it names and nothing else" {
    mkdir "$STORAGE/etc/deep" "$STORAGE/etc/deeper"
    echo 1 >"$STORAGE/etc/deep/[1].toml"
    echo 2 >"$STORAGE/etc/deep/\\303"
    echo 3 >"$STORAGE/etc/deeper/x"
    under sh run nightly
    expect_status 0
    only() { # <files restored> <what...>
        local wanted=$1 words=()
        shift
        for what; do words+=(--only "$what"); done
        rm -rf "$PLACE/to"
        under sh restore nightly "${words[@]}" --to "$PLACE/to"
        expect_status 0
        [ "$(cd "$PLACE/to$STORAGE" && find . -type f | LC_ALL=C sort | paste -s -d ' ')" = "$wanted" ]
    }
    all_of_them
    make_busybox "$PLACE/box" # and by another tar
    use_tools "$PLACE/box"
    under sh run nightly
    expect_status 0
    all_of_them busybox
}

all_of_them() {
    if [ "${1-}" != busybox ]; then # whose tar takes names for patterns, and misses its own
        only './etc/deep/[1].toml' "$STORAGE/etc/deep/[1].toml"
        only './etc/deep/\303' "$STORAGE/etc/deep/\\303"
    fi
    only './etc/deep/[1].toml ./etc/deep/\303' "$STORAGE/etc/deep/"
    only './etc/deep/[1].toml ./etc/deep/\303' ".$STORAGE/etc/deep"
    only './lib/tracker.db' "$DB"
    only './etc/a.toml ./lib/tracker.db' tracker "$STORAGE/etc/a.toml"
    only './lib/tracker.db' "$STORAGE/lib"
    only './etc/a.toml ./etc/deep/[1].toml ./etc/deep/\303 ./etc/deeper/x' files
    only './etc/a.toml ./etc/deep/[1].toml ./etc/deep/\303 ./etc/deeper/x ./lib/tracker.db' /
    only './etc/a.toml ./etc/deep/[1].toml ./etc/deep/\303 ./etc/deeper/x ./lib/tracker.db' "$STORAGE/etc" tracker
}

@test "restore --dry-run of a kind that it does not know: exit 3, with the way out" {
    sed -i 's/^tracker.kind=.*/tracker.kind=stone-tablet/' "$BACKUP/MANIFEST"
    (cd "$BACKUP" && sed -i '/MANIFEST/d' SHA256SUMS && sha256sum MANIFEST >>SHA256SUMS)
    for words in --dry-run "--to $PLACE/x" '--yes' '--only tracker --dry-run'; do
        # shellcheck disable=SC2086
        under sh restore nightly "${BACKUP##*/}" $words
        expect_status 3
        [[ $err == *"$BACKUP/backup.sh"* ]]
        [[ $out != *' -> ' ]]
    done
}

# bats test_tags=long
@test "restore --only takes patterns as include does: a name at any depth, a path below a root; no * is a slash" {
    mkdir -p "$STORAGE/uploads/deep" "$STORAGE/other/uploads"
    for file in uploads/pic1.jpg uploads/deep/pic3.jpg other/uploads/pic2.jpg 'uploads/[1].x' 'uploads/a+b.txt' uploads/aXb.txt; do
        echo x >"$STORAGE/$file"
    done
    only() { # <shell> <files restored> <what>
        rm -rf "$PLACE/to"
        # shellcheck disable=SC2086
        $1 "$SCRIPT" restore nightly --only "$3" --to "$PLACE/to" >/dev/null 2>"$PLACE/err" || { cat "$PLACE/err" && return 1; }
        [ "$(cd "$PLACE/to$STORAGE" && find . -type f | LC_ALL=C sort | paste -s -d ' ')" = "$2" ] || {
            echo "$3" && find "$PLACE/to" -type f && return 1
        }
    }
    all() {
        only "$1" './other/uploads/pic2.jpg ./uploads/deep/pic3.jpg ./uploads/pic1.jpg' '*.jpg'
        only "$1" './uploads/pic1.jpg' 'uploads/*.jpg'
        only "$1" './uploads/pic1.jpg' uploads/pic1.jpg
        only "$1" './uploads/deep/pic3.jpg' "$STORAGE/upl*/d*"
        only "$1" './uploads/deep/pic3.jpg' 'd[!x-z]?p'
        only "$1" './uploads/a+b.txt' 'uploads/a+b.txt'
        only "$1" './uploads/a+b.txt ./uploads/aXb.txt' 'a?b.txt'
        [ -e "$PLACE/box" ] || only "$1" './uploads/[1].x' "$STORAGE/uploads/[1].x" # not by busybox's tar
        for what in nope 'no*pe' pic1.jpg 'up*.jpg' 'up*pic1.jpg' "$STORAGE*.jpg" '*/pic9.jpg' ''; do
            rm -rf "$PLACE/to"
            under "$1" restore nightly --only "$what" --to "$PLACE/to"
            expect_status 2
            [ ! -e "$PLACE/to" ]
        done
    }
    under sh run nightly
    expect_status 0
    for shell in "${SHELLS[@]}" 'busybox ash'; do
        command -v "${shell%% *}" >/dev/null || continue
        all "$shell"
    done
    # in place nothing else is touched
    echo changed >"$STORAGE/uploads/pic1.jpg"
    echo changed >"$STORAGE/etc/a.toml"
    under sh restore nightly --only 'uploads/*.jpg' --yes
    expect_status 0
    [ "$(cat "$STORAGE/uploads/pic1.jpg" "$STORAGE/etc/a.toml")" = "$(printf 'x\nchanged')" ]
    make_busybox "$PLACE/box" # and by another awk and tar
    use_tools "$PLACE/box"
    under sh run nightly
    expect_status 0
    all 'busybox ash'
}
