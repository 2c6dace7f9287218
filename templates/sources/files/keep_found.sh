# keep_found_databases: every SQLite file that is not declared becomes an
# artifact, as those that are.
keep_found_databases() {
    save find_databases
    [ -e "$SCRATCH/found" ] || return 0 # they could not be told from files
    BUSY_TIMEOUT_MS=30000 MAX_WRITE_STALL_S=1
    leave_out_opaque missed
    numbers=$(number_lines "$SCRATCH/found") || die "cannot look for databases"
    for number in $numbers; do
        database=$(sed -n "${number}s/^[.]//p" "$SCRATCH/found")
        [ -e "$database" ] || continue # it was a short one
        save backup_sqlite "found+$number" "$database"
    done
}
