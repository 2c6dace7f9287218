#!/bin/sh
# Puts sqlite3 as other Debian releases have it into the cache, each with its own
# loader and libraries beside it, once for a machine. Prints a line for each:
# release, directory to put first in PATH. Ends with 1 when one cannot be had.
set -eu
place=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/sqlite
work=
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# fetch <release> <mirror>: what sqlite3 needs, unpacked in $work/root.
fetch() {
    echo "deb $2 $1 main" >"$work/sources"
    options="-o Dir::Etc::sourcelist=$work/sources -o Dir::Etc::sourceparts=-
        -o Dir::State::lists=$work/lists -o Dir::State::status=$work/status
        -o Dir::Cache=$work/cache -o APT::Sandbox::User=root
        -o Acquire::Check-Valid-Until=false"
    rm -rf "$work/lists" "$work/cache"
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    readline=libreadline8t64
    [ "$1" != bullseye ] || readline=libreadline8
    # shellcheck disable=SC2086 # options
    apt-get -qq $options update &&
        (cd "$work" && apt-get -qq $options download sqlite3 libsqlite3-0 libc6 \
            zlib1g libtinfo6 "$readline") || return
    for package in "$work"/*.deb; do dpkg-deb -x "$package" "$work/root"; done
}

# keep <release>: a directory with a sqlite3 that its own loader starts.
keep() {
    # not bullseye's link to a path that is another release's here
    loader=$(find "$work/root" -name 'ld-linux-*.so.*' -exec test -e {} \; -print |
        head -n 1)
    library=$(find "$work/root" -name 'libsqlite3.so.0' | head -n 1)
    [ -n "$loader" ] && [ -n "$library" ] || return
    inside=$place/$1/root
    # bullseye has libc and libtinfo in /lib, and sqlite3's in /usr/lib
    triplet=${library%/*}
    triplet=${triplet##*/}
    mkdir -p "$work/bin"
    cat >"$work/bin/sqlite3" <<SH
#!/bin/sh
exec $inside${loader#"$work/root"} --library-path \\
    $inside/lib/$triplet:$inside/usr/lib/$triplet $inside/usr/bin/sqlite3 "\$@"
SH
    chmod 755 "$work" "$work/bin/sqlite3"
    rm -rf "$work/lists" "$work/cache" "$work"/*.deb "${place:?}/$1" \
        "$work/root/usr/share"
    mv "$work" "$place/$1"
}

failed=0
mkdir -p "$place"
for release in bullseye trixie sid; do
    if [ ! -x "$place/$release/bin/sqlite3" ]; then
        work=$(mktemp -d "$place/.new.XXXXXX")
        true >"$work/status"
        if fetch "$release" http://deb.debian.org/debian >"$place/log" 2>&1 ||
            fetch "$release" http://archive.debian.org/debian >>"$place/log" 2>&1; then
            keep "$release"
        else
            tail -n 5 "$place/log" >&2
        fi
        rm -rf "$work"
    fi
    if [ -x "$place/$release/bin/sqlite3" ]; then
        echo "$release $place/$release/bin"
    else
        failed=1
    fi
done
exit "$failed"
