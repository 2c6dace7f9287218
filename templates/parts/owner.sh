OWNER= # uid:gid of whom we work as where others may change names; '': ourselves

# choose_owner <path>: OWNER, for all that is opened, made, renamed or removed there.
# As root, where another user may change names, we work as that one: to the owner of
# the file, of its directory, or of the next one above it. His links lead us nowhere
# that he could not go himself.
choose_owner() {
    OWNER=
    { [ "$(id -u)" = 0 ] && ! is_ours_alone "${1%/*}"; } || return 0
    place=$1
    while [ -n "$place" ]; do
        OWNER=$(stat -c %u:%g -- "$place" 2>/dev/null) || OWNER=0:0
        case $OWNER in 0:*) place=${place%/*} ;; *) break ;; esac
    done
    case $OWNER in
        0:*) refuse "'${1%/*}' is root's, but others may change it: give it to the" \
            "user of '$1', or take their right to write to it" ;;
    esac
    BECOME=setpriv
    as_owner true 2>/dev/null || BECOME=chroot
    [ "$BECOME" = setpriv ] || as_owner true 2>/dev/null ||
        refuse "cannot work as user ${OWNER%:*}, whose '$1' is: install util-linux" \
            "(setpriv, setsid) or coreutils (chroot)"
}

# is_ours_alone <directory>: can nobody but root change it, or what is above it?
is_ours_alone() (
    at=$1 or_sticky=
    until [ -e "$at/" ]; do at=${at%/*}; done
    while :; do
        # shellcheck disable=SC2086 # two words, or none
        [ -n "$(find "$at/" -prune -user 0 \( ! -perm -0002 \
            \( ! -perm -0020 -o -group 0 \) $or_sticky \))" ] || exit 1
        [ -n "$at" ] || exit 0
        at=${at%/*} or_sticky='-o -perm -1000'
    done
)

# exec_as_owner <command...>: become it, as OWNER; without our environment and our
# terminal, which his other processes could reach through it.
exec_as_owner() {
    [ -n "$OWNER" ] || exec_gently "$@"
    case $BECOME in
        setpriv)
            set -- "--reuid=${OWNER%:*}" "--regid=${OWNER#*:}" --clear-groups "$@"
            ;;
        chroot) set -- --skip-chdir "--userspec=$OWNER" --groups= / "$@" ;;
    esac
    exec_gently env -i "PATH=$PATH" LC_ALL=C setsid "$BECOME" "$@"
}

# as_owner <command...>
as_owner() { (exec_as_owner "$@"); }
