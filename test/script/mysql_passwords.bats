# Passwords: every byte but NUL and newline, out of every place they can be in,
# and nowhere else.
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

# Each has the word that is looked for on the host while dumps run. Nothing else has it,
# whatever runs beside this.
MARK=s3cr3t$$z

setup_file() {
    local flavour
    for flavour in "${FLAVOURS[@]}"; do
        has_flavour "$flavour" || continue
        make_clients "$BATS_FILE_TMPDIR/oracle"
        start_server "$flavour"
        admin "$flavour" -e 'CREATE DATABASE app; CREATE TABLE app.t (id INT PRIMARY KEY)'
    done
}

teardown_file() { stop_services; }

setup() { setup_place; }

print_passwords() {
    printf '%s\n' "$MARK" " $MARK" "$MARK " "\"$MARK\"" "'$MARK'" "$MARK\"" "$MARK'" "#$MARK" "$MARK # no comment" \
        "$MARK;" "$MARK\\" "\\$MARK" "$MARK\\n" "$MARK\\s" "$MARK\\\\" "$MARK\\\"" "\$MARK$MARK" "\$(id)$MARK" "\`id\`$MARK" \
        "%s%n$MARK" "!$MARK" "-$MARK" "--$MARK" "=$MARK=" "[$MARK]" "$MARK	tab" "$MARK*?" "'\"\\\\# ;$MARK" \
        "&&|<>$MARK" "$MARK~{}^"
    printf '%s\303\251\360\237\222\251\n' "$MARK"
    printf '%s\r%s\n' "$MARK" x # at the end it is an editor's
    printf '%s\001\033\177\200\377\n' "$MARK"
}

# make_users <flavour>: p1, p2... each with its password in a file
make_users() {
    local n=0
    print_passwords >"$PLACE/passwords"
    {
        cat <<TOML
[environment]
name = "test"
[backup]
path = "$DEST"
state = "$STATE"
log = ""
min_free = "0KiB"
type = "database"
TOML
        while IFS= read -r password; do
            n=$((n + 1))
            (umask 077 && printf '%s\n' "$password" >"$PLACE/p$n")
            printf '[databases.p%s]\ndriver = "mysql"\nname = "app"\nsocket = "%s"\nuser = "p%s"\npassword_file = "%s"\n' \
                "$n" "$(socket_of "$1")" "$n" "$PLACE/p$n"
            printf "CREATE USER p$n@localhost IDENTIFIED BY '%s'; GRANT ALL ON app.* TO p$n@localhost;\n" \
                "$(printf %s "$password" | sed "s/[\\\\']/\\\\&/g")" >&4
        done <"$PLACE/passwords"
    } >"$PLACE/env.toml" 4>"$PLACE/users.sql"
    client_of "$1" --no-defaults -S "$(socket_of "$1")" -uroot --binary-mode --default-character-set=binary -f \
        <"$PLACE/users.sql" 2>"$PLACE/users.err" || :
    SCRIPT=$PLACE/backup.sh
    node "$ROOT/dist/gen-backup.cjs" "$PLACE/env.toml" -o "$SCRIPT" 2>/dev/null
    [ "$n" -ge 30 ]
}

# watch_host <pid>: is the mark in an argument list or an environment?
watch_host() {
    while kill -0 "$1" 2>/dev/null; do
        grep -azH "[s]${MARK#s}" /proc/[0-9]*/cmdline /proc/[0-9]*/environ || :
        sleep 0.01
    done >"$PLACE/leaks" 2>/dev/null
}

# bats test_tags=long
@test "33 passwords, both flavours, every shell; none is seen on the host" {
    local flavour shell path=$PATH
    for flavour in "${FLAVOURS[@]}"; do
        need_flavour "$flavour"
        use_flavour "$flavour"
        make_users "$flavour"
        cat "$PLACE/users.err"
        for shell in "${SHELLS[@]}"; do
            command -v "${shell%% *}" >/dev/null || continue
            echo "$flavour $shell"
            rm -rf "$DEST" "$STATE"
            # shellcheck disable=SC2086
            $shell "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" 3>&- &
            watch_host $!
            status=0
            wait $! || status=$?
            out=$(cat "$PLACE/out") err=$(cat "$PLACE/err")
            expect_status 0
            [ "$(find "$DEST" -name 'p*.sql.zst' | wc -l)" = "$(wc -l <"$PLACE/passwords")" ]
            cat "$PLACE/leaks"
            [ ! -s "$PLACE/leaks" ]
            ! grep -raq "$MARK" "$DEST" "$STATE" "$SCRIPT" "$PLACE/err"
        done
        ! grep -raq "$MARK" /tmp --include='sh*' --include='mksh*' 2>/dev/null
        PATH=$path
    done
}

# decoded <text of a .env file> [key]: the option that the script makes of it
decoded() {
    (umask 077 && printf '%b' "$1" >"$PLACE/.env")
    sed '/^main /d; s/^take_charge$//' "$SCRIPT" >"$PLACE/functions.sh"
    echo 'print_dotenv "$1" "$2"' >>"$PLACE/functions.sh"
    sh "$PLACE/functions.sh" "$PLACE/.env" "${2-PW}" 2>&1
}

@test "a .env file is read as Docker Compose reads it" {
    (umask 077 && : >"$PLACE/.env")
    make_mysql_script mariadb app "host = \"127.0.0.1\"
user = \"u\"
env_file = \"$PLACE/.env\"
password_key = \"PW\""
    [ "$(decoded 'PW=plain')" = 'password="plain"' ]
    [ "$(decoded 'PWX=1\nPW=one\nexport PW = two # comment\nXPW=3\n')" = 'password="two"' ]
    [ "$(decoded 'PW=a#b   \n')" = 'password="a#b"' ]
    [ "$(decoded "PW='sin\$gle # \"x\"' # c")" = 'password="sin$gle # \"x\""' ]
    [ "$(decoded 'PW="dou\\"ble \\\\ \\t." # c')" = "password=\"dou\\\"ble \\\\ $(printf '\t').\"" ]
    [ "$(decoded 'PW=a$$b\r\n')" = 'password="a$b"' ]
    [ "$(decoded 'PW="\\$x"')" = 'password="$x"' ]
    [ "$(decoded 'PW: yaml')" = 'password="yaml"' ]
    [ "$(decoded '\357\273\277PW=bom')" = 'password="bom"' ]
    [ "$(decoded 'PW=')" = 'password=""' ]
    [ "$(decoded 'PW=back\\slash')" = 'password="back\\slash"' ]
    for wrong in 'OTHER=1' 'PW=$OTHER' 'PW="${OTHER}"' 'PW="open' "PW='open" 'PW="new\\nline"' '# PW=x'; do
        echo "$wrong"
        [[ $(decoded "$wrong") == *"has no PW"* ]]
    done
    chmod 644 "$PLACE/.env"
    under sh run
    expect_status 3
    [[ $err == *"chmod 600 '$PLACE/.env'"* ]]
}

@test "defaults_file and env_file reach the server" {
    need_mariadb
    admin mariadb -e "CREATE OR REPLACE USER d@localhost IDENTIFIED BY 'it is \"so\"'; GRANT ALL ON app.* TO d@localhost"
    (umask 077 && printf '[client]\nuser=d\npassword="it is \\"so\\""\nsocket=%s' "$(socket_of mariadb)" >"$PLACE/my.cnf")
    make_mysql_script mariadb app "defaults_file = \"$PLACE/my.cnf\""
    under sh run
    expect_status 0
    (umask 077 && printf 'PW="it is \\"so\\""\n' >"$PLACE/.env")
    rm -rf "$DEST" "$STATE"
    make_mysql_script mariadb app "socket = \"$(socket_of mariadb)\"
user = \"d\"
env_file = \"$PLACE/.env\"
password_key = \"PW\""
    under sh run
    expect_status 0
}
