# The log: on unless said otherwise, each line with a level; and nobody's who cannot write it.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

# all_levels: has each line of $err one, and what is expected?
all_levels() {
    ! grep -vE '^[0-9-]{10}T[0-9:]{8}Z [a-z]+: (info|warning|error): ' <<<"$err" || return 1
}

@test "each line has a level: info of what was done, warning, error of what ends it; on every shell" {
    make_script
    for shell in "${SHELLS[@]}" 'busybox ash'; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE"
        under "$shell" run
        expect_status 0
        all_levels
        [[ $err == *' default: info: '*': done, '* && $err != *error* ]]
        echo x >>"$(echo "$DEST"/default/*/MANIFEST)"
        under "$shell" verify
        expect_status 5
        [[ $err == *' default: error: '*': DAMAGED: '* ]]
        mv "$DB" "$DB.away"
        under "$shell" run
        expect_status 1
        mv "$DB.away" "$DB"
        all_levels
        [[ $err == *': error: '*"the database '$DB' is missing"* ]]
        [[ $err == *': warning: tracker: not saved; the backup goes on without it'* ]]
        [[ $err == *': error: '*"is partial"* ]]
        under "$shell" restore
        [[ $err == *' test: error: restore: name a plan: '* ]]
    done
}

@test "the default: root's crontab lines append to /var/log/gen-backup/NAME.log, which install makes" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no namespaces'
    unshare -m true 2>/dev/null || skip 'NO NAMESPACES here'
    make_script 'log = ""'
    sed -i '/^log = ""/d' "$PLACE/env.toml"
    node "$ROOT/dist/gen-backup.cjs" --install-path "$PLACE/sbin/b.sh" "$PLACE/env.toml" -o "$SCRIPT" 2>/dev/null
    for shell in dash 'busybox ash'; do
        # shellcheck disable=SC2016
        unshare -m sh -euc '
            for place in /var/log /etc/cron.d /etc/logrotate.d; do mount -t tmpfs tmpfs $place; done
            shell=$1 script=$2
            $shell "$script" install
            grep " run default >>/var/log/gen-backup/test.log 2>&1$" /etc/cron.d/gen-backup-test
            [ -e /var/log/gen-backup/test.log ]
            grep -x "/var/log/gen-backup/test.log {" /etc/logrotate.d/gen-backup-test
            $shell "$script" check >/var/log/check || [ $? = 3 ]
            grep "^ok    log  *'\''/var/log/gen-backup/test.log'\''" /var/log/check
        ' sh "$shell" "$SCRIPT" || return 1
    done
}

@test "not as root the default log is left to cron's mail, and install and check say so" {
    [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || skip 'NOT ROOT'
    make_script 'log = ""'
    sed -i '/^log = ""/d' "$PLACE/env.toml"
    node "$ROOT/dist/gen-backup.cjs" --install-path "$PLACE/user/b.sh" "$PLACE/env.toml" -o "$SCRIPT" 2>/dev/null
    mkdir "$PLACE/bin" "$PLACE/user" "$DEST" "$STATE"
    printf '%s\n' '#!/bin/sh' 'case $1 in -l) cat "$CRONTAB_FILE" 2>/dev/null || { echo "no crontab" >&2; exit 1; } ;; *) cat "$1" >"$CRONTAB_FILE" ;; esac' >"$PLACE/bin/crontab"
    chmod 755 "$PLACE/bin/crontab" "$SCRIPT"
    chown -R 4711:4711 "$PLACE/user" "$DEST" "$STATE"
    as() { CRONTAB_FILE=$PLACE/user/crontab PATH=$PLACE/bin:$PATH setpriv --reuid=4711 --regid=4711 --clear-groups "$@"; }
    for shell in dash 'busybox ash'; do
        # shellcheck disable=SC2086
        as $shell "$SCRIPT" install >"$PLACE/installed" 2>"$PLACE/err"
        grep "^log: cron mails what is said" "$PLACE/installed"
        grep ' run default # gen-backup test$' "$PLACE/user/crontab"
        # shellcheck disable=SC2086
        as $shell "$SCRIPT" crontab | grep ' run default$'
        # shellcheck disable=SC2086
        as $shell "$SCRIPT" check >"$PLACE/checked" 2>&1 || [ $? = 3 ]
        grep "^warn  log  *cron mails what is said: user 4711 cannot write to '/var/log/gen-backup/test.log'" "$PLACE/checked"
        grep "^FAIL  schedule  *no cron daemon runs\|^ok    schedule" "$PLACE/checked"
    done
}
