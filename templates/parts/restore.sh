# restore PLAN [ID] [option...]: values of --only stay as positional words.
restore() {
    TO='' ONLY_KIND='' dry_run='' yes='' plan='' id='' option=''
    for word; do
        shift
        [ -n "$word" ] || fail 2 "restore: an empty word${option:+ after $option}"
        case $option:$word in
            --only:*) option= && set -- ${1+"$@"} "$word" ;;
            -*:*) set_restore_option "$option" "$word" && option= ;;
            :--dry-run) dry_run=yes ;;
            :--yes) yes=yes ;;
            :-*) set_restore_option "$word" '' && option=$word ;;
            *) if [ -z "$plan" ]; then plan=$word; else id=$id$word; fi ;;
        esac
    done
    [ -n "$plan$BESIDE" ] || fail 2 'restore: of which plan?'
    [ -z "$option" ] || fail 2 "restore: $option needs a value"
    use_plan "${plan:-${BESIDE:+$PLANS}}"
    take_lock "$PLAN"
    for other in $PLANS; do # in place, nothing else may run
        [ -n "$TO" ] || [ "$other" = "$PLAN" ] || take_lock "$other"
    done
    find_backup "${id:-latest}"
    require_sound MANIFEST # before a word of it is used
    choose_artifacts ${1+"$@"}
    case $(manifest_value kind "${chosen# }") in
        "$ONLY_KIND"*) ;;
        *) fail 2 "restore: name one database of kind $ONLY_KIND with --only" ;;
    esac
    [ -z "$dry_run" ] || exit 0
    MIN_FREE_KB=0
    if [ -n "$TO" ]; then restore_to ${1+"$@"}; else restore_in_place ${1+"$@"}; fi
    sync || die 'restored, but cannot write it all to the disk'
    log "${BACKUP##*/}: restored$chosen"
}

# choose_artifacts [only...]: those wanted, if they are whole and readable here.
# Prints what goes where. Files, archived last, come first: with directories.
choose_artifacts() {
    chosen=
    names=$(manifest_value artifact) || exit
    for name in $names; do
        source=$(manifest_value source "$name")
        is_wanted "$name" "$source" ${1+"$@"} || continue
        file=$(manifest_value file "$name")
        require_compressor "$file"
        require_sound "$file"
        printf '%s -> %s\n' "$BACKUP/$file" "$(by_kind target "$name")"
        chosen=" $name$chosen"
    done
    [ -n "$chosen" ] || fail 2 "restore: this backup holds no" ${1+"$@"}
}

# is_wanted <name> <source> [only...]: by name, or by a path that its source is
# or lies below. An archive has no source: it may hold any path.
is_wanted() {
    [ "$#" -gt 2 ] || return 0
    artifact=$1 source_path=$2
    shift 2
    for only; do
        [ "$only" != "$artifact" ] || return 0
        case $only in
            /* | ./*) only=${only#.} ;;
            *) continue ;;
        esac
        case $source_path in
            '') is_database_path "$only" || return 0 ;;
            "$only" | "${only%/}"/*) return 0 ;;
        esac
    done
    return 1
}

# is_database_path <path>: is it the very file of a database in this backup?
is_database_path() {
    sed -n 's/^[^.=]*[.]source=//p' "$BACKUP/MANIFEST" | grep -qxF -- "$1"
}

# restore_to [only...]: into a fresh directory, as if that were /. All of it
# appears at the end, or nothing.
restore_to() {
    case $TO in /*) ;; *) TO=$START_DIRECTORY/$TO ;; esac
    for name in $chosen; do by_kind ready "$name"; done
    mkdir -p "$TO" || refuse "cannot make '$TO'"
    rm -rf -- "$TO/.incomplete-restore" # of one that was killed
    [ -z "$(ls -A "$TO")" ] || refuse "'$TO' is not empty"
    open_work "$TO/.incomplete-restore"
    open_into
    for name in $chosen; do
        progress "$name: restoring"
        by_kind unpack "$name" ${1+"$@"}
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

# open_work_beside <directory>: on its filesystem, so that what is made there gets its
# place by a rename.
open_work_beside() {
    place=$(print_work_beside "$1")
    [ "$(stat -c %d "${place%/*}/")" = "$(stat -c %d "$1/")" ] ||
        refuse "on the filesystem of '$1' every directory belongs to others, who" \
            "could lead a restore astray: restore with --to, and move it by hand"
    open_work "$place"
}

# restore_in_place [only...]: a person says so at a terminal, or --yes did.
restore_in_place() {
    if [ -z "$yes$ONLY_KIND" ]; then
        [ -t 0 ] || fail 2 "restore: in place needs --yes; or use --to DIR"
        printf 'Replace what is there? Type yes: ' >&2
        [ "$(head -n 1)" = yes ] || die "nothing was changed"
    fi
    [ -n "$ONLY_KIND" ] || before_restore # a new schema disturbs nobody
    for name in $chosen; do by_kind ready "$name"; done
    for name in $chosen; do
        by_kind replace "$name" ${1+"$@"}
        log "$name: in place"
        rm -rf -- "$WORK" || die "cannot remove '$WORK'"
    done
    [ -e "$INSTALL_PATH" ] || log "left to do by hand: start what uses it; copy" \
        "'$BACKUP/backup.sh' to '$INSTALL_PATH', and run that with 'install'"
}
