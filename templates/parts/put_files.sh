# Run by `sh -c` where an archive was unpacked, for directories there, ./opt/...:
# moves what is in them to the same directories below /. Each is entered first,
# and only if it is the one that its name says: no link leads us elsewhere.

# move <directory>: what is in it, but directories, to here.
move() {
    from=$1
    set --
    for file in "$from"/* "$from"/.[!.]* "$from"/..?*; do
        [ -e "$file" ] || [ -L "$file" ] || continue
        [ ! -d "$file" ] || [ -L "$file" ] || continue
        set -- "$@" "$file"
        [ "$#" -lt 200 ] || { mv -f -- "$@" ./ && set --; } || exit
    done
    [ "$#" = 0 ] || mv -f -- "$@" ./ || exit
}

unpacked=$PWD
for directory; do
    case $directory in .) live=/ ;; *) live=/${directory#./} ;; esac
    [ -d "$live" ] || mkdir -p -- "$live" || exit
    (
        cd -P -- "$live" && [ "$(pwd -P && echo .)" = "$live
." ] || exit
        if [ "$(stat -c %d .)" = "$(stat -c %d "$unpacked/$directory")" ]; then
            move "$unpacked/$directory"
        elif find "$unpacked/$directory"/ -maxdepth 1 ! -type d | grep -q ''; then
            # another filesystem: there first, so that a rename is one
            rm -rf ./.gen-backup-restore && mkdir ./.gen-backup-restore || exit
            (cd -P ./.gen-backup-restore &&
                [ "$(pwd -P)" = "${live%/}/.gen-backup-restore" ] &&
                move "$unpacked/$directory") &&
                (move ./.gen-backup-restore) && exit_status=0 || exit_status=$?
            rm -rf ./.gen-backup-restore # gives back the room that it took
            exit "$exit_status"
        fi
    ) || exit
done
