# write_metrics: of $PLAN, for the textfile collector of Prometheus' node exporter.
# The time of the last success is touched by a success alone.
write_metrics() {
    metrics=$METRICS_PATH/gen-backup-$ENVIRONMENT-$PLAN.prom
    print_metrics >"$metrics.new" && chmod 644 "$metrics.new" &&
        mv "$metrics.new" "$metrics" && return
    log "cannot write metrics to '$METRICS_PATH'"
}

print_metrics() {
    look_at_plan
    metric last_run_timestamp_seconds 'Start of the last run' "$(recorded run began_s)"
    metric last_run_duration_seconds 'What it took' "$(recorded run duration_s)"
    metric last_run_exit_code '0: it made a backup' "$(recorded run status)"
    metric consecutive_failures 'Runs since the last success' \
        "$(recorded run failures)"
    metric last_success_timestamp_seconds 'End of the last run that made a backup' \
        "$(recorded run success_s)"
    metric last_success_bytes 'Size of that backup' "$(recorded run bytes)"
    metric last_drill_exit_code '0: it proved a backup' "$(recorded drill status)"
    metric last_proved_timestamp_seconds 'End of the last drill that proved one' \
        "$(recorded drill success_s)"
    metric last_run_warnings '1: it warned of something, see status' \
        "$([ -z "$warnings" ] && echo 0 || echo 1)"
    metric retention_stopped '1: nothing is removed until a person runs prune' \
        "$([ -z "$stopped" ] && echo 0 || echo 1)"
    [ ! -d "$PLAN_PATH" ] || metric damaged_backups 'Those that verify has marked' \
        "$damaged_count"
    metric overdue_after_seconds 'The age of the last success that is too much' \
        "$((OVERDUE_AFTER_MIN * 60))"
}

# metric <name> <help> <value>: nothing when it is not known yet.
metric() {
    [ -n "$3" ] || return 0
    printf '# HELP gen_backup_%s %s.\n# TYPE gen_backup_%s gauge\n' "$1" "$2" "$1"
    printf 'gen_backup_%s{environment="%s",plan="%s"} %s\n' \
        "$1" "$ENVIRONMENT" "$PLAN" "$3"
}
