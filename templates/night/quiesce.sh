QUIESCED= # yes: writers pause, by our word

# quiesce: make writers pause. One plan at a time, so that none lets them go on
# inside another's snapshot. Written down first, for whoever comes after a kill.
quiesce() {
    wait_for_lock +quiesce
    # On a full disk an empty file is written down as well.
    (echo "$PLAN" >"$STATE_PATH/quiesced") || [ -e "$STATE_PATH/quiesced" ] ||
        refuse "cannot write to '$STATE_PATH'"
    QUIESCED=yes
    [ -z "$ON_QUIESCE" ] || run_hook quiesce "$ON_QUIESCE" ||
        die "the hook 'quiesce' failed"
}

# resume: let them go on; by clean_up too, on every way out.
resume() {
    [ "$QUIESCED" = yes ] || return 0
    QUIESCED=
    if [ -n "$ON_RESUME" ] && ! run_hook resume "$ON_RESUME"; then
        log "writers may still pause: the next start tries again"
        return 1
    fi
    rm -f "$STATE_PATH/quiesced"
    release_lock
}

# resume_after_kill: what a killed run could not do.
resume_after_kill() {
    [ -e "$STATE_PATH/quiesced" ] || return 0
    ! is_locked +quiesce || return 0 # they pause for another plan, which runs
    wait_for_lock +quiesce
    if [ -e "$STATE_PATH/quiesced" ]; then
        QUIESCED=yes
        log "plan '$(cat "$STATE_PATH/quiesced")' was killed while writers paused"
        resume || die "the hook 'resume' failed"
    fi
    release_lock
}
