# The fault matrix: each step of a run, from the manifest to the report, x each fault.
bats_require_minimum_version 1.11.0

load ../helpers
load faults
load run

STEPS=(manifest sync publish settle prune remove report)

register_cells run 'publish:child-killed sync:TERM prune:killed' "${STEPS[@]}"
