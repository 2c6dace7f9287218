# examine_mysql <name>: does it answer, and may we read all of it?
examine_mysql() {
    look_before_dump "$1"
    echo "$(probed server), '$MYSQL_SCHEMA' as $(probed account): writers go on"
}

# rehearse_backup_mysql <name> [table...]: can it be dumped, and how much is it, at
# most?
rehearse_backup_mysql() {
    if ! said=$( (look_before_dump "$@" && echo "SELECT COALESCE(SUM(data_length), 0)
        FROM information_schema.tables WHERE table_schema = DATABASE();" |
        query_mysql client "$MYSQL_SCHEMA") 2>&1); then
        miss 1 "$1" "${said#*: error: }"
        return 0
    fi
    would_copy "$*" "$(printf '%s\n' "$said" | tail -n 1)"
}
