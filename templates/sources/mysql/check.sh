# examine_mysql <name>: does it answer, and may we read all of it?
examine_mysql() {
    look_before_dump "$1"
    echo "$(probed server), '$MYSQL_SCHEMA' as $(probed account): writers go on"
}
