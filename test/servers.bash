# What a bats file about MySQL and MariaDB begins with: what there is of both, once for all
# its tests. A file that needs more defines these again.

load ../helpers
load ../services

setup_file() { start_both; }

teardown_file() { stop_services; }

setup() { setup_place; }
