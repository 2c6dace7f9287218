#!/bin/bash
# boot-systemd.sh PLACE COMMAND: run it with systemd as PID 1, on this machine's own root under
# an overlay, where there is no cron. What is in PLACE/put comes to /opt/put. Run by
# `unshare -m`; nothing of this machine is changed.
set -eu
place=$1 root=$1/root
mount -t tmpfs tmpfs "$place"
mkdir "$place/over" "$place/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$place/over,workdir=$place/work" "$root"
cp -R "$2" "$root/opt/put"
(
    cd "$root"
    rm -f usr/sbin/cron usr/sbin/crond usr/bin/crontab etc/cron.d/gen-backup-*
    rm -rf etc/systemd/system/*.wants etc/systemd/system/gen-backup-* var/log/gen-backup
    for unit in getty@tty1.service console-getty.service systemd-timesyncd.service apt-daily.timer \
        apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer man-db.timer \
        logrotate.timer; do
        ln -sf /dev/null "etc/systemd/system/$unit"
    done
    : >etc/fstab
)
for group in /sys/fs/cgroup/unified /sys/fs/cgroup ''; do
    [ -z "$group" ] || [ ! -e "$group/cgroup.controllers" ] || break
done
[ -n "$group" ] || { group=$place/group && mkdir "$group" && mount -t cgroup2 cgroup2 "$group"; }
group=$group/gen-backup-test-$$
mkdir "$group"
# shellcheck disable=SC2016 # for the inner shells
group=$group setsid sh -c 'echo $$ >"$group/cgroup.procs"
    exec unshare --fork --kill-child --pid --mount --uts --ipc --net --cgroup sh -euc '\''
        mount --rbind "$1" "$1"
        cd "$1"
        mount -t proc proc proc
        mount -t sysfs -o ro,nosuid,nodev,noexec sysfs sys
        mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup 2>/dev/null || :
        mount -t cgroup2 cgroup2 sys/fs/cgroup
        mount -t tmpfs -o mode=755,size=8m tmpfs dev
        for node in null zero full random urandom tty; do
            touch dev/$node
            mount --bind /dev/$node dev/$node
        done
        ln -s /proc/self/fd dev/fd
        mount -t tmpfs -o mode=755 tmpfs run
        mount -t tmpfs -o mode=1777 tmpfs tmp
        mkdir .old
        pivot_root . .old
        cd /
        umount -l /.old
        mount --make-rshared /
        exec env -i container=gb PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd \
            --log-level=warning --show-status=false systemd.unit=multi-user.target
    '\'' sh "$1"' sh "$root" >"$place/said" 2>&1 </dev/null &
outer=$!
state='' init=''
for _ in $(seq 150); do
    init=$(pgrep -P "$outer" | head -n 1) || :
    [ -z "$init" ] ||
        state=$(timeout 5 nsenter -t "$init" -a systemctl is-system-running 2>/dev/null) || :
    case $state in running | degraded) break ;; esac
    sleep 0.2
done
status=0
case $state in
    running | degraded) nsenter -t "$init" -a sh -c "$3" || status=$? ;;
    *) cat "$place/said" && status=99 ;;
esac
[ -z "$init" ] || kill -s RTMIN+4 "$init" || :
for _ in $(seq 50); do
    kill -0 "$outer" 2>/dev/null || break
    sleep 0.2
done
[ -z "$init" ] || kill -9 "$init" 2>/dev/null || :
wait "$outer" 2>/dev/null || :
find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || : # its units left theirs
exit "$status"
