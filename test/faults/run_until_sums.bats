# The fault matrix: each step of a run, from the lock to the checksums, x each fault. What
# must be true then does not depend on the cell; it is in cell_run of faults.bash alone.
bats_require_minimum_version 1.11.0

load ../helpers
load faults
load run

STEPS=(lock preflight snapshot check archive compress sums)

register_cells run 'snapshot:killed compress:full sums:fails' "${STEPS[@]}"
