# pass_over_found_databases: they are never copied raw.
pass_over_found_databases() {
    save find_databases
    [ -e "$SCRATCH/found" ] || return 0 # they could not be told from files
    leave_out_opaque passed
    numbers=$(number_lines "$SCRATCH/found") || die "cannot look for databases"
    for number in $numbers; do
        database=$(sed -n "${number}s/^[.]//p" "$SCRATCH/found")
        warn "files: '$database' is a live database: left out here; plans of type" \
            "complete keep it, those of type database when it is declared"
    done
}
