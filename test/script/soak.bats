# A soak test: 125 days of a VM, 2027-10-30 to 2028-03-02, with a faked clock: a
# nightly plan and one of every five minutes (of an hour) side by side, on one
# database with a live writer, by all eight shells in turn. About 500 real runs, of
# which some 25 are killed; nights with the VM off, the end of summer time, a year's
# end, a leap day. After each run what there is, and after each day what `list` and
# `status` say, equals test/model/retention.ts. Of one day both plans are at work at once.
#
# It stands for four real hours (48 runs of such a plan) and for what they cannot
# show: what depends on how much has piled up, on calendars and on the clock, is
# gone through as in four months; what depends on the load of real time is left to
# hot.bats and kills.bats.
# bats file_tags=long
bats_require_minimum_version 1.5.0

load ../helpers
load ../writer

setup_file() { bundle_model soak; }

setup() {
    command -v faketime >/dev/null || skip 'FAKETIME MISSING'
    setup_place
}

teardown() {
    stop_writer
}

soak() {
    make_script "nice = false
$(node "$BATS_FILE_TMPDIR/soak.mjs" toml)"
    WRITER_MB=1 start_writer wal 20
    node "$BATS_FILE_TMPDIR/soak.mjs" live "$SCRIPT" "$DEST" "$1" >"$PLACE/counts"
    echo "# $(cat "$PLACE/counts")" >&3
    stop_writer
    is_of_one_instant "$DB"

    for plan in nightly keys; do
        under sh verify "$plan" all
        expect_status 0
        for id in $(ls "$DEST/$plan"); do
            under sh restore "$plan" "$id" --to "$PLACE/restored"
            expect_status 0
            is_of_one_instant "$PLACE/restored$DB"
            rm -r "$PLACE/restored"
        done
    done
    # nothing that runs leave behind grows with the years
    [ "$(find "$STATE" "$DEST" -maxdepth 1 | wc -l)" -lt 30 ]
    no_lock
}

@test "125 days of two plans, a live writer, kills and nights off: always what the model says" { soak 125; }
