# <series of a MariaDB or MySQL> <KiB> <option...>: until standard input ends, a server
# for one trial: a dump reaches nothing else there, and nobody else reaches it. Prints
# its socket.
set -eu
umask 077
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/usr/libexec
export LC_ALL PATH
series=$1 needed_kb=$2 place='' pid=''
shift 2

quit() {
    printf '%s\n' "$*" >&2
    exit 1
}

quit_unmade() {
    quit "no server starts in '$place': $(tail -n 1 "$place/log")"
}

# choose_server: of the same kind and series: another may take less, or more.
choose_server() {
    for server in mariadbd mysqld; do
        version=$("$server" --no-defaults --version 2>/dev/null) || continue
        case $version in
            *" $series."*MariaDB*) ! has mariadb-install-db || return 0 ;;
            *MariaDB*) ;;
            *" $series."*) return 0 ;;
        esac
    done
    quit "no server program of $series here"
}

has() { command -v "$1" >/dev/null; }

# end: nothing in there is of use any more.
end() {
    [ -z "$pid" ] || { kill -9 "$pid" && wait "$pid"; } 2>/dev/null || :
    cd /
    # One that was only being set up may write for a moment yet.
    for _ in 1 2 3 4 5 6 7 8; do
        rm -rf "$place" 2>/dev/null || :
        [ -e "$place" ] || break
        sleep 1
    done
}

choose_server
# On a disk, and where those that keep a server in bounds (AppArmor) let it be.
for place in /var/tmp/gen-backup-trial.*; do # of one that was killed
    whose=${place#*trial.}
    [ -z "$(find "$place" -prune -type d -user "$(id -u)" 2>/dev/null)" ] ||
        kill -0 "${whose%%.*}" 2>/dev/null || rm -rf "$place"
done
# By a name that nobody can take before us.
place=$(mktemp -d "/var/tmp/gen-backup-trial.$$.XXXXXX")
trap end 0
trap 'exit 143' HUP INT TERM
room_kb=$(df -Pk "$place" | sed -n '2s/.* \([0-9][0-9]*\)  *[0-9-]*%.*/\1/p')
[ "${#room_kb}" -gt 9 ] || [ "${room_kb:-0}" -ge "$needed_kb" ] ||
    quit "/var/tmp has $room_kb KiB free, and a trial needs $needed_kb"
data=$place/data
mkdir "$data" "$place/tmp" "$place/none"
if [ "$(id -u)" = 0 ]; then # what a dump can make a server do, it does as nobody
    for user in nobody mysql; do ! id "$user" >/dev/null 2>&1 || break; done
    chmod 711 "$place"
    chown "$user" "$data" "$place/tmp"
    set -- "--user=$user" "$@"
fi
# MariaDB removes all temporary tables where it begins, as the live server's in /tmp.
set -- --no-defaults "--datadir=$data" "--tmpdir=$place/tmp" "$@"
cd "$data"
case $version in
    *MariaDB*)
        set -- "$@" --skip-name-resolve
        mariadb-install-db "$@" --auth-root-authentication-method=normal \
            --skip-test-db >"$place/log" 2>&1 || quit_unmade
        set -- "$@" --skip-symbolic-links
        ;;
    *)
        "$server" "$@" --initialize-insecure >"$place/log" 2>&1 || quit_unmade
        set -- "$@" --mysqlx=OFF --performance-schema=OFF
        ;;
esac
"$server" "$@" --socket="$data/s" --pid-file="$data/pid" \
    --secure-file-priv="$place/tmp" --plugin-dir="$place/none" --skip-networking \
    --skip-log-bin --event-scheduler=OFF \
    --innodb-flush-log-at-trx-commit=0 </dev/null >"$place/log" 2>&1 &
pid=$!
tries=0
until [ -S "$data/s" ]; do
    { kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 120 ]; } || quit_unmade
    tries=$((tries + 1))
    sleep 1
done
printf '%s\n' "$data/s"
cat >/dev/null
