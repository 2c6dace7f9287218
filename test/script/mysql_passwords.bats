# Passwords: every byte but NUL and newline, out of every place they can be in,
# and nowhere else.
bats_require_minimum_version 1.5.0

load ../helpers
load ../services

# Each has the word that is looked for in what a run starts, and in what it leaves.
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

# make_users <flavour> <shift>: p1, p2... each with its password in a file, and a plan for
# each shell, s0, s1...: with the passwords whose turn it is
make_users() {
    local n=0 i turns
    print_passwords >"$PLACE/passwords"
    {
        while IFS= read -r password; do
            n=$((n + 1))
            i=$(((n + $2) % ${#SHELLS[@]}))
            turns[i]=${turns[i]-}${turns[i]:+, }\"p$n\"
            (umask 077 && printf '%s\n' "$password" >"$PLACE/p$n")
            printf '[databases.p%s]\ndriver = "mysql"\nname = "app"\nsocket = "%s"\nuser = "p%s"\npassword_file = "%s"\n' \
                "$n" "$(socket_of "$1")" "$n" "$PLACE/p$n"
            printf "CREATE USER p$n@localhost IDENTIFIED BY '%s'; GRANT ALL ON app.* TO p$n@localhost;\n" \
                "$(printf %s "$password" | sed "s/[\\\\']/\\\\&/g")" >&4
        done <"$PLACE/passwords"
        cat <<TOML
[environment]
name = "test"
[backup]
path = "$DEST"
state = "$STATE"
log = ""
min_free = "0KiB"
TOML
        for i in "${!turns[@]}"; do
            printf '[backup.plans.s%s]\ntype = "database"\ndatabases = [%s]\n' "$i" "${turns[i]}"
        done
        printf '[backup.plans.whole]\ntype = "database"\n'
    } >"$PLACE/env.toml" 4>"$PLACE/users.sql"
    client_of "$1" --no-defaults -S "$(socket_of "$1")" -uroot --binary-mode --default-character-set=binary -f \
        <"$PLACE/users.sql" 2>"$PLACE/users.err" || :
    SCRIPT=$PLACE/backup.sh
    generate "$PLACE/env.toml" -o "$SCRIPT"
    [ "$n" -ge 30 ]
}

# traced <word...>: run it; every argument list and environment that it makes is in
# $PLACE/trace.
traced() {
    strace -f --seccomp-bpf -qq -v -s 999999 -e trace=execve,execveat -o "$PLACE/trace" \
        "$@" >"$PLACE/out" 2>"$PLACE/err" </dev/null
}

# bats test_tags=long
@test "33 passwords, both flavours, by the shells in turn; none is seen on the host" {
    local flavour i path=$PATH turn=0 saved=0
    command -v strace >/dev/null || skip 'STRACE MISSING'
    traced true "$MARK" || skip 'NO PTRACE here'
    grep -q "$MARK" "$PLACE/trace" # it can be seen
    traced env "PW=$MARK" true
    [ "$(grep -c "\"PW=$MARK\"" "$PLACE/trace")" -ge 2 ]
    for flavour in "${FLAVOURS[@]}"; do
        need_flavour "$flavour"
        use_flavour "$flavour"
        rm -rf "$DEST" "$STATE"
        make_users "$flavour" "$((turn++ * 3))"
        cat "$PLACE/users.err"
        for i in "${!SHELLS[@]}"; do
            echo "$flavour ${SHELLS[i]}"
            command -v "${SHELLS[i]%% *}" >/dev/null || continue
            status=0
            # shellcheck disable=SC2086
            traced ${SHELLS[i]} "$SCRIPT" run "s$i" || status=$?
            out=$(cat "$PLACE/out") err=$(cat "$PLACE/err")
            expect_status 0
            [ -z "$(grep -a "$MARK" "$PLACE/trace")" ]
            [ "$(grep -c 'execve(.*dump' "$PLACE/trace")" -ge 4 ]
        done
        saved=$(find "$DEST" -name 'p*.sql.zst' | wc -l)
        [ "$saved" = "$(wc -l <"$PLACE/passwords")" ]
        [ -z "$(grep -ral "$MARK" "$DEST" "$STATE" "$SCRIPT" "$PLACE/err")" ]
        [ -z "$(grep -ral "$MARK" /tmp --include='sh*' --include='mksh*' 2>/dev/null)" ]
        PATH=$path
    done
}

# The test above has each password read by each kind of client, and each shell use some of
# them. So what is left: that what a client reads is the same, whatever the shell.
# bats test_tags=long
@test "every shell gives a client the same options, byte by byte, for each of 33 passwords" {
    local shell name
    mkdir "$PLACE/bin" "$PLACE/seen"
    for name in mariadb mysql mariadb-dump mysqldump; do
        cat >"$PLACE/bin/$name" <<'SH'
#!/bin/sh
case $* in
    --version) echo 'x  Ver 15.1 Distrib 10.11.6-MariaDB' && exit ;;
    *--defaults-file=*) ;;
    *) exit 0 ;;
esac
cat "${1#*=}" >"$SEEN/new"
mv "$SEEN/new" "$SEEN/$(sed -n 's/^user="*\(p[0-9]*\)"*$/\1/p' "$SEEN/new")"
exit 1
SH
        chmod 755 "$PLACE/bin/$name"
    done
    echo /none >"$BATS_FILE_TMPDIR/socket.none"
    client_of() { :; }
    make_users none 0
    export SEEN
    for shell in "${SHELLS[@]}"; do
        echo "$shell"
        command -v "${shell%% *}" >/dev/null || continue
        SEEN="$PLACE/seen/$shell"
        mkdir "$SEEN"
        PATH=$PLACE/bin:$PATH under "$shell" run whole
        [ "$(ls "$SEEN" | wc -l)" = "$(wc -l <"$PLACE/passwords")" ]
        grep -qF "password=\"$MARK\"" "$SEEN/p1"
        diff -r "$PLACE/seen/dash" "$SEEN"
    done
}

# decoded <text of a .env file> [key]: the option that the script makes of it
decoded() {
    (umask 077 && printf '%b' "$1" >"$PLACE/.env")
    sed '/^main /d; /^trap /d; s/^take_charge$//' "$SCRIPT" >"$PLACE/functions.sh"
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
