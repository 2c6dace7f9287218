# MySQL and MariaDB in containers, with no credentials in the environment file.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

PASSWORDS=(-e 'MYSQL_PASSWORD=s3cr3t "\# '\''$x' -e 'MYSQL_ROOT_PASSWORD=root"pw')

setup_file() {
    start_docker >&2 || return 0
    local flavour
    for flavour in "${FLAVOURS[@]}"; do
        has_flavour "$flavour" || continue
        make_image "$flavour"
        start_container "$flavour" "db-$flavour" "${PASSWORDS[@]}" \
            -e MYSQL_DATABASE=app_db -e MYSQL_USER=app
    done
}

teardown_file() {
    [ -z "${DOCKER_HOST-}" ] || docker ps -aq | xargs -r docker rm -f >/dev/null
    stop_services
}

setup() {
    [ -n "${DOCKER_HOST-}" ] && docker version >/dev/null 2>&1 || skip 'DOCKER CANNOT RUN'
    setup_place
}

both() {
    local flavour
    for flavour in "${FLAVOURS[@]}"; do
        need_flavour "$flavour"
        rm -rf "$DEST" "$STATE"
        "$1" "$flavour"
    done
}

admin() { in_container "db-$1" "$@"; }

round_trip() {
    local shell
    make_schema "$1" app_db
    fingerprint "$1" app_db >"$PLACE/before"
    make_mysql_script "$1" '' "container = \"db-$1\""
    # its objects are root's: what MYSQL_USER may not read must not be left out
    under sh run
    expect_status 3
    echo "$err"
    [[ $err == *'set user = "root"'* ]]
    make_mysql_script "$1" '' "container = \"db-$1\"
user = \"root\""
    for shell in dash posh; do
        rm -rf "$DEST" "$STATE"
        under "$shell" run
        expect_status 0
        admin "$1" app_db -e 'DROP TABLE child; DELETE FROM accounts_a'
        under "$shell" restore default --yes
        expect_status 0
        fingerprint "$1" app_db >"$PLACE/after"
        diff "$PLACE/before" "$PLACE/after"
    done
}

@test "in a container, root's password is the container's" {
    both round_trip
}

own_account() {
    admin "$1" -e 'DROP DATABASE app_db; CREATE DATABASE app_db'
    admin "$1" app_db -e 'CREATE TABLE t (id INT PRIMARY KEY, v TEXT);
        INSERT INTO t VALUES (1, "one");
        CREATE DEFINER=app@`%` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.v = "t"'
    make_mysql_script "$1" '' "container_command = \"docker exec -i 'db-$1'\""
    under dash run
    expect_status 0
    grep -q '^index.schema=app_db$' "$out/MANIFEST"
    grep -q '^index.account=app@%$' "$out/MANIFEST"
    ! grep -rq 's3cr3t\|root"pw' "$out" "$STATE" "$SCRIPT" || return 1
    admin "$1" app_db -e 'DROP TABLE t'
    under dash restore default --yes
    expect_status 0
    [ "$(admin "$1" app_db -e 'SELECT v FROM t; SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = "app_db"')" = $'one\ntr' ]
}

@test "a container alone is enough: account, password and schema are its own" {
    both own_account
}

no_way() {
    make_mysql_script "$1" '' "container = \"nowhere\""
    under sh run
    expect_status 3
    [[ $err == *"cannot reach 'index'"*nowhere* ]]
    docker stop -t 1 "db-$1" >/dev/null
    make_mysql_script "$1" '' "container = \"db-$1\""
    under sh run
    expect_status 3
    [[ $err == *'is not running'* ]]
    [ -z "$out" ]
    [ -z "$(ls -A "$DEST/default")" ]
}

@test "a container that is not there, or stopped: exit 3, nothing is published" {
    both no_way
}
