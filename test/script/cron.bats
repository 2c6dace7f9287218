# Real cron daemons, in namespaces of their own: nothing of this machine is touched.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no namespaces'
    unshare -m -p -f true 2>/dev/null || skip 'NO NAMESPACES here'
    setup_place
    chmod 755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR" "$PLACE" 2>/dev/null || :
    make_database "$DB"
}

# in_namespace <script>: with an empty cron of its own
in_namespace() {
    unshare -m -p -f --mount-proc sh -euc "
        for place in /etc/cron.d /etc/logrotate.d /var/spool/cron /run; do
            mount -t tmpfs tmpfs \$place
        done
        mkdir -m 1730 /var/spool/cron/crontabs
        chgrp crontab /var/spool/cron/crontabs
        cd $PLACE
        # a daemon whose clock is shortly before the next minute, where there is faketime
        start() {
            library=\$(find /usr/lib -name libfaketime.so.1 | head -n 1)
            FAKETIME=\$(date +%S | awk '{ printf \"%+ds\", 57 - \$1 }')
            LD_PRELOAD=\$library FAKETIME=\$FAKETIME \"\$@\"
        }
        wait_for() { tries=0; until ls '$DEST/default' | grep -q '^20.*Z\$'; do
            sleep 0.2; tries=\$((tries + 1)); [ \$tries -lt 450 ] || { cat $PLACE/log; return 1; }
        done; }
        $1" 3>&-
}

make_installed() {
    INSTALL=$PLACE/sbin/backup-test.sh
    make_script "schedule = \"* * * * *\"
log = \"$PLACE/log\"
${1-}"
    generate --install-path "$INSTALL" "$PLACE/env.toml" -o "$SCRIPT"
}

@test "Debian's cron: install, a minute later a backup is there, uninstall leaves all as it was" {
    command -v cron >/dev/null || skip 'CRON MISSING'
    make_installed
    in_namespace "
        sh '$SCRIPT' install >first
        cp /etc/cron.d/gen-backup-test block
        sh '$SCRIPT' install >second
        cmp first second
        cmp block /etc/cron.d/gen-backup-test
        cat /etc/logrotate.d/gen-backup-test >rotation
        sh '$SCRIPT' check >check.off || [ \$? = 3 ]
        start cron
        sh '$SCRIPT' check >check.on
        wait_for
        sh '$SCRIPT' status
        sed -i 's/^\\*/0/' /etc/cron.d/gen-backup-test
        sh '$SCRIPT' check >check.changed && exit 1
        sh '$SCRIPT' uninstall
        [ -z \"\$(ls -A /etc/cron.d)\" ]
        [ -e $INSTALL ]
        [ -d '$DEST' ]
    "
    cat "$PLACE/first" "$PLACE/block" "$PLACE/check.on"
    grep -qxF "* * * * * root $INSTALL run default >>$PLACE/log 2>&1" "$PLACE/block"
    ! grep -q '%' "$PLACE/block" || return 1
    grep -q 'FAIL  schedule .*no cron daemon' "$PLACE/check.off"
    grep -q 'ok    schedule' "$PLACE/check.on"
    grep -q 'FAIL  schedule .*run .install' "$PLACE/check.changed"
    grep -q ': done' "$PLACE/log"
    grep -q "$PLACE/log {" "$PLACE/rotation"
}

@test "Debian's cron: another user's own crontab, between lines of his" {
    command -v crontab >/dev/null || skip 'CRON MISSING'
    id nobody >/dev/null || skip 'NO USER nobody'
    make_installed
    mkdir "$DEST" "$PLACE/sbin" "$STATE"
    touch "$PLACE/log"
    chown -R nobody "$STORAGE" "$DEST" "$PLACE/sbin" "$STATE" "$PLACE/log"
    in_namespace "
        as() { setpriv --reuid nobody --regid nogroup --init-groups \"\$@\"; }
        printf '# mine\n0 0 1 1 * true\n' >mine
        as crontab - <mine
        as sh '$SCRIPT' install
        as sh '$SCRIPT' install
        as crontab -l >installed
        start cron
        wait_for
        as sh '$SCRIPT' uninstall
        as crontab -l | cmp - mine
        as crontab -r
        as sh '$SCRIPT' install
        as sh '$SCRIPT' uninstall
        as crontab -l && exit 1
        [ -z \"\$(ls -A /etc/cron.d)\" ]
    "
    [ "$(grep -c "run default" "$PLACE/installed")" = 1 ]
    head -n 2 "$PLACE/installed" | cmp - "$PLACE/mine"
}

@test "busybox's crond, as Alpine has it: the crontab of root" {
    left_to_all
    alpine=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/alpine
    [ -x "$alpine/crond" ] || skip 'NO CROND AS ALPINE HAS IT: scripts/alpine-busybox.sh'
    make_installed
    mkdir "$PLACE/bin"
    ln -s "$alpine/crond" "$alpine/crontab" "$PLACE/bin"
    sed -i "s|^PATH=.*|PATH=$PLACE/bin:/usr/sbin:/usr/bin:/sbin:/bin|" "$SCRIPT"
    in_namespace "
        sh '$SCRIPT' install >installed
        [ -z \"\$(ls -A /etc/cron.d)\" ]
        start $PLACE/bin/crond -b -S
        wait_for
        sh '$SCRIPT' check || :
        sh '$SCRIPT' uninstall
        [ ! -s /var/spool/cron/crontabs/root ]
    "
    grep -q 'schedule: in the crontab' "$PLACE/installed"
}

@test "enabled = false installs no schedule, and removes an old one" {
    make_installed
    sed 's/^schedule/enabled = false\nschedule/' "$PLACE/env.toml" >"$PLACE/off.toml"
    generate --install-path "$INSTALL" "$PLACE/off.toml" -o "$PLACE/off.sh"
    in_namespace "
        sh '$SCRIPT' install >/dev/null
        [ -e /etc/cron.d/gen-backup-test ]
        sh $PLACE/off.sh install >installed
        [ -z \"\$(ls -A /etc/cron.d)\" ]
        cmp $PLACE/off.sh $INSTALL
    "
    grep -qx 'schedule: none' "$PLACE/installed"
}

@test "install: what is not ours is not overwritten" {
    make_installed
    mkdir "$PLACE/sbin"
    echo 'mine' >"$INSTALL"
    in_namespace "
        sh '$SCRIPT' install && exit 1
        [ \"\$(cat $INSTALL)\" = mine ]
        rm $INSTALL
        umount /etc/cron.d
        mount -t tmpfs -o ro tmpfs /etc/cron.d
        sh '$SCRIPT' install 2>err && exit 1
        grep -q 'cannot write' err
    "
}

@test "install: the lines of a user's crontab are his, also those that look like ours" {
    make_installed
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/crontab" <<SH
#!/bin/sh
case \$1 in
    -l) cat "$PLACE/crontab" ;;
    -r) rm "$PLACE/crontab" ;;
    *) cp "\$1" "$PLACE/crontab" ;;
esac
SH
    chmod +x "$PLACE/bin/crontab"
    ln -s "$(command -v busybox)" "$PLACE/bin/crond" # so that it is the crontab of root
    sed -i "s|^PATH=.*|PATH=$PLACE/bin:/usr/sbin:/usr/bin:/sbin:/bin|" "$SCRIPT"
    # Of other environments, a mark in the middle, a comment, no mark, no line break at the end.
    printf '%s\n' '1 1 * * * mine # gen-backup test2' '1 1 * * * mine # gen-backup tes' \
        '# gen-backup test' '2 2 * * * mine # gen-backup test and more' >"$PLACE/crontab"
    printf '3 3 * * * mine' >>"$PLACE/crontab"
    { cat "$PLACE/crontab" && echo; } | grep -vx '# gen-backup test' >"$PLACE/before"
    for _ in 1 2; do
        under sh install
        expect_status 0
        under sh check
        [[ $out == *'ok    schedule'* || $out == *'no cron daemon runs'* ]]
        [ "$(grep -c "run default.* # gen-backup test$" "$PLACE/crontab")" = 1 ]
        grep -v ' # gen-backup test$' "$PLACE/crontab" | grep -vx '# gen-backup test' | cmp - "$PLACE/before"
    done
    under sh uninstall
    expect_status 0
    grep -vx '# gen-backup test' "$PLACE/crontab" | cmp - "$PLACE/before"
    rm "$PLACE/crontab"
    true >"$PLACE/crontab"
    under sh install
    under sh uninstall
    [ ! -e "$PLACE/crontab" ]
}

@test "a volume that was marked by another machine: refused, until install --adopt takes it from there" {
    make_installed
    in_namespace "
        sh '$SCRIPT' run >/dev/null 2>&1
        sed 's|^STATE_PATH=.*|STATE_PATH=$PLACE/second|' '$SCRIPT' >second.sh
        sh second.sh run 2>err && exit 1
        grep -q 'install --adopt' err
        sh second.sh install --adopt
        sh second.sh run
        sh second.sh list | grep -c ok | grep -qx 2
        sh '$SCRIPT' run 2>err && exit 1
        grep -q 'lacks the ID file' err
    "
}
