# The main job, whole, on every shell.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
    make_script
}

main_job() {
    local shell=$1 backup
    need_shell "$shell"

    under "$shell" run
    expect_status 0
    backup=$out
    [[ $backup =~ ^"$DEST"/default/[0-9]{8}T[0-9]{6}Z$ ]]
    (cd "$backup" && sha256sum -c --quiet SHA256SUMS)

    under "$shell" list --json
    expect_status 0
    node -e '
        const [only, ...others] = JSON.parse(process.argv[1]);
        const [path] = process.argv.slice(2);
        if (others.length || only.path !== path || only.plan !== "default" || only.state !== "ok") process.exit(1);
    ' "$out" "$backup"
    under "$shell" list
    [[ $out == *"${backup##*/}"* ]]
    [ -z "$err" ]

    under "$shell" verify
    expect_status 0

    # elsewhere, from the script and from the copy beside the manifest
    under "$shell" restore default --to "$PLACE/elsewhere"
    expect_status 0
    [ "$(dump "$PLACE/elsewhere$DB")" = "$(dump "$DB")" ]
    [ "$(stat -c %u:%g:%a "$PLACE/elsewhere$DB")" = "$(stat -c %u:%g:%a "$DB")" ]
    [ ! -e "$PLACE/elsewhere$DB-wal" ]
    [ ! -e "$PLACE/elsewhere$DB-shm" ]
    cmp "$PLACE/elsewhere$STORAGE/etc/a.toml" "$STORAGE/etc/a.toml"
    cp -R "$backup" "$PLACE/copied"
    SCRIPT=$PLACE/copied/backup.sh under "$shell" restore --to "$PLACE/from-copy"
    expect_status 0
    diff -r "$PLACE/elsewhere" "$PLACE/from-copy"
    SCRIPT=$PLACE/copied/backup.sh under "$shell" verify
    expect_status 0
    SCRIPT=$PLACE/copied/backup.sh under "$shell" run
    expect_status 3

    # in place: the old one is set aside, whole
    cp "$DB" "$PLACE/was.db"
    sqlite3 "$DB" "DELETE FROM keys"
    under "$shell" restore default --only tracker
    expect_status 2
    under "$shell" restore default --only tracker --yes
    expect_status 0
    [ "$(dump "$DB")" = "$(dump "$PLACE/was.db")" ]
    local aside=("$DB".before-restore-*)
    [ "$(sqlite3 "${aside[0]}" 'SELECT count(*) FROM keys')" = 0 ]

    under "$shell" prune --dry-run
    expect_status 0
    [ "$out" = "default/${backup##*/} kept by last days" ]
    under "$shell" crontab
    [ "$out" = '0 3 * * * /usr/local/sbin/backup-test.sh run default' ]
    under "$shell" version
    expect_status 0
    under "$shell" help
    expect_status 0
    for words in nonsense 'run nonsense' 'list --nonsense' 'restore default --nonsense' ''; do
        # shellcheck disable=SC2086
        under "$shell" $words
        expect_status 2
    done

    # damage is seen, recorded, and passed over
    printf x >>"$backup/files.tar.zst"
    under "$shell" verify default all
    expect_status 5
    [ -s "$backup/DAMAGED" ]
    under "$shell" list
    [[ $out == *damaged* ]]
    under "$shell" restore default --to "$PLACE/none"
    [ "$status" != 0 ]
    [ ! -e "$PLACE/none" ]

    no_lock
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
}

@test "the main job on dash" { main_job 'dash'; }
@test "the main job on busybox ash" { main_job 'busybox ash'; }
@test "the main job on bash" { main_job 'bash'; }
@test "the main job on ksh93" { main_job 'ksh93'; }
@test "the main job on mksh" { main_job 'mksh'; }
@test "the main job on yash" { main_job 'yash'; }
@test "the main job on posh" { main_job 'posh'; }
@test "the main job on zsh --emulate sh" { main_job 'zsh --emulate sh'; }
