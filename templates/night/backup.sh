MISSED='' MISSED_STATUS=0 # sources that could not be saved, and why; see miss
SMALL=                    # yes: what is saved is done at once; set by see

# begin_backup: look, and open the directory of an unfinished backup.
begin_backup() {
    require_tools
    open_destination
    choose_compressor
    [ -d "$PLAN_PATH" ] || { mkdir -p "$PLAN_PATH" && sync "$BACKUP_PATH"; } ||
        refuse "cannot make '$PLAN_PATH'"
    sweep
    require_space "$PLAN_PATH" "$(print_last_bytes)" 'a backup like the last one'
    now=$(date -u '+%s %Y%m%dT%H%M%SZ')
    if [ -e "$PLAN_PATH/${now#* }" ]; then
        apart sleep 1 # a taken id waits for the next second
        now=$(date -u '+%s %Y%m%dT%H%M%SZ')
    fi
    ID=${now#* }
    # What a run of this second that was killed has started may go on, in its own place.
    open_work "$PLAN_PATH/.incomplete-$ID-$SHELL_PID"
    true >"$SCRATCH/sums" || die "cannot write to '$WORK'"
    REASON=$SCRATCH/reason
    manifest "format=${FORMAT:-2}" "environment=$ENVIRONMENT" "plan=$PLAN" "id=$ID" \
        "began_s=${now% *}" "type=$TYPE" "host=$(uname -n)" "generator=$GENERATOR" \
        "digest=$DIGEST"
}

# require_tools: what is missing would look like something else, a right say.
require_tools() {
    missing=$(for tool in awk cat chmod chown cmp cp cut date df du env find grep head \
        id ln mkdir mv od paste readlink rm rmdir sed sha256sum sleep sort stat sync \
        tail tr uname wc xargs; do
        command -v "$tool" >/dev/null || echo "$tool"
    done)
    [ -z "$missing" ] || refuse "$missing is missing here"
}

# sweep: what runs that were killed have left, until nothing comes any more: their tools
# may write for a moment yet, and what they write must have no namesake of this second.
# What cannot be removed, for an immutable file, an open one on NFS, a mount, is never
# listed and ends no backup.
sweep() {
    for _ in 1 2 3 4; do
        [ -n "$(find "$PLAN_PATH/" -maxdepth 1 -name '.incomplete-*')" ] || return 0
        discard "$PLAN_PATH"/.incomplete-* || : # told below
        apart sleep 1
    done
    worry "cannot remove '$PLAN_PATH/.incomplete-...': see what holds it (lsattr," \
        "findmnt, fuser), and remove it"
}

# save <command> [source...]: a source that fails costs no other: what it has written
# is undone, and the backup is published as partial. In a shell of its own, since
# whatever fails ends its shell.
save() {
    saving=${2:-files}
    had=$(stat -c %s "$SCRATCH/manifest" "$SCRATCH/sums") || die "cannot read '$WORK'"
    [ ! -e "$REASON" ] || rm -f "$REASON" 2>/dev/null || :
    {
        STEP=yes REPORT=:
        leave_locks
        take_charge
        "$@"
    } &
    ! await_subshell $! || return 0
    why=$(print_reason "$await_status")
    rm -rf -- "$WORK/$saving".* "$WORK/databases/$saving".* 2>/dev/null || :
    # shellcheck disable=SC2086 # two numbers
    set -- $had
    for undone in manifest sums; do # not by lines: the last one may be torn
        { head -c "$1" "$SCRATCH/$undone" >"$SCRATCH/shorter" &&
            mv "$SCRATCH/shorter" "$SCRATCH/$undone"; } || die "cannot write to '$WORK'"
        shift
    done
    find "$SCRATCH" ! -type d ! -name manifest ! -name sums ! -name left_out \
        ! -name included ! -name found -exec rm -f {} + 2>/dev/null || :
    log "warning: $saving: not saved; the backup goes on without it"
    miss "$await_status" "$saving" "$why"
}

# miss <status> <source> <why>: it will not be in this backup.
miss() {
    [ "$MISSED_STATUS" != 0 ] || MISSED_STATUS=$1
    why=$2
    shift 2
    why=$(print_bounded "$why: $*" | cut -b 1-300)
    MISSED=$MISSED${MISSED:+; }$why
    manifest "partial=$why"
}

# manifest <key=value...>: lines of what will be the manifest.
manifest() {
    case "$*" in *"$NEWLINE"*) die "a line break in a path: $*" ;; esac
    printf '%s\n' "$@" >>"$SCRATCH/manifest" || die "cannot write to '$WORK'"
}

# begin_sum <file>: of an artifact that is written, while it is read back. On its way to
# the disk meanwhile; publishing waits for that, and does both for all that are small.
begin_sum() {
    [ -z "$SMALL" ] || return 0
    beside add_sum "$1"
    beside sync "$WORK/$1"
}

# add_sum <file>: openssl, where there is one, takes a quarter of the time. That a sum
# is missing shows when they are counted, before publishing.
add_sum() {
    cd "$WORK"
    sum=$(has openssl && exec_gently openssl dgst -sha256 -r "./$1" 2>/dev/null) || sum=
    sum=${sum%% *}
    [ "${#sum}" = 64 ] || sum=$(exec_gently sha256sum "$1") || return 1
    printf '%s  %s\n' "${sum%% *}" "$1" >>"$SCRATCH/sums"
}

# add_artifact <name> <kind> <file> [bytes]: to the manifest. Sets BYTES.
add_artifact() {
    BYTES=${4:-$(stat -c %s "$WORK/$3")} || die "cannot read '$WORK/$3'"
    manifest "artifact=$1" "$1.kind=$2" "$1.file=$3" "$1.bytes=$BYTES"
}

# publish_backup: checksums, manifest, all of it to the disk, then one rename.
publish_backup() {
    grep -q '^artifact=' "$SCRATCH/manifest" || {
        [ -z "$MISSED" ] || fail "$MISSED_STATUS" "nothing could be saved: $MISSED"
        die 'nothing was copied: no backup'
    }
    last=$(find "$PLAN_PATH/" -maxdepth 2 -type f -path '*Z/backup.sh' | sort |
        tail -n 1)
    { cmp -s "$SELF" "$last" && ln -- "$last" "$WORK/backup.sh" 2>/dev/null; } ||
        cp -- "$SELF" "$WORK/backup.sh" || die "cannot copy '$SELF'"
    is_this_script "$WORK/backup.sh" || die "'$SELF' changed during this run"
    manifest "finished=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    cd "$WORK"
    if [ -n "$(find .scratch/manifest -size +130000)" ]; then
        { sed '/^[^=]*[.]\(rows\|schema\)=/d' .scratch/manifest >.scratch/shorter &&
            mv .scratch/shorter .scratch/manifest; } || die "cannot write to '$WORK'"
        worry 'databases have so many tables that no drill can compare their rows'
    fi
    { echo && cut -c 67- .scratch/sums; } >.scratch/summed ||
        die "cannot write to '$WORK'"
    { { echo backup.sh && sed -n 's/^[^=]*[.]file=//p' .scratch/manifest; } |
        grep -vxF -f .scratch/summed | apart xargs sha256sum &&
        sha256sum .scratch/manifest; } >>.scratch/sums || die "cannot compute sums"
    sed 's:[.]scratch/manifest$:MANIFEST:' "$SCRATCH/sums" >SHA256SUMS ||
        die "cannot write to '$WORK'"
    mv "$SCRATCH/manifest" MANIFEST || die "cannot write to '$WORK'"
    strange=$(print_strange) || die "cannot read '$WORK/MANIFEST'"
    [ -z "$strange" ] || die "no restore would accept this manifest: $strange"
    rm -rf "$SCRATCH"
    [ "$(grep -c '^[0-9a-f]\{64\}  [^.]' SHA256SUMS)" = \
        "$(find . -type f ! -name SHA256SUMS | grep -c '')" ] ||
        die "cannot compute sums"
    apart find . -exec sync {} + || die "cannot write '$WORK' to the disk"
    cd /
    [ ! -e "$PLAN_PATH/$ID" ] || die "'$PLAN_PATH/$ID' is there already"
    if ! mv "$WORK" "$PLAN_PATH/$ID" || ! apart sync "$PLAN_PATH"; then
        # What may not last keeps no good name.
        mv "$PLAN_PATH/$ID" "$WORK" 2>/dev/null || :
        die "cannot publish '$PLAN_PATH/$ID'"
    fi
    WORK='' DIRECTORY=$PLAN_PATH/$ID
    MISSED=$(sed -n 's/^partial=//p' "$DIRECTORY/MANIFEST" |          #? misses
        paste -s -d ';' -) || die "cannot read '$DIRECTORY/MANIFEST'" #? misses
    BYTES=$(sed -n 's/^.*[.]bytes=//p' "$DIRECTORY/MANIFEST" |
        awk '{ sum += $1 } END { printf "%.0f", sum }')
    log "$ID: ${MISSED:+partial, }done, $BYTES bytes in $(seconds_since "$BEGUN_S") s"
    # A standard output that is full, or that nobody reads, is no news of the backup.
    (trap '' PIPE && printf '%s\n' "$DIRECTORY") 2>/dev/null ||
        log "cannot print '$DIRECTORY'"
}
