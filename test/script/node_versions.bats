#!/usr/bin/env bats
# bats file_tags=long
# The generator gives the same bytes, and the same answers, on every Node it is for. The
# npm package `node` brings them; without the registry the test is skipped, loudly.

load ../helpers.bash

CACHE=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/node

# node_of <version>: $NODE, downloaded once.
node_of() {
    NODE=$CACHE/$1/node_modules/node/bin/node
    [ -x "$NODE" ] || {
        mkdir -p "$CACHE/$1"
        npm install --silent --no-audit --no-fund \
            --prefix "$CACHE/$1" "node@$1" >"$BATS_TEST_TMPDIR/npm.log" 2>&1 || :
    }
    [ -x "$NODE" ] || {
        echo "# NODE MISSING: node@$1: $(tail -n 1 "$BATS_TEST_TMPDIR/npm.log")" >&3
        skip "NODE MISSING: node@$1"
    }
}

same_on() {
    node_of "$1"
    cd "$ROOT"
    "$NODE" --version
    for fixture in minimal complete; do
        "$NODE" dist/gen-backup.cjs "test/fixtures/$fixture.toml" 2>/dev/null |
            cmp - "test/fixtures/$fixture.sh"
    done
    for file in test/fixtures/deployer/*.json; do
        "$NODE" dist/gen-backup.cjs "$file" 2>/dev/null >"$BATS_TEST_TMPDIR/script"
        node dist/gen-backup.cjs "$file" 2>/dev/null | cmp - "$BATS_TEST_TMPDIR/script"
    done
    for words in init 'init --torrust' schema --help; do
        # shellcheck disable=SC2086 # words
        cmp <("$NODE" dist/gen-backup.cjs $words) <(node dist/gen-backup.cjs $words)
    done
    for file in test/fixtures/wrong/{all,json,syntax}-*.{toml,json}; do
        [ -e "$file" ] || continue
        cmp <("$NODE" dist/gen-backup.cjs --crontab "$file" 2>&1) \
            <(node dist/gen-backup.cjs --crontab "$file" 2>&1)
    done
    "$NODE" dist/gen-backup.cjs --explain test/fixtures/complete.toml | grep -q '^Plan nightly'
    run "$NODE" dist/gen-backup.cjs test/fixtures/wrong/unknown-key.toml
    [ "$status" = 1 ]
}

@test 'Node 20: the same bytes' { same_on 20; }
@test 'Node 22: the same bytes' { same_on 22; }
@test 'Node 24: the same bytes' { same_on 24; }
@test 'the newest Node: the same bytes' { same_on latest; }
