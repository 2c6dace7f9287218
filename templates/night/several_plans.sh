# each_plan <function> [word]: for all of CHOSEN. One that fails does not stop
# the others; the first failure's status is ours. A single plan runs in this
# very shell, so that whoever kills it kills the run.
each_plan() {
    case $CHOSEN in
        ' '*' '*) ;;
        *)
            "$1" "${CHOSEN# }" "${2-}"
            return 0
            ;;
    esac
    first_status=0
    for plan in $CHOSEN; do
        {
            take_charge
            "$1" "$plan" "${2-}"
        } &
        await_subshell $! || [ "$first_status" != 0 ] || first_status=$await_status
    done
    FAIL_STATUS=$first_status
    exit "$first_status" # not return: yash 2.52 would not clean up
}
