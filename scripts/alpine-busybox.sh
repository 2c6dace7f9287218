#!/bin/sh
# Puts a busybox into the cache that has what Alpine's has and Debian's build lacks, a
# tar that takes lists of names, crond and crontab, from Debian's source package; once
# for a machine.
set -eu
place=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/alpine
[ ! -x "$place/crond" ] || exit 0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# shellcheck source=/dev/null
. /etc/os-release
echo "deb-src http://deb.debian.org/debian $VERSION_CODENAME main" >sources
options="-o Dir::Etc::sourcelist=$work/sources -o Dir::Etc::sourceparts=- \
    -o Dir::State::lists=$work/lists -o APT::Sandbox::User=root"
mkdir -p lists/partial
# shellcheck disable=SC2086 # options
apt-get -qq $options update
# shellcheck disable=SC2086
apt-get -qq $options source busybox >/dev/null
cd busybox-*/
make -s allnoconfig >/dev/null
for option in TAR FEATURE_TAR_CREATE FEATURE_TAR_FROM FEATURE_TAR_GNU_EXTENSIONS \
    FEATURE_TAR_LONG_OPTIONS FEATURE_TAR_UNAME_GNAME FEATURE_TAR_NOPRESERVE_TIME \
    FEATURE_TAR_OLDGNU_COMPATIBILITY LONG_OPTS LFS FEATURE_SEAMLESS_GZ SHOW_USAGE \
    FEATURE_VERBOSE_USAGE FEATURE_COMPRESS_USAGE CROND FEATURE_CROND_SPECIAL_TIMES \
    CRONTAB BUSYBOX; do
    sed -i "s/^# CONFIG_$option is not set/CONFIG_$option=y/" .config
done
sed -i 's:^CONFIG_FEATURE_CROND_DIR=.*:CONFIG_FEATURE_CROND_DIR="/var/spool/cron":' .config
yes '' | make -s oldconfig >/dev/null
make -s -j "$(nproc)" busybox >/dev/null 2>&1
mkdir -p "$place"
cp busybox "$place/busybox"
for applet in tar crontab crond; do ln -sf busybox "$place/$applet"; done
