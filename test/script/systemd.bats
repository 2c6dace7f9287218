# Where there is systemd and no cron: timers, under a real systemd as PID 1.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    [ "$(id -u)" = 0 ] && unshare -m -p -f true 2>/dev/null || skip 'NO NAMESPACES here'
    [ -x /lib/systemd/systemd ] || skip 'SYSTEMD MISSING'
    setup_place
    mkdir "$PLACE/put" "$PLACE/machine"
    cat >"$PLACE/env.toml" <<'TOML'
[environment]
name = "lab"
[databases.app]
driver = "sqlite3"
path = "/srv/lab/app.db"
[backup]
path = "/var/backups-lab"
type = "database"
drill_schedule = "0 5 * * 0"
[backup.plans.nightly]
schedule = "0 3 * * *"
[backup.plans.off]
enabled = false
TOML
    node "$ROOT/dist/gen-backup.cjs" "$PLACE/env.toml" -o "$PLACE/put/lab.sh" 2>/dev/null
    sed -i '/^drill_schedule/d; s/0 3 \* \* \*/5 4 1 * 0/' "$PLACE/env.toml"
    node "$ROOT/dist/gen-backup.cjs" "$PLACE/env.toml" -o "$PLACE/put/lab2.sh" 2>/dev/null
}

@test "timers: install, a missed night is caught up with, check, another schedule, uninstall" {
    cat >"$PLACE/put/try.sh" <<'SH'
set -eux
cd /opt/put
mkdir /srv/lab
sqlite3 /srv/lab/app.db 'CREATE TABLE t (x)'
units=/etc/systemd/system
timer=gen-backup-lab:nightly.timer
dash lab.sh install | grep '^schedule: in timers of systemd, since there is no cron$'
[ "$(ls $units | grep -c '^gen-backup-lab:')" = 4 ] # not of the plan that is off
[ "$(stat -c %a $units/$timer)" = 644 ]
dash lab.sh check | grep '^ok    schedule  *in timers of systemd'
systemctl list-timers | grep $timer
# the machine was off at night
systemctl stop $timer
touch -d '2 days ago' /var/lib/systemd/timers/stamp-$timer
dash lab.sh check | grep "^FAIL  schedule  *systemd does not run '$timer': run 'install'"
busybox ash lab.sh install
for _ in $(seq 100); do
    ! ls /var/backups-lab/nightly 2>/dev/null | grep 'Z$' || break
    sleep 0.2
done
ls /var/backups-lab/nightly | grep 'Z$'
grep ' nightly: info: .*: done' /var/log/gen-backup/lab.log
dash lab.sh status | grep 'last success'
# another environment: the units that are there no more go
dash lab2.sh check | grep "^FAIL  schedule  *'gen-backup-lab:"
dash lab2.sh install
[ "$(ls $units | grep -c '^gen-backup-lab:')" = 2 ]
[ "$(grep -c '^OnCalendar=' $units/$timer)" = 2 ]
busybox ash lab2.sh check | grep '^ok    schedule'
# a cron that comes later takes over
printf '#!/bin/sh\n' >/usr/sbin/cron && chmod 755 /usr/sbin/cron && mkdir -p /etc/cron.d
dash lab2.sh install | grep '^schedule: in /etc/cron.d/gen-backup-lab'
! ls $units | grep '^gen-backup-lab:' || exit 1
rm /usr/sbin/cron
dash lab2.sh install | grep '^schedule: in timers'
[ ! -e /etc/cron.d/gen-backup-lab ]
dash lab2.sh uninstall | grep '^schedule: none$'
! ls $units | grep '^gen-backup-lab:' || exit 1
! systemctl list-timers | grep gen-backup || exit 1
SH
    unshare -m bash "$ROOT/test/boot-systemd.sh" "$PLACE/machine" "$PLACE/put" 'sh /opt/put/try.sh' >"$PLACE/said" 2>&1 ||
        { cat "$PLACE/said" && return 1; }
}
