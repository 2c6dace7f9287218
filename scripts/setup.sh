#!/bin/sh
# setup.sh [group...]: installs what building and testing need: npm packages, and by apt,
# when this is root on a Debian-like machine, the tools of these groups, said before.
# Otherwise says what is missing; tests that need it are then skipped, loudly.
#   demo       nothing but what a script itself uses
#   test       what `npm test` needs: the shells, MariaDB, small tools
#   bench      what ours is compared with
# and what few tests need:
#   docker     a Docker engine
#   oracle     Oracle's MySQL, which Debian has in sid alone
#   releases   sqlite3 of other Debian releases
#   alpine     a busybox as Alpine has it, from Debian's source package
#   crons      the parsers of three crons, from Debian's source packages
#   watchers   Prometheus' promtool, restic
#   fleet      Ansible and sshd
set -eu
cd "$(dirname "$0")/.."
groups=" ${*:-test} "
cache=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}

wants() { case $groups in *" $1 "*) ;; *) return 1 ;; esac }

missing=
need() { # <command> <Debian package>
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}
need sqlite3 sqlite3
need zstd zstd
need xz xz-utils
if ! wants demo; then
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
    need script bsdutils
    need mariadbd mariadb-server
    need mariadb mariadb-client
    need pkill procps
    need setfacl acl
    need setfattr attr
    need setcap libcap2-bin
    need faketime faketime
    need strace strace
    need cron cron
    need mkfs.xfs xfsprogs
    need mkfs.btrfs btrfs-progs
    need mkfs.exfat exfatprogs
    need mount.exfat-fuse exfat-fuse
    need bindfs bindfs
    need mksquashfs squashfs-tools
fi
if wants docker; then
    need dockerd docker.io
    need docker docker.io
fi
if wants oracle; then need debootstrap debootstrap; fi
if wants alpine && [ ! -x "$cache/alpine/crond" ] || wants crons && [ ! -x "$cache/crons/busybox" ]; then
    need gcc gcc
    need make make
    need dpkg-source dpkg-dev
    [ -e /usr/include/stdlib.h ] || missing="$missing libc6-dev"
fi
if wants watchers; then
    need promtool prometheus
    need restic restic
fi
if wants fleet; then
    need ansible-playbook ansible-core
    need sshd openssh-server
    need ip iproute2
fi
if wants bench; then
    need restic restic
    need automysqlbackup automysqlbackup
    need mydumper mydumper
    need rsnapshot rsnapshot
    need borg borgbackup
    need borgmatic borgmatic
fi

if [ -n "$missing" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "set-up: installing by apt:$missing" >&2
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

# fetch <group> <file that tells that it is there> <script> <what>: into the cache.
fetch() {
    wants "$1" || return 0
    if [ ! -e "$cache/$2" ]; then
        if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
            echo "MISSING: $4; only root on Debian can fetch it" >&2
            return 0
        fi
        echo "set-up: fetching $4, into $cache" >&2
    fi
    sh "$3" >/dev/null || echo "MISSING: $4" >&2
}
fetch oracle mysql/usr/sbin/mysqld scripts/oracle-mysql.sh "Oracle's MySQL from Debian sid, 770 MB"
fetch releases sqlite/sid/bin/sqlite3 scripts/sqlite-versions.sh "sqlite3 of three releases, 40 MB"
fetch alpine alpine/crond scripts/alpine-busybox.sh "busybox's source, to build Alpine's"
fetch crons crons/busybox scripts/cron-parsers.sh "the sources of three crons, to build their parsers"

# npm ci runs the build (prepare). Older than the list of packages, it may lack some.
if [ -n "$(find node_modules/.package-lock.json -newer package-lock.json 2>/dev/null)" ]; then
    npm run --silent build
else
    echo 'set-up: installing npm packages' >&2
    npm ci --loglevel=error --no-audit --no-fund >&2
fi
