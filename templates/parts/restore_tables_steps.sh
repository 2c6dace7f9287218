paths_tables() { paths_sqlite "$1"; }
prepare_tables() { :; }     # replace_tables does it all
undo_tables() { return 1; } # a plan of tables holds nothing else that could fail
