look_at_metrics() {
    { [ -d "$METRICS_PATH" ] && [ -w "$METRICS_PATH" ]; } ||
        refuse "'$METRICS_PATH' is not there, or not to be written to:" \
            'make it, or correct backup.metrics'
    choose_work_as "$(readlink -f -- "$METRICS_PATH")/gen-backup-$ENVIRONMENT"
    as_user test -w "$METRICS_PATH" ||
        refuse "user ${WORK_AS%:*}, whose '$METRICS_PATH' is, cannot write to it"
    echo "'$METRICS_PATH'"
}
