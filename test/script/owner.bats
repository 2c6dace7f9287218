# Root's hands in other people's directories: as an attacker would try them.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    setup_place
    make_script 'type = "database"'
    mkdir "$PLACE/victim"
    ATTACK=$ROOT/test/attack
}

teardown() {
    [ -z "${ATTACKER-}" ] || kill "$ATTACKER" 2>/dev/null || :
    ! mountpoint -q "$STORAGE/lib/.gen-backup-restore" || umount "$STORAGE/lib/.gen-backup-restore"
}

# owned [journal mode]: the database and all around it are nobody's
owned() {
    make_database "$DB" "${1-wal}"
    chown -R 65534:65534 "$STORAGE"
}

# attack <kind> <path> <other>
attack() {
    python3 "$ATTACK/swap.py" "$@" 3>&- &
    ATTACKER=$!
}

stop_attack() {
    kill "$ATTACKER" 2>/dev/null || :
    wait "$ATTACKER" || :
    ATTACKER=
}

@test "the rule, by strace: no process of root's changes a name in another user's directory" {
    command -v strace >/dev/null || skip 'STRACE MISSING'
    local nth=0
    for journal in wal delete persist; do
        in_turn "$((nth++))" || continue
        rm -f "$DB"*
        owned "$journal"
        for words in check run 'drill default' 'restore default --yes'; do
            # shellcheck disable=SC2086
            strace -f -y -e trace=%file,%process,chdir,fchdir,setuid,setresuid,setreuid -o "$PLACE/trace" \
                sh "$SCRIPT" $words >"$PLACE/out" 2>"$PLACE/err" </dev/null || {
                [ "$?" = 3 ] && [ "$words" = check ] || { cat "$PLACE/err" && return 1; }
            }
            python3 "$ATTACK/rule.py" "$PLACE/trace" "$STORAGE" >"$PLACE/broken"
            [ ! -s "$PLACE/broken" ] || { echo "$journal, $words:" && cat "$PLACE/broken" && return 1; }
        done
        is_whole "$DB"
        [ "$(stat -c %u:%g "$DB")" = 65534:65534 ]
    done
    grep -q setresuid "$PLACE/trace" # it was another user's work
}

# bats test_tags=long
@test "the rule, by strace: rows of some tables are the work of their database's owner, too" {
    command -v strace >/dev/null || skip 'STRACE MISSING'
    make_script 'type = "database"
tables = ["keys"]'
    for journal in wal delete; do
        rm -f "$DB"*
        owned "$journal"
        under sh run
        expect_status 0
        as_nobody="setpriv --reuid 65534 --regid 65534 --clear-groups"
        $as_nobody sqlite3 "$DB" 'DELETE FROM keys'
        strace -f -y -e trace=%file,%process,chdir,fchdir,setuid,setresuid,setreuid -o "$PLACE/trace" \
            sh "$SCRIPT" restore default --yes >"$PLACE/out" 2>"$PLACE/err" </dev/null || { cat "$PLACE/err" && return 1; }
        python3 "$ATTACK/rule.py" "$PLACE/trace" "$STORAGE" >"$PLACE/broken"
        [ ! -s "$PLACE/broken" ] || { echo "$journal:" && cat "$PLACE/broken" && return 1; }
        [ "$($as_nobody sqlite3 "$DB" 'SELECT count(*) FROM keys')" = 2 ]
        [ -z "$(find "$STORAGE" ! -uid 65534)" ]
    done
}

@test "without setpriv by chroot of coreutils, without either refused" {
    owned
    mkdir "$PLACE/bin"
    for shell in dash 'busybox ash'; do
        printf '#!/bin/sh\nexit 1\n' >"$PLACE/bin/setpriv"
        rm -f "$PLACE/bin/chroot"
        chmod 755 "$PLACE/bin/setpriv"
        PATH=$PLACE/bin:$PATH under "$shell" run
        expect_status 0
        cp "$PLACE/bin/setpriv" "$PLACE/bin/chroot"
        PATH=$PLACE/bin:$PATH under "$shell" run
        expect_status 3
        [[ $err == *'install util-linux'*'coreutils'* ]]
    done
}

@test "what works as another user has neither our environment nor our terminal" {
    owned
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/sqlite3" <<SH
#!/bin/sh
env >>'$PLACE/seen/env'
ps -o tty= -o sid= -p \$\$ >>'$PLACE/seen/tty'
exec /usr/bin/sqlite3 "\$@"
SH
    chmod 755 "$PLACE/bin/sqlite3"
    mkdir -m 777 "$PLACE/seen"
    TOKEN=hunter2 PATH=$PLACE/bin:$PATH under sh run
    expect_status 0
    [ -s "$PLACE/seen/env" ]
    ! grep -q hunter2 "$PLACE/seen/env" || return 1
}

@test "a root-owned database where others may change names is refused; one of a group's is its owner's work" {
    make_database "$DB"
    chmod 777 "$STORAGE/lib"
    under sh run
    expect_status 3
    [[ $err == *"is root's, but others may change it"* ]]
    chown 65534:65534 "$DB"
    under sh run
    expect_status 0
    chmod 755 "$STORAGE/lib" # ours alone: as ever
    chown 0:0 "$DB"
    under sh run
    expect_status 0
}

@test "a directory that is swapped during a run gets no file of sqlite3's" {
    owned
    attack pounce "$STORAGE/lib" "$PLACE/victim"
    for _ in $(seq "$(tries 40)"); do
        under sh run
        [ -z "$(ls -A "$PLACE/victim")" ] || { ls -la "$PLACE/victim" && return 1; }
    done
}

@test "a name beside the database that cannot be removed does not deny the backup" {
    owned
    mkdir "$STORAGE/lib/.gen-backup-restore"
    mount -t tmpfs tmpfs "$STORAGE/lib/.gen-backup-restore" || skip 'CANNOT MOUNT a tmpfs here'
    under sh run
    expect_status 0
}

# bats test_tags=long
@test "restore in place: links where things are set aside lead nowhere" {
    for name in -shm ''; do
        rm -rf "$STORAGE" "$DEST" "$STATE" && mkdir -p "$STORAGE/lib"
        owned
        under sh run
        expect_status 0
        echo precious >"$PLACE/precious"
        for ((s = 0; s < 60; s++)); do
            at=$DB.before-restore-$(date -u -d "+$s seconds" +%Y%m%dT%H%M%SZ)$name
            if [ "$name" = -shm ]; then ln -s "$PLACE/victim" "$at"; else ln -s "$PLACE/precious-new" "$at"; fi
        done
        echo x >"$DB-shm"
        chown -hR 65534:65534 "$STORAGE"
        under sh restore default --yes
        [ -z "$(ls -A "$PLACE/victim")" ]
        [ ! -e "$PLACE/precious-new" ]
    done
}

@test "restore in place: a missing directory is made by who may make it, and nothing else is given away" {
    owned
    under sh run
    expect_status 0
    # in the moment before whatever is given away is
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/chown" <<SH
#!/bin/sh
[ ! -d "$STORAGE/lib" ] || { mv "$STORAGE/lib" "$STORAGE/lib.away" && ln -s "$PLACE/victim" "$STORAGE/lib"; }
exec $(command -v chown) "\$@"
SH
    chmod 755 "$PLACE/bin/chown"
    rm -rf "$STORAGE/lib"*
    PATH=$PLACE/bin:$PATH under sh restore default --yes
    [ "$(stat -c %u "$PLACE/victim")" = 0 ]
    rm -rf "$STORAGE/lib"*
    under sh restore default --yes
    expect_status 0
    [ "$(stat -c %u:%g "$STORAGE/lib" "$DB" | sort -u)" = 65534:65534 ]
}

# bats test_tags=long
@test "restore in place: of files, a directory that is swapped gets nothing done behind it, and none is root's" {
    make_script 'type = "selective"
include = ["etc"]'
    mkdir -p "$STORAGE/etc/deep/er"
    for ((i = 0; i < 40; i++)); do echo "$i" >"$STORAGE/etc/deep/er/$i"; done
    chmod 2750 "$STORAGE/etc/deep/er"
    chown -R 65534:65534 "$STORAGE"
    under sh run
    expect_status 0
    before=$(stat -c '%u:%g %a' "$PLACE/victim")
    for at in etc/deep etc/deep/er; do
        attack swaps "$STORAGE/$at" "$PLACE/victim"
        for _ in $(seq "$(tries 12)"); do
            rm -rf "$DEST"/default/.before-restore-*
            under sh restore default --yes
            [ "$(ls -A "$PLACE/victim"; stat -c '%u:%g %a' "$PLACE/victim")" = "$before" ] || { ls -la "$PLACE/victim" && return 1; }
        done
        stop_attack
        [ ! -L "$STORAGE/$at" ] || mv -T --exchange "$STORAGE/$at" "$STORAGE/$at.link" 2>/dev/null ||
            { rm "$STORAGE/$at" && mv "$STORAGE/$at.link" "$STORAGE/$at"; }
        rm -rf "$STORAGE/$at.link"
    done
    # and in peace it works; nothing there is root's
    rm -rf "$STORAGE/etc/deep"
    under sh restore default --yes
    expect_status 0
    [ "$(stat -c '%u:%g %a' "$STORAGE/etc/deep/er")" = '65534:65534 2750' ]
    [ -z "$(find "$STORAGE" -uid 0)" ]
}

@test "restore in place: of files, a directory of root's that was moved into the place of another stays root's" {
    make_script 'type = "selective"
include = ["etc"]'
    mkdir -p "$STORAGE/etc/cache/new" "$STORAGE/etc/open"
    echo x >"$STORAGE/etc/cache/x"
    chmod 2750 "$STORAGE/etc/cache/new"
    chown -R 65534:65534 "$STORAGE"
    chown 0:0 "$STORAGE/etc/open"
    under sh run
    expect_status 0
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        rm -rf "$STORAGE/etc/cache" "$STORAGE/etc/open"
        mkdir -m 700 "$STORAGE/etc/cache" "$STORAGE/etc/open"
        echo secret >"$STORAGE/etc/cache/secret"
        under "$shell" restore default --yes
        expect_status 1
        [[ $err == *"is not theirs: '$STORAGE/etc/cache' '$STORAGE/etc/open'" ]]
        [ "$(stat -c '%u:%g %a' "$STORAGE/etc/cache" "$STORAGE/etc/open" | sort -u)" = '0:0 700' ]
        [ "$(stat -c '%u:%g %a' "$STORAGE/etc/cache/new")" = '65534:65534 2750' ]
        # in peace, and where all that is above is root's, it gets both back
        rm -rf "$STORAGE/etc/cache" "$STORAGE/etc/open"
        chmod 711 "$STORAGE/etc"
        under "$shell" restore default --yes
        expect_status 0
        chown -R 0:0 "$STORAGE"
        chmod 700 "$STORAGE/etc/cache" "$STORAGE/etc"
        under "$shell" restore default --yes
        expect_status 0
        [ "$(stat -c '%u:%g %a' "$STORAGE/etc" "$STORAGE/etc/cache" | sort -u)" = '65534:65534 755' ]
        [ "$(stat -c '%u:%g %a' "$STORAGE/etc/open")" = '0:0 755' ]
    done
}

# bats test_tags=long
@test "owner and mode in the manifest are those of the file that was copied" {
    owned
    mkdir -m 700 "$PLACE/roots"
    make_database "$PLACE/roots/secret.db" wal 5
    sqlite3 "$PLACE/roots/secret.db" 'CREATE TABLE secret (a)'
    chmod 600 "$PLACE/roots/secret.db"
    mv "$DB" "$DB.mine"
    ln -s "$DB.mine" "$DB"
    attack turns "$DB" "$PLACE/roots/secret.db"
    for _ in $(seq "$(tries 30)"); do
        under sh run
        [ "$status" = 0 ] || continue
        ! grep -q ' secret$' "$out/MANIFEST" || grep -qx 'tracker.mode=600' "$out/MANIFEST"
        sleep 0.0$RANDOM
    done
}

@test "a tree of pages without end: the check finds it, and no row is counted" {
    python3 "$ATTACK/bomb.py" "$DB"
    for shell in dash 'busybox ash'; do
        status=0
        # shellcheck disable=SC2086
        timeout 60 $shell "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" || status=$?
        err=$(cat "$PLACE/err") out=
        expect_status 1
        [[ $err == *'is damaged'* ]]
    done
}

@test "a pipe beside a database is refused, and not waited for" {
    make_database "$DB" delete
    mkfifo "$DB-journal"
    for shell in dash 'busybox ash'; do
        status=0
        # shellcheck disable=SC2086
        timeout 60 $shell "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" || status=$?
        err=$(cat "$PLACE/err") out=
        expect_status 1
        [[ $err == *"-journal' is no file"* ]]
    done
}

@test "a NUL in a table's name leaves no quote open" {
    make_database "$DB" delete
    sqlite3 "$DB" "CREATE TABLE x (a); PRAGMA writable_schema=ON;
        UPDATE sqlite_master SET name = 'x' || char(0) || 'y', tbl_name = name WHERE name = 'x'"
    under sh run
    expect_status 0
    grep -qx 'tracker.rows=0 x' "$out/MANIFEST"
}

@test "a directory of root's that an access list opens to another user is not root's alone" {
    command -v setfacl >/dev/null || skip 'SETFACL MISSING'
    make_database "$DB"
    chown 65534:65534 "$DB"
    setfacl -m u:65534:rwx "$STORAGE/lib" || skip 'NO ACCESS LISTS HERE'
    need_strace
    strace -f -y -e trace=%file,%process,chdir,fchdir,setuid,setresuid,setreuid -o "$PLACE/trace" \
        sh "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" </dev/null || { cat "$PLACE/err" && return 1; }
    python3 "$ATTACK/rule.py" "$PLACE/trace" "$STORAGE" >"$PLACE/broken"
    [ ! -s "$PLACE/broken" ] || { cat "$PLACE/broken" && return 1; }
    under sh restore default --to "$STORAGE/lib/to"
    expect_status 3
}

@test "what fails leaves no way for others into a backup that is published without it" {
    owned
    make_script 'type = "complete"'
    mkdir "$PLACE/bin"
    # it fails behind the copy
    printf '#!/bin/sh\ncase "$*" in *integrity_check*) exit 1 ;; esac\nexec %s "$@"\n' "$(command -v sqlite3)" \
        >"$PLACE/bin/sqlite3"
    chmod 755 "$PLACE/bin" "$PLACE/bin/sqlite3"
    PATH=$PLACE/bin:$PATH under sh run
    expect_status 1
    [[ $err == *'is partial: tracker'* ]]
    [ "$(stat -c %a "$out")" = 700 ]
}

@test "restore of files in place: what others put where we work stays, and so do groups of directories" {
    owned
    make_script 'type = "complete"'
    chmod 2775 "$STORAGE/etc"
    under sh run
    expect_status 0
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        echo 'answer = 43' >"$STORAGE/etc/a.toml"
        rm -rf "$STORAGE"/etc/.gen-backup*
        mkdir -p "$STORAGE/etc/.gen-backup-restore/theirs"
        echo precious >"$STORAGE/etc/.gen-backup-restore/theirs/file"
        under "$shell" restore default --only files --yes
        expect_status 0
        [ "$(cat "$STORAGE/etc/a.toml")" = 'answer = 42' ]
        [ "$(cat "$STORAGE"/etc/.gen-backup-restore.*/theirs/file)" = precious ]
        [ "$(stat -c %a "$STORAGE/etc")" = 2775 ]
    done
}

@test "follow: what works as another user says no number that a shell computes" {
    load ../continuous
    owned
    make_continuous
    mkdir "$PLACE/bin"
    # as one whom the owner traces: of the database's head, and of its log's index
    cat >"$PLACE/bin/od" <<'SH'
#!/bin/sh
said='PPID[$($RUN)]'
case $(id -u),$(cat "${0%/*}/says"),$* in
    0,*) exec /usr/bin/od "$@" ;;
    *,head,*-j16*) echo "WORK_AS=0 $said" ;;
    *,index,*-N100*) for n in $(seq 25); do case $n in 5 | 17) echo "$said" ;; *) echo 1 ;; esac; done ;;
    *) exec /usr/bin/od "$@" ;;
esac
SH
    chmod 755 "$PLACE/bin" "$PLACE/bin/od"
    export RUN="touch $PLACE/pwned"
    for shell in "${SHELLS[@]}"; do
        need_shell "$shell"
        for says in head index; do
            echo "$says" >"$PLACE/bin/says"
            # shellcheck disable=SC2086
            PATH=$PLACE/bin:$PATH timeout 3 $shell "$SCRIPT" follow live >"$PLACE/err" 2>&1 </dev/null || :
            [ ! -e "$PLACE/pwned" ] || { echo "$shell, $says" && return 1; }
        done
    done
}
