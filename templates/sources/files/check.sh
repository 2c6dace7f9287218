# examine_files <path>: is it there, for us to read?
examine_files() {
    [ -e "$1" ] || [ -L "$1" ] || refuse "'$1' is missing: mount it, or correct" \
        'what is included'
    [ -r "$1" ] || refuse "user $USER_ID cannot read '$1':" \
        'run as root, or give the right'
    choose_tar
    [ ! -d "$1" ] || [ -n "$(find "$1/" -type f 2>/dev/null | head -n 1)" ] ||
        advise "there is no file in '$1': is it mounted?"
    echo "'$1' is there; tar: $TAR"
}
