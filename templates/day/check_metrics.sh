look_at_metrics() {
    { [ -d "$METRICS_PATH" ] && [ -w "$METRICS_PATH" ]; } ||
        refuse "'$METRICS_PATH' is not there, or not to be written to:" \
            'make it, or correct backup.metrics'
    choose_owner "$(readlink -f -- "$METRICS_PATH")/gen-backup-$ENVIRONMENT"
    as_owner test -w "$METRICS_PATH" ||
        refuse "user ${OWNER%:*}, whose '$METRICS_PATH' is, cannot write to it"
    echo "$METRICS_PATH"
}
