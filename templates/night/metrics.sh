# write_metrics: of $PLAN, for the textfile collector of Prometheus' node exporter.
# The time of the last success is touched by a success alone.
write_metrics() {
    metrics=$(readlink -f -- "$METRICS_PATH")/gen-backup-$ENVIRONMENT-$PLAN.prom
    (choose_work_as "$metrics" && print_status metrics | place_metrics || exit 1) ||
        log "cannot write metrics to '$METRICS_PATH'"
}

# place_metrics: standard input; by whoever may put links in its way.
# shellcheck disable=SC2016 # for the inner shell
place_metrics() {
    as_user sh -c 'umask 022 && rm -f "$1.new" && cat >"$1.new" && [ -s "$1.new" ] &&
        mv -f "$1.new" "$1"' sh "$metrics"
}

# For awk, in print_status: nothing of what is not known yet.
AWK_METRICS='
    function metric(name, help, value) {
        if (mode != "metrics" || value == "") return 0
        name = "gen_backup_" name
        print "# HELP " name " " help ".\n# TYPE " name " gauge"
        print name "{environment=\"'$ENVIRONMENT'\",plan=\"" plan "\"} " value
    }
    END {
        metric("last_run_timestamp_seconds", "Start of the last run", \
            is["run", "began_s"])
        metric("last_run_duration_seconds", "What it took", is["run", "duration_s"])
        metric("last_run_exit_code", "0: it made a backup", is["run", "status"])
        metric("consecutive_failures", "Runs since the last success", \
            is["run", "failures"])
        metric("last_success_timestamp_seconds", \
            "End of the last run that made a backup", is["run", "success_s"])
        metric("last_success_bytes", "Size of that backup", is["run", "bytes"])
        metric("last_drill_exit_code", "0: it proved a backup", is["drill", "status"])
        metric("last_proved_timestamp_seconds", \
            "End of the last drill that proved one", is["drill", "success_s"])
        metric("proof_overdue_after_seconds", "The age of it that is too much", \
            drill_overdue)
        metric("last_run_warnings", "1: it warned of something, see status", \
            is["run", "warnings"] != "" ? 1 : 0)
        metric("retention_stopped", "1: nothing is removed until a person runs prune", \
            stopped ? 1 : 0)
        if (there) metric("damaged_backups", "Those that verify has marked", \
            worthless + 0)
        metric("overdue_after_seconds", \
            "The age of the last success that is too much", off ? "" : overdue)
        metric("backups", "Those that can be restored", whole + 0)
        metric("oldest_backup_timestamp_seconds", "Start of the oldest of them", first)
        metric("next_removal_timestamp_seconds", "When a run removes a backup next", \
            next_id == "" ? "" : next_s)
        metric("troubles", "What status calls trouble, when this was written", \
            troubles + 0)
    }'
