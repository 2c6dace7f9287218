look_at_metrics() {
    { [ -d "$METRICS_PATH" ] && [ -w "$METRICS_PATH" ]; } ||
        refuse "'$METRICS_PATH' is not there, or not to be written to"
    echo "'$METRICS_PATH'"
}
