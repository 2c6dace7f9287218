# require_private <file>: nobody else may read it.
require_private() {
    [ -e "$1" ] || refuse "'$1' is missing"
    { [ -f "$1" ] && [ -r "$1" ]; } || refuse "user $USER_ID cannot read '$1'"
    [ -z "$(find -L "$1" -prune \( -perm -0004 -o -perm -0040 \))" ] ||
        refuse "others can read the password in '$1': chmod 600 '$1'"
}
