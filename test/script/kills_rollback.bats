# Kills at any instant, of runs over a database with a rollback journal: its half of
# the 500 of `npm run test:all`; the others are in kills.bats.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../helpers
load ../writer
load ../kills

setup() {
    setup_place
}

teardown() {
    stop_writer
}

@test "235 runs killed at random instants beside a live writer, rollback journal" { kills 235 delete; }
