# The fault matrix of a restore of files in place.
bats_require_minimum_version 1.11.0

load ../helpers
load faults
load restore

STEPS=(lock inspect space unpack extract aside kept place times end)

register_cells restore-files 'place:killed place:TERM' "${STEPS[@]}"
