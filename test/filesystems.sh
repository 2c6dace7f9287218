#!/bin/bash
# The destination on each filesystem, and what each command does there: a Markdown table, for
# docs/reliability.md. As root, in `unshare -m`; what is not to be had here is said. With
# arguments of these filesystems: NFS, 'NFS, root squashed' and CIFS need a kernel with both
# sides of them, and nfs-kernel-server and samba installed, on a machine for that alone.
set -u +e
BATS_TEST_DIRNAME=$(cd "$(dirname "$0")/script" && pwd)
BATS_TEST_TMPDIR=$(mktemp -d)
source "$BATS_TEST_DIRNAME/../helpers.bash"
loops=()
trap 'umount -l "$DEST" "$PLACE/up" 2>/dev/null; for loop in "${loops[@]}"; do losetup -d "$loop"; done; rm -rf "$PLACE" "$BATS_TEST_TMPDIR"' EXIT
setup_place
make_database "$DB"
ln "$STORAGE/etc/a.toml" "$STORAGE/etc/b.toml"
ln -s a.toml "$STORAGE/etc/link"
chown 1234:1234 "$STORAGE/etc/a.toml"
make_script '[backup.plans.default]
type = "complete"'

# on_image <size> <command of mkfs...>
on_image() {
    local image=$PLACE/image.$RANDOM loop
    truncate -s "$1" "$image"
    shift
    "$@" "$image" >/dev/null 2>&1 || return 1
    loop=$(losetup -f --show "$image") || return 1
    loops+=("$loop")
}

# open_place <filesystem>: at $DEST. Of what can only be read, with a backup in it.
open_place() {
    umount -l "$DEST" "$PLACE/up" 2>/dev/null
    rm -rf "$DEST" "$STATE" "$PLACE/real" "$PLACE/up" "$PLACE/squash"
    mkdir "$DEST" "$PLACE/real"
    case $1 in
        ext4 | btrfs) on_image 512M "mkfs.$1" -q && mount "${loops[-1]}" "$DEST" ;;
        XFS) on_image 512M mkfs.xfs -q && mount "${loops[-1]}" "$DEST" ;;
        tmpfs) mount -t tmpfs -o mode=700 tmpfs "$DEST" ;;
        exFAT) on_image 200M mkfs.exfat && mount.exfat-fuse -o umask=077 "${loops[-1]}" "$DEST" >/dev/null 2>&1 ;;
        bindfs) bindfs "$PLACE/real" "$DEST" ;;
        overlayfs)
            mkdir "$PLACE/up" && mount -t tmpfs tmpfs "$PLACE/up" && mkdir "$PLACE/up/upper" "$PLACE/up/work" &&
                mount -t overlay -o "lowerdir=$PLACE/real,upperdir=$PLACE/up/upper,workdir=$PLACE/up/work" overlay "$DEST"
            ;;
        squashfs)
            under sh run && mksquashfs "$DEST" "$PLACE/squash" -quiet -no-progress >/dev/null 2>&1 &&
                mount -o loop,ro "$PLACE/squash" "$DEST"
            ;;
        NFS*)
            squash=no_root_squash
            [ "$1" = NFS ] || { squash=root_squash && chmod 777 "$PLACE/real"; }
            pgrep nfsd >/dev/null || { rpcbind -w; rpc.mountd; rpc.nfsd 2; }
            exportfs -ua && exportfs -o "rw,$squash,insecure,fsid=1,no_subtree_check" "127.0.0.1:$PLACE/real" &&
                mount -t nfs "127.0.0.1:$PLACE/real" "$DEST"
            ;;
        CIFS)
            printf '%s\n' '[global]' 'map to guest = bad user' '[backups]' "path = $PLACE/real" 'guest ok = yes' \
                'read only = no' 'force user = root' >"$PLACE/smb.conf"
            pgrep smbd >/dev/null || smbd -D -s "$PLACE/smb.conf"
            mount -t cifs -o guest,file_mode=0600,dir_mode=0700 //127.0.0.1/backups "$DEST"
            ;;
        'read-only bind') under sh run && mount --bind "$DEST" "$DEST" && mount -o remount,bind,ro "$DEST" ;;
    esac
}

# is_same <root>: is what was restored below it what was kept?
is_same() {
    [ "$(sqlite3 "$1$DB" .dump | sha256sum)" = "$(sqlite3 "$PLACE/kept/lib/tracker.db" .dump | sha256sum)" ] &&
        diff <(print_tree "$PLACE/kept/etc") <(print_tree "$1$STORAGE/etc") >/dev/null
}

rm -rf "$PLACE/kept"
cp -a "$STORAGE" "$PLACE/kept"
commands=('run' 'list' 'verify' 'drill' 'restore --to' 'restore in place' 'pin' 'prune' 'status' 'check')
printf '| destination |'
printf ' %s |' "${commands[@]}"
printf '\n| --- |'
printf ' --- |%.0s' "${commands[@]}"
echo
[ "$#" != 0 ] || set -- ext4 XFS btrfs tmpfs exFAT bindfs overlayfs squashfs 'read-only bind'
for filesystem; do
    printf '| %s |' "$filesystem"
    open_place "$filesystem" >&2 || { echo ' not to be had here |' && continue; }
    for command in "${commands[@]}"; do
        rm -rf "$PLACE/to" "$STORAGE"
        cp -a "$PLACE/kept" "$STORAGE"
        said=''
        case $command in
            'restore --to') under sh restore default --to "$PLACE/to" && is_same "$PLACE/to" || said=' other' ;;
            'restore in place')
                echo changed >"$STORAGE/etc/a.toml"
                sqlite3 "$DB" 'DELETE FROM torrents'
                under sh restore default --yes
                find "$STORAGE" -name '*.before-restore-*' -delete
                is_same '' || said=' other'
                ;;
            pin) under sh pin default "$(ls "$DEST/default" | grep -m1 '^2.*Z$')" ;;
            check)
                under sh check
                status=$(sed -n 's/^\([a-zA-Z]*\) *destination .*/\1/p' "$PLACE/out")
                ;;
            *) under sh $command ;;
        esac
        printf ' %s |' "$status$said"
    done
    echo
done
