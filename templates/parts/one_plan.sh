# each_plan <function> [word]: of all plans there are.
each_plan() { "$1" "$PLANS" "${2-}"; }
