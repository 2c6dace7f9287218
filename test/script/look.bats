# What a person looks at: what is in a backup, what changed, which one it is; and a pin.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
    make_script 'keep = { last = 1 }'
    mkdir "$STORAGE/up loads"
    echo one >"$STORAGE/up loads/pic1.jpg"
    echo two >"$STORAGE/up loads/pic[2].jpg"
    ln -s a.toml "$STORAGE/etc/link"
}

# two_backups: $FIRST and $SECOND, with differences between them.
two_backups() {
    under sh run
    expect_status 0
    FIRST=${out##*/}
    sed -i "s/keep = .*/keep = { last = 9 }/" "$PLACE/env.toml"
    node "$ROOT/dist/gen-backup.cjs" "$PLACE/env.toml" -o "$SCRIPT" 2>"$PLACE/gen.log"
    sqlite3 "$DB" "INSERT INTO keys (key) VALUES ('gamma'); DROP TABLE whitelist; CREATE TABLE \"new table\" (x)"
    rm "$STORAGE/up loads/pic1.jpg"
    echo 'answer = 43, and more' >"$STORAGE/etc/a.toml"
    echo three >"$STORAGE/etc/three"
    under sh run
    expect_status 0
    SECOND=${out##*/}
}

@test "show: what there is in a backup, on every shell; and the files that match" {
    two_backups
    for shell in "${SHELLS[@]}" 'busybox ash'; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" show default "$FIRST"
        expect_status 0
        [[ $out == *"tracker.source $DB"* && $out == *'tracker.rows 2 keys'* && $out == *'files.members '* ]]
        under "$shell" show default
        expect_status 0
        [[ $out == *'tracker.rows 3 keys'* && $out == *'tracker.rows 0 new table'* ]]
        under "$shell" show default "$FIRST" 'pic*.jpg'
        expect_status 0
        [ "$(wc -l <<<"$out")" = 2 ]
        [[ $out == *"$STORAGE/up loads/pic1.jpg  4 bytes, "* ]]
        under "$shell" show default "$FIRST" 'up loads/pic[12].jpg'
        expect_status 0
        [ "$(wc -l <<<"$out")" = 1 ]
        under "$shell" show default "$FIRST" "$STORAGE/up loads"
        expect_status 0
        [ "$(wc -l <<<"$out")" = 2 ]
        under "$shell" show default latest pic1.jpg
        expect_status 1
        [[ $err == *"$SECOND' holds no file like 'pic1.jpg'"* ]]
        # the copy in a backup speaks of that one: those beside it are none that count for no plan
        SCRIPT=$DEST/default/$FIRST/backup.sh
        under "$shell" list
        expect_status 0
        [[ $out == *"$FIRST ok"* && $out != *"$SECOND"* ]]
        [ -z "$err" ]
        SCRIPT="$PLACE/the backup.sh"
    done
}

@test "show: a damaged manifest is told, and what others named does nothing to a terminal" {
    printf x >"$STORAGE/etc/$(printf 'a\033[31mb')"
    under sh run
    expect_status 0
    for shell in dash 'busybox ash'; do
        under "$shell" show default latest 'a?\[31mb'
        expect_status 0
        [[ $out == *'/etc/a?[31mb  1 bytes'* ]]
    done
    echo x >>"$(echo "$DEST"/default/*Z)/MANIFEST"
    under sh show default latest
    expect_status 5
}

@test "diff: tables by rows, databases by definition, files by size and time, on every shell" {
    two_backups
    for shell in "${SHELLS[@]}" 'busybox ash'; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" diff default "$FIRST"
        expect_status 0
        [ "$(sed 's/\(definitions\): .*/\1/; s/bytes, .*/bytes/' <<<"$out")" = "$(
            printf '%s\n' "$STORAGE/etc/a.toml: 12 bytes" "$STORAGE/etc/three: new, 6 bytes" \
                "$DB: definitions" "$DB: table keys: 2 rows -> 3 rows" \
                "$DB: table new table: new, 0 rows" "$DB: table whitelist: gone" \
                "$STORAGE/up loads/pic1.jpg: gone"
        )" ] || { echo "$out" && return 1; }
        under "$shell" diff default "$SECOND" "$SECOND"
        expect_status 0
        [ -z "$out" ]
        under "$shell" diff default
        expect_status 2
    done
}

@test "an id by its beginning, or by a time; what fits more than one is refused with their names" {
    under sh run
    expect_status 0
    old=20250101T000000Z
    cp -R "$out" "$DEST/default/$old"
    sed -i "s/^id=.*/id=$old/; s/^began_s=.*/began_s=1735689600/" "$DEST/default/$old/MANIFEST"
    sum=$(sha256sum <"$DEST/default/$old/MANIFEST")
    sed -i "s/^.*  MANIFEST/${sum%% *}  MANIFEST/" "$DEST/default/$old/SHA256SUMS"
    for shell in dash 'busybox ash'; do
        under "$shell" verify default 2025
        expect_status 0
        [[ $err == *"$old: ok"* ]]
        for time in 2026-01-01 2026-01-01T00:00 '2026-01-01 00:00:00' 2026-01-01T00:00:00Z; do
            under "$shell" restore default --before "$time" --dry-run
            expect_status 0
            [[ $out == *"/$old/"* ]]
        done
        under "$shell" diff default --before 2026
        expect_status 0
        under "$shell" drill default --before 2026
        [[ $err == *"$old"* ]]
        under "$shell" pin default --before 2026
        expect_status 0
        [ -e "$DEST/default/$old/PINNED" ]
        under "$shell" unpin default --before 2026
        expect_status 0
        [ ! -e "$DEST/default/$old/PINNED" ]
        under "$shell" pin default "$old" --before 2026
        expect_status 2
        under "$shell" show default --before 2025
        expect_status 1
        [[ $err == *"no backup 'latest' before 2025 that is complete; see list"* ]]
        under "$shell" verify default 20
        expect_status 2
        [[ $err == *"'20' begins the ids of more than one: $old 20"* ]]
        under "$shell" show default 2025010200
        expect_status 1
        [[ $err == *"has no backup '2025010200'; the one before is $old; see list"* ]]
        under "$shell" show default "$old" --before 2026
        expect_status 2
        under "$shell" show default --before yesterday
        expect_status 2
        under "$shell" verify default 2025x
        expect_status 2
    done
}

@test "pin: kept whatever retention says, shown, and proved by a drill is shown too" {
    for shell in dash 'busybox ash'; do
        rm -rf "$DEST" "$STATE"
        under "$shell" run
        expect_status 0
        first=${out##*/}
        under "$shell" pin default "$first"
        expect_status 0
        under "$shell" verify default "$first"
        expect_status 0
        under "$shell" drill default "$first"
        expect_status 0
        for _ in 1 2; do
            under "$shell" run
            expect_status 0
        done
        [ "$(ls "$DEST/default" | wc -l)" = 2 ]
        [ -d "$DEST/default/$first" ]
        under "$shell" prune --dry-run
        [[ $out == *"default/$first kept by pin"* ]]
        under "$shell" list
        expect_status 0
        [[ $out == *"$first ok "*' pinned proved '* ]]
        under "$shell" list --json
        node -e '
            const [first, last] = JSON.parse(process.argv[1]);
            if (!first.pinned || !first.proved || last.pinned || last.proved || first.age_s < last.age_s) process.exit(1);
        ' "$out"
        under "$shell" unpin default "$first"
        expect_status 0
        under "$shell" run
        expect_status 0
        [ ! -e "$DEST/default/$first" ]
        under "$shell" pin default
        expect_status 2
        under "$shell" pin default 1999
        expect_status 1
    done
}

@test "list --rows: a table in each backup, and when its database was defined anew" {
    two_backups
    for shell in dash 'busybox ash'; do
        under "$shell" list --rows keys
        expect_status 0
        [ "$(awk '{ print $2, $4, $5, $6 }' <<<"$out" | tail -n +2)" = "$(
            printf '%s\n' "$FIRST 2 tracker " "$SECOND 3 redefined tracker")" ] ||
            { echo "$out" && return 1; }
        # of each plan by itself: the first one of another is none that was defined anew
        cp -R "$DEST/default" "$DEST/other"
        make_script '[backup.plans.default]
[backup.plans.other]'
        rm -rf "$DEST/other/$SECOND"
        sed -i 's/^plan=default/plan=other/' "$DEST/other/$FIRST/MANIFEST"
        under "$shell" list --rows keys
        [ "$(grep -c redefined <<<"$out")" = 1 ]
        [[ $out == *"other "*"$FIRST"* ]]
        rm -rf "$DEST/other"
        under "$shell" list --rows whitelist
        [ "$(wc -l <<<"$out")" = 2 ]
    done
}

@test "run --dry-run: what would be copied and left out, whether it fits; and nothing is written" {
    make_database "$STORAGE/found.db"
    make_script '[backup.plans.nightly]
exclude = ["*.jpg"]
[backup.plans.other]
type = "database"'
    mkdir -p "$STATE"
    before=$(find "$PLACE" -path "$STATE" -prune -o ! -name out ! -name err -printf '%p %s %T@\n' | grep -v "^$PLACE " | sort | md5sum)
    for shell in dash 'busybox ash'; do
        under "$shell" run --dry-run
        expect_status 0
        [[ $out == *"nightly: would copy tracker $DB: "*' bytes'* ]]
        [[ $out == *"nightly: would copy found+1 $STORAGE/found.db: "* ]]
        [[ $out == *'nightly: the archive leaves out *.jpg'* && $out == *"nightly: the archive leaves out $DB"* ]]
        [[ $out == *'nightly: would copy 1 files, 1 links: 12 bytes'* ]]
        [[ $out == *"nightly: "*" KiB, not compressed, to '$DEST/nightly': enough"* ]]
        [[ $out == *"other: would copy tracker"* ]]
        [ ! -e "$DEST" ]
        [ "$(ls -A "$STATE")" = "" ]
        [ "$(find "$PLACE" -path "$STATE" -prune -o ! -name out ! -name err -printf '%p %s %T@\n' | grep -v "^$PLACE " | sort | md5sum)" = "$before" ]
    done
    # links that lead out of it, and not those within or to a database that is copied
    ln -s /etc/hostname "$STORAGE/etc/out"
    ln -s ../lib/tracker.db "$STORAGE/etc/db"
    for shell in dash 'busybox ash'; do
        under "$shell" run nightly --dry-run
        expect_status 0
        [[ $err == *"warning: files: what these links lead to is not in the backup: $STORAGE/etc/out ->"*/etc/hostname ]] || { echo "$err" && return 1; }
    done
    rm "$STORAGE/etc/out" "$STORAGE/etc/db"
    mv "$DB" "$DB.away"
    cp "$SCRIPT" "$PLACE/kept.sh"
    mkdir "$PLACE/bin"
    for tool in /usr/bin/* /bin/*; do ln -sf "$tool" "$PLACE/bin/"; done
    rm "$PLACE/bin/sqlite3"
    use_tools "$PLACE/bin"
    under sh run other --dry-run
    expect_status 1
    [[ $err == *"it would be partial: tracker: sqlite3 is missing here"* && $out != *'would copy tracker'* ]]
    cp "$PLACE/kept.sh" "$SCRIPT"
    under sh run other --dry-run
    expect_status 1
    [[ $err == *"it would be partial: tracker: the database '$DB' is missing"* ]]
}

@test "run --dry-run: what a run could not read, or would have no room for, is told" {
    [ "$(id -u)" = 0 ] || skip 'ROOT ONLY'
    echo secret >"$STORAGE/etc/secret"
    chown -R 65534:65534 "$PLACE"
    chown 0:0 "$STORAGE/etc/secret"
    chmod 600 "$STORAGE/etc/secret"
    for shell in dash 'busybox ash'; do
        status=0
        # shellcheck disable=SC2086
        setpriv --reuid 65534 --regid 65534 --clear-groups $shell "$SCRIPT" run --dry-run >"$PLACE/out" 2>"$PLACE/err" || status=$?
        [ "$status" = 1 ]
        grep -F "it would be partial: files: user 65534 cannot read '$STORAGE/etc/secret'" "$PLACE/err"
    done
    rm "$STORAGE/etc/secret"
    under sh run
    expect_status 0
    under sh run --dry-run
    expect_status 0
    [[ $out == *': enough'* ]]
    sed -i 's/^MIN_FREE_KB=.*/MIN_FREE_KB=99999999999/' "$SCRIPT"
    under sh run --dry-run
    expect_status 3
    [[ $out == *": perhaps not enough: "* && $err == *"no space for a backup like the last one in '$DEST/default': "*'(min_free)'* ]]
}

# bats test_tags=long
@test "thousands of files with long names: shown, compared, and found by a pattern, where printf is a program too" {
    local long shell
    printf -v long '%0100d' 0
    (cd "$STORAGE/etc" && seq -f "$long%05.0f.txt" 1 3000 | xargs touch)
    make_script 'keep = { last = 9 }'
    under sh run
    expect_status 0
    rm "$STORAGE/etc/$long"*
    under sh run
    expect_status 0
    for shell in dash mksh posh; do
        need_shell "$shell"
        under "$shell" show default "$(ls "$DEST/default" | head -n 1)" '*.txt'
        expect_status 0
        [ "$(wc -l <<<"$out")" = 3000 ]
        under "$shell" diff default "$(ls "$DEST/default" | head -n 1)"
        expect_status 0
        [ "$(grep -c '0.txt: gone$' <<<"$out")" = 300 ]
        under "$shell" restore default "$(ls "$DEST/default" | head -n 1)" --only '*[05].txt' --to "$PLACE/to"
        expect_status 0
        [ "$(ls "$PLACE/to$STORAGE/etc" | wc -l)" = 600 ]
        rm -r "$PLACE/to"
    done
}
