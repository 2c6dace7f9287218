#!/usr/bin/env bats
# What a plan that copies nothing becomes: a failure, never an empty backup.

load ../helpers.bash

setup() {
    setup_place
    make_database "$DB"
}

@test 'a plan whose lines were taken out by hand is a failure, not an empty backup' {
    make_script 'type = "database"'
    # The plan's own call, and what it may be broken over.
    awk '/^plan_default\(\)/ { in_plan = 1 }
        in_plan && /backup_sqlite tracker/ { print "    :"; skip = /\\$/; next }
        skip { skip = /\\$/; next }
        /^}/ { in_plan = 0 }
        { print }' "$SCRIPT" >"$PLACE/edited.sh"
    ! cmp -s "$SCRIPT" "$PLACE/edited.sh" || return 1
    cp "$PLACE/edited.sh" "$SCRIPT"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        under "$shell" run
        expect_status 1
        [[ $err = *'nothing was copied'* ]]
        [ -z "$out" ]
        [ -z "$(find "$DEST" -name MANIFEST)" ]
        under "$shell" status
        expect_status 1
    done
}
