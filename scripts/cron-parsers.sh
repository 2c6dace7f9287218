#!/bin/sh
# Puts the parsers of three crons into the cache, from Debian's source packages: Debian's
# own, cronie (RHEL's; its source is in trixie) and busybox crond (Alpine's). Each is a
# program that says when a schedule fires; once for a machine.
set -eu
cd "$(dirname "$0")/cron-parsers"
here=$PWD
place=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/crons
[ ! -x "$place/busybox" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source=/dev/null
. /etc/os-release
for suite in "$VERSION_CODENAME" trixie; do
    echo "deb-src http://deb.debian.org/debian $suite main"
done | sort -u >sources
options="-o Dir::Etc::sourcelist=$work/sources -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists=$work/lists -o APT::Sandbox::User=root"
mkdir -p lists/partial
# shellcheck disable=SC2086 # options
apt-get -qq $options update
# shellcheck disable=SC2086
apt-get -qq $options source "cron/$VERSION_CODENAME" "busybox/$VERSION_CODENAME" \
    cronie/trixie >/dev/null
mkdir -p "$place"

cd "$work"/cron-3*/
cc -w -I. "-I$here" -DLINUX -DPOSIX -D_GNU_SOURCE -DDEBUGGING=0 -o "$place/debian" \
    "$here/debian.c" entry.c misc.c env.c

cd "$work"/cronie-*/
./configure --without-pam >/dev/null 2>&1
# Its paths; what automake would make of them again is there already.
make -s AUTOMAKE=: ACLOCAL=: AUTOCONF=: AUTOHEADER=: cron-paths.h >/dev/null
cc -w -I. -Isrc "-I$here" -D_GNU_SOURCE -DSYSCONFDIR='"/etc"' -DSPOOL_DIR='"/var/spool/cron"' \
    -o "$place/cronie" \
    "$here/cronie.c" src/entry.c src/misc.c src/env.c src/pw_dup.c cronie_common.c

sed -n '/^static const char DowAry/,/^ \* delete_cronfile/p' "$work"/busybox-*/miscutils/crond.c |
    sed '/^\/\*$/d; /delete_cronfile/d' >"$work/parse.inc"
cc -w "-I$work" -o "$place/busybox" "$here/busybox.c"
