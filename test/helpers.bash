# What every bats file needs: an environment in a directory of its own, the
# script made from it, and the shells to run it under.

ALL_SHELLS=('dash' 'busybox ash' 'bash' 'ksh93' 'mksh' 'yash' 'posh' 'zsh --emulate sh')
SHELLS=("${ALL_SHELLS[@]}")
# In `npm test`, what holds in every shell is tried on dash alone; shells.bats, kills, hot
# backups and the fault matrix go through all of them there too.
[ -z "${QUICK-}" ] || SHELLS=('dash')

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

export TZ=Asia/Kolkata # what is said in UTC is, wherever the machine stands

# setup_place: blanks in the paths, so that a quote that is missing shows.
setup_place() {
    PLACE=$(mktemp -d "${BATS_TEST_TMPDIR:-/tmp}/place.XXXXXX")
    local up=$PLACE # other users pass: they work in their own directories below it
    until [ "$up" = /tmp ] || [ -z "$up" ]; do chmod o+x "$up" && up=${up%/*}; done
    STORAGE="$PLACE/the storage"
    DB=$STORAGE/lib/tracker.db
    DEST="$PLACE/the dest"
    STATE="$PLACE/the state"
    mkdir -p "$STORAGE/lib" "$STORAGE/etc"
    echo 'answer = 42' >"$STORAGE/etc/a.toml"
}

# make_database <file> [journal mode] [rows]
make_database() {
    sqlite3 "$1" >/dev/null <<SQL
PRAGMA journal_mode=${2:-wal};
CREATE TABLE torrents (id INTEGER PRIMARY KEY AUTOINCREMENT, info_hash TEXT UNIQUE, completed INTEGER DEFAULT 0);
CREATE TABLE keys (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT UNIQUE, valid_until INTEGER);
CREATE TABLE whitelist (id INTEGER PRIMARY KEY AUTOINCREMENT, info_hash TEXT UNIQUE);
WITH RECURSIVE c(x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM c WHERE x < ${3:-2000})
INSERT INTO torrents (info_hash) SELECT hex(randomblob(20)) FROM c;
INSERT INTO keys (key, valid_until) VALUES ('alpha', 1), ('beta', 2);
INSERT INTO whitelist (info_hash) SELECT info_hash FROM torrents LIMIT 5;
SQL
}

# make_script [lines for [backup] and after]: $SCRIPT from an environment.
make_script() {
    SCRIPT="$PLACE/the backup.sh"
    cat >"$PLACE/env.toml" <<TOML
[environment]
name = "test"
[storage]
path = "$STORAGE"
[databases.tracker]
driver = "sqlite3"
path = "lib/tracker.db"
${DATABASE_KEYS-}
[backup]
path = "$DEST"
state = "$STATE"
min_free = "0KiB"
$([[ ${1-} == *"log = "* ]] || echo 'log = ""')
${1-}
TOML
    node "$ROOT/dist/gen-backup.cjs" "$PLACE/env.toml" -o "$SCRIPT" 2>"$PLACE/gen.log" ||
        { cat "$PLACE/gen.log" && return 1; }
}

# under <shell> <word...>: run the script; $out, $err and $status tell.
under() {
    local shell=$1
    shift
    status=0
    # shellcheck disable=SC2086 # a shell and its options
    $shell "$SCRIPT" "$@" >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
    out=$(cat "$PLACE/out")
    err=$(cat "$PLACE/err")
}

# expect_status <number>
expect_status() {
    [ "$status" = "$1" ] || {
        printf 'status %s, wanted %s\nout: %s\nerr: %s\n' "$status" "$1" "$out" "$err"
        return 1
    }
}

# left_to_all: in `npm test` such a test is not run, nor counted.
left_to_all() { [ -z "${QUICK-}" ] || skip 'left to npm run test:all'; }

need_shell() {
    command -v "${1%% *}" >/dev/null || skip "SHELL MISSING: $1"
}

dump() { sqlite3 "$1" .dump; }

is_whole() { [ "$(sqlite3 "$1" 'PRAGMA integrity_check')" = ok ]; }

# print_tree <directory> [plain]: everything about it that a restore must bring
# back, one record a line; plain: what busybox's tar can.
print_tree() (
    cd "$1"
    if [ "${2-}" = plain ]; then
        find . -mindepth 1 \( -type l -printf '%p|%l\0' \) -o \( ! -type d -printf '%p|%m|%U|%G|%y|%TY%Tm%Td %TH%TM|%n|%s\0' \) -o \
            -printf '%p|%m|%U|%G|%y|%TY%Tm%Td %TH%TM\0'
    else
        find . \( ! -type d -printf '%p|%m|%U|%G|%y|%l|%T@|%n|%s\0' \) -o -printf '%p|%m|%U|%G|%y|%T@\0'
        getfacl -R -n . 2>/dev/null | tr '\n' '\t' | sed 's/\t\t/\x00/g'
        getfattr -R -d -m - . 2>/dev/null | tr '\n' '\t' | sed 's/\t\t/\x00/g'
    fi | sort -z | tr '\0' '\n'
    find . -type f -print0 | sort -z | xargs -0 -r sha256sum
)

# same_tree <directory> <directory> [plain]
same_tree() { diff <(print_tree "$1" "${3-}") <(print_tree "$2" "${3-}"); }

# is_held <plan>: by a run, or another command.
is_held() { [ -e "$STATE/lock.$1" ] && ! flock -n "$STATE/lock.$1" true; }

# no_lock: is held. Their files stay.
no_lock() {
    local lock
    for lock in "$STATE"/lock*; do
        [ ! -e "$lock" ] || flock -n "$lock" true || { echo "a lock: $lock" && return 1; }
    done
}

# use_tools <directory>: $SCRIPT with PATH that directory alone.
use_tools() { sed -i "s:^PATH=.*:PATH=$1:" "$SCRIPT"; }

# make_busybox <directory> [tar]: every applet of Debian's busybox, what it lacks
# from coreutils, and tar as Alpine has it when asked for.
make_busybox() {
    local applet
    mkdir "$1"
    for applet in $(busybox --list); do ln -s "$(command -v busybox)" "$1/$applet"; done
    for applet in nice zstd sqlite3 flock; do ln -s "$(command -v $applet)" "$1/$applet"; done
    [ -z "${2-}" ] || ln -sf "$2" "$1/tar"
}

alpine_tar() {
    left_to_all
    ALPINE_TAR=${GEN_BACKUP_CACHE:-/var/cache/gen-backup-test}/alpine/tar
    [ -x "$ALPINE_TAR" ] || skip 'NO TAR AS ALPINE HAS IT: scripts/alpine-busybox.sh'
}

# fail_each <tool> <oracle> <word...>: run the script with those words, with the tool
# failing at its first call, its second and so on, until it is called no more. Before
# each, prepare; after each, the oracle, which must hold.
fail_each() {
    local tool=$1 oracle=$2 nth
    shift 2
    mkdir -p "$PLACE/bin"
    cat >"$PLACE/bin/$tool" <<SH
#!/bin/sh
nth=\$((\$(cat '$PLACE/calls') + 1))
echo "\$nth" >'$PLACE/calls'
[ "\$nth" != "\$FAIL_AT" ] || { echo '$tool: it failed' >&2; exit 1; }
exec $(command -v "$tool") "\$@"
SH
    chmod +x "$PLACE/bin/$tool"
    for ((nth = 1; nth < 30; nth++)); do
        echo 0 >"$PLACE/calls"
        prepare
        FAIL_AT=$nth PATH=$PLACE/bin:$PATH under sh "$@"
        [ "$(cat "$PLACE/calls")" -ge "$nth" ] || break
        "$oracle" || {
            echo "$tool, call $nth: status $status, $err"
            return 1
        }
    done
    [ "$nth" -gt 1 ]
    rm "$PLACE/bin/$tool"
}

# bundle_model <name>: what is written in test/model, for node, as $BATS_FILE_TMPDIR/<name>.mjs
bundle_model() {
    "$ROOT/node_modules/.bin/esbuild" --log-level=warning --bundle --platform=node --format=esm \
        "$ROOT/test/model/$1.ts" --outfile="$BATS_FILE_TMPDIR/$1.mjs"
}
