# verify_plan <plan> <id|latest|all>: a damaged backup is marked, and counts for
# nothing from then on.
verify_plan() {
    use_plan "$1"
    take_lock "$PLAN"
    if [ "$2" = all ] && [ -z "$BESIDE" ]; then
        set -- "$PLAN_PATH"/[0-9]*T*Z
    elif [ -d "$PLAN_PATH/$2" ] && [ -z "$BESIDE" ]; then
        set -- "$PLAN_PATH/$2" # by its name, with or without a manifest
    else
        find_backup "$2"
        set -- "$BACKUP"
    fi
    verify_status=0
    for BACKUP; do
        [ -d "$BACKUP" ] || continue # a pattern that matched nothing
        progress "${BACKUP##*/}: reading"
        damage=$(print_damage)
        [ -n "$damage" ] || damage=$(print_strange)
        [ -n "$damage" ] || damage=$(inspect_artifacts) || exit
        if [ -z "$damage" ]; then
            rm -f "$BACKUP/DAMAGED"
            log "${BACKUP##*/}: ok"
        else
            verify_status=5
            log "${BACKUP##*/}: DAMAGED: $damage"
            printf '%s\n' "$damage" >"$BACKUP/DAMAGED" || log 'cannot mark it'
        fi
    done
    exit "$verify_status" # not return: yash 2.52 would not clean up
}

# print_damage [file]: what is wrong with $BACKUP, or with one of its files. The
# sum of the manifest stands last in the list, so a torn list shows.
print_damage() (
    cd "$BACKUP"
    grep -qs '  MANIFEST$' SHA256SUMS || echo 'SHA256SUMS is missing or torn'
    sums=$(grep "  ${1-.}" SHA256SUMS | sha256sum -c 2>&1) ||
        printf '%s\n' "$sums" | grep -v ': OK$' || echo 'sha256sum failed'
)

# inspect_artifacts: what is wrong although the sums are right?
inspect_artifacts() {
    for name in $(manifest_value artifact); do
        (require_compressor "$(manifest_value file "$name")") || exit
        by_kind inspect "$name" || echo "'$name' cannot be unpacked"
    done
}
