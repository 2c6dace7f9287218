# keep_found_databases: every SQLite file that is not declared becomes an
# artifact, as those that are.
keep_found_databases() {
    save find_databases
    [ -e "$SCRATCH/found" ] || return 0 # they could not be told from files
    BUSY_TIMEOUT_MS=30000 MAX_WRITE_STALL_S=1
    leave_out_opaque missed
    WORK_AS=1:1 && choose_become && WORK_AS= # once for all of them
    linked=$(grep -xF -f "$SCRATCH/found" "$SCRATCH/linked" |
        sed 's/^[.]//; 9q' | paste -s -d ';' -)
    [ -z "$linked" ] || warn "files: databases with another name too (hard link), of" \
        "which each becomes a database of its own when it is restored: $linked"
    number=0
    # shellcheck disable=SC2162 # see find_databases
    while IFS= read found; do
        number=$((number + 1))
        [ ! -e "$found" ] || save backup_sqlite "found+$number" "$found" # a short one
    done <"$SCRATCH/each"
}
