# open_work_beside <directory> [name]: on its filesystem, so that what is made there
# gets its place by a rename.
open_work_beside() {
    place=$(print_work_beside "$1")
    [ "$(stat -c %d "${place%/*}/")" = "$(stat -c %d "$1/")" ] ||
        refuse "on the filesystem of '$1' every directory belongs to others, who" \
            "could lead a restore astray: restore with --to, and move it by hand"
    open_work "$place${2+@$2}"
}
