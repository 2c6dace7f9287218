HELD= # of the words of --only, those that the archive holds
# What load_saved finds, and keep adds to it.
saved_root='' saved_tar='' saved_members='' saved_unpacked_bytes='' saved_plain_bytes=''
saved_aside=''

target_files() { printf '%s/\n' "$TO"; }

# paths_files <name>: what is in it, where a word of --only needs that: it is read as a
# whole. A database's path is none of its.
paths_files() {
    { print_manifest && print_lines "$NEWLINE$ONLY"; } | awk '
        $0 == "" { is_only = 1 }
        !is_only && sub(/^[^.=]*[.]source=/, "") { is_database[$0] }
        is_only && /^\// && !($0 in is_database) { wanted = 1 }
        END { exit wanted }' || list_names -tf
}

# list_names <option of tar...>: what is in the archive, a line each: a name with a line
# break would be two, and may look like anything.
list_names() {
    require_sound "$saved_file"
    require_tar files
    [ "$TAR" != gnu ] || set -- --quoting-style=literal --show-transformed-names \
        "--transform=s/$NEWLINE/$(printf '\001')/g" "$@"
    exec_decompress "$BACKUP/$saved_file" | TZ=UTC0 tar "$@" -
}

# inspect_files <name>: can it be unpacked?
inspect_files() {
    { (exec_decompress "$BACKUP/$saved_file") || echo 'torn'; } |
        head -c "$(print_plain_bytes)" | tar -tf - >/dev/null
}

# require_tar <name>: that has what the archive needs.
require_tar() {
    choose_tar
    [ "$saved_tar" != gnu ] || [ "$TAR" = gnu ] ||
        refuse "GNU tar made '$1': install it here to restore it"
}

# ready_files <name>: where do they go by way of, and is there room where they are not
# yet?
ready_files() {
    require_tar "$1"
    choose_compressor # for what is set aside
    [ "$COMMAND:$TO" != "restore:$TO" ] || [ -z "$TO" ] || return 0
    keeps_all || { discard "$WORK" && open_work "$STATE_PATH/.restore"; }
    [ -z "$TO" ] || return 0 # a drill
    root=${saved_root%%"$NEWLINE"*}
    [ -e "$root" ] || require_space "$(existing "$root")" "$(print_plain_bytes)" \
        'the files'
}

# print_plain_bytes: what the archive is at most when it is unpacked; files may have
# holes. Older backups do not say it.
print_plain_bytes() {
    echo "${saved_unpacked_bytes:-0} ${saved_members:-0} $saved_plain_bytes" |
        awk '{ printf "%.0f\n", $3 ? $3 : $1 + 8192 * $2 + 20480 }'
}

# keeps_all: does the filesystem with $WORK keep owners, modes and links? exFAT or CIFS
# do not.
keeps_all() (
    cd "$SCRATCH"
    { true >probe && chmod 640 probe && ln probe two && ln -s probe three; } || exit
    [ "$USER_ID" != 0 ] || chown 1:2 probe || exit
    case $USER_ID,$(stat -c '%u:%g %a' two) in
        0,'1:2 640' | [!0]*,*' 640') ;;
        *) exit 1 ;;
    esac
) 2>/dev/null

# unpack_files <name>: all of it, or what --only says, into $INTO.
unpack_files() {
    archive=$BACKUP/$saved_file
    wanted=$(print_lines "$HELD" | awk '
        $0 == "files" || $0 == "/" || $0 == "" { all = 1 }
        { held[$0]; line[NR] = $0 }
        END {
            for (i = 1; i <= NR && !all; i++) {
                above = line[i]
                while (sub(/\/[^\/]*$/, "", above) && !(above in held)) continue
                if (above == "") print "." line[i]
            }
        }') || exit
    set --
    if [ -n "$wanted" ] && [ "$TAR" = gnu ]; then # there may be thousands
        print_lines "$wanted" | tr '\n' '\0' >"$SCRATCH/wanted"
        set -- --null -T "$SCRATCH/wanted"
    elif [ -n "$wanted" ]; then
        while IFS= read -r only; do set -- ${1+"$@"} "$only"; done <<EOF
$wanted
EOF
    fi
    keeps_all || GIVEN_UP="Cannot mk(nod|fifo): |\
Cannot (change |hard |create sym|utime).*(permit|support|implement|Invalid argument)"
    plain_bytes=$(print_plain_bytes)
    [ "$#" != 0 ] || require_space "$INTO" "$plain_bytes" 'the files'
    unpack_archive "$archive" "$INTO" ${1+"$@"}
}

# prove_files <name>: unpacked, is it all there, and as the archive says?
prove_files() {
    unpack_files "$1"
    count_members "$archive" || fail 5 "'$archive' does not read back"
    [ "$members $unpacked_bytes" = "$saved_members $saved_unpacked_bytes" ] ||
        fail_damaged "'$archive' holds $members members, not what was saved"
    # tar reads all holes, and 15 TB of them are soon made.
    holes=$(echo "$unpacked_bytes $plain_bytes" | awk '{ printf "%.0f", $1 - $2 }')
    if [ "${#holes}" -gt 11 ]; then
        log 'warning: files: with so large holes that they were not compared'
    elif [ "$TAR" = gnu ] && [ "$USER_ID" = 0 ]; then
        sed -n 's/^\(tar: .*: \)Cannot mknod: .*/\1/p' "$SCRATCH/error" \
            >"$SCRATCH/given_up"
        (stage 1 exec_decompress "$archive" | {
            tar -C "$INTO" --numeric-owner --compare -f - 2>&1 || [ "$?" = 1 ] || exit 1
        } >"$SCRATCH/compared") &
        { await $! && stages_ended_well 1; } || true >>"$SCRATCH/compared.torn"
        { [ ! -e "$SCRATCH/compared.torn" ] &&
            ! grep -vF -f "$SCRATCH/given_up" "$SCRATCH/compared" \
                >"$SCRATCH/error"; } ||
            fail 5 "'$archive' came out otherwise: $(head -n 3 "$SCRATCH/error")"
    fi
}

# unpack_archive <file> <directory> [member...]: an empty directory, so that no
# link in it leads elsewhere. Leaves the names of what came out. No more than
# plain_bytes: a forged one may have no end.
unpack_archive() {
    from=$1 unpack_to=$2
    shift 2
    if [ "$TAR" != gnu ]; then # takes names for patterns
        for member; do
            shift
            set -- "$@" "$(printf '%s\n' "$member" | sed 's/[][*?\\]/\\&/g')"
        done
    fi
    (stage 1 exec_decompress "$from" | if [ -n "$plain_bytes" ]; then
        head -c "$plain_bytes"
    else
        cat
    fi |
        extract_files "$unpack_to" ${1+"$@"} >"$SCRATCH/unpacked" 2>"$SCRATCH/error") &
    { await $! && stages_ended_well 1; } ||
        die "cannot unpack '$from': $(head -n 3 "$SCRATCH/error")"
    tell_given_up
    ! grep -q 'extended attribute' "$SCRATCH/error" || log "warning: files: not all" \
        "attributes could be kept: $(head -n 1 "$SCRATCH/error")"
    [ "$USER_ID" = 0 ] || log "files: not root, so all belongs to user $USER_ID"
}

# extract_files <directory> [member...]: an archive on standard input.
extract_files() {
    extract_to=$1
    shift
    # A backslash in a name is one.
    [ "$TAR" != gnu ] || set -- --xattrs '--xattrs-include=*' --no-unquote ${1+"$@"}
    tar_status=0
    tar -C "$extract_to" --numeric-owner -xvpf - ${1+"$@"} || tar_status=$?
    case $tar_status in
        0) ;;
        [12]) ! grep -qvE "^tar: Exiting|$GIVEN_UP" "$SCRATCH/error" ;;
        *) return "$tar_status" ;;
    esac
}

# What costs one member, and no more: a device that this user may not make. More does
# where a place has no owners, modes or links.
GIVEN_UP='Cannot mknod: Operation not permitted'

# tell_given_up: of what tar said, a line. Sets NOT_RESTORED, if something is not there.
tell_given_up() {
    given_up=$(sed -n "s/^tar: \(.*\): Cannot \([a-z]* *[a-z]*\).*: [^:]*$/\2|\1/p" \
        <"$SCRATCH/error" | awk -F '|' '
        !n[$1]++ { kinds[++k] = $1; first[k] = substr($0, index($0, "|") + 1) }
        END {
            for (i = 1; i <= k; i++) printf("%s%s: %d, the first is \047%s\047", \
                (i > 1 ? "; " : ""), kinds[i], n[kinds[i]], first[i])
        }')
    [ -n "$given_up" ] || return 0
    given_up="files: cannot be had here: $given_up"
    case $given_up in
        *mk* | *link*) NOT_RESTORED=${NOT_RESTORED:+$NOT_RESTORED; }$given_up ;;
        *) log "warning: $given_up" ;;
    esac
}

# prepare_files <name>: unpacked where only we write.
prepare_files() {
    umask 022 # for the directories that the archive does not hold
    unpack_files "$1"
    umask 077
    list_tree "$INTO"
    refuse_foreign_paths
}

# replace_files <name>: each file is written beside the one that is there, and takes its
# place by a rename. Directories stay the same ones, since containers hold on to them,
# and what is not in the archive stays as it is. What is there now is archived first,
# and comes back when something fails.
replace_files() {
    survey_files
    choose_compressor
    set_files_aside
    progress 'files: putting them in place'
    tr '\0\n' '\n?' <"$SCRATCH/tree" | sed 's/^[.]//' | tell_bound
    keep "$1" "aside=$ASIDE"
    put_files "$INTO" ||
        die "cannot put the files in place: $(head -n 3 "$SCRATCH/error")"
    stuck=$(sort -u "$SCRATCH/stuck" | paste -s -d ' ' - | cut -b 1-600)
    [ -z "$stuck" ] || NOT_RESTORED="${NOT_RESTORED:+$NOT_RESTORED; }files: as before, \
since they are append-only or immutable (lsattr), or others may have put a directory \
there that is not theirs: $stuck"
}

# undo_files <name>: what was there comes back, and what was added goes.
undo_files() {
    sort -zr "$SCRATCH/added" >"$SCRATCH/list"
    plain_bytes= # of an archive of ours
    run_put_files remove /
    if [ -z "$saved_aside" ] ||
        (mkdir "$WORK/old" && unpack_archive "$saved_aside" "$WORK/old" &&
            list_tree "$WORK/old" && put_files "$WORK/old" || exit 1); then
        log 'files: put back'
    else
        log "files: not all could be put back; what was there is in '$saved_aside'"
        return 1
    fi
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

# refuse_foreign_paths: a forged archive may name any path there is.
refuse_foreign_paths() {
    printf '%s\n' "$saved_root" | escape_pattern >"$SCRATCH/roots"
    set -- -path '' ')' -prune -o ! -type d -print
    numbers=$(number_lines "$SCRATCH/roots") || die "cannot read '$SCRATCH/roots'"
    for number in $numbers; do
        root=.$(sed -n "${number}p" "$SCRATCH/roots")
        set -- -path "$root" -o -path "${root%/}/*" -o "$@"
    done
    (cd "$INTO" && find . '(' "$@") >"$SCRATCH/foreign" ||
        die "cannot look at what was unpacked"
    [ ! -s "$SCRATCH/foreign" ] || fail 5 "'$BACKUP' holds what its plan did not" \
        "include: $(head -n 3 "$SCRATCH/foreign")"
}

# survey_files: what is there of the tree already, and what will be added. A link
# in the place of a directory would lead us elsewhere.
survey_files() {
    { true >"$SCRATCH/there" && true >"$SCRATCH/added"; } ||
        die "cannot write to '$WORK'"
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
        done 3>>"$there" 4>>"$added"' sh "$SCRATCH/there" "$SCRATCH/added" "$INTO" \
        <"$SCRATCH/tree" >"$SCRATCH/odd" || die 'cannot look at what is there'
    [ ! -s "$SCRATCH/odd" ] || refuse "restore with --to: a directory in the backup" \
        "is none here, or a link, or the other way round: $(cat "$SCRATCH/odd")"
}

# set_files_aside: what is there of it, into an archive beside the backups.
set_files_aside() {
    ASIDE=
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

# put_files <directory>: to the places that the paths in it say. Other names of the same
# file become that again, and directories get owners, modes and times at last.
put_files() {
    (cd "$1" && find . -type d -print0 || exit 1) >"$SCRATCH/list" &&
        run_put_files put "$1" &&
        (cd "$1" && find . -type f -links +1 -print0 || exit 1) >"$SCRATCH/list" &&
        run_put_files link "$1" &&
        sort -zr "$SCRATCH/directories" >"$SCRATCH/list" &&
        run_put_files seal "$1"
}

# run_put_files <what> <directory>
run_put_files() {
    (cd "$2" && umask 022 && xargs -0 sh -c "$(print_put_files)" sh "$1" "$TAR" \
        <"$SCRATCH/list" || exit 1) >>"$SCRATCH/stuck" 2>"$SCRATCH/error" &
    await $!
}
