# pass_over_found_databases: they are never copied raw.
pass_over_found_databases() {
    save find_databases
    [ -e "$SCRATCH/found" ] || return 0 # they could not be told from files
    leave_out_opaque passed
    # shellcheck disable=SC2162 # see find_databases
    while IFS= read found; do
        warn "files: '$found' is a live database: left out here; plans of type" \
            "complete keep it, those of type database when it is declared"
    done <"$SCRATCH/each"
}
