# examine_files <path>: is it there, for us to read?
examine_files() {
    [ -e "$1" ] || [ -L "$1" ] || refuse "'$1' is missing"
    [ -r "$1" ] || refuse "user $(id -u) cannot read '$1'"
    choose_tar
    echo "there; tar: $TAR"
}
