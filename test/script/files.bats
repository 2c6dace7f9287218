# Archives: what is in, what is left out, and that it comes back.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

# members: of the newest archive
members() { tar --zstd -tf "$out/files.tar.zst" | sed "s:^\.$STORAGE/::; /^\$/d" | sort; }

@test "complete: everything but live databases, their side files and the destination" {
    DEST=$STORAGE/backup
    mkfifo "$PLACE/in"
    sqlite3 "$DB" <"$PLACE/in" >/dev/null 3>&- &
    exec 7>"$PLACE/in"
    echo 'BEGIN IMMEDIATE; DELETE FROM keys; COMMIT; SELECT 1;' >&7
    await test -s "$DB-wal"
    ln "$STORAGE/etc/a.toml" "$STORAGE/etc/hard"
    ln -s nowhere "$STORAGE/etc/dangling"
    mkdir -m 750 "$STORAGE/empty"
    touch "$STORAGE/lib/tracker.db-other" "$STORAGE/.gen-backup-restore"
    printf 'x' >"$STORAGE/etc/"$'new\nline'
    chmod 4711 "$STORAGE/etc/hard"
    make_script ''
    under sh run
    expect_status 0
    exec 7>&-
    wait
    [ -z "$(members | grep -e 'tracker.db$' -e '-wal' -e '-shm' -e backup)" ]
    members | grep -qx 'lib/tracker.db-other'
    under sh restore default --to "$PLACE/to"
    expect_status 0
    rm -r "$DEST" "$STORAGE/.gen-backup-restore" # ours by its name: left out
    (cd "$STORAGE" && find . ! -name 'tracker.db*' -printf '%p %m %U %G %y %l %s %Tc\n' | grep -v '^. \|^./lib ' | sort) >"$PLACE/want"
    (cd "$PLACE/to$STORAGE" && find . ! -name 'tracker.db*' -printf '%p %m %U %G %y %l %s %Tc\n' | grep -v '^. \|^./lib ' | sort) >"$PLACE/got"
    diff "$PLACE/want" "$PLACE/got"
    [ "$(stat -c %h "$PLACE/to$STORAGE/etc/hard")" = 2 ]
}

@test "exclude: paths from the storage directory or the root, and patterns" {
    mkdir -p "$STORAGE/logs/old" "$STORAGE/data/logs" "$STORAGE/we[i]rd" "$STORAGE/weird"
    touch "$STORAGE/logs/a.log" "$STORAGE/logs/old/b.log" "$STORAGE/logs/keep" "$STORAGE/data/logs/c" \
        "$STORAGE/we[i]rd/x" "$STORAGE/weird/x" "$STORAGE/etc/b"
    # a path with a bracket can only be written as a pattern
    make_script "exclude = [\"*.log\", \"data/logs\", \"$STORAGE/etc/b\", \"we?i?rd\"]"
    under sh run
    expect_status 0
    [ "$(members | grep -v '/$')" = "$(printf '%s\n' etc/a.toml logs/keep weird/x)" ]
}

@test "selective: just what include names" {
    mkdir -p "$STORAGE/other" "$PLACE/outside"
    touch "$STORAGE/other/x" "$PLACE/outside/.env"
    make_script "type = \"selective\"
include = [\"etc\", \"lib\", \"$PLACE/outside/.env\"]"
    touch "$STORAGE/lib/beside"
    under sh run
    expect_status 0
    [ ! -e "$out/databases" ]
    [ "$(members | grep -v '/$')" = "$(printf '%s\n' ".$PLACE/outside/.env" etc/a.toml lib/beside)" ]
}

@test "selective: a path that is missing is a failure; the others are published as partial" {
    make_script 'type = "selective"
include = ["etc", "gone"]'
    under sh run
    expect_status 1
    [[ $err == *"partial: files: '$STORAGE/gone' is missing"* ]]
    grep -qx "partial=files: '$STORAGE/gone' is missing" "$out/MANIFEST"
    [ "$(members | grep -v '/$')" = etc/a.toml ]
}

@test "selective: when all paths are missing nothing is published" {
    make_script 'type = "selective"
include = ["away", "gone"]'
    under sh run
    expect_status 1
    [[ $err == *away* && $err == *gone* ]]
    [ -z "$(ls -A "$DEST/default")" ]
}

@test "an empty tree is a failure: it may not be mounted" {
    make_script 'type = "selective"
include = ["empty"]'
    mkdir "$STORAGE/empty"
    under sh run
    expect_status 1
    [[ $err == *'no file'* ]]
}

@test "a missing storage directory is a failure" {
    make_script ''
    sed -i "s:    include .*:    include '$PLACE/nothing':" "$SCRIPT"
    under sh run
    expect_status 1
}

@test "a tree behind a symbolic link is archived with its link, without its live database" {
    mv "$STORAGE" "$PLACE/moved"
    ln -s "$PLACE/moved" "$STORAGE"
    make_script ''
    under sh run
    expect_status 0
    tar --zstd -tf "$out/files.tar.zst" | grep -q "^.$PLACE/moved/etc/a.toml$"
    [ -z "$(tar --zstd -tf "$out/files.tar.zst" | grep 'tracker.db')" ]
    under sh restore default --to "$PLACE/to"
    [ "$(readlink "$PLACE/to$STORAGE")" = "$PLACE/moved" ]
    cmp "$PLACE/to$PLACE/moved/etc/a.toml" "$PLACE/moved/etc/a.toml"
}

@test "a tar that dies is a failed backup, on every shell" {
    make_script ''
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\ncase "$*" in *-cf*) /bin/tar "$@" | head -c 2000; exit 2 ;; esac\nexec /bin/tar "$@"\n' >"$PLACE/bin/tar"
    chmod +x "$PLACE/bin/tar"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        PATH=$PLACE/bin:$PATH under "$shell" run
        expect_status 1
        # of the database alone, and it says so
        grep -q '^partial=files: ' "$out/MANIFEST"
        [ "$(cd "$out" && find . -type f | sort | paste -s -)" = "$(printf '%s\t' ./MANIFEST ./SHA256SUMS ./backup.sh)./databases/tracker.sqlite3.zst" ]
        rm -r "$out"
    done
}

@test "a compressor that dies, or writes something else, is a failed backup, on every shell" {
    make_script ''
    mkdir "$PLACE/bin"
    for fake in 'head -c 3000; exit 1' 'cat >/dev/null; exit 0' 'kill -9 $$'; do
        printf '#!/bin/sh\ncase "$*" in *-d*) exec /usr/bin/zstd "$@" ;; esac\n%s\n' "$fake" >"$PLACE/bin/zstd"
        chmod +x "$PLACE/bin/zstd"
        for shell in "${SHELLS[@]}"; do
            command -v "${shell%% *}" >/dev/null || continue
            PATH=$PLACE/bin:$PATH under "$shell" run
            expect_status 1
            [ -z "$(ls -A "$DEST/default")" ]
        done
    done
}
