# Run by `sh -c` where an archive was unpacked, with what to do, whose tar there is, and
# paths there, ./opt/...: does it at the same paths below /. Each directory is entered
# first, and only if it is the one that its name says: no link leads us elsewhere. What
# becomes a file there is made in a directory of ours in it, which its owner can rename,
# but neither change nor take elsewhere: so from there .. is where we came from.
unpacked=$PWD what=$1 tar=$2 inside=''
shift 2
trap leave 0
trap 'exit 1' HUP INT TERM

# enter <directory>: the live one.
enter() {
    case $1 in .) live=/ ;; *) live=/${1#./} ;; esac
    [ -d "$live" ] || (make "$1") || exit
    cd -P -- "$live" && [ "$(pwd -P && echo .)" = "$live
." ] || exit
}

# make <directory>: where only we can change names, and whose it is from the first
# moment on: see seal.
make() {
    enter "${1%/*}"
    trap leave 0
    begin
    mkdir -- "./${1##*/}" || exit
    chown "$(stat -c %u:%g -- "$unpacked/$1")" "./${1##*/}" 2>/dev/null || :
    chmod "00$(stat -c %a -- "$unpacked/$1")" "./${1##*/}"
    move -- "./${1##*/}" ../
    leave
}

# is_ours <directory>: by a mode that no other has; 3: where the group is handed down.
is_ours() {
    case $(stat -c '%u %a' "$1" 2>/dev/null) in
        "$(id -u) "[13]700) ;;
        *) return 1 ;;
    esac
}

# begin: in a directory of ours, which one that was killed may have left. What else has
# its name goes out of the way: nobody may have us remove what is in it. False where
# nothing may be made.
begin() {
    ours=./.gen-backup-restore
    { [ ! -e $ours ] && [ ! -L $ours ]; } || is_ours $ours || rmdir $ours 2>/dev/null ||
        mv $ours "$ours.$(od -An -v -tx8 -N8 /dev/urandom | tr -d ' ')" || exit
    said=$(mkdir -m 1700 $ours 2>&1) || case $said in # or it is there
        *'not permitted'*) stick '' "$said" && return 1 ;;
    esac
    cd -P $ours && is_ours . &&
        [ "$(pwd -P)" = "${live%/}/.gen-backup-restore" ] || exit
    inside=yes
    find . ! -name . -exec rm -f -- {} +
}

leave() {
    [ -n "$inside" ] || return 0
    inside=
    find . ! -name . -exec rm -f -- {} +
    cd -P .. && rmdir ./.gen-backup-restore
}

# move <option> <file...> ../: what is append-only or immutable there stays, and is
# named; all else goes on.
move() {
    said=$(mv -f "$@" 2>&1) && return 0
    is_fixed "$said" || exit
    shift
    for file; do
        { [ "$file" != ../ ] && { [ -e "$file" ] || [ -L "$file" ]; }; } || continue
        said=$(mv -f -- "$file" ../ 2>&1) || stick "${file#./}" "$said" || exit
    done
}

# is_fixed <what a tool said>: is it only that something may not be changed?
is_fixed() {
    case $1 in
        *'not permitted'*) ;;
        *) printf '%s\n' "$1" >&2 && return 1 ;;
    esac
}

# stick <name> <what a tool said>
stick() { is_fixed "$2" && printf "'%s'\n" "${live%/}/$1"; }

# send <directory> <to> <command>: what is in it, but directories.
send() {
    from=$1 to=$2 command=$3
    set --
    for file in "$from"/* "$from"/.[!.]* "$from"/..?*; do
        [ -e "$file" ] || [ -L "$file" ] || continue
        [ ! -d "$file" ] || [ -L "$file" ] || continue
        set -- "$@" "$file"
        [ "$#" -lt 200 ] || { $command -- "$@" "$to" && set --; } || exit
    done
    [ "$#" = 0 ] || $command -- "$@" "$to" || exit
}

# put <directory>: what is in it.
put() {
    enter "$1"
    find "$unpacked/$1"/ -maxdepth 1 ! -type d | grep -q '' || return 0
    begin || return 0
    send "$unpacked/$1" ./ 'cp -a'
    send . ../ move
    leave
}

# link <file>: one name of several becomes one of the first one's.
link() {
    first=$unpacked.$(stat -c %i "$unpacked/$1") || exit
    if [ -e "$first" ]; then
        enter "${1%/*}"
        # It is, where cp saw both; and mv refuses to put a file in its own place.
        [ "$(stat -c %d:%i -- "$(cat "$first")" "./${1##*/}" | sort -u | grep -c '')" \
            != 1 ] || return 0
        begin || return 0
        { ln -- "$(cat "$first")" "./${1##*/}" && cmp -s "$unpacked/$1" "./${1##*/}" &&
            move -- "./${1##*/}" ../; } || exit
        leave
    else
        printf '%s\n' "/${1#./}" >"$first" || exit
    fi
}

# seal <directory>: owner, mode, times and attributes of it. No race: it is where we
# are. But whoever may rename it may have put there what only root could enter so far:
# where others change names, it keeps its owner, and its mode unless it is theirs.
seal() {
    enter "$1"
    from=$unpacked/$1
    was=$(stat -c '%u:%g %a' "$from") is=$(stat -c '%u:%g %a' .)
    [ "$is" = "$was" ] || is_roots_place || case ${was%%:*},$(stat -c %u ..) in
        0,*) false ;;
        "${is%%:*},${is%%:*}") ;;
        *) false ;;
    esac || { printf "'%s'\n" "$live" && return 0; }
    set -- --numeric-owner
    [ "$tar" != gnu ] || set -- "$@" --xattrs '--xattrs-include=*'
    said=$({
        if [ "$tar" = gnu ]; then
            tar -C "$from" "$@" --no-recursion --pax-option=delete=atime,delete=ctime \
                -cf - .
        else
            tar -C "$from" "$@" --no-recursion -cf - .
        fi | tar "$@" -xpf -
    } 2>&1) || stick '' "$said" || exit
}

# is_roots_place: can only root have put here the directory where we are?
is_roots_place() (
    while [ "$(pwd -P)" != / ]; do
        cd -P .. || exit
        case $(stat -c '%u %A' .) in
            0\ d????????[tT] | 0\ d????-??-?) ;;
            *) exit 1 ;;
        esac
    done
)

# remove <path>: what was not there before, unless somebody has filled it since.
remove() (
    place=${1%/*}
    [ -d "/${place#./}" ] || exit
    enter "$place"
    if [ -d "./${1##*/}" ] && [ ! -L "./${1##*/}" ]; then
        rmdir -- "./${1##*/}"
    else
        rm -f -- "./${1##*/}"
    fi
)

for path; do
    "$what" "$path"
done
