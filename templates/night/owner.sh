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
        # '' in the trap of zsh's exit, where that is no failure
        case $OWNER in '' | 0:*) place=${place%/*} ;; *) break ;; esac
    done
    case $OWNER in
        '' | 0:*) refuse "'${1%/*}' is root's, but others may change it: give it to" \
            "the user of '$1', or take their right to write to it" ;;
    esac
    BECOME=setpriv
    as_owner true 2>/dev/null || BECOME=chroot
    [ "$BECOME" = setpriv ] || as_owner true 2>/dev/null ||
        refuse "cannot work as user ${OWNER%:*}, whose '$1' is: install util-linux" \
            "(setpriv, setsid) or coreutils (chroot)"
}

# exec_as_owner <command...>: become it, as OWNER; without our environment and our
# terminal, which his other processes could reach through it, and what it has open.
exec_as_owner() {
    [ -n "$OWNER" ] || exec_gently "$@"
    [ ! -t 0 ] || exec </dev/null
    [ ! -t 1 ] || exec >/dev/null
    [ ! -t 2 ] || exec 2>/dev/null
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
