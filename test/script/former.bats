# What a changed name or path leaves behind: it is shown, restorable, and can be taken over.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

# make_named <environment> <plan> [destination]: $SCRIPT, of a plan of the database
make_named() {
    SCRIPT="$PLACE/$1 $2.sh"
    cat >"$PLACE/env.toml" <<TOML
[environment]
name = "$1"
[databases.tracker]
driver = "sqlite3"
path = "$DB"
[backup]
path = "${3-$DEST}"
state = "$PLACE/state of $1"
min_free = "0KiB"
log = ""
[backup.plans.$2]
type = "database"
keep = { last = 2 }
TOML
    generate "$PLACE/env.toml" -o "$SCRIPT"
    sed -i "s|^INSTALL_PATH=.*|INSTALL_PATH='$PLACE/installed $1.sh'|" "$SCRIPT"
}

# run_times <number>
run_times() {
    local n
    for ((n = 0; n < $1; n++)); do
        under "${shell:-sh}" run
        expect_status 0
    done
}

# is_told <words>: by list, by status, by check
is_told() {
    local command
    for command in list status check; do
        under "$shell" "$command"
        [[ $out$err == *"$1"* ]] || { echo "$command does not say '$1': $out$err" && return 1; }
    done
}

@test "a renamed plan: its backups are shown, restored, handed over, and retention goes on with them" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$PLACE/to" "$PLACE"/state*
        make_named test old
        run_times 2
        last=$out
        make_named test new
        under "$shell" restore new --to "$PLACE/to"
        expect_status 1
        [[ $err == *"'new' has no backup yet"* && $err == *"of plan 'old' of 'test'"* ]]
        is_told "2 count for no plan here: in '$DEST/old', of plan 'old' of 'test'"
        # By the script in each.
        status=0
        $shell "$last/backup.sh" restore --to "$PLACE/to" 2>"$PLACE/err" >"$PLACE/out" || status=$?
        [ "$status" = 0 ]
        [ "$(dump "$PLACE/to$DB")" = "$(dump "$DB")" ]
        run_times 1
        for words in new "new ${last##*/} --from $DEST/old"; do
            # shellcheck disable=SC2086 # words
            under "$shell" adopt $words
            expect_status 2
        done
        under "$shell" adopt new --from "$DEST/nothing"
        expect_status 3
        under "$shell" adopt new --from "$DEST/old"
        expect_status 0
        [[ $err == *"2 backups of"* ]]
        [ ! -e "$DEST/old" ]
        under "$shell" adopt new --from "$DEST/new"
        expect_status 1
        under "$shell" list
        [ "$(grep -c ' ok ' <<<"$out")" = 3 ]
        [[ $err != *'for no plan'* ]]
        for words in "verify new all" "drill new ${last##*/}" "restore new ${last##*/} --to $PLACE/too"; do
            # shellcheck disable=SC2086 # words
            under "$shell" $words
            expect_status 0
        done
        rm -r "$PLACE/too"
        sh "$DEST/new/${last##*/}/backup.sh" verify
        run_times 1
        under "$shell" list
        [ "$(grep -c ' ok ' <<<"$out")" = 2 ] # keep.last
    done
}

@test "a renamed environment: install takes the destination, and the schedule of the one before goes" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no namespaces'
    unshare -m true 2>/dev/null || skip 'NO NAMESPACES here'
    shell=sh
    make_named first nightly
    old=$SCRIPT
    sed -i "s|^INSTALL_PATH=.*|INSTALL_PATH=$PLACE/first.sh|; s|/usr/local/sbin/backup-first.sh|$PLACE/first.sh|" "$old"
    make_named foreign nightly "$PLACE/elsewhere"
    foreign=$SCRIPT
    sed -i "s|^INSTALL_PATH=.*|INSTALL_PATH=$PLACE/foreign.sh|; s|/usr/local/sbin/backup-foreign.sh|$PLACE/foreign.sh|" "$foreign"
    make_named second nightly
    sed -i "s|^INSTALL_PATH=.*|INSTALL_PATH=$PLACE/second.sh|; s|/usr/local/sbin/backup-second.sh|$PLACE/second.sh|" "$SCRIPT"
    cat >"$PLACE/inner" <<SH
set -eux
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /etc/cron.d
exec 2>&1
sh '$foreign' install
sh '$old' install
sh '$old' run
sh '$SCRIPT' install && exit 1
ls /etc/cron.d | grep first
sh '$SCRIPT' install --adopt
ls /etc/cron.d
sh '$SCRIPT' adopt nightly --from '$DEST/nightly'
sh '$SCRIPT' list
SH
    run -0 unshare -m sh "$PLACE/inner"
    [[ $output == *"replaced: 'first'"* && $output != *"replaced: 'foreign'"* ]]
    listed=${output##*+ ls /etc/cron.d}
    [[ $listed == *gen-backup-second* && $listed == *gen-backup-foreign* && $listed != *gen-backup-first* ]]
    [[ ${output##*sh "$SCRIPT" list} == *' ok '* ]]
}

@test "a renamed environment whose schedule is in a crontab, at the same install path" {
    [ ! -d /run/systemd/system ] || skip 'SYSTEMD: it would keep the schedule'
    mkdir "$PLACE/bin"
    cat >"$PLACE/bin/crontab" <<SH
#!/bin/sh
case \${1-} in
    -l) cat $PLACE/crontab 2>/dev/null || { echo 'no crontab for x' >&2; exit 1; } ;;
    -r) rm $PLACE/crontab ;;
    *) cat "\$1" >$PLACE/crontab ;;
esac
SH
    chmod 755 "$PLACE/bin/crontab"
    ln -s "$(command -v busybox)" "$PLACE/bin/crond"
    for name in first second; do
        make_named "$name" nightly
        sed -i "s|^INSTALL_PATH=.*|INSTALL_PATH=$PLACE/installed.sh|; s|/usr/local/sbin/backup-$name.sh|$PLACE/installed.sh|
            s|^PATH=.*|PATH=$PLACE/bin:/usr/sbin:/usr/bin:/sbin:/bin|" "$SCRIPT"
    done
    echo '1 1 * * * mine' >"$PLACE/crontab"
    SCRIPT="$PLACE/first nightly.sh" under sh install
    expect_status 0
    grep -q ' # gen-backup first$' "$PLACE/crontab"
    under sh install --adopt
    expect_status 0
    [[ $out == *"replaced: 'first'"* ]]
    [ "$(grep -c '' "$PLACE/crontab")" = 2 ]
    grep -q mine "$PLACE/crontab"
    grep -q ' # gen-backup second$' "$PLACE/crontab"
    cmp "$SCRIPT" "$PLACE/installed.sh"
}

@test "a changed path: what lies at the one before is told, and handed over" {
    shell=sh
    make_named test nightly
    run_times 2
    make_named test nightly "$PLACE/new dest"
    sleep 1 # or it has the id of the one before
    run_times 1
    is_told "2 count for no plan here: in '$DEST/nightly', of plan 'nightly' of 'test'"
    under sh adopt nightly --from "$DEST/nightly"
    expect_status 0
    under sh list
    [ "$(grep -c ' ok ' <<<"$out")" = 3 ]
    [[ $err != *'for no plan'* ]]
}

@test "a renamed database: its backups are of the plan as before" {
    make_named test nightly
    run_times 1
    first=${out##*/}
    sed -i 's/databases.tracker/databases.users/' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    run_times 1
    under sh restore nightly "$first" --to "$PLACE/to"
    expect_status 0
    [ "$(dump "$PLACE/to$DB")" = "$(dump "$DB")" ]
    under sh restore nightly "$first" --to "$PLACE/too" --only users
    expect_status 2
    [[ $err == *"but tracker"* ]]
    run_times 1
    under sh list
    [ "$(grep -c ' ok ' <<<"$out")" = 2 ]
}

@test "what looks like a backup and is none is told, with the reason, and costs nothing" {
    shell=sh
    make_named test nightly
    run_times 2
    id=${out##*/}
    cd "$DEST/nightly"
    cp -a "$id" "${id,,}"
    cp -a "$id" "copy of $id"
    cp -a "$id" "../$id"
    cp -a "$id" 20200101T000000Z
    cp -a "$id" 20200102T000000Z
    rm 20200102T000000Z/MANIFEST
    cp -a "$id" 20200103T000000Z
    printf 'environment=$(touch /oh)\033[1m\nplan=x;y\nid=20200103T000000Z\n' >20200103T000000Z/MANIFEST
    is_told "3 count for no plan here: in '$DEST/nightly', under another name than their id"
    is_told "1 count for no plan here: in '$DEST/nightly', without a MANIFEST"
    is_told "1 count for no plan here: in '$DEST', of plan 'nightly' of 'test'"
    is_told "of plan 'x;y' of '\$(touch /oh) [1m'"
    [[ $out != *$'\033'* ]]
    under sh adopt nightly --from "$DEST/nightly"
    expect_status 1
    run_times 1
    under sh list --json
    [ "$(python3 -c 'import json, sys; print(len(json.load(sys.stdin)))' <<<"$out")" = 2 ]
}

@test "what others may still change is not handed over to root, who would remove it one day" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT'
    make_named test old
    under sh run
    expect_status 0
    backup=$out
    make_named test new
    for give in "chown 65534 '$backup/databases'" "chown 65534 '$DEST/old'" "chmod g+w '$backup'" "chmod 777 '$DEST'"; do
        eval "$give"
        under sh adopt new --from "$DEST/old"
        expect_status 3
        [[ $err == *"others may change '$DEST/old', or what is in it"* ]]
        [ -d "$backup" ]
        chown -R 0:0 "$DEST" && chmod -R go-w "$DEST"
    done
    under sh adopt new --from "$DEST/old"
    expect_status 0
}

@test "what others put at the destination neither holds up adopt and install, nor passes for ours" {
    shell=sh
    make_named test old
    run_times 1
    while [ "$(ls "$DEST/old")" = "$(date -u +%Y%m%dT%H%M%SZ)" ]; do sleep 0.1; done # two ids
    make_named test new
    under sh run
    expect_status 0
    for forge in 'mkfifo %s' 'ln -s /nowhere %s' 'mkdir %s' 'truncate -s 300G %s'; do
        rm -rf "$DEST/new/.adopted"
        # shellcheck disable=SC2059
        eval "$(printf "$forge" '"$DEST/new/.adopted"')"
        status=0
        timeout 60 sh "$SCRIPT" adopt new --from "$DEST/old" >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
        out=$(<"$PLACE/out") err=$(<"$PLACE/err")
        expect_status 3
        [[ $err == *".adopted' is not what we wrote"* ]]
        [ -d "$DEST/old" ]
    done
    rm -rf "$DEST/new/.adopted"
    # an option of grep's as a name, or as an ID
    echo 'x y' >"$DEST/new/.adopted"
    sed -i 's/^environment=.*/environment=-ve/' "$DEST"/old/2*/MANIFEST
    under sh adopt new --from "$DEST/old"
    expect_status 0
    grep -qx -e '-ve old' "$DEST/new/.adopted"
    rm "$PLACE/state of test/destination"
    echo '-ve' >"$DEST/.gen-backup"
    under sh run
    expect_status 3
    [[ $err == *'of another machine or environment'* ]]
    # and a mark that is none: a directory, a pipe, a link
    for forge in 'mkdir %s' 'mkfifo %s' 'ln -s /nowhere/x %s'; do
        rm -rf "$DEST/.gen-backup"
        # shellcheck disable=SC2059
        eval "$(printf "$forge" '"$DEST/.gen-backup"')"
        status=0
        timeout 60 sh "$SCRIPT" run >"$PLACE/out" 2>"$PLACE/err" </dev/null || status=$?
        [ "$status" = 0 ] || [ "$status" = 3 ] || { echo "$forge: $status, $(<"$PLACE/err")" && return 1; }
        [ ! -e /nowhere ]
    done
}
