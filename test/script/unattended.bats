# Nobody watches: what is told, and to whom.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    setup_place
    make_database "$DB"
}

# status_of: what `status` says and how it ends
status_of() { under "${1:-sh}" status; }

json() { node -p "const s = JSON.parse(process.argv[1])[0]; $1" "$out"; }

@test "status: nothing yet, good, failed, good again; in words and in JSON, on every shell" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE"
        make_script ''
        under "$shell" status
        expect_status 1
        [[ $out == *'there is no backup yet'* ]]
        under "$shell" run
        expect_status 0
        id=${out##*/}
        under "$shell" status
        expect_status 0
        [[ $out == *"ok"*"last success $id"* ]]
        mv "$DB" "$DB.away"
        under "$shell" run
        expect_status 1
        under "$shell" status --json
        expect_status 1
        [ "$(json 's.ok + s.last_success + s.last_exit_code + s.failures')" = "false${id}11" ]
        [[ $(json s.last_failure_reason) == *"'$DB' is missing"* ]]
        mv "$DB.away" "$DB"
        under "$shell" run
        expect_status 0
        under "$shell" status
        expect_status 0
        [[ $out == *"last failure 20"*"is missing"* ]]
        under "$shell" status --json
        [ "$(json 's.ok + " " + s.failures')" = 'true 0' ]
    done
}

@test "status: what an older script wrote of runs and drills is understood, until a newer one is" {
    make_script 'drill_schedule = "0 5 * * 0"'
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$STATE"/run.* "$STATE"/drill.* "$STATE"/results.*
        under "$shell" run
        expect_status 0
        id=${out##*/}
        rm "$STATE/results.default"
        now=$(date +%s)
        printf '%s\n' "began_s=$now" duration_s=1 status=1 "success_s=$((now - 86400))" "success_id=$id" bytes=9 \
            failures=3 failed_at=2026-11-26T21:00:00Z "reason=it is full: a=b \"c\"" warnings= >"$STATE/run.default"
        printf '%s\n' "began_s=$((now - 60))" status=0 "success_s=$((now - 60))" "success_id=$id" failures=0 \
            failed_at= reason= warnings= >"$STATE/drill.default"
        true >"$STATE/run.default.begun"
        # a power cut may have made it anything
        printf 'run ended x y\nrun en' >"$STATE/results.default"
        under "$shell" status --json
        expect_status 1
        [ "$(json '[s.last_exit_code, s.failures, s.last_failure, s.last_failure_reason, s.last_proved, s.trouble].join("|")')" = \
            "1|3|2026-11-26T21:00:00Z|it is full: a=b \"c\"|$id|the last run failed at 2026-11-26T21:00:00Z: it is full: a=b \"c\"" ]
        mv "$DB" "$DB.away"
        under "$shell" run
        expect_status 1
        mv "$DB.away" "$DB"
        under "$shell" status --json
        [ "$(json s.failures)" = 4 ]
        under "$shell" run
        expect_status 0
        under "$shell" status
        expect_status 0
        [[ $out == *"last drill proved $id"* ]]
        # a minute later: a drill of long ago is missed
        sed -i "s/^success_s=.*/success_s=$((now - 9999999))/" "$STATE/drill.default"
        under "$shell" status
        expect_status 1
        [[ $out == *'no drill has proved a backup for 115 days'* ]]
    done
}

@test "status: a job that quietly stopped running is overdue after two of its longest gaps" {
    command -v faketime >/dev/null || skip 'FAKETIME MISSING'
    make_script 'schedule = "0 * * * *"'
    under sh run
    expect_status 0
    under "faketime -f +115m sh" status
    expect_status 0
    under "faketime -f +125m sh" status
    expect_status 1
    [[ $out == *'overdue: the last success is 2 h old, more than 2 h'* ]] ||
        [[ $out == *'overdue: the last success is 125 min old'* ]] || [[ $out == *overdue* ]]
    make_script 'schedule = "0 * * * *"
enabled = false'
    under "faketime -f +900m sh" status
    expect_status 0
}

@test "status: a killed run is told until the next one" {
    make_script ''
    under sh run
    sqlite3 "$DB" "INSERT INTO torrents (info_hash) SELECT hex(randomblob(500)) FROM torrents, keys"
    sh "$SCRIPT" run >/dev/null 2>&1 3>&- &
    pid=$!
    await compgen -G "$DEST/default/.incomplete-*"
    kill -9 "$pid"
    wait "$pid" || :
    under sh status
    expect_status 1
    [[ $out == *'was killed'* ]]
    under sh run
    expect_status 0
    under sh status
    expect_status 0
}

@test "status: the volume is gone: exit 3; a backup from the future, a shrunken one: exit 1 until prune" {
    make_script 'keep = { last = 2 }
type = "database"'
    under sh run
    expect_status 0
    first=$out
    mv "$DEST" "$DEST.away"
    under sh status
    expect_status 3
    mv "$DEST.away" "$DEST"
    sqlite3 "$DB" 'DELETE FROM torrents; VACUUM'
    under sh run
    expect_status 0
    [[ $err == *'shrank by more than 50%'* ]]
    [ -d "$first" ]
    under sh status
    expect_status 1
    [[ $out == *'retention has stopped: '*'shrank by more than 50%; look, then run '* ]]
    under sh prune
    expect_status 0
    under sh status
    expect_status 0
}

@test "a failed run is told by its exit code, status, metrics and hooks alike" {
    mkdir "$PLACE/metrics"
    make_script "metrics = \"$PLACE/metrics\"
type = \"database\"
[backup.hooks]
on_success = 'echo \"good \$GEN_BACKUP_PLAN \$GEN_BACKUP_STATUS \$GEN_BACKUP_DIRECTORY\" >>$PLACE/told'
on_failure = 'echo \"bad \$GEN_BACKUP_STATUS \$GEN_BACKUP_MESSAGE\" >>$PLACE/told'
after = 'echo after >>$PLACE/told; exit 7'"
    metrics=$PLACE/metrics/gen-backup-test-default.prom
    value() { sed -n "s/^gen_backup_$1{.*} //p" "$metrics"; }
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE" "$PLACE/told"
        under "$shell" run
        expect_status 0
        good=$out
        [[ $err == *"the hook 'after' ended with 7"* ]]
        [ "$(cat "$PLACE/told")" = "good default 0 $good
after" ]
        [ "$(value last_run_exit_code) $(value consecutive_failures)" = '0 0' ]
        success=$(value last_success_timestamp_seconds)
        [ "$success" -ge "$(($(date +%s) - 60))" ]
        mv "$DB" "$DB.away"
        rm "$PLACE/told"
        under "$shell" run
        under "$shell" run
        expect_status 1
        [[ $(tail -n 2 "$PLACE/told" | head -n 1) == "bad 1 nothing could be saved: tracker: the database '$DB' is missing"* ]]
        [ "$(value last_run_exit_code) $(value consecutive_failures)" = '1 2' ]
        [ "$(value last_success_timestamp_seconds)" = "$success" ]
        [ "$(stat -c %a "$metrics")" = 644 ]
        mv "$DB.away" "$DB"
        ls "$DEST"/default | grep -c . | grep -qx 1
    done
}

@test "metrics: all that status calls trouble is counted, and a plan that is off is not overdue" {
    mkdir "$PLACE/metrics"
    metrics=$PLACE/metrics/gen-backup-test-default.prom
    value() { sed -n "s/^gen_backup_$1{.*} //p" "$metrics"; }
    make_script "type = 'database'
metrics = '$PLACE/metrics'
enabled = false"
    under sh run
    expect_status 0
    [ "$(value overdue_after_seconds)" = '' ]
    [ "$(value troubles) $(value backups)" = '0 1' ]
    [ "$(value oldest_backup_timestamp_seconds)" = "$(sed -n s/^began_s=//p "$out/MANIFEST")" ]
    cp -R "$out" "$DEST/default/20990101T000000Z"
    sed -i 's/^id=.*/id=20990101T000000Z/' "$DEST/default/20990101T000000Z/MANIFEST"
    mv "$DB" "$DB.away"
    under sh run
    expect_status 1
    under sh status
    expect_status 1
    [ "$(value troubles)" = "$(grep -c '^ *- ' <<<"$out")" ]
    [ "$(value troubles) $(value proof_overdue_after_seconds)" = '2 ' ]
    sed -i 's/^enabled.*/drill_schedule = "0 5 * * 0"/' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    under sh run
    [ "$(value overdue_after_seconds) $(value proof_overdue_after_seconds)" = '172800 1209600' ]
}

# bats test_tags=long
@test "metrics are what promtool takes, and the alert rules do what they say" {
    command -v promtool >/dev/null || skip 'PROMTOOL MISSING'
    mkdir "$PLACE/metrics"
    make_script "metrics = \"$PLACE/metrics\""
    under sh run
    under sh drill
    expect_status 0
    promtool check metrics <"$PLACE/metrics/gen-backup-test-default.prom"
    promtool check rules "$ROOT/docs/alerts.yml"
    promtool test rules "$ROOT/test/alerts-test.yml"
}

@test "a hook 'before' that fails stops the plan: nothing is made, and it is told" {
    make_script "[backup.hooks]
before = 'exit 3'
after = 'touch $PLACE/after'"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -f "$PLACE/after"
        under "$shell" run
        expect_status 1
        [[ $err == *"the hook 'before' failed: no backup"* ]]
        [ ! -e "$DEST" ]
        [ -e "$PLACE/after" ]
    done
}

@test "a hook may mount the volume before, and unmount it after" {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: cannot mount'
    truncate -s 20M "$PLACE/disk"
    mkfs.ext4 -q "$PLACE/disk"
    mkdir "$PLACE/volume"
    DEST=$PLACE/volume
    make_script "require_mount = true
[backup.hooks]
before = 'mount -o loop $PLACE/disk $PLACE/volume'
after = 'umount $PLACE/volume'"
    under sh run
    expect_status 0
    [ -z "$(ls -A "$PLACE/volume")" ]
    under sh run
    expect_status 0
    mount -o loop "$PLACE/disk" "$PLACE/volume"
    [ "$(ls "$DEST/default" | grep -c Z)" = 2 ]
    umount "$PLACE/volume"
}

# bats test_tags=long
@test "a hook hands the finished directory to restic, which restores it" {
    command -v restic >/dev/null || skip 'RESTIC MISSING'
    echo word >"$PLACE/password"
    export RESTIC_CACHE_DIR=$PLACE/cache
    restic -q -r "$PLACE/offsite" --password-file "$PLACE/password" init
    make_script "[backup.hooks]
on_success = 'restic -q -r $PLACE/offsite --password-file $PLACE/password backup \"\$GEN_BACKUP_DIRECTORY\"'"
    under sh run
    expect_status 0
    [ -z "$(grep hook "$PLACE/err")" ]
    restic -q -r "$PLACE/offsite" --password-file "$PLACE/password" restore latest --target "$PLACE/back"
    diff -r "$out" "$PLACE/back$out"
    sh "$PLACE/back$out/backup.sh" verify
}

@test "a hook that hangs can be ended by a signal, and the next run works" {
    make_script "[backup.hooks]
on_success = 'sleep 300.$$'"
    sh "$SCRIPT" run >"$PLACE/out" 2>/dev/null 3>&- &
    pid=$!
    await pgrep -xf "sleep 300.$$"
    kill "$pid"
    status=0
    wait "$pid" || status=$?
    [ "$status" -gt 0 ]
    pkill -xf "sleep 300.$$" || :
    sed -i "s/^ON_SUCCESS=.*/ON_SUCCESS=:/" "$SCRIPT"
    under sh run
    expect_status 0
}

@test "drill: what was saved comes back, row for row; damage and a lost row are found; every shell" {
    sqlite3 "$DB" 'CREATE TABLE "od'\''d ""x" (a); INSERT INTO "od'\''d ""x" VALUES (1); CREATE INDEX i ON keys (valid_until)'
    make_script ''
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE"
        under "$shell" run
        expect_status 0
        backup=$out
        grep -qxF "tracker.rows=1 od'd \"x" "$backup/MANIFEST"
        before=$(find "$STORAGE" "$DEST" | sort)
        under "$shell" drill
        expect_status 0
        [[ $err == *"tracker: restored and compared"*"files: restored and compared"* ]]
        [ "$(find "$STORAGE" "$DEST" | sort)" = "$before" ]
        under "$shell" status --json
        [ "$(json s.last_proved)" = "${backup##*/}" ]
        # A backup that is consistent in itself, but lacks a row.
        zstd -q -d "$backup/databases/tracker.sqlite3.zst" -o "$PLACE/x.db"
        sqlite3 "$PLACE/x.db" "DELETE FROM keys WHERE key = 'alpha'"
        zstd -q -f "$PLACE/x.db" -o "$backup/databases/tracker.sqlite3.zst"
        rm -f "$PLACE"/x.db*
        (cd "$backup" && find ./* -type f ! -name SHA256SUMS ! -name MANIFEST -exec sha256sum {} + | sed 's:\./::' >"$PLACE/sums" &&
            sha256sum MANIFEST >>"$PLACE/sums" && mv "$PLACE/sums" SHA256SUMS)
        under "$shell" verify
        expect_status 0
        under "$shell" drill
        expect_status 5
        [[ $err == *"has other rows than were saved"* ]]
        under "$shell" status
        expect_status 1
        [[ $out == *'the last drill failed at'*'has other rows'* ]]
        [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
    done
}

@test "drill: from a copy beside its backup, too" {
    make_script ''
    under sh run
    expect_status 0
    cp -r "$out" "$PLACE/copy"
    sh "$PLACE/copy/backup.sh" drill 2>"$PLACE/err"
    grep -q 'tested in' "$PLACE/err"
    for word in run prune install uninstall check status; do
        status=0
        sh "$PLACE/copy/backup.sh" "$word" 2>"$PLACE/err" || status=$?
        [ "$status" = 3 ]
    done
}

@test "drill: one that was killed is told, also after a run, until the next one" {
    make_script ''
    under sh run
    expect_status 0
    sed 's/^VERIFY=full/&/; s/^    VERIFY=full$/    VERIFY=full; apart sleep 5/' "$SCRIPT" >"$PLACE/slow.sh"
    sh "$PLACE/slow.sh" drill >/dev/null 2>&1 3>&- &
    pid=$!
    await grep -qs '^drill began' "$STATE/results.default"
    under sh status
    expect_status 0 # it goes on
    kill -9 "$pid"
    wait "$pid" || :
    under sh run
    expect_status 0
    under sh status
    expect_status 1
    [[ $out == *'the last drill was killed'* ]]
    under sh drill
    under sh status
    expect_status 0
}

@test "drill_schedule: a crontab line, and status tells when nobody has proved a restore" {
    command -v faketime >/dev/null || skip 'FAKETIME MISSING'
    make_script 'drill_schedule = "0 5 * * *"
retention_days = 30
schedule = "0 */12 * * *"'
    under sh crontab
    [[ $out == *"0 5 * * * /usr/local/sbin/backup-test.sh drill"* ]]
    under "faketime -f -3d sh" run
    expect_status 0
    under sh run
    expect_status 0
    under sh status
    expect_status 1
    [[ $out == *'no drill has proved a backup for 3 days'* ]]
    under sh drill
    expect_status 0
    under sh status
    expect_status 1 # two runs were missed: retention waits for a person
    under sh prune
    under sh status
    expect_status 0
    [[ $out == *'last drill proved 20'* ]]
}

@test "prune --dry-run prints each backup with the rule that keeps it, or lets it go" {
    command -v faketime >/dev/null || skip 'FAKETIME MISSING'
    make_script 'keep = { last = 1, daily = 2 }
type = "database"'
    for days in 3 2 1 0; do
        under "faketime -f -${days}d sh" run
        expect_status 0
    done
    # all were kept: by the last and by days
    under sh prune --dry-run
    expect_status 0
    [[ $(sed -n 1p "$PLACE/out") == default/20*'kept by last daily' ]]
    [[ $(sed -n 2p "$PLACE/out") == default/20*'kept by daily' ]]
    [ "$(wc -l <"$PLACE/out")" = 2 ]
    touch "$DEST/default/$(sed -n '2s:^default/\([^ ]*\).*:\1:p' "$PLACE/out")/DAMAGED"
    under sh prune --dry-run
    [[ $out == *'kept: damaged, counts for nothing'* ]]
}

# bats test_tags=long
@test "the time to come: a clock at 2040 and back loses nothing good" {
    command -v faketime >/dev/null || skip 'FAKETIME MISSING'
    make_script 'retention_days = 2
keep = { last = 1 }
type = "database"'
    for shell in dash mksh; do
        rm -rf "$DEST" "$STATE"
        for hours in 30 20 10; do
            under "faketime -f -${hours}h $shell" run
            expect_status 0
        done
        before=$(ls "$DEST/default")
        under "faketime 2040-01-01 $shell" run
        expect_status 0
        [[ $err == *'retention stopped'* ]]
        under "faketime 2040-01-02 $shell" run
        expect_status 0
        for id in $before; do [ -d "$DEST/default/$id" ]; done
        under "$shell" run
        expect_status 0
        for id in $before; do [ -d "$DEST/default/$id" ]; done
        under "$shell" status
        expect_status 1
        [[ $out == *'from the future'* ]]
        under "$shell" restore default --to "$PLACE/restored-$shell"
        expect_status 0
        [[ $out == */"$(ls "$DEST/default" | grep ^202 | tail -n 1)"/* ]]
    done
}

# bats test_tags=long
@test "torn numbers in the state are not known; a run is recorded and told all the same" {
    make_script "[backup.hooks]
on_failure = 'touch $PLACE/told'"
    under sh run
    expect_status 0
    for torn in 08 'a[0]' '1 2' '$(touch pwned)' ''; do
        rm -f "$STATE/results.default"
        for kind in run drill; do
            # as an older script wrote it, and as this one does
            printf '%s\n' "failures=$torn" "success_s=$torn" "status=$torn" "bytes=$torn" >"$STATE/$kind.default"
            printf '%s\n' "$kind ended $torn 2 0 t id 4 " "$kind ended 1 $torn 0 t id 4 " \
                "$kind ended 1 2 $torn t id 4 " "$kind ended 1 2 0 t id x$torn" >>"$STATE/results.default"
        done
        under sh status --json
        [ "$(json s.failures)" = null ]
        under sh check
        mv "$DB" "$DB.away"
        rm -f "$PLACE/told"
        under sh run
        expect_status 1
        [ -e "$PLACE/told" ]
        under sh status --json
        [ "$(json s.failures)" = 1 ]
        mv "$DB.away" "$DB"
    done
}

@test "install makes a script that cron may run; check tells when it may not" {
    command -v unshare >/dev/null && [ "$(id -u)" = 0 ] && unshare -m true || skip 'NO NAMESPACES here'
    make_script ''
    generate --install-path "$PLACE/sbin/b.sh" "$PLACE/env.toml" -o "$SCRIPT"
    mkdir "$PLACE/sbin"
    cp "$SCRIPT" "$PLACE/sbin/b.sh"
    chmod 644 "$PLACE/sbin/b.sh"
    under sh check
    [[ $out == *'FAIL  script'*'cron cannot run'* ]]
    unshare -m sh -c "mount -t tmpfs tmpfs /etc/cron.d && sh $PLACE/sbin/b.sh install"
    [ -x "$PLACE/sbin/b.sh" ]
}

@test "words that nobody reads, and empty ones, are a mistake and change nothing" {
    make_script ''
    under sh run
    expect_status 0
    before=$(dump "$DB")
    sqlite3 "$DB" 'DELETE FROM keys'
    now=$(dump "$DB")
    [ "$before" != "$now" ]
    for words in 'uninstall --help' 'check x' 'crontab x' 'version x' 'status --json x' 'status x' 'install --foo' \
        'drill default latest x' 'verify default latest x' 'drill nosuchplan'; do
        # shellcheck disable=SC2086
        under sh $words
        expect_status 2
    done
    for empty in --to --only; do
        under sh restore default "$empty" '' --yes
        expect_status 2
    done
    under sh restore --yes
    expect_status 2
    [ "$(dump "$DB")" = "$now" ]
}

@test "two restores within a second: what each replaced is there, under a name of its own" {
    make_script 'type = "database"'
    under sh run
    for i in 1 2 3; do
        sqlite3 "$DB" "DELETE FROM keys; INSERT INTO keys (key) VALUES ('live $i')"
        under sh restore default --yes
        expect_status 0
    done
    for i in 1 2 3; do
        found=0
        for aside in "$DB".before-restore-*; do
            [ "$(sqlite3 "$aside" "SELECT count(*) FROM keys WHERE key = 'live $i'")" != 1 ] || found=1
        done
        [ "$found" = 1 ]
    done
    # and what was set aside is in no backup
    make_script ''
    under sh run
    expect_status 0
    ! grep -q before-restore "$out/MANIFEST" || return 1
    ! tar --zstd -tf "$out/files.tar.zst" | grep before-restore || return 1
}
