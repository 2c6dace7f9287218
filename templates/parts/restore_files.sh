HELD= # of the words of --only, those that the archive holds

target_files() { printf '%s/\n' "$TO"; }

# paths_files <name>: what is in it, where a word of --only needs that: it is read as a
# whole. A database's path is none of its.
paths_files() {
    wants_files || return 0
    file=$(manifest_value file "$1") || exit
    require_sound "$file"
    ready_files "$1"
    [ "$TAR" != gnu ] || set -- --quoting-style=literal
    [ "$TAR" = gnu ] || set --
    exec_decompress "$BACKUP/$file" | tar ${1+"$@"} -tf -
}

wants_files() (
    while IFS= read -r only; do # in a subshell: see has
        case $only in
            /* | ./*) is_database_path "${only#.}" || return 0 ;;
        esac
    done <<EOF
$ONLY
EOF
    return 1
)

# is_database_path <path>: is it the very file of a database in this backup?
is_database_path() {
    sed -n 's/^[^.=]*[.]source=//p' "$BACKUP/MANIFEST" | grep -qxF -- "$1"
}

# inspect_files <name>: can it be unpacked?
inspect_files() {
    { (exec_decompress "$BACKUP/$(manifest_value file "$1")") || echo 'torn'; } |
        tar -tf - >/dev/null
}

# ready_files <name>: has this tar what the archive needs?
ready_files() {
    choose_tar
    [ "$(manifest_value tar "$1")" != gnu ] || [ "$TAR" = gnu ] ||
        refuse "GNU tar made '$1': install it here to restore it"
    choose_compressor # for what is set aside
    [ -n "$TO" ] || {
        beside=$(print_place_beside "$1") || exit
        require_space "$beside" "$(manifest_value unpacked_bytes "$1")" 'the files'
    }
}

# unpack_files <name>: all of it, or what --only says, below $INTO.
unpack_files() { unpack_only "$1" "$INTO"; }

# prove_files <name>: unpacked, is it all there, and as the archive says?
prove_files() {
    mkdir "$WORK/files"
    require_space "$WORK" "$(manifest_value unpacked_bytes "$1")" 'the files'
    unpack_only "$1" "$WORK/files"
    archive=$BACKUP/$(manifest_value file "$1")
    count_members "$archive" || fail 5 "'$archive' does not read back"
    [ "$members $unpacked_bytes" = \
        "$(manifest_value members "$1") $(manifest_value unpacked_bytes "$1")" ] ||
        fail 5 "'$archive' holds $members members, not what was saved"
    if [ "$TAR" = gnu ] && [ "$(id -u)" = 0 ]; then
        (stage 1 exec_decompress "$archive" |
            tar -C "$WORK/files" --numeric-owner --compare -f - \
                >"$SCRATCH/error" 2>&1) &
        { await $! && stages_ended_well 1; } ||
            fail 5 "'$archive' came out otherwise: $(head -n 3 "$SCRATCH/error")"
    fi
    rm -rf -- "$WORK/files"
}

# unpack_only <name> <directory>
unpack_only() {
    archive=$BACKUP/$(manifest_value file "$1")
    unpack_to=$2
    set --
    for number in $HELD; do
        only=$(printf '%s' "$ONLY" | sed -n "${number}s:/*\$::p")
        case $only in
            files | '' | .) set -- && break ;;
            *) set -- ${1+"$@"} ".${only#.}" ;;
        esac
    done
    unpack_archive "$archive" "$unpack_to" ${1+"$@"}
}

# unpack_archive <file> <directory> [member...]: an empty directory, so that no
# link in it leads elsewhere. Leaves the names of what came out.
unpack_archive() {
    from=$1 unpack_to=$2
    shift 2
    if [ "$TAR" != gnu ]; then # takes names for patterns
        for member; do
            shift
            set -- "$@" "$(printf '%s\n' "$member" | sed 's/[][*?\\]/\\&/g')"
        done
    fi
    (stage 1 exec_decompress "$from" | extract_files "$unpack_to" ${1+"$@"} \
        >"$SCRATCH/unpacked" 2>"$SCRATCH/error") &
    { await $! && stages_ended_well 1; } ||
        die "cannot unpack '$from': $(head -n 3 "$SCRATCH/error")"
    [ "$(id -u)" = 0 ] || log "files: not root, so all belongs to user $(id -u)"
}

# extract_files <directory> [member...]: an archive on standard input.
extract_files() {
    extract_to=$1
    shift
    # A backslash in a name is one.
    [ "$TAR" != gnu ] || set -- --xattrs '--xattrs-include=*' --no-unquote ${1+"$@"}
    exec tar -C "$extract_to" --numeric-owner -xvpf - ${1+"$@"}
}

# prepare_files <name>: unpacked beside the tree.
prepare_files() {
    beside=$(print_place_beside "$1") || exit
    open_work_beside "$beside" "$1"
    require_space "$WORK" "$(manifest_value unpacked_bytes "$1")" 'the files'
    mkdir "$WORK/new" "$WORK/old"
    unpack_only "$1" "$WORK/new"
    list_tree "$WORK/new"
    refuse_foreign_paths "$1"
    survey_files "$WORK/new"
}

# replace_files <name>: each file takes its place by a rename. Directories stay the
# same ones, since containers hold on to them, and what is not in the archive stays as
# it is. What is there now is archived first, and comes back when something fails.
replace_files() {
    survey_files "$WORK/new" # it may have changed meanwhile
    choose_compressor
    set_files_aside
    progress 'files: putting them in place'
    AT_END=put_files_back
    { printf '%s\n' "$ASIDE" >"$SCRATCH/set_aside" && put_files "$WORK/new"; } ||
        die "cannot put the files in place: $(head -n 3 "$SCRATCH/error")"
    AT_END=:
}

# undo_files <name>: when another artifact failed.
undo_files() {
    ASIDE=$(cat "$SCRATCH/set_aside") || return
    put_files_back
}

# print_place_beside <name>: a directory on the filesystem of the first path.
print_place_beside() {
    root=$(manifest_value root "$1" | head -n 1)
    place=${root%/*}
    while [ ! -d "$place/" ]; do place=${place%/*}; done # a bare machine
    [ ! -d "$root" ] || [ "$(stat -c %d "$root")" = "$(stat -c %d "$place/")" ] ||
        place=$root # it is a mount point
    printf '%s\n' "$place"
}

# list_tree <directory>: every path in it, ./opt/..., and the directories alone,
# but those that were made only because something is in them.
list_tree() {
    cd "$1"
    find . -mindepth 1 -print0 >"$SCRATCH/tree"
    find . -type d | awk '
        BEGIN { print "." }
        !made { unpacked[$0]; next }
        !/[^ -~]|\\/ && !(($0 "/") in unpacked)' "$SCRATCH/unpacked" made=1 - \
        >"$SCRATCH/made"
    find . -type d -print0 | grep -zvxF -f "$SCRATCH/made" >"$SCRATCH/directories" || :
    cd /
}

# refuse_foreign_paths <name>: a forged archive may name any path there is.
refuse_foreign_paths() {
    manifest_value root "$1" | escape_pattern >"$SCRATCH/roots"
    set -- -path '' ')' -prune -o ! -type d -print
    numbers=$(number_lines "$SCRATCH/roots") || die "cannot read '$SCRATCH/roots'"
    for number in $numbers; do
        root=.$(sed -n "${number}p" "$SCRATCH/roots")
        set -- -path "$root" -o -path "${root%/}/*" -o "$@"
    done
    (cd "$WORK/new" && find . '(' "$@") >"$SCRATCH/foreign" ||
        die "cannot look at what was unpacked"
    [ ! -s "$SCRATCH/foreign" ] || fail 5 "'$BACKUP' holds what its plan did not" \
        "include: $(head -n 3 "$SCRATCH/foreign")"
}

# survey_files: what is there of the tree already, and what will be added. A link
# in the place of a directory would lead us elsewhere.
survey_files() {
    rm -f "$SCRATCH/there" "$SCRATCH/added"
    # shellcheck disable=SC2016 # for the inner shell
    xargs -0 sh -c 'there=$1 added=$2 tree=$3 && shift 3
        for path; do
            live=/${path#./}
            if [ ! -e "$live" ] && [ ! -L "$live" ]; then
                printf "%s\0" "$path" >&4
            else
                printf "%s\0" "$path" >&3
                if [ -d "$tree/$path" ] && [ ! -L "$tree/$path" ]; then
                    [ -d "$live" ] && [ ! -L "$live" ]
                else
                    [ ! -d "$live" ] || [ -L "$live" ]
                fi || printf "%s " "$live"
            fi
        done 3>>"$there" 4>>"$added"' sh "$SCRATCH/there" "$SCRATCH/added" "$1" \
        <"$SCRATCH/tree" >"$SCRATCH/odd" || die 'cannot look at what is there'
    [ ! -s "$SCRATCH/odd" ] || refuse "restore with --to: a directory in the backup" \
        "is none here, or a link, or the other way round: $(cat "$SCRATCH/odd")"
}

# set_files_aside: what is there of it, into an archive beside the backups.
set_files_aside() {
    ASIDE=
    printf '%s' "$MADE" >>"$SCRATCH/made" || die "cannot write to '$WORK'"
    grep -zvxF -f "$SCRATCH/made" "$SCRATCH/there" >"$SCRATCH/aside" || return 0
    open_aside
    ASIDE=$ASIDE/files.tar$SUFFIX
    { write_archive "$SCRATCH/aside" "$ASIDE" && count_members "$ASIDE"; } &
    if ! await $! || ! sync "$ASIDE" "${ASIDE%/*}"; then
        rm -rf "${ASIDE%/*}"
        die "nothing was changed: what is there now could not be archived first"
    fi
    log "files: what was there is now in '$ASIDE'"
}

# put_files <directory>: over the tree that it was unpacked from. Directories are
# unpacked over themselves, for owner and mode; and once more when what is in
# them has moved, for their times.
put_files() {
    directories=$SCRATCH/directories
    [ ! -s "$directories" ] || pack_directories "$1" || return
    unpack_directories || return
    cd "$1" || return
    find . -type d -print0 >"$SCRATCH/tree"
    (umask 022 && exec xargs -0 sh -c "$(print_put_files)" sh <"$SCRATCH/tree") \
        2>"$SCRATCH/error" &
    await $! || return
    cd /
    unpack_directories
}

pack_directories() {
    [ "$TAR" = gnu ] || prepare_list "$directories"
    read_files "$directories" "$1" >"$directories.tar"
}

unpack_directories() {
    [ -s "$directories.tar" ] || return 0
    (umask 022 && extract_files / <"$directories.tar") >/dev/null 2>"$SCRATCH/error"
}

# put_files_back: those that were there, however the restore ended.
put_files_back() {
    AT_END=:
    # shellcheck disable=SC2016 # for the inner shell
    sort -zr "$SCRATCH/added" | xargs -0 sh -c 'cd / && for path; do
        if [ -d "$path" ] && [ ! -L "$path" ]; then rmdir "$path"
        else rm -f "$path"; fi
    done' sh 2>/dev/null
    if [ -z "$ASIDE" ] ||
        (unpack_archive "$ASIDE" "$WORK/old" && list_tree "$WORK/old" &&
            put_files "$WORK/old"); then
        log 'files: all is as it was'
    else
        log "files: not all could be put back; what was there is in '$ASIDE'"
        return 1
    fi
}
