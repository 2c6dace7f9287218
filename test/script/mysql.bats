# MySQL and MariaDB on the host: dumps under load, every kind of object, restores.
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

setup_file() {
    local flavour
    for flavour in mariadb oracle; do
        (need_flavour "$flavour") >/dev/null 2>&1 || continue
        make_clients "$BATS_FILE_TMPDIR/oracle"
        start_server "$flavour" --event-scheduler=ON
    done
}

teardown_file() { stop_services; }

setup() { setup_place; }

# both <function>: for each flavour, that has to be there.
both() {
    local flavour path=$PATH
    for flavour in mariadb oracle; do
        need_flavour "$flavour"
        rm -rf "$DEST" "$STATE"
        use_flavour "$flavour"
        "$1" "$flavour"
        PATH=$path
    done
}

round_trip() {
    local shell
    make_schema "$1" app
    fingerprint "$1" app >"$PLACE/before"
    grep -q parent_added "$PLACE/before" && grep -q 0D0A "$PLACE/before"
    make_mysql_script "$1" app
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST"
        under "$shell" run
        expect_status 0
        admin "$1" -e 'DROP DATABASE IF EXISTS copy'
        under "$shell" restore default --as copy --only index
        expect_status 0
        fingerprint "$1" copy >"$PLACE/after"
        diff "$PLACE/before" "$PLACE/after"
        rm -rf "$STATE"
    done
}

@test "every kind of object comes back as it was, from every shell" {
    both round_trip
}
