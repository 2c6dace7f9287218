look_at_metrics() {
    { [ -d "$METRICS_PATH" ] && [ -w "$METRICS_PATH" ]; } ||
        refuse "'$METRICS_PATH' is not there, or not to be written to:" \
            'make it, or correct backup.metrics'
    echo "$METRICS_PATH"
}
