#!/bin/sh
# nasty-tree.sh <directory>: fills it with what archivers stumble over.
set -eu
cd "$1"
printf 'x' >'./-dash'
printf 'x' >'new
line'
mkdir 'dir
break'
printf 'y' >'dir
break/file'
printf 'x' >"$(printf 'caf\303\251')"
printf 'x' >"$(printf 'bad\377byte')"
printf 'x' >"$(printf 'control\001\033')"
# shellcheck disable=SC2016 # a name
for name in 'sp ace' 'q"u'\''o`te$(x)' 'back\slash' '*star?[x]' ' lead' 'trail ' '...'; do
    printf 'x' >"$name"
done
mkdir -p ./-d/..x .hid a/b empty
printf 'x' >.hid/..x
ln 'sp ace' hard
ln -s nowhere dangling
ln -s /etc/passwd absolute
ln -s a dirlink
mkfifo fifo
truncate -s 50M sparse
printf 'end' >>sparse
long=$(printf '%0200d' 7)
mkdir -p "$long/$long"
printf 'x' >"$long/$long/$long"
chmod 2750 empty
chmod 1777 a
chmod 000 ./-dash
if [ "$(id -u)" = 0 ]; then
    chown 1234:2345 hard a
    chown -h 77:88 dangling
    mknod null c 1 3
fi
chmod 4711 hard
if [ "${2-}" = attributes ]; then
    setfacl -m u:1234:rw hard
    setfacl -d -m g:99:rx empty
    setfattr -n user.colour -v red hard
    cp /bin/true capable
    [ "$(id -u)" != 0 ] || setcap cap_net_raw+ep capable
fi
touch -d '1999-12-31 23:59:59.123456789' 'trail '
touch -h -d '2001-02-03 04:05:06' dangling absolute dirlink
touch -d 2040-01-01 .hid
touch -d '2003-03-03 03:03:03.3' empty a ./-d 'dir
break'
