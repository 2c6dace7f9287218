# stage <number> <command...>: a stage of a pipe that leaves its status for
# stages_ended_well; dash and posh have no pipefail.
stage() (
    stage_file=$SCRATCH/stage.$1
    shift
    stage_status=0
    ("$@") || stage_status=$?
    printf '%s\n' "$stage_status" >"$stage_file"
)

# stages_ended_well <number...>: did all of these? No status is a failure. A
# reader may end at an end mark, a moment before what feeds it: give that some time.
stages_ended_well() {
    for number; do
        tries=0
        until [ -s "$SCRATCH/stage.$number" ] || [ "$tries" = 50 ]; do
            sleep 0.1
            tries=$((tries + 1))
        done
        [ "$(cat "$SCRATCH/stage.$number" 2>/dev/null)" = 0 ] || return 1
        rm "$SCRATCH/stage.$number"
    done
}
