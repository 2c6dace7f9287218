#!/bin/sh
# Installs what building and testing need: npm packages, and by apt, when this is
# root on a Debian-like machine, the shells and tools. Otherwise says what is
# missing; tests that need it are then skipped, loudly.
set -eu
cd "$(dirname "$0")/.."

missing=
need() { # <command> <Debian package>
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need sqlite3 sqlite3
need zstd zstd
need xz xz-utils
if [ "${1-}" != demo ]; then
    need shellcheck shellcheck
    need shfmt shfmt
    need dash dash
    need busybox busybox
    need ksh93 ksh93u+m
    need mksh mksh
    need yash yash
    need posh posh
    need zsh zsh
    need setpriv util-linux
    need mariadbd mariadb-server
    need mariadb mariadb-client
    need dockerd docker.io
    need docker docker.io
    need debootstrap debootstrap
    need pkill procps
    need setfacl acl
    need setfattr attr
    need setcap libcap2-bin
    need gcc gcc
    need make make
    need dpkg-source dpkg-dev
    need faketime faketime
    need strace strace
    need cron cron
    need promtool prometheus
    need mkfs.xfs xfsprogs
    need mkfs.btrfs btrfs-progs
    need restic restic
    [ -e /usr/include/stdlib.h ] || missing="$missing libc6-dev"
    if [ "${1-}" = bench ]; then
        need strace strace
        need automysqlbackup automysqlbackup
        need mydumper mydumper
        need rsnapshot rsnapshot
        need borg borgbackup
        need borgmatic borgmatic
    fi
fi

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing:$missing" >&2
    export DEBIAN_FRONTEND=noninteractive
    # Tests start servers of their own; those of the packages stay off.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    apt-get update -qq >&2
    # shellcheck disable=SC2086 # package names
    apt-get install -y -qq --no-install-recommends $missing >/dev/null
elif [ -n "$missing" ]; then
    echo "MISSING:$missing; install them, or their tests are skipped" >&2
fi

if [ "${1-}" != demo ] && [ "${1-}" != bench ] && [ "${1-}" != matrix ] && [ "$(id -u)" = 0 ] &&
    command -v debootstrap >/dev/null 2>&1; then
    sh scripts/oracle-mysql.sh >/dev/null || echo "MISSING: Oracle's MySQL" >&2
    sh scripts/sqlite-versions.sh >/dev/null || echo "MISSING: sqlite3 of other releases" >&2
    sh scripts/alpine-busybox.sh || echo "MISSING: busybox as Alpine has it" >&2
    sh scripts/cron-parsers.sh || echo "MISSING: the parsers of three crons" >&2
fi

# npm ci runs the build (prepare).
if [ -d node_modules ]; then npm run --silent build; else npm ci --silent; fi
