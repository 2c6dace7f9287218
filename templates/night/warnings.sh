# warn <message>: to the log, and into the manifest.
warn() {
    log "warning: $*"
    manifest "warning=$(print_bounded "$*")"
}
