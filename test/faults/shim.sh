#!/bin/sh
# Linked under a tool's name in a directory that comes first in PATH: the tool
# itself, until the step of the run comes that MATRIX_STEP names. Then MATRIX_FAULT
# happens, once: $MATRIX/fired tells that it did.
tool=${0##*/}
PATH=$MATRIX_PATH

# The steps are known by what is done, not by how: see docs/reliability.md.
case "$MATRIX_STEP:$tool $*" in
    # of a run
    'lock:flock -n 9') ;;
    'preflight:df '*) ;;
    'snapshot:sqlite3 '*'.backup '* | 'snapshot:sqlite3 '*'VACUUM INTO'*) ;;
    'check:sqlite3 '*integrity_check* | 'check:sqlite3 '*quick_check*) ;;
    'archive:tar '*/dev/null*) exec "$tool" "$@" ;; # looks what this tar can do
    'archive:tar '*-c*) ;;
    'dump:'*'--version'*) exec "$tool" "$@" ;;
    'dump:'*) ;;
    'compress:'*' -d '* | 'compress:'*' -t '*) exec "$tool" "$@" ;;
    'compress:'*) ;;
    'sums:sha256sum -c'*) exec "$tool" "$@" ;;
    'sums:sha256sum '?*) ;;
    'manifest:'*MANIFEST) ;;
    'sync:sync '*'./MANIFEST'*) ;;
    'publish:mv '*.incomplete-*' '*Z) ;;
    'settle:sync '*/default) ;;
    'prune:mv '*Z' '*.incomplete-*) ;;
    'remove:rm '*.incomplete-2*/MANIFEST*) ;;
    'report:mv '*/results.default) ;;
    # of a restore in place
    'inspect:sha256sum '*-c*) ;;
    'space:df '*) ;;
    'unpack:'*-d*) ;;
    'extract:tar '*-x*) ;;
    'new:sync '*/.gen-backup-restore-*) ;;
    'settled:sqlite3 '*EXCLUSIVE*) ;;
    'aside:tar '*/dev/null*) exec "$tool" "$@" ;;
    'aside:tar '*-c*) ;;
    'aside:'*dump' '*'--version'*) exec "$tool" "$@" ;;
    'aside:'*dump' '*) ;;
    'aside:ln '*before-restore* | 'aside:cp '*before-restore*) ;;
    'kept:sync'*) case $* in *before-restore* | */lib) ;; *) exec "$tool" "$@" ;; esac ;;
    'place:mv '*/.gen-backup-restore-*) ;;
    'place:mv '*' ../') ;;
    'look:sqlite3 '*BEGIN*) exec "$tool" "$@" ;;
    'look:sqlite3 '*sqlite_master*) ;;
    'times:tar '*' -xpf -') ;;
    'end:sync '?*) exec "$tool" "$@" ;;
    'end:sync '*) ;;
    'trial:'*--binary-mode*gen_backup_trial*) ;;
    'load:'*--binary-mode*gen_backup_trial*) exec "$tool" "$@" ;;
    'load:'*--binary-mode*) ;;
    *) exec "$tool" "$@" ;;
esac
mkdir "$MATRIX/fired" 2>/dev/null || exec "$tool" "$@"

# As soon as nobody has a file there open for writing: in a process of its own.
make_read_only() {
    mount -o remount,bind,ro "$MATRIX_VOLUME" 2>/dev/null && return
    ( (
        unset MATRIX_CELL
        until [ -e "$MATRIX/over" ] || mount -o remount,bind,ro "$MATRIX_VOLUME"; do
            sleep 0.01
        done
    ) </dev/null >/dev/null 2>&1 &)
}

case $MATRIX_FAULT in
    killed)
        kill -9 "$(cat "$MATRIX/pid")"
        sleep 0.05
        ;;
    child-killed) kill -9 $$ ;;
    TERM | INT | HUP)
        kill -s "$MATRIX_FAULT" "$(cat "$MATRIX/pid")"
        sleep 0.3
        ;;
    full) dd if=/dev/zero of="$MATRIX_DISK/filler" bs=1M 2>/dev/null ;;
    read-only) make_read_only ;;
    unmounted) umount -l "$MATRIX_UNMOUNT" ;;
    vanished | replaced) sh "$MATRIX/$MATRIX_FAULT" ;;
    fails) exit 1 ;;
    writes-fails)
        "$tool" "$@"
        exit 1
        ;;
    clock+14y) echo '+14y' >"$FAKETIME_TIMESTAMP_FILE" ;;
    clock-1d) echo '-1d' >"$FAKETIME_TIMESTAMP_FILE" ;;
    second)
        held=free
        [ ! -e "$MATRIX_LOCK" ] || flock -n "$MATRIX_LOCK" true || held=held
        second=0
        # shellcheck disable=SC2086 # a shell and its options, words
        $MATRIX_SHELL "$MATRIX_SCRIPT" $MATRIX_WORDS </dev/null \
            >"$MATRIX/second.out" 2>"$MATRIX/second.err" || second=$?
        echo "$held $second" >"$MATRIX/second"
        ;;
esac
exec "$tool" "$@"
