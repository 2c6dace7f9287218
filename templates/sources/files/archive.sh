# leave_out <path>: and what is below it, under its own name and under the one
# that its symbolic links lead to.
leave_out() {
    real=$(readlink -f -- "$1") || real=$1 # nothing is there
    leave_out_names "$1" "$real"
}

# leave_out_names <path...>: these alone. What was found has no link in its path, or
# gets one since, from whoever owns it, to others' files.
leave_out_names() { printf '.%s\n' "$@" | escape_pattern >>"$SCRATCH/left_out"; }

escape_pattern() { sed 's/[][*?\\]/\\&/g'; }

# leave_out_pattern <directory> <pattern>: a name, or when it begins with ./ a path
# from the root that lies in that directory.
leave_out_pattern() { print_pattern "$@" >>"$SCRATCH/left_out"; }

# print_pattern <directory> <pattern>: with the directory's real name.
print_pattern() {
    prefix=.${1%/}
    real=$(printf '.%s\n' "$(readlink -f -- "$1" || printf '%s\n' "$1")" |
        escape_pattern)
    case $2 in
        ./*) printf '%s%s\n' "${real%/}" "${2#"$prefix"}" ;;
        *) printf '%s\n' "$2" ;;
    esac
}

# leave_out_sqlite <database>: a live database is never copied raw.
leave_out_sqlite() {
    for side in '' -wal -shm -journal; do leave_out "$1$side"; done
}

# include <path>: by its real name, so that none of its directories is a link; a
# path that is a link itself, together with what it leads to.
include() {
    if [ ! -e "$1" ] && [ ! -L "$1" ]; then
        log "warning: files: '$1' is missing; the backup goes on without it"
        miss 1 files "'$1' is missing"
        return 0
    fi
    real=$(readlink -f -- "${1%/*}/")
    add_root "${real%/}/${1##*/}"
    [ -L "$1" ] || return 0
    if real=$(readlink -f -- "$1"); then
        add_root "$real"
    else
        warn "files: '$1' is a link that leads nowhere"
    fi
}

add_root() {
    printf '.%s\0' "$1" >>"$SCRATCH/included"
    manifest "files.root=$1"
}

# include_pattern <directory> <pattern>: what matches in it.
include_pattern() {
    pattern=$(print_pattern "$@")
    real=$(readlink -f -- "$1" || printf '%s\n' "$1")
    manifest "files.root=$real"
    printf '.%s\0' "$real" >"$SCRATCH/below"
    case $pattern in
        ./*) set -- -path "$pattern" ! -path "$(print_deeper "$pattern")" ;;
        *) set -- -name "$pattern" ;;
    esac
    find_below "$@" -prune -print0 <"$SCRATCH/below" >"$SCRATCH/matching" || exit
    [ -s "$SCRATCH/matching" ] || warn "files: nothing matches '$pattern'"
    cat "$SCRATCH/matching" >>"$SCRATCH/included"
}

# find_below <test...>: find, below the paths on standard input, each ended by a
# NUL, but not in what is left out. No * matches a slash. What lies so deep that no tool
# can open it by its path costs nothing else. A subshell: see has.
find_below() (
    too_deep=$(printf '%03800d' 0 | tr 0 '?')
    set -- -path "$too_deep*" ')' -prune -o "$@"
    while IFS= read -r left_out; do
        case $left_out in
            ./*)
                deeper=$(print_deeper "$left_out")
                set -- -path "$left_out" ! -path "$deeper" -o "$@"
                ;;
            *) set -- -name "$left_out" -o "$@" ;;
        esac
    done <"$SCRATCH/left_out" || die "cannot read '$SCRATCH/left_out'"
    # xargs puts the paths last, and find wants them first.
    # shellcheck disable=SC2016 # for the inner shell
    despite_vanishing xargs -0 sh -c 'cd / && count=$1 && shift || exit
        while [ "$count" -gt 0 ]; do
            word=$1 && shift && set -- "$@" "$word" && count=$((count - 1))
        done
        exec find "$@"' sh "$(($# + 1))" '(' "$@"
)

# print_deeper <pattern>: what matches any path with more slashes; to find, a * may
# be one.
print_deeper() { printf '%s/*\n' "$1" | sed 's:[^/]*:*:g'; }

# despite_vanishing <command...>: that a file is gone meanwhile is no failure, nor that
# what is left out cannot even be looked at, as a mount whose server is dead.
despite_vanishing() {
    sed -n "s/['\"\\\\]//g; s/^[.][/].*/find: &: /p" "$SCRATCH/left_out" \
        >"$SCRATCH/spared"
    ("$@") 2>"$SCRATCH/error" || {
        [ -s "$SCRATCH/error" ] && ! sed "s/['\"]//g" "$SCRATCH/error" |
            grep -v -F -f "$SCRATCH/spared" |
            grep -v ': No such file or directory' >&2
    } || die "cannot look through the files: $1 failed"
}

# archive_files: what is included becomes an artifact. Members are named from /,
# as ./opt/... Databases came before, so no file is older than its rows.
archive_files() {
    [ -e "$SCRATCH/included" ] && [ -e "$SCRATCH/found" ] || return 0 # missed before
    progress 'files: archiving'
    archived_s=$(date +%s)
    require_space "$WORK" 0 'the archive'
    choose_tar
    manifest "files.at=$(date -u +%Y-%m-%dT%H:%M:%SZ)" "files.tar=$TAR"
    list_members >"$SCRATCH/members"
    leave_out_databases
    deep=$(tr '\0\n' '\n?' <"$SCRATCH/members" | awk 'length > 3500 { print; exit }')
    [ -z "$deep" ] || warn "files: what lies deeper than 3800 bytes is left out:" \
        "$(printf '%s' "$deep" | cut -b 1-300)..."
    [ -s "$SCRATCH/members" ] || die 'there is no file to back up'
    archive=files.tar$SUFFIX
    write_archive "$SCRATCH/members" "$WORK/$archive"
    if grep -q ': File shrank by' "$SCRATCH/error"; then
        log 'files: some shrank while they were read: once more'
        write_archive "$SCRATCH/members" "$WORK/$archive"
    fi
    warn_of 'gone' 'Cannot [a-z]*: No such file or directory'
    warn_of 'gone' 'File removed before we read it'
    warn_of 'changed' 'file changed as we read it'
    warn_of 'filled up with zeros, since they shrank' 'File shrank by .*'
    progress 'files: reading back'
    begin_sum "$archive"
    count_members "$WORK/$archive" || die "'$archive' does not read back"
    check_members
    tell_of_links
    await_helpers || die "cannot read '$archive', or write it to the disk"
    add_artifact files tar "$archive"
    manifest "files.members=$members" "files.unpacked_bytes=$unpacked_bytes" \
        "files.plain_bytes=$plain_bytes"
    log "files: $members members, $BYTES bytes kept, $sockets sockets left out," \
        "in $(seconds_since "$archived_s") s"
}

# list_members: directories behind what is in them, or busybox would not give
# them back their times; GNU tar knows better.
list_members() {
    [ -s "$SCRATCH/included" ] || return 0
    if [ "$TAR" = gnu ]; then
        find_below -print0 <"$SCRATCH/included" || exit
    else
        find_below ! -type d -print0 <"$SCRATCH/included" || exit
        find_below -type d -print0 <"$SCRATCH/included" >"$SCRATCH/below" || exit
        sort -zr "$SCRATCH/below"
    fi
}

# leave_out_databases: those that were found, by their names: thousands of patterns fit
# no command line.
leave_out_databases() {
    [ -s "$SCRATCH/found" ] || return 0
    sed 'p; s/$/-wal/p; s/wal$/shm/p; s/shm$/journal/' "$SCRATCH/found" \
        >"$SCRATCH/left_out.found"
    grep -zvxF -f "$SCRATCH/left_out.found" "$SCRATCH/members" \
        >"$SCRATCH/members.left" || [ "$?" = 1 ] || die 'cannot leave out databases'
    mv "$SCRATCH/members.left" "$SCRATCH/members" || die "cannot write to '$WORK'"
}

# choose_tar: TAR, what the one here can do. GNU's takes names of any kind from a
# list, and keeps attributes, access lists and holes in files; others take names
# from a list of lines, or only as arguments.
choose_tar() {
    has tar || refuse "tar is missing here"
    TAR=arguments
    (cd / && echo ./dev/null | tar --no-recursion -T - -cf /dev/null) 2>/dev/null &&
        TAR=lines
    tar --version 2>/dev/null | grep -q GNU &&
        [ -z "$(tar --xattrs -cf /dev/null -C / ./dev/null 2>&1)" ] && TAR=gnu
    [ "$TAR" = gnu ] || progress 'files: without access lists: GNU tar is missing'
}

# write_archive <list> <file>: of what a list names, each ended by a NUL.
write_archive() {
    [ "$TAR" = gnu ] || prepare_list "$1"
    (stage 1 read_files "$1" | exec_compress >"$2") &
    { await $! && stages_ended_well 1; } ||
        die "cannot archive the files: $(head -n 3 "$SCRATCH/error")"
}

# prepare_list <list>: can this tar take it?
prepare_list() {
    if [ "$TAR" = lines ] && [ "$(tr -dc '\n' <"$1" | wc -c)" = 0 ]; then
        tr '\0' '\n' <"$1" >"$1.lines"
    elif [ "$(wc -c <"$1")" -gt 500000 ]; then
        refuse "this tar cannot take so many files, or names with line breaks:" \
            "install GNU tar"
    fi
}

# read_files <list> [directory]: a tar archive on standard output. That files
# vanish or change meanwhile is a warning where the archive is whole all the same:
# GNU tar's.
read_files() {
    list=$1 tar_status=0
    (
        cd "${2:-/}"
        set -- tar --numeric-owner --no-recursion
        if [ "$TAR" = gnu ]; then
            exec_gently "$@" --sparse --xattrs '--xattrs-include=*' \
                --pax-option=delete=atime,delete=ctime --null -T "$list" -cf -
        elif [ -e "$list.lines" ]; then
            exec_gently "$@" -T "$list.lines" -cf -
        else
            exec_gently xargs -0 -s 1500000 "$@" -cf - <"$list"
        fi
    ) 2>"$SCRATCH/error" || tar_status=$?
    case $TAR$tar_status in
        gnu1 | gnu2)
            [ -s "$SCRATCH/error" ] && ! grep -q -v -e ': socket ignored$' \
                -e ': No such file or directory$' -e ': File removed before' \
                -e ': file changed as we read' -e ': File shrank by' \
                -e ': Cannot stat: No such' -e ': Exiting with failure' \
                "$SCRATCH/error"
            ;;
        *) return "$tar_status" ;;
    esac
}

# warn_of <what> <message of tar>: with the first names.
warn_of() {
    names=$(sed -n "s/^[^:]*tar: \(.*\): $2\$/\1/p" "$SCRATCH/error" | sort -u |
        head -n 10 | paste -s -d ' ' -)
    [ -z "$names" ] || warn "files: $1 while they were read: $names"
}

# count_members <file>: those that it lists when it is read back; and plain_bytes, which
# all of it is at most: holes in files are not in it.
count_members() {
    [ "$TAR" != gnu ] || set -- "$1" --block-number
    (stage 1 exec_decompress "$1" | stage 2 tar --numeric-owner ${2+"$2"} -tvf - \
        2>/dev/null | (cd "$SCRATCH" && exec awk '
            /^block [0-9]+: / { plain = $2 * 512 + 20480; sub(/^block [0-9]+: /, "") }
            /^[-bchlp][-rwxsStT]+ / { files++; bytes += $3 }
            /^d[-rwxsStT]+ / { directories++ }
            /^l/ && / -> (\/|(.*\/)?[.][.])/ {
                print substr($0, index($0, " ./") + 2) >"links"
            }
            END {
                if (!plain) plain = bytes + 8192 * (files + directories) + 20480
                printf "%d %d %.0f %.0f\n", files, directories, bytes, plain
            }' >counted)) &
    { await $! && stages_ended_well 1 2; } || return 1
    # shellcheck disable=SC2046 # four numbers
    set -- $(cat "$SCRATCH/counted")
    [ "$#" = 4 ] || return 1
    files=$1 members=$(($1 + $2)) unpacked_bytes=$3 plain_bytes=$4
}

# tell_of_links: to what lies neither among these files nor in an artifact of its own.
tell_of_links() {
    [ -e "$SCRATCH/links" ] || return 0
    head -n 1000 "$SCRATCH/links" | while IFS= read -r link; do
        link=${link%% -> *}
        leads_to=$(readlink -f -- "$link") || continue
        printf '%s\n' "$link ->$leads_to"
    done >"$SCRATCH/leading"
    out=$(cd "$SCRATCH" &&
        sed -n 's/^[^=]*[.]\(root\|source\|real\)=/->/p' manifest | awk '
        { kept[$0] }
        END {
            while ((getline line <"leading") > 0) {
                path = substr(line, index(line, " ->") + 1)
                while (!(path in kept) && sub(/\/[^\/]*$/, "", path)) continue
                if (!(path in kept || "->/" in kept)) print line
            }
        }' | head -n 20 | paste -s -d ';' -)
    [ -z "$out" ] ||
        warn "files: what these links lead to is not in the backup: $out"
}

# check_members: is everything in the archive but what vanished, and sockets?
check_members() {
    sockets=$(grep -c ': socket ignored$' "$SCRATCH/error" || :)
    gone=$(grep -c -e ': No such file or directory$' -e ': File removed before' \
        "$SCRATCH/error" || :)
    wanted=$(($(tr -dc '\0' <"$SCRATCH/members" | wc -c) - sockets - gone))
    [ "$members" -ge "$wanted" ] || die "'$archive' holds $members of $wanted members"
    [ "$files" != 0 ] || is_rightly_empty || die "no file is there to" \
        "archive: mount what belongs there, or, if it is meant to be empty, put one in"
}

# is_rightly_empty: a tree without files, beside its database say, is a backup. It is
# none where something else is missing, where the backup before held files, or where
# there is nothing at all, as in an empty mount point.
is_rightly_empty() {
    [ -z "$MISSED" ] || return 1
    before=$(list_backups | awk '$3 == "ok" { id = $2 } END { print id }')
    ! grep -qs '^files[.]unpacked_bytes=[1-9]' "$PLAN_PATH/$before/MANIFEST" || return 1
    (cd / && xargs -0 sh -c 'find "$@" -type f' sh <"$SCRATCH/included" 2>/dev/null) |
        head -n 1 | grep -q .
}
