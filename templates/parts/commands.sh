run_plan() {
    use_plan "$1"
    begin_report run
    lock_run
    begin_record run
    before_run
    begin_backup
    "$SOURCES"
    publish_backup
    apply_retention automatic
    require_all
}

# choose_plans [word...]: CHOSEN from names, all by default; OPTION from what
# begins with a dash.
choose_plans() {
    CHOSEN='' OPTION=''
    for word; do
        case $word in
            -*) OPTION=$OPTION$word ;;
            *) use_plan "$word" && CHOSEN="$CHOSEN $word" ;;
        esac
    done
    CHOSEN=${CHOSEN:- $PLANS}
}

# is_this_script <file>: whole, and the one that runs?
is_this_script() {
    [ -f "$1" ] && grep -qxF "DIGEST=$DIGEST" "$1" &&
        tail -n 1 "$1" | grep -q '^main.*exit$'
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
    case $command in # words that nobody reads are a mistake
        crontab | version | uninstall | check) most=0 ;;
        install | status) most=1 ;;
        verify | drill) most=2 ;;
        *) most=$# ;;
    esac
    [ "$#" -le "$most" ] || fail 2 "$command: one word too many; see help"
    case $command in
        run | prune | install | uninstall | check | status)
            is_this_script "$SELF" || refuse "$command needs the script as a file"
            [ -z "$BESIDE" ] || refuse "this copy is for the backup beside it"
            open_state
            ;;
    esac
    case $command in
        status) look_at_destination ;;
        list | verify | drill | restore)
            open_state
            [ -n "$BESIDE" ] || look_at_destination
            ;;
    esac
    case $command in
        run | list | prune) choose_plans ${1+"$@"} ;;
        install | status) choose_plans && OPTION=${1-} ;;
        *) choose_plans ;;
    esac
    case $command$OPTION in
        run) each_plan run_plan ;;
        list | list--json) show_list "$OPTION" ;;
        verify)
            [ "$#" = 0 ] || choose_plans "$1"
            each_plan verify_plan "${2:-latest}"
            ;;
        drill)
            [ "$#" = 0 ] || choose_plans "$1"
            each_plan drill_plan "${2:-latest}"
            ;;
        restore) restore ${1+"$@"} ;;
        prune | prune--dry-run) each_plan prune_plan "$OPTION" ;;
        status | status--json) show_status "$OPTION" ;;
        check) check ;;
        install | install--adopt) install_all "$OPTION" ;;
        uninstall) uninstall ;;
        crontab) [ -z "$CRONTAB" ] || printf '%s\n' "$CRONTAB" ;;
        version) echo "$GENERATOR, $ENVIRONMENT, $DIGEST" ;;
        help | --help | -h) show_help ;;
        *)
            show_help >&2
            FAIL_STATUS=2
            exit 2
            ;;
    esac
}
