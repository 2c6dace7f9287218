# Backups that older scripts made stay what they are: test/fixtures/format-1.
# bats file_tags=turns

load ../helpers
load ../services

PLACE=/var/tmp/gen-backup-format-1

setup_file() {
    command -v mariadbd >/dev/null || return 0
    start_server mariadb
}

teardown_file() {
    stop_services
    rm -rf /var/tmp/gen-backup-format-1
}

setup() {
    rm -rf "$PLACE"
    mkdir -p "$PLACE/backups" "$PLACE/state"
    zstd -qdc "$ROOT/test/fixtures/format-1/backups.tar.zst" | tar -C "$PLACE/backups" -xf -
    echo "$(cat "$PLACE/backups/.gen-backup") $PLACE/backups" >"$PLACE/state/destination"
    SCRIPT=$PLACE/backup.sh
    sed "s|^socket = .*|socket = \"$(cat "$BATS_FILE_TMPDIR/socket.mariadb" 2>/dev/null)\"|" \
        "$ROOT/test/fixtures/format-1/env.toml" >"$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
}

ask() { sqlite3 "$1" "$2"; }

# holds_files <directory>: what the archives hold of etc and .env.
holds_files() {
    [ "$(cat "$1/etc/a.toml")" = 'answer = 42' ] && [ "$(readlink "$1/etc/link")" = a.toml ] &&
        [ "$(cat "$1/.env")" = SECRET=x ] && [ "$(stat -c %a "$1/etc")" = 750 ] &&
        [ "$(stat -c %Y "$1/.env")" = "$(date -d '2026-01-02 03:04:05 UTC' +%s)" ]
}

@test "format 1: listed, verified, and not marked, on all shells" {
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        under "$shell" list
        expect_status 0
        [ "$(grep -c ' ok ' <<<"$out")" = 4 ]
        under "$shell" verify
        expect_status 0
        [ -z "$(find "$PLACE/backups" -name DAMAGED)" ]
    done
}

@test "format 1: restored elsewhere, every kind" {
    for plan in whole config users keys; do
        under dash restore "$plan" --to "$PLACE/$plan"
        expect_status 0
    done
    at=$PLACE/whole$PLACE/storage
    holds_files "$at"
    [ -d "$at/empty" ]
    [ "$(ask "$at/lib/tracker.db" 'SELECT count(*), max(info_hash) FROM torrents')" = \
        "20|$(printf '%040d' 20)" ]
    [ "$(ask "$at/lib/grafana.db" 'SELECT sum(title) FROM dashboard')" = 3 ]
    grep -q '^-- Dump completed' "$PLACE/whole/index.sql"
    holds_files "$PLACE/config$PLACE/storage"
    grep -q "'bob'" "$PLACE/users/index.sql"
    [ "$(ask "$PLACE/keys$PLACE/storage/lib/tracker.db" 'SELECT sum(x), (SELECT count(*) FROM keys)
        FROM "odd name"')" = '6|2' ]
}

@test "format 1: restored in place, files and databases, and tables into the live one" {
    under dash restore whole --only tracker --only files --yes
    expect_status 0
    holds_files "$PLACE/storage"
    db=$PLACE/storage/lib/tracker.db
    is_whole "$db"
    [ "$(ask "$db" 'SELECT count(*) FROM torrents')" = 20 ]
    ask "$db" "DELETE FROM keys WHERE key = 'alpha'; DELETE FROM torrents WHERE id > 5"
    under dash restore keys --yes
    expect_status 0
    [ "$(ask "$db" 'SELECT count(*), (SELECT count(*) FROM torrents) FROM keys')" = '2|5' ]
}

@test "format 1: proved by a drill, every kind; MySQL restored in place" {
    need_mariadb
    under dash drill
    expect_status 0
    admin mariadb -e 'DROP DATABASE IF EXISTS shop'
    under dash restore whole --only index --yes
    expect_status 0
    [ "$(admin mariadb shop -e 'SELECT GROUP_CONCAT(s ORDER BY user) FROM rich')" = 17.49,5.00 ]
    [ "$(admin mariadb -e "SELECT COUNT(*) FROM information_schema.events
        WHERE event_schema = 'shop'")" = 1 ]
    admin mariadb shop -e "UPDATE users SET name = 'eve'"
    under dash restore users --yes
    expect_status 0
    [ "$(admin mariadb shop -e 'SELECT GROUP_CONCAT(name ORDER BY id) FROM users')" = ann,bob ]
}

@test "format 1: counted by retention beside new ones, and removed when expired" {
    mkdir -p "$PLACE/storage/etc"
    echo new >"$PLACE/storage/etc/a.toml"
    sed -i 's/^\[backup.plans.config\]/&\nkeep = { last = 1 }/' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    under dash run config
    expect_status 0
    under dash prune config
    expect_status 0
    [ ! -e "$PLACE/backups/config/20261126T172320Z" ]
    [ "$(find "$PLACE/backups/config" -mindepth 1 -maxdepth 1 | grep -c '')" = 1 ]
}

@test "a format that is newer: listed, kept, never the latest, refused with 3 and not marked; on all shells" {
    mkdir -p "$PLACE/storage/etc"
    echo new >"$PLACE/storage/etc/a.toml"
    sed -i 's/^\[backup.plans.config\]/&\nkeep = { last = 1 }/' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    new=$PLACE/backups/config/20261126T172320Z
    sed -i 's/^format=1$/format=3/' "$new/MANIFEST"
    echo 'other words, other sums' >"$new/SHA256SUMS"
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        under "$shell" list config
        [[ $out == *' newer '* ]]
        for words in verify drill 'restore --yes' "restore --to $PLACE/to"; do
            # shellcheck disable=SC2086
            under "$shell" ${words%% *} config 20261126T172320Z $(cut -s -d ' ' -f 2- <<<"$words")
            expect_status 3
            [[ $err == *'is of format 3, which this script does not know; the one in it does'* ]]
        done
        under "$shell" verify config all
        [ "$status" = 3 ]
        [ ! -e "$new/DAMAGED" ]
        under "$shell" run config
        expect_status 0
        under "$shell" restore config --to "$PLACE/to" --dry-run
        expect_status 0
        [[ $out != *20261126T172320Z* ]]
        [ -d "$new" ]
    done
}
