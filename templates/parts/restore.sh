# restore <plan> <id|latest>
restore() {
    use_plan "$1"
    if [ -n "$TO$DRY_RUN" ]; then
        guard_plan "$PLAN"
    else
        require_state
        take_lock "$PLAN" -x # nothing else may run
    fi
    find_backup "$2"
    require_sound MANIFEST # before a word of it is used
    choose_artifacts
    case $(manifest_value kind "${chosen# }") in
        "$ONLY_KIND"*) ;;
        *) fail 2 "restore: name one database of kind $ONLY_KIND with --only" ;;
    esac
    [ -z "$DRY_RUN" ] || exit 0
    MIN_FREE_KB=0
    if [ -n "$TO" ]; then restore_to; else restore_in_place; fi
    sync || die 'restored, but cannot write it all to the disk'
    log "${BACKUP##*/}: restored$chosen"
}

# choose_artifacts: those wanted, if they are whole and readable here. Prints what
# goes where. Files, archived last, come first: with directories.
choose_artifacts() {
    chosen='' matched=' '
    names=$(manifest_value artifact) || exit
    for name in $names; do
        file=$(manifest_value file "$name") || exit
        numbers=$(match_only "$name") || exit
        [ -z "$ONLY" ] || [ -n "$numbers" ] || continue
        # shellcheck disable=SC2034 # by the archive, which comes last
        HELD=$numbers
        for number in $numbers; do matched="$matched$number "; done
        require_compressor "$file"
        require_sound "$file"
        target=$(by_kind target "$name") || exit
        # A standard output that nobody can read stops no restore.
        (printf '%s -> %s\n' "$BACKUP/$file" "$target") 2>/dev/null ||
            log "cannot print to standard output: '$BACKUP/$file' goes to '$target'"
        chosen=" $name$chosen"
    done
    unmatched=$(printf '%s' "$ONLY" | awk -v matched="$matched" \
        '!index(matched, " " NR " ") { print; exit }')
    [ -z "$unmatched" ] || fail 2 "restore: this backup holds no '$unmatched', but" \
        "$(printf '%s\n' "$names" | paste -s -d ' ' -), from" \
        "$(sed -n 's/^[^=]*[.]\(source\|root\)=//p' "$BACKUP/MANIFEST" | head -n 30 |
            paste -s -d ' ' -)"
    [ -n "$chosen" ] || die "'$BACKUP' holds nothing"
}

# match_only <name>: the numbers of those words of --only that name it, or a path in
# it, or one that it lies below.
match_only() {
    [ -n "$ONLY" ] || return 0
    paths=$(by_kind paths "$1") || exit
    printf '%s\n' "$ONLY" "$paths" | awk -v name="$1" '
        $0 == "" { is_path = 1; next }
        !is_path {
            if ($0 == name) print NR
            else if (sub("^[.]?/", "/")) {
                sub("/+$", "")
                only[NR] = $0
            }
            next
        }
        {
            sub(/^[.]/, "")
            for (i in only) if (index($0 "/", only[i] "/") == 1) {
                print i
                delete only[i]
            }
        }'
}

# restore_to: into a fresh directory, as if that were /. All of it appears at the end,
# or nothing.
restore_to() {
    case $TO in /*) ;; *) TO=$START_DIRECTORY/$TO ;; esac
    for name in $chosen; do by_kind ready "$name"; done
    mkdir -p "$TO" || refuse "cannot make '$TO'"
    rm -rf -- "$TO/.incomplete-restore" # of one that was killed
    there=$(ls -A "$TO") || refuse "cannot read '$TO'"
    [ -z "$there" ] || refuse "'$TO' is not empty"
    open_work "$TO/.incomplete-restore"
    open_into
    for name in $chosen; do
        progress "$name: restoring"
        by_kind unpack "$name"
    done
    find "$INTO" -mindepth 1 -maxdepth 1 -exec mv {} "$TO" \;
    rmdir "$INTO" || die "cannot move everything to '$TO'"
    rm -rf -- "$WORK"
}

# open_into: INTO, an empty directory for what is unpacked, out of reach of which
# stands all that we write ourselves.
open_into() {
    INTO=$WORK/new
    mkdir "$INTO" || refuse "cannot write to '$WORK'"
}

# restore_in_place: a person says so at a terminal, or --yes did. All is looked at, and
# unpacked and checked where it can be, before the first change; when one fails after
# all, those before it become what they were.
restore_in_place() {
    if [ -z "$YES$ONLY_KIND" ]; then
        [ -t 0 ] || fail 2 "restore: in place needs --yes; or use --to DIR"
        printf 'Replace what is there? Type yes: ' >&2
        [ "$(head -n 1)" = yes ] || die "nothing was changed"
    fi
    [ -n "$ONLY_KIND" ] || before_restore # a new schema disturbs nobody
    for name in $chosen; do by_kind ready "$name"; done
    UNDO=undo_restore WORKS='' MADE='' replaced=''
    for name in $chosen; do
        progress "$name: preparing"
        by_kind prepare "$name"
        WORKS="$WORKS$name $WORK$NEWLINE" WORK=
    done
    for name in $chosen; do
        use_work "$name"
        by_kind replace "$name"
        replaced="$name $replaced" AT_END=: # at once, for a signal
        log "$name: in place"
    done
    replaced=
    undo_restore
    UNDO=:
    [ -e "$INSTALL_PATH" ] || log "left to do by hand: start what uses it; copy" \
        "'$BACKUP/backup.sh' to '$INSTALL_PATH', and run that with 'install'"
}

# use_work <name>: where it was prepared.
use_work() {
    WORK=$(printf '%s' "$WORKS" | sed -n "s/^$1 //p")
    SCRATCH=$WORK/.scratch
}

# undo_restore: of what was replaced, the last first. What was prepared goes.
undo_restore() {
    unfinished=$WORK
    for name in $replaced; do
        use_work "$name"
        if (by_kind undo "$name"); then
            log "$name: is as it was before"
        else
            log "$name: stays as restored; what was there is set aside, see above"
        fi
    done
    for name in $(printf '%s' "$WORKS" | cut -d ' ' -f 1); do
        use_work "$name"
        [ ! -e "$SCRATCH/new" ] || drop_sqlite || log "cannot remove '$new'"
        rm -rf -- "$WORK" || log "cannot remove '$WORK'"
    done
    WORK=$unfinished
}
