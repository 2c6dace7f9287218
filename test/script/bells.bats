# The bells that `init` offers, as they stand there, against a server that listens.
bats_require_minimum_version 1.5.0

load ../helpers

teardown() { [ -z "${SERVER-}" ] || { kill "$SERVER" 2>/dev/null && wait "$SERVER" || :; }; }

# start_server: notes each request, a line, in $PLACE/heard.
start_server() {
    node -e '
        const fs = require("fs");
        require("http").createServer((request, response) => {
            let body = "";
            request.on("data", (chunk) => (body += chunk));
            request.on("end", () => {
                fs.appendFileSync(process.argv[1] + "/heard", `${request.method} ${request.url} ${request.headers.title ?? ""} ${body}\n`);
                response.end("OK");
            });
        }).listen(0, "127.0.0.1", function () { fs.writeFileSync(process.argv[1] + "/port", String(this.address().port)); });
    ' "$PLACE" 3>&- &
    SERVER=$!
    await test -s "$PLACE/port"
    PORT=$(cat "$PLACE/port")
}

# bells <word>: the lines of init that hold it, switched on, with the address of our server.
bells() {
    node "$ROOT/dist/gen-backup.cjs" init |
        sed -n "/^#   hooks[.].*$1/s|^#   hooks[.]||p" |
        sed "s|https://[a-z.-]*/|http://127.0.0.1:$PORT/|"
}

setup() {
    command -v curl >/dev/null || skip 'CURL MISSING'
    setup_place
    make_database "$DB"
    start_server
}

# ring <shell>: a run that does, and one that does not.
ring() {
    rm -rf "$DEST" "$STATE" "$PLACE/heard"
    under "$1" run
    expect_status 0
    mv "$DB" "$DB.away"
    under "$1" run
    expect_status 1
    mv "$DB.away" "$DB"
}

@test "pings: start and success of a good run, start and fail of a bad one, with its message" {
    make_script "type = 'database'
[backup.hooks]
$(bells UUID)"
    for shell in dash 'busybox ash'; do
        ring "$shell"
        [ "$(cut -d ' ' -f 1,2 "$PLACE/heard")" = "$(printf '%s\n' 'GET /UUID/start' 'GET /UUID' 'GET /UUID/start' 'POST /UUID/fail')" ]
        [[ $(tail -n 1 "$PLACE/heard") == *"the database '$DB' is missing"* ]]
    done
}

@test "ntfy: a title and the message; nothing of a good run" {
    make_script "type = 'database'
[backup.hooks]
$(bells TOPIC)"
    for shell in dash 'busybox ash'; do
        ring "$shell"
        [ "$(wc -l <"$PLACE/heard")" = 1 ]
        [[ $(cat "$PLACE/heard") == "POST /TOPIC backup default failed "*"the database '$DB' is missing"* ]]
    done
}

@test "mail: to root, by the mail command" {
    mkdir "$PLACE/bin"
    printf '%s\n' '#!/bin/sh' "{ echo \"\$*\"; cat; } >>'$PLACE/mail'" >"$PLACE/bin/mail"
    chmod 755 "$PLACE/bin/mail"
    make_script "type = 'database'
[backup.hooks]
$(bells mail)"
    for shell in dash 'busybox ash'; do
        rm -f "$PLACE/mail"
        PATH=$PLACE/bin:$PATH ring "$shell"
        [ "$(head -n 1 "$PLACE/mail")" = '-s backup test default failed root' ]
        [[ $(tail -n 1 "$PLACE/mail") == *"the database '$DB' is missing"* ]]
        [ "$(wc -l <"$PLACE/mail")" = 2 ]
    done
}

@test "nobody listens: a good backup is good all the same" {
    kill "$SERVER" && wait "$SERVER" || :
    SERVER=
    make_script "type = 'database'
[backup.hooks]
$(bells UUID | sed 's/--retry 3/--retry 0/')"
    under sh run
    expect_status 0
}
