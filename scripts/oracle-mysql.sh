#!/bin/sh
# Puts Oracle's MySQL, which Debian has in sid alone, into a directory of its own,
# once for a machine, and prints where. Its programs run by the loader beside
# them, so nothing needs to be mounted.
set -eu
root=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/mysql
if [ ! -x "$root/usr/sbin/mysqld" ]; then
    rm -rf "$root" "$root.new"
    mkdir -p "${root%/*}"
    debootstrap --variant=minbase --include=mysql-server sid "$root.new" \
        http://deb.debian.org/debian >"${root%/*}/debootstrap.log" 2>&1 || {
        tail -n 5 "${root%/*}/debootstrap.log" >&2
        exit 1
    }
    rm -rf "$root.new/var/cache/apt" "$root.new/usr/share/doc"
    mv "$root.new" "$root"
fi
echo "$root"
