# keep_found_databases: every SQLite file that is not declared becomes an
# artifact, as those that are.
keep_found_databases() {
    save find_databases
    [ -e "$SCRATCH/found" ] || return 0 # they could not be told from files
    BUSY_TIMEOUT_MS=30000 MAX_WRITE_STALL_S=1
    leave_out_opaque missed
    if [ "$USER_ID" = 0 ]; then # for all of them
        WORK_AS=1:1
        choose_become
    fi
    # Without -r, for posh, see has: so each backslash becomes two.
    sed 's/^[.]//; s/\\/&&/g' "$SCRATCH/found" >"$SCRATCH/each" ||
        die "cannot look for databases"
    number=0
    # shellcheck disable=SC2162 # see above
    while IFS= read found; do
        number=$((number + 1))
        [ ! -e "$found" ] || save backup_sqlite "found+$number" "$found" # a short one
    done <"$SCRATCH/each"
}
