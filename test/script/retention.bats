# What is kept and what is removed, by a clock that the test sets.
bats_require_minimum_version 1.5.0

load ../helpers

setup_file() { bundle_model kept; }

setup() {
    setup_place
    make_database "$DB"
    mkdir "$PLACE/bin"
    # date -u with the time in $FAKE_NOW (seconds since 1970), when that is set
    cat >"$PLACE/bin/date" <<'SH'
#!/bin/sh
case $FAKE_NOW:$* in
    :*) exec /bin/date "$@" ;;
    *) exec /bin/date -d "@$FAKE_NOW" "$@" ;;
esac
SH
    chmod +x "$PLACE/bin/date"
    PATH=$PLACE/bin:$PATH
    export FAKE_NOW=
}

# add_backup <seconds since 1970> [bytes] [plan]: published by hand
add_backup() {
    local id directory
    TZ=UTC0 printf -v id '%(%Y%m%dT%H%M%SZ)T' "$1"
    directory=$DEST/default/$id
    mkdir -p "$directory"
    printf '%s\n' format=1 environment=test "plan=${3:-default}" "id=$id" type=database \
        artifact=x "x.bytes=${2:-1000}" finished=x >"$directory/MANIFEST"
    printf '%064d  %s\n' 0 MANIFEST 0 backup.sh >"$directory/SHA256SUMS"
}

ids() { ls "$DEST/default"; }

@test "random histories: what is kept is what an independent model keeps, on every shell" {
    local round=0 toml history want rounds
    rounds=$(tries 24)
    make_script 'type = "database"'
    FAKE_NOW=1800000000
    under sh run # marks the destination
    node "$BATS_FILE_TMPDIR/kept.mjs" "$FAKE_NOW" "$rounds" >"$PLACE/rounds"
    while IFS='|' read -r toml history want; do
        shell=${SHELLS[round++ % ${#SHELLS[@]}]}
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST/default"
        for seconds in $history; do add_backup "$seconds"; done
        make_script "type = \"database\"
keep = { ${toml//; /$'\n'}"
        under "$shell" prune
        expect_status 0
        [ "$(ids | paste -s -d ' ')" = "$want" ] || {
            printf 'keep %s now %s\nwant\n%s\ngot\n%s\n' "$toml" "$FAKE_NOW" "$want" "$(ids)"
            return 1
        }
    done <"$PLACE/rounds"
    [ "$round" = "$rounds" ]
}

@test "a run keeps within its rules, and never touches the newest keep.last" {
    make_script 'type = "database"
keep = { last = 2 }'
    for day in 0 1 2 3; do
        FAKE_NOW=$((1800000000 + day * 86400)) under sh run
        expect_status 0
    done
    [ "$(ids | wc -l)" = 2 ]
    [[ $err == *removed* ]]
    # removed by rename: nothing half-removed is left
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
}

@test "damaged, foreign and unfinished directories are not counted and not touched" {
    make_script 'type = "database"
keep = { last = 2 }'
    FAKE_NOW=1800000000
    under sh run
    for age in 1 2 3 4 5; do add_backup $((FAKE_NOW - age * 3600)); done
    newest=$(ids | tail -n 1)
    : >"$DEST/default/$(/bin/date -u -d @$((FAKE_NOW - 3600)) +%Y%m%dT%H%M%SZ)/DAMAGED"
    add_backup $((FAKE_NOW - 7 * 3600)) 10 another-plan
    mkdir "$DEST/default/20200101T000000Z" "$DEST/default/mine"
    under sh prune
    expect_status 0
    [ "$(ids)" = "$(printf '%s\n' 20200101T000000Z 20270115T010000Z 20270115T060000Z 20270115T070000Z "$newest" mine)" ]
}

# stops <text>: the run is fine, says why retention stopped, and removed nothing
stops() {
    local before
    before=$(ids | wc -l)
    under sh run
    expect_status 0
    [[ $err == *"retention stopped"*"$1"* ]]
    [ "$(ids | wc -l)" = $((before + 1)) ]
}

@test "a clock that is behind stops retention, until a person prunes" {
    make_script 'type = "database"
keep = { last = 1 }'
    FAKE_NOW=1800000000 under sh run
    FAKE_NOW=1799990000 stops 'the clock is behind'
    FAKE_NOW=1799990100 stops 'the clock is behind'
    # latest passes over what is from the future
    FAKE_NOW=1799990200 under sh restore default --to "$PLACE/restored"
    expect_status 0
    [[ $out == *20270115T051500Z* ]]
    FAKE_NOW=1799990300 under sh prune
    expect_status 0
    # the one from the future stays, the newest of the others too, and it goes on
    [ "$(ids | wc -l)" = 2 ]
    FAKE_NOW=1799990400 under sh run
    expect_status 0
    [ "$(ids | wc -l)" = 2 ]
}

@test "a clock that jumps far ahead stops retention: everything else would be old" {
    make_script 'type = "database"
retention_days = 7
keep = { last = 1 }'
    for day in 0 1 2; do FAKE_NOW=$((1800000000 + day * 86400)) under sh run; done
    FAKE_NOW=$((1800000000 + 14 * 365 * 86400)) stops 'clock jump'
    # set right again: still stopped
    FAKE_NOW=$((1800000000 + 3 * 86400)) stops 'behind'
    FAKE_NOW=$((1800000000 + 3 * 86400 + 60)) under sh prune --dry-run
    expect_status 0
    [[ $out == *'stopped: the clock is behind'* ]]
    [[ $out != *expired* ]]
    [[ $out == *'kept: from the future'* ]]
}

# make_large_backup: an hour before FAKE_NOW=1800000000; the next one is far smaller.
make_large_backup() {
    make_script 'type = "database"
keep = { last = 1 }
compression = "none"'
    FAKE_NOW=1800000000
    under sh run
    rm -r "$out"
    add_backup $((FAKE_NOW - 3600)) 99999999
}

@test "a backup that shrank stops retention" {
    make_large_backup
    FAKE_NOW=1800000001 stops 'shrank by more than 50%'
}

@test "a stop that cannot be written down is a failure, so that a person looks before the next run" {
    make_large_backup
    mkdir "$STATE/retention.default" # nothing can be written there
    FAKE_NOW=1800000001
    under sh run
    expect_status 1
    [[ $err == *"cannot write to '$STATE' that retention stopped: "*'shrank by more than 50%'* ]]
    [ "$(ids | wc -l)" = 2 ]
}

@test "status foresees what goes first, and when; and it does" {
    make_script 'type = "database"'
    under sh run # marks the destination
    for rules in 'keep = { last = 3 }' 'retention_days = 4; keep = { last = 2 }' \
        'keep = { last = 1, daily = 3, monthly = 2 }' 'keep = { last = 1, weekly = 2 }' 'keep = { last = 1, yearly = 1 }'; do
        make_script "type = 'database'
${rules/; /$'\n'}"
        for shell in dash 'busybox ash'; do
            rm -rf "$DEST/default"
            for FAKE_NOW in 1799900000 1799990000 1800000000; do add_backup "$FAKE_NOW"; done
            first=$(ids | head -n 1)
            under "$shell" pin default "$first"
            expect_status 0
            under "$shell" prune
            expect_status 0
            under "$shell" status --json
            next=$(grep -o '"next_removal":"[^"]*","next_removal_s":[0-9]*' <<<"$out" | tr -dc '0-9TZ,"' | tr -d '"')
            id=${next%,*} at=${next#*,}
            [ -d "$DEST/default/$id" ]
            [ "$id" != "$first" ]
            [ "$at" -gt 1800000000 ]
            while [ "$FAKE_NOW" -lt "$at" ]; do
                [ -d "$DEST/default/$id" ]
                FAKE_NOW=$((FAKE_NOW + 86400))
                add_backup "$FAKE_NOW"
                under "$shell" prune
                expect_status 0
            done
            [ "$FAKE_NOW" = "$at" ]
            [ ! -e "$DEST/default/$id" ]
        done
    done
    # none of the next hundred runs: not known
    rm -rf "$DEST/default"
    FAKE_NOW=1800000000
    make_script "type = 'database'
retention_days = 300"
    add_backup "$FAKE_NOW"
    under sh status --json
    [[ $out == *'"next_removal":null,"next_removal_s":null'* ]]
}

@test "prune --dry-run names what would go and what stays, and touches nothing" {
    make_script 'type = "database"
keep = { last = 1 }'
    FAKE_NOW=1800000000
    under sh run
    newest=$out
    add_backup $((FAKE_NOW - 3600))
    under sh prune --dry-run
    [ "$out" = "default/${newest##*/} kept by last
default/20270115T070000Z expired" ]
    [ "$(ids | wc -l)" = 2 ]
    under sh prune
    [ "$DEST/default/$(ids)" = "$newest" ]
}

@test "a taken id waits for the next second" {
    make_script 'type = "database"'
    under sh run
    first=$out
    under sh run
    second=$out
    [[ $second > $first ]]
    FAKE_NOW=1800000000 under sh run
    expect_status 0
    kept=$out
    FAKE_NOW=1800000000 under sh run # a clock that stands still
    expect_status 1
    [ -d "$kept" ]
}

@test "prune: a rename that fails is told, and nothing else is removed for it" {
    make_script 'type = "database"
keep = { last = 2 }'
    FAKE_NOW=1800000000
    under sh run
    newest=${out##*/}
    for age in 1 2 3 4; do add_backup $((FAKE_NOW - age * 3600)); done
    cat >"$PLACE/bin/mv" <<'SH'
#!/bin/sh
exit 1
SH
    chmod +x "$PLACE/bin/mv"
    under sh prune
    expect_status 1
    [ "$(ids | wc -l)" = 5 ]
    rm "$PLACE/bin/mv"
    mkdir -p "$DEST/default/.incomplete-20270115T050000Z/old" # of a removal that was killed
    under sh prune
    expect_status 0
    [ "$(ids)" = "$(printf '%s\n' 20270115T070000Z "$newest")" ]
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
}

@test "prune: when it cannot tell what has expired, it says so and removes nothing" {
    make_script 'type = "database"
keep = { last = 1 }'
    FAKE_NOW=1800000000
    under sh run
    add_backup $((FAKE_NOW - 3600))
    cat >"$PLACE/bin/awk" <<SH
#!/bin/sh
case "\$*" in *expired*) exit 1 ;; esac
exec $(command -v awk) "\$@"
SH
    chmod +x "$PLACE/bin/awk"
    under sh prune
    expect_status 1
    [[ $err == *'cannot tell'* ]]
    [ "$(ids | wc -l)" = 2 ]
}

# pretend <boot|uptime> : as if the machine had been started, or had run on, since the last backup
pretend() {
    case $1 in
        boot) sed -i 's/^[^ ]*/another-boot/' "$STATE/clock.default" ;;
        # it ran on for as long as the clock says that has passed: so many seconds
        uptime) awk -v s="$2" '{ print $1, $2, $3 - s }' "$STATE/clock.default" >"$PLACE/clock" &&
            cp "$PLACE/clock" "$STATE/clock.default" ;;
    esac
}

# bats test_tags=long
@test "a pause of a dense plan, by cron or by a restart, heals by itself; so does a denser schedule" {
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE"
        make_script 'type = "database"
schedule = "*/5 * * * *"
keep = { last = 2 }'
        now=1800000000
        for pause in 300 900 300 7200 300; do
            now=$((now + pause))
            FAKE_NOW=$now under "$shell" run
            expect_status 0
            [[ $err != *'retention stopped'* ]]
            FAKE_NOW=$now under "$shell" status
            expect_status 0
            pretend uptime "$pause"
        done
        now=$((now + 3 * 86400)) # off for three days, and started again
        pretend boot
        FAKE_NOW=$now under "$shell" run
        expect_status 0
        FAKE_NOW=$now under "$shell" status
        expect_status 0
        [ "$(ids | wc -l)" = 2 ]
        pretend uptime $((3 * 86400)) # cron stood still for three days
        now=$((now + 3 * 86400))
        FAKE_NOW=$now under "$shell" run
        FAKE_NOW=$now under "$shell" status
        expect_status 0
        [ "$(ids | wc -l)" = 2 ]
    done
}

@test "a pause makes nothing expire that a true clock would keep" {
    make_script 'type = "database"
retention_days = 4
keep = { last = 1 }'
    for day in 0 1 2; do
        FAKE_NOW=$((1800000000 + day * 86400)) under sh run
        expect_status 0
    done
    [ "$(ids | wc -l)" = 3 ]
    pretend boot # and the clock is ten days ahead, or the machine was off for as long
    FAKE_NOW=$((1800000000 + 12 * 86400)) under sh run
    expect_status 0
    # as if two days had passed, and not ten: only the oldest is four days old
    [ "$(ids | wc -l)" = 3 ]
    FAKE_NOW=$((1800000000 + 12 * 86400)) under sh prune # a person says that it is right
    expect_status 0
    [ "$(ids | wc -l)" = 1 ]
}

# bats test_tags=long
@test "a clock that ran ahead of the machine stops retention, in status and metrics, until a person prunes" {
    mkdir "$PLACE/metrics"
    make_script "type = \"database\"
schedule = \"*/5 * * * *\"
retention_days = 2
keep = { last = 1 }
metrics = \"$PLACE/metrics\""
    stopped() { sed -n 's/^gen_backup_retention_stopped{.*} //p' "$PLACE/metrics/gen-backup-test-default.prom"; }
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        rm -rf "$DEST" "$STATE"
        for minutes in 0 5 10; do FAKE_NOW=$((1800000000 + minutes * 60)) under "$shell" run; done
        [ "$(stopped)" = 0 ]
        FAKE_NOW=$((1800000000 + 3 * 86400)) under "$shell" run
        expect_status 0
        [[ $err == *'retention stopped'*'clock jump'* ]]
        [ "$(ids | wc -l) $(stopped)" = '4 1' ]
        FAKE_NOW=$((1800000300 + 3 * 86400)) under "$shell" run # it stays so
        [ "$(ids | wc -l) $(stopped)" = '5 1' ]
        FAKE_NOW=$((1800000300 + 3 * 86400)) under "$shell" status
        expect_status 1
        FAKE_NOW=$((1800000400 + 3 * 86400)) under "$shell" prune
        expect_status 0
        [ "$(ids | wc -l) $(stopped)" = '2 0' ]
        FAKE_NOW=$((1800000600 + 3 * 86400)) under "$shell" run
        expect_status 0
        FAKE_NOW=$((1800000600 + 3 * 86400)) under "$shell" status
        expect_status 0
    done
}
