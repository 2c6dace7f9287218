# begin_backup: look, and open the directory of an unfinished backup.
begin_backup() {
    open_destination
    choose_compressor
    mkdir -p "$PLAN_PATH" || refuse "cannot make '$PLAN_PATH'"
    rm -rf -- "$PLAN_PATH"/.incomplete-*
    last_bytes=$(recorded run bytes)
    require_space "$PLAN_PATH" "${last_bytes:-0} / 1024" 'a backup like the last one'
    ID=$(date -u +%Y%m%dT%H%M%SZ)
    if [ -e "$PLAN_PATH/$ID" ]; then
        sleep 1 # a taken id waits for the next second
        ID=$(date -u +%Y%m%dT%H%M%SZ)
    fi
    open_work "$PLAN_PATH/.incomplete-$ID"
    manifest format=1 "environment=$ENVIRONMENT" "plan=$PLAN" "id=$ID" \
        "type=$TYPE" "host=$(uname -n)" "generator=$GENERATOR" "digest=$DIGEST"
}

# manifest <key=value...>: lines of what will be the manifest.
manifest() {
    printf '%s\n' "$@" >>"$SCRATCH/manifest" || die "cannot write to '$WORK'"
}

# add_artifact <name> <kind> <file>: to the manifest. Sets BYTES.
add_artifact() {
    BYTES=$(stat -c %s "$WORK/$3") || die "cannot read '$WORK/$3'"
    manifest "artifact=$1" "$1.kind=$2" "$1.file=$3" "$1.bytes=$BYTES"
}

# publish_backup: checksums, manifest, all of it to the disk, then one rename.
publish_backup() {
    cp -- "$SELF" "$WORK/backup.sh" || die "cannot copy '$SELF'"
    is_this_script "$WORK/backup.sh" || die "'$SELF' changed during this run"
    manifest "finished=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    cd "$WORK"
    find ./* "$SCRATCH/manifest" -type f -exec sha256sum {} + >"$SCRATCH/sums" ||
        die "cannot compute checksums"
    sed 's:  \./:  :; s:  /.*:  MANIFEST:' "$SCRATCH/sums" >SHA256SUMS ||
        die "cannot write to '$WORK'"
    mv "$SCRATCH/manifest" MANIFEST || die "cannot write to '$WORK'"
    rm -rf "$SCRATCH"
    find . -exec sync {} + || die "cannot write '$WORK' to the disk"
    cd /
    [ ! -e "$PLAN_PATH/$ID" ] || die "'$PLAN_PATH/$ID' is there already"
    mv "$WORK" "$PLAN_PATH/$ID" || die "cannot publish '$PLAN_PATH/$ID'"
    sync "$PLAN_PATH" || die "cannot write '$PLAN_PATH' to the disk"
    WORK='' DIRECTORY=$PLAN_PATH/$ID
    BYTES=$(sed -n 's/^.*[.]bytes=//p' "$DIRECTORY/MANIFEST" |
        awk '{ sum += $1 } END { printf "%.0f", sum }')
    log "$ID: done, $BYTES bytes in $(seconds_since "$BEGUN_S") s"
    printf '%s\n' "$DIRECTORY"
}
