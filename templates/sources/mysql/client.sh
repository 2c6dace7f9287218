# <account: own|root|given> <flavour> <tool> <option...>, and on standard input
# lines of an option file, a mark, and what the client reads.
set -eu
umask 077
LC_ALL=C HOME=/nonexistent # no ~/.my.cnf, no ~/.mylogin.cnf
export LC_ALL HOME
# Some clients would go elsewhere, with some other account, others not.
unset MYSQL_HOST MARIADB_HOST MYSQL_TCP_PORT MYSQL_UNIX_PORT MYSQL_PWD \
    MYSQL_GROUP_SUFFIX MARIADB_GROUP_SUFFIX MYSQL_TEST_LOGIN_FILE \
    LIBMYSQL_ENABLE_CLEARTEXT_PLUGIN LIBMYSQL_PLUGIN_DIR LIBMYSQL_PLUGINS
account=$1 flavour=$2 tool=$3 options='[client]'
shift 3

quit() {
    printf '%s\n' "$*" >&2
    exit 1
}

# own <NAME>: value, of the container's variable or of the file that it names.
own() {
    eval "value=\${MARIADB_$1:-\${MYSQL_$1:-}}"
    eval "file=\${MARIADB_$1_FILE:-\${MYSQL_$1_FILE:-}}"
    # shellcheck disable=SC2154 # set by eval
    [ -z "$file" ] || value=$(cat "$file")
}

# add <option> <value>
add() {
    rest=$2 quoted=
    while [ -n "$rest" ]; do
        next=${rest#?}
        char=${rest%"$next"}
        case $char in '"' | \\) quoted=$quoted\\ ;; esac
        quoted=$quoted$char rest=$next
    done
    options="$options
$1=\"$quoted\""
}

# choose <program...>: client, the first that is there.
choose() {
    for client; do ! command -v "$client" >/dev/null || return 0; done
    quit "neither $1 nor $2 is there"
}

for socket in /run/mysqld/mysqld.sock /var/lib/mysql/mysql.sock \
    /opt/bitnami/*/tmp/mysql.sock /tmp/mysql.sock; do
    [ ! -S "$socket" ] || add socket "$socket"
done
case $account in
    own)
        own USER
        [ -n "$value" ] || quit 'the container has no MYSQL_USER: set user = "root"'
        add user "$value"
        own PASSWORD
        add password "$value"
        ;;
    root)
        add user root
        own ROOT_PASSWORD
        add password "$value"
        ;;
esac
while IFS= read -r line || quit 'the options did not arrive'; do
    [ "$line" != '#--END--' ] || break
    options="$options
$line"
done

if [ "$tool" = schema ]; then
    own DATABASE
    printf '%s\n' "$value"
    exit
fi
case $flavour in
    mariadb) choose mariadb-dump mysqldump ;;
    *) choose mysqldump mariadb-dump ;;
esac
version=$("$client" --version)
if [ "$tool" != dump ]; then
    if [ "$tool" = probe ]; then
        printf 'client=%s\n' "$version"
        case $("$client" --no-defaults --help) in
            *' --init-command='*) echo 'sets-session=yes' ;;
        esac
    fi
    case $flavour in
        mariadb) choose mariadb mysql ;;
        *) choose mysql mariadb ;;
    esac
elif [ "$version" = "${version#*MariaDB}" ]; then
    set -- --loose-set-gtid-purged=OFF --loose-column-statistics=0 \
        --loose-skip-masking-policies "$@"
fi
exec "$client" --defaults-file=/dev/fd/3 "$@" 3<<END
$options
END
