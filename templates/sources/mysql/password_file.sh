# print_password <file>: its one line, for an option file; without what an editor puts
# around it: a byte order mark, CR LF.
print_password() {
    require_private "$1"
    head -c 9999 "$1" | awk '
        NR == 1 { sub(/^\357\273\277/, "") }
        {
            sub(/\r$/, "")
            gsub(/[\\"]/, "\\\\&")
            print "password=\"" $0 "\""
        }
        END { exit NR != 1 }' || refuse "'$1' is not one line, the password"
}
