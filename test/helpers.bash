# What every bats file needs: an environment in a directory of its own, the
# script made from it, and the shells to run it under.

ALL_SHELLS=('dash' 'busybox ash' 'bash' 'ksh93' 'mksh' 'yash' 'posh' 'zsh --emulate sh')
SHELLS=("${ALL_SHELLS[@]}")
# In `npm test`, what holds in every shell is tried on dash alone; shells.bats, kills, hot
# backups and the fault matrix go through all of them there too.
[ -z "${QUICK-}" ] || SHELLS=('dash')

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)

export TZ=Asia/Kolkata # what is said in UTC is, wherever the machine stands

# forget_dead_clocks: faketime's semaphores outlive one that was killed, and block whoever
# gets its pid.
forget_dead_clocks() {
    local file
    for file in /dev/shm/*faketime_s*_*; do
        [ -e "/proc/${file##*_}" ] || rm -f "$file"
    done
}

# setup_place [directory]: blanks in the paths, so that a quote that is missing shows.
setup_place() {
    forget_dead_clocks
    PLACE=${1-}
    if [ -n "$PLACE" ]; then mkdir "$PLACE"; else PLACE=$(mktemp -d "${BATS_TEST_TMPDIR:-/tmp}/place.XXXXXX"); fi
    local up=$PLACE all=() # other users pass: they work in their own directories below it
    until [ "$up" = /tmp ] || [ -z "$up" ]; do all+=("$up") up=${up%/*}; done
    chmod o+x "${all[@]}"
    STORAGE="$PLACE/the storage"
    DB=$STORAGE/lib/tracker.db
    DEST="$PLACE/the dest"
    STATE="$PLACE/the state"
    mkdir -p "$STORAGE/lib" "$STORAGE/etc"
    echo 'answer = 42' >"$STORAGE/etc/a.toml"
}

# setup_file makes a place once, and each test begins with a copy of it, in the same place:
# keep_place: after `setup_place "$BATS_FILE_TMPDIR/place"` and what is to be there.
keep_place() { cp -a "$PLACE" "$BATS_FILE_TMPDIR/kept"; }

renew_place() {
    rm -rf "$BATS_FILE_TMPDIR/place"
    setup_place "$BATS_FILE_TMPDIR/place"
    cp -a "$BATS_FILE_TMPDIR/kept/." "$PLACE"
    SCRIPT="$PLACE/the backup.sh"
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
    generate "$PLACE/env.toml" -o "$SCRIPT"
}

# generate <argument...>: gen-backup with these; by test/generator.mjs, where scripts/test.sh
# has started it. What it says is in $PLACE/gen.log, and is shown if it fails.
generate() {
    local reply=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/reply answer='' IFS=$'\t'
    if [ -p "${GENERATOR-}" ]; then
        [ -p "$reply" ] || mkfifo "$reply"
        {
            echo "$PLACE/gen.log$IFS$reply$IFS$*" 1<>"$GENERATOR"
            read -rt 60 answer <&4 || :
        } 4<>"$reply"
    fi
    if [ -z "$answer" ]; then
        answer=0
        node "$ROOT/dist/gen-backup.cjs" "$@" 2>"$PLACE/gen.log" || answer=$?
    fi
    [ "$answer" = 0 ] || { cat "$PLACE/gen.log" && return 1; }
}

# under <shell> <word...>: run the script; $out, $err and $status tell.
under() {
    local shell=$1
    shift
    status=0
    # shellcheck disable=SC2086 # a shell and its options
    $shell "$SCRIPT" "$@" >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
    out=$(<"$PLACE/out")
    err=$(<"$PLACE/err")
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

# tries <number>: so many times of what chance decides, TIMES as many where that is set; in
# `npm test` a quarter of them.
tries() { echo "$((${TIMES:-1} * (${QUICK:+1}0 ? ($1 + 3) / 4 : $1)))"; }

# in_turn <number>: of many alike, in `npm test` every third, others with the next SEED.
in_turn() { [ -z "${QUICK-}" ] || (((10#$SEED + $1) % 3 == 0)); }

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

# await <command...>: until it is so, for a minute at most.
await() {
    local deadline=$((SECONDS + 60))
    until "$@" 2>/dev/null; do
        [ "$SECONDS" -lt "$deadline" ] || { echo "not within a minute: $*" && return 1; }
        sleep 0.02
    done
}

# has_lines <file> <number>: so many, or more.
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }

# is_none <words of pgrep...>: there is no such process.
is_none() { [ -z "$(pgrep "$@")" ]; }

# is_held <plan>: by a run, or another command. To take it, to see, would refuse others.
is_held() {
    [ -e "$STATE/lock.$1" ] &&
        grep -q "FLOCK .*:$(stat -c %i "$STATE/lock.$1") " /proc/locks
}

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
    busybox --install -s "$1"
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
# each, prepare; after each, the oracle, which must hold. In `npm test` at every third call:
# at others with the next SEED.
fail_each() {
    local tool=$1 oracle=$2 nth first=1 step=1 calls
    shift 2
    if [ -n "${QUICK-}" ]; then first=$((10#$SEED % 3 + 1)) step=3; fi
    mkdir -p "$PLACE/bin"
    cat >"$PLACE/bin/$tool" <<SH
#!/bin/sh
nth=\$((\$(cat '$PLACE/calls') + 1))
echo "\$nth" >'$PLACE/calls'
[ "\$nth" != "\$FAIL_AT" ] || { echo '$tool: it failed' >&2; exit 1; }
exec $(command -v "$tool") "\$@"
SH
    chmod +x "$PLACE/bin/$tool"
    for ((nth = first; nth < 30; nth += step)); do
        echo 0 >"$PLACE/calls"
        prepare
        FAIL_AT=$nth PATH=$PLACE/bin:$PATH under sh "$@"
        calls=$(<"$PLACE/calls")
        [ "$calls" -ge "$nth" ] || break
        "$oracle" || {
            echo "$tool, call $nth: status $status, $err"
            return 1
        }
    done
    [ "$calls" -gt 0 ]
    rm "$PLACE/bin/$tool"
}

# bundle_model <name>: what is written in test/model, for node, as $BATS_FILE_TMPDIR/<name>.mjs
bundle_model() {
    "$ROOT/node_modules/.bin/esbuild" --log-level=warning --bundle --platform=node --format=esm \
        "$ROOT/test/model/$1.ts" --outfile="$BATS_FILE_TMPDIR/$1.mjs"
}

need_strace() {
    command -v strace >/dev/null || skip 'STRACE MISSING'
    strace -o /dev/null true 2>/dev/null || skip 'NO PTRACE here'
}

# writes_of <words...>: what they write, make, rename or remove, by strace, outside of the
# places that the header of the script names
writes_of() {
    strace -f -y -e trace=%file,%process,chdir,fchdir,setuid,setresuid,setreuid -o "$PLACE/trace" \
        sh "$SCRIPT" "$@" >"$PLACE/out" 2>"$PLACE/err" </dev/null || { cat "$PLACE/err" && return 1; }
    [ "$(grep -c execve "$PLACE/trace")" -gt 20 ] # it was followed
    python3 "$ROOT/test/attack/rule.py" --outside "$PLACE/trace" "$DEST" "$STATE" "$PLACE/metrics" /dev /proc
}
