# Drills and checks of MySQL and MariaDB.
bats_require_minimum_version 1.5.0

load ../servers

no_trial_left() { ! admin "$1" -e 'SHOW DATABASES' | grep gen_backup; }

proved() {
    make_schema "$1" app
    make_mysql_script "$1" app
    under sh run
    expect_status 0
    before=$(fingerprint "$1" app)
    for shell in dash ksh93 posh; do
        under "$shell" drill
        expect_status 0
        [[ $err == *'index: restored and compared in'* ]]
        no_trial_left "$1"
    done
    [ "$(fingerprint "$1" app)" = "$before" ]
    # a dump without one of its functions loads, but is not what was saved
    change_dump '/^CREATE.* FUNCTION `shout`/,/;;$/d'
    under sh drill
    expect_status 5
    echo "$err"
    [[ $err == *'other views, triggers or routines'* ]]
    no_trial_left "$1"
    change_dump '/^CREATE TABLE `child`/,/;$/d'
    under sh drill
    [ "$status" != 0 ]
    no_trial_left "$1"
    under sh status
    expect_status 1
    [[ $out == *'the last drill failed'* ]]
}

@test "drill: the dump loads into a schema of its own, with all its objects, and nothing stays" { both proved; }

some_tables() {
    make_schema "$1" app
    make_mysql_script "$1" app "$(printf 'socket = "%s"\nuser = "root"' "$(socket_of "$1")")" 'tables = ["accounts_a", "accounts_b"]'
    under sh run
    expect_status 0
    under sh drill
    expect_status 0
    no_trial_left "$1"
}

# bats test_tags=long
@test "drill: of some tables" { both some_tables; }

checked() {
    make_schema "$1" app
    make_mysql_script "$1" app
    under sh check
    [[ $out == *"ok    index "*"'app' as root@localhost"* ]]
    make_mysql_script "$1" app 'socket = "/nonexistent/s"
user = "root"'
    under sh check
    expect_status 3
    [[ $out == *"FAIL  index "*"cannot reach 'index'"* ]]
}

@test "check: a server that answers, and one that does not" { both checked; }
