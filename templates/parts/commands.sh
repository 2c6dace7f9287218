run_plan() {
    use_plan "$1"
    begin_backup
    "$SOURCES"
    publish_backup
    apply_retention
}

list_plans() {
    for plan in $PLANS_CHOSEN; do use_plan "$plan" && list_backups; done
}

# choose_plans [word...]: PLANS_CHOSEN from names, all by default; OPTION from
# what begins with a dash.
choose_plans() {
    PLANS_CHOSEN='' OPTION=''
    for word; do
        case $word in
            -*) OPTION=$OPTION$word ;;
            *) use_plan "$word" && PLANS_CHOSEN="$PLANS_CHOSEN $word" ;;
        esac
    done
    PLANS_CHOSEN=${PLANS_CHOSEN:-$PLANS}
}

# each_plan <function> [word]: for all of PLANS_CHOSEN. One that fails does not
# stop the others; the first failure's status is ours. A single plan runs in
# this very shell, so that whoever kills it kills the run.
each_plan() {
    case ${PLANS_CHOSEN# } in
        *' '*) ;;
        *)
            "$1" "${PLANS_CHOSEN# }" ${2+"$2"}
            return
            ;;
    esac
    first_status=0
    for plan in $PLANS_CHOSEN; do
        {
            take_charge
            "$1" "$plan" ${2+"$2"}
        } &
        plan_status=0
        await || plan_status=$?
        [ "$first_status" != 0 ] || first_status=$plan_status
    done
    exit "$first_status" # not return: yash 2.52 would not clean up
}

# is_this_script <file>: whole, and the one that runs?
is_this_script() {
    [ -f "$1" ] && grep -qxF "DIGEST=$DIGEST" "$1" &&
        [ "$(tail -n 1 "$1")" = 'main "$@"; exit' ]
}

show_help() {
    cat <<'EOF'
run [PLAN...]                      make backups; all plans by default
list [PLAN...] [--json]            what there is
verify [PLAN [ID|latest|all]]      do the checksums match?
restore PLAN [ID|latest] [option...]
    --to DIR        as if DIR were /, which must be new or empty;
                    without it, in place: the old database is set aside
    --only WHAT     a database, 'files', or a path that begins with / or ./
    --dry-run       only say what would go where
    --yes           do not ask
prune [PLAN...] [--dry-run]        remove what is kept for too long
crontab, version, help
EOF
}

main() {
    START_DIRECTORY=$PWD
    case $0 in /*) SELF=$0 ;; *) SELF=$PWD/$0 ;; esac
    cd /
    BESIDE= # set in a copy beside a manifest, which acts on that backup alone
    if [ -f "${SELF%/*}/MANIFEST" ] && is_this_script "$SELF"; then
        BESIDE=${SELF%/*}
        PLANS=$(sed -n 's/^plan=//p' "$BESIDE/MANIFEST")
    fi
    take_charge
    command=${1:-}
    [ "$#" = 0 ] || shift
    case $command in
        run | prune)
            is_this_script "$SELF" || refuse "$command needs the script as a file"
            [ -z "$BESIDE" ] || refuse "this copy is for the backup beside it"
            open_state
            ;;
        list | verify | restore)
            open_state
            [ -n "$BESIDE" ] || look_at_destination
            ;;
    esac
    case $command in
        run | list | prune) choose_plans ${1+"$@"} ;;
        verify) choose_plans ${1+"$1"} ;;
        *) OPTION= ;;
    esac
    case $command$OPTION in
        run) each_plan run_plan ;;
        list | list--json) list_plans | show_list "${OPTION:---table}" ;;
        verify) each_plan verify_plan "${2:-latest}" ;;
        restore) restore ${1+"$@"} ;;
        prune | prune--dry-run) each_plan prune_plan "$OPTION" ;;
        crontab) [ -z "$CRONTAB" ] || printf '%s\n' "$CRONTAB" ;;
        version) printf '%s, %s, %s\n' "$GENERATOR" "$ENVIRONMENT" "$DIGEST" ;;
        help | --help | -h) show_help ;;
        *)
            show_help >&2
            exit 2
            ;;
    esac
}
