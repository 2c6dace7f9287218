# print_password <file>: its one line, for an option file.
print_password() {
    require_private "$1"
    awk 'END { exit NR != 1 }' "$1" || refuse "'$1' is not one line, the password"
    sed 's/[\\"]/\\&/g; s/.*/password="&"/' "$1"
}
