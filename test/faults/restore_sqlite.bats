# The fault matrix of a restore of an SQLite database in place.
bats_require_minimum_version 1.11.0

load ../helpers
load faults
load restore

STEPS=(lock inspect space unpack check new settled aside kept place look end)

register_cells restore-sqlite 'place:killed check:fails' "${STEPS[@]}"
