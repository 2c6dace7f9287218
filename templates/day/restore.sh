NOT_RESTORED= # what could not be done, of one file say, and cost no other
UNDO_OF=      # artifacts of which something is to be undone, the last first

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
    require_only_kind                 #? mysql
    [ -z "$TABLES" ] || choose_tables #? databases
    # A standard output that nobody can read stops no restore.
    (print_lines "${goes%"$NEWLINE"}") 2>/dev/null ||
        log "cannot print to standard output: $goes"
    [ -z "$DRY_RUN" ] || exit 0
    MIN_FREE_KB=0
    if [ -n "$TO" ]; then restore_to; else restore_in_place; fi
    sync || die 'restored, but cannot write it all to the disk'
    log "${BACKUP##*/}: restored$chosen"
    [ -z "$NOT_RESTORED" ] || fail 1 "restored, but not all of it: $NOT_RESTORED"
}

# choose_artifacts: those wanted, if they are all sound and readable here; and goes,
# what goes where. Files, archived last, come first: with directories.
choose_artifacts() {
    [ -z "$ONLY" ] || expand_only #? files
    chosen='' matched='' written=$ONLY goes='' files='' doing='would restore'
    case $DRY_RUN,$TO$YES in ,?*) doing=restoring ;; esac # others are asked first
    ONLY=$(print_lines "${ONLY%"$NEWLINE"}" | awk '
        sub(/^[.]?\//, "/") {
            while (gsub(/\/([.]?\/)+/, "/")) continue
            if ($0 != "/") sub(/\/[.]?$/, "")
        }
        { print }')
    names=$(manifest_value artifact) || exit
    for name in $names; do
        load_saved "$name"
        held=$(match_only "$name") || exit
        [ -z "$ONLY" ] || [ -n "$held" ] || continue
        # shellcheck disable=SC2034 # by the archive, which comes last #? files
        HELD=$held #? files
        matched=$matched$held$NEWLINE
        require_compressor "$saved_file"
        files=$files$saved_file$NEWLINE
        target=$(by_kind target "$name") || exit
        of=
        [ -z "${TABLES-}$held" ] ||
            of=$(print_bounded "$(print_lines "${TABLES:-$held}" |
                grep -vx -e "$name" | head -n 25)")
        target=$(printf '%s\n' "$target${of:+ ($of)}" | make_visible)
        goes="$goes$doing $BACKUP/$saved_file -> $target$NEWLINE"
        chosen=" $name$chosen"
    done
    number=$(print_lines "$ONLY$NEWLINE$NEWLINE$matched" | awk '
        $0 == "" { is_matched = 1 }
        !is_matched { word[++words] = $0 }
        is_matched { matched[$0] }
        END {
            for (w = 1; w <= words; w++) if (!(word[w] in matched)) { print w; exit }
        }')
    from=$(print_manifest | sed -n 's/^[^=]*[.]\(source\|root\)=//p' | head -n 30 |
        paste -s -d ' ' -)
    [ -z "$number" ] || fail 2 "restore: this backup holds no" \
        "'$(print_lines "$written" | sed -n "${number}p")', but" \
        "$(print_lines "$names" | paste -s -d ' ' -)${from:+, from $from}"
    [ -n "$chosen" ] || die "'$BACKUP' holds nothing"
    require_sound "${files%"$NEWLINE"}"
}

# match_only <name>: those words of --only that name it, or a path in it, or one that
# it lies below; what lies below another one behind that.
match_only() {
    [ -n "$ONLY" ] || return 0
    paths=$(by_kind paths "$1") || exit
    print_lines "$ONLY$NEWLINE$NEWLINE$paths" | awk -v name="$1" '
        $0 == "" { is_path = 1; next }
        !is_path && $0 == name
        !is_path { only[$0 == "/" ? "" : $0]; next }
        sub(/^[.]?\//, "/") {
            do if ($0 in only) {
                print $0 == "" ? "/" : $0
                delete only[$0]
            } while (sub(/\/[^\/]*$/, ""))
        }' | sort -u
}

# restore_to: into a fresh directory, as if that were /. All of it appears at the end,
# or nothing.
restore_to() {
    case $TO in /*) ;; *) TO=$START_DIRECTORY/$TO ;; esac
    refuse_place_of_ours
    for name in $chosen; do by_kind ready "$name"; done
    # Root follows no link of others. In one as /tmp they can make one before us.
    base=$(existing "$TO")
    TO=$(readlink -f -- "$base")${TO#"$base"}
    refuse_others_place sticky
    [ -e "$TO" ] || UNDO=remove_to
    mkdir -p "$TO" || refuse "cannot make '$TO'"
    [ "$(readlink -f -- "$TO")" = "$TO" ] || refuse "'$TO' became a link"
    refuse_others_place ''
    rm -rf -- "$TO/.incomplete-restore" # of one that was killed
    there=$(ls -A "$TO") || refuse "cannot read '$TO'"
    [ -z "$there" ] || refuse "'$TO' is not empty"
    open_work "$TO/.incomplete-restore"
    open_into new
    for name in $chosen; do
        progress "$name: restoring"
        by_kind unpack "$name"
    done
    find "$INTO" -mindepth 1 -maxdepth 1 -exec mv {} "$TO" \;
    rmdir "$INTO" || die "cannot move everything to '$TO'"
    rm -rf -- "$WORK"
    UNDO=:
}

# refuse_others_place <sticky, or ''>: see is_ours_alone
refuse_others_place() {
    is_ours_alone "$TO" "$1" ||
        refuse "others may change '$TO' or a directory above it: name one that is" \
            "root's alone (a stick: mount it with umask=077)"
}

# remove_to: with the directories above it that we made.
remove_to() {
    discard "$WORK" && cd "$base" && rest=${TO#"$PWD"} && rmdir -p -- "${rest#/}"
} 2>/dev/null

# refuse_place_of_ours: among backups, or in what is backed up, it would be part of the
# next one.
refuse_place_of_ours() {
    to=$(readlink -f -- "$TO") || to=$TO
    roots=$(print_manifest | sed -n 's/^[^=]*[.]root=//p')
    while IFS= read -r place; do
        case $to/ in
            "$place"/*) refuse "'$TO' is in '$place', which is backed up, or holds" \
                "backups: restore to another directory" ;;
        esac
    done <<EOF
$BACKUP_PATH
$BACKUP
${roots:-$BACKUP}
EOF
}

# open_into <name>: INTO, an empty directory for what is unpacked, out of reach of which
# stands all that we write ourselves.
open_into() {
    INTO=$WORK/$1
    mkdir "$INTO" || refuse "cannot write to '$WORK'"
}

# restore_in_place: a person says so at a terminal, or --yes did. All is looked at, and
# unpacked and checked where only we write, before the first change; when one fails
# after all, those before it become what they were.
restore_in_place() {
    if [ -z "$YES$ONLY_KIND" ]; then
        [ -t 0 ] || fail 2 "restore: in place needs --yes; or use --to DIR"
        printf 'Replace what is there? Type yes: ' >&2
        [ "$(head -n 1)" = yes ] || die "nothing was changed"
    fi
    # A new schema disturbs nobody. #? restore_hooks
    [ -n "$ONLY_KIND" ] || before_restore #? restore_hooks
    open_restore_work
    for name in $chosen; do by_kind ready "$name"; done
    UNDO=undo_restore
    for name in $chosen; do
        progress "$name: preparing"
        open_into "$name"
        by_kind prepare "$name"
    done
    for name in $chosen; do
        INTO=$WORK/$name
        by_kind replace "$name"
        log "$name: in place"
    done
    UNDO=:
    [ -e "$INSTALL_PATH" ] || log "left to do by hand: start what uses it; copy" \
        "'$BACKUP/backup.sh' to '$INSTALL_PATH', and run that with 'install'"
}

# open_restore_work: beside the backups; in the local state, where these can only be
# read, or have no room for what is unpacked.
open_restore_work() {
    needed=$(for name in $chosen; do
        load_saved "$name"
        saved_bytes=${saved_plain_bytes:-${saved_unpacked_bytes:-0}}
        echo "${saved_snapshot_bytes:-0} $saved_bytes"
    done | awk '{ sum += $1 + $2 } END { printf "%.0f", sum }')
    place=${BACKUP%/*}
    if [ -w "$place" ] && [ "$(print_room "$place" "$needed")" = enough ]; then
        open_work "$place/.incomplete-restore"
    else
        open_work "$STATE_PATH/.restore"
    fi
}

# tell_bound: of paths on standard input, before what is there is replaced: a container,
# say, that has mounted the file itself, not its directory, goes on with the old one.
tell_bound() {
    bound=$({
        cat /proc/self/mountinfo && echo && cat && echo
        grep -Hs '' /proc/[0-9]*/mountinfo
    } | awk '
        function plain(s) {
            gsub(/\\040/, " ", s); gsub(/\\011/, "\t", s); gsub(/\\134/, "\\", s)
            return s
        }
        $0 == "" { part++; next }
        !part { at = plain($5) == "/" ? "" : plain($5); root[at] = $3 " " plain($4) }
        part == 1 {
            at = $0
            do sub(/\/[^\/]*$/, "", at); while (!(at in root) && at != "")
            place = root[at] substr($0, length(at) + 1)
            sub(/ \/\//, " /", place)
            live[place] = $0
        }
        part == 2 && (($3 " " plain($4)) in live) {
            place = $3 " " plain($4)
            split($1, word, "/")
            print "\047" live[place] "\047 by process " word[3]
            delete live[place]
        }' | head -n 9 | paste -s -d ';' -) || : # no /proc
    [ -z "$bound" ] || log "warning: mounted as a single file, so that the old one" \
        "stays in use: $bound: restart it"
}

# choose_aside <path>: aside, a name of that and the time, for what is there now; a
# taken one waits for the next second. It is noted, for tell_asides.
choose_aside() {
    until
        aside=$1.before-restore-$(date -u +%Y%m%dT%H%M%SZ)
        [ ! -e "$aside" ] && [ ! -e "$aside-wal" ] && [ ! -e "$aside-journal" ]
    do
        sleep 1
    done
    (printf '%s\n' "$aside" >>"$STATE_PATH/asides") 2>/dev/null ||
        log "cannot write to '$STATE_PATH': status will not know of '$aside'"
}

# keep <name> <key=value...>: more of an artifact, as if MANIFEST said it: what it takes
# to undo what is done with it. In memory, since the backups may be gone by then.
keep() {
    case " $UNDO_OF" in *" $1 "*) ;; *) UNDO_OF="$1 $UNDO_OF" ;; esac
    kept_name=$1
    shift
    for line; do TEXT=$TEXT$NEWLINE$kept_name.$line; done
}

# undo_restore: of what was replaced, the last first. What was prepared goes. With an
# exit: in the trap of zsh's exit a subshell ends with 0 else, whatever failed; and with
# its number: in dash's it is else what was before the trap.
undo_restore() {
    all=all
    for name in $UNDO_OF; do
        undo_status=0
        (by_kind undo "$name" || exit "$?") || undo_status=$?
        case $undo_status in
            0) log "$name: put back" ;;
            2) ;; # nothing was changed yet
            *)
                log "$name: stays as restored; what was there is set aside, see above"
                all=
                ;;
        esac
    done
    [ -z "$all" ] || log 'everything was put back'
}
