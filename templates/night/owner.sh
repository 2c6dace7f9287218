BECOME=  # how, once that is known
WORK_AS= # uid:gid of whom we work as where others may change names; '': ourselves

# choose_work_as <path>: WORK_AS, for all that is opened, made, renamed or removed
# there. What others may only write into does not count: that is data.
# As root, where another user may change names, we work as that one: to the owner of
# the file, of its directory, or of the next one above it. His links lead us nowhere
# that he could not go himself.
choose_work_as() {
    WORK_AS=
    ! is_ours_alone "${1%/*}" || return 0
    place=$1
    while [ -n "$place" ]; do
        WORK_AS=$(stat -c %u:%g -- "$place" 2>/dev/null) || WORK_AS=0:0
        # '' in the trap of zsh's exit, where that is no failure
        case $WORK_AS in '' | 0:*) place=${place%/*} ;; *) break ;; esac
    done
    [ -n "$place" ] || refuse "'${1%/*}' is root's, but others may change it: give" \
        "it to the user of '$1', or take their right to write to it"
    [ -n "$BECOME" ] || choose_become
    [ "$BECOME" = setpriv ] || as_user true 2>/dev/null ||
        refuse "cannot work as user ${WORK_AS%:*}, whose '$1' is: install util-linux" \
            "(setpriv, setsid) or coreutils (chroot)"
}

# choose_become: how, where WORK_AS is set.
choose_become() {
    BECOME=setpriv
    as_user true 2>/dev/null || BECOME=chroot
}

# exec_as_user <command...>: become it, as WORK_AS; without our environment and our
# terminal, which his other processes could reach through it, and what it has open.
exec_as_user() {
    [ -n "$WORK_AS" ] || exec_gently "$@"
    [ ! -t 0 ] || exec </dev/null
    [ ! -t 1 ] || exec >/dev/null
    [ ! -t 2 ] || exec 2>/dev/null
    case $BECOME in
        setpriv)
            set -- "--reuid=${WORK_AS%:*}" "--regid=${WORK_AS#*:}" --clear-groups "$@"
            ;;
        chroot) set -- --skip-chdir "--userspec=$WORK_AS" --groups= / "$@" ;;
    esac
    exec_gently env -i "PATH=$PATH" LC_ALL=C setsid "$BECOME" "$@"
}

# as_user <command...>
as_user() { (exec_as_user "$@"); }
