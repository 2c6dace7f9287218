# SHA256SUMS: one line for each file, or the backup is damaged, whoever asks.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB" delete 20
    make_script 'type = "database"'
    under sh run
    expect_status 0
    GOOD=$out
    cp "$GOOD/SHA256SUMS" "$PLACE/sums"
}

# refused_by <shell>: by every command alike
refused_by() {
    rm -f "$GOOD/DAMAGED"
    under "$1" list
    [[ $out == *' torn '* || $out == *' damaged '* ]]
    under "$1" drill
    expect_status 5
    under "$1" restore default --to "$PLACE/to"
    expect_status 5
    rm -rf "$PLACE/to"
    under "$1" verify
    expect_status 5
    [ -f "$GOOD/DAMAGED" ]
}

@test "a bad byte anywhere in a line, a line too few, one too many: refused by all, on every shell" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        for change in '1s/^./g/' '1s/ /\t/' '1s/$/x/' '2s/^./\x00/' '2s/^/ /' '1d' '2d' '$d' '1p' '1s/  / */' '$s/MANIFEST/manifest/' \
            '$s:$:\n0000000000000000000000000000000000000000000000000000000000000000  /dev/zero:'; do
            sed "$change" "$PLACE/sums" >"$GOOD/SHA256SUMS"
            refused_by "$shell" || { echo "$shell: $change" && return 1; }
        done
        cp "$PLACE/sums" "$GOOD/SHA256SUMS"
        under "$shell" verify default all
        expect_status 0
    done
}

@test "pipes and links in the place of what is summed are damage, and nobody waits" {
    for name in SHA256SUMS MANIFEST backup.sh databases/tracker.sqlite3.zst; do
        for kind in pipe link; do
            mv "$GOOD/$name" "$PLACE/away"
            if [ "$kind" = pipe ]; then mkfifo "$GOOD/$name"; else ln -s "$PLACE/away" "$GOOD/$name"; fi
            for words in 'verify default all' "restore default ${GOOD##*/} --to $PLACE/to" 'drill default'; do
                # the script is nothing that a restore needs
                [[ $name$words != backup.shrestore* ]] || continue
                status=0
                # shellcheck disable=SC2086
                timeout 60 sh "$SCRIPT" $words >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
                [ "$status" != 0 ] && [ "$status" != 124 ] || {
                    echo "$name, $kind, $words: $status" && return 1
                }
                rm -f "$GOOD/DAMAGED"
            done
            rm "$GOOD/$name" && mv "$PLACE/away" "$GOOD/$name"
        done
    done
}
