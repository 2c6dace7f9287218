# print_numbers <prefix>: of lines of a probe or MANIFEST, for NUMBERS.
print_numbers() {
    numbers='div_precision_increment\|group_concat_max_len'
    sed -n "s/^$1\($numbers\)=\([0-9][0-9]*\)\$/\1 = \2/p" | paste -s -d , -
}

# print_lost_rows <name> <file>: tables that have, as that counts, other rows than were
# saved. What was estimated, or written to meanwhile, is not known to the row: it may
# miss a tenth, and what changed, and half of an estimate.
print_lost_rows() {
    sed -n "s/^$1[.]rows=//p" "$BACKUP/MANIFEST" | awk '
        counting { rows[substr($0, length($1) + length($2) + 3)] = $1; next }
        {
            name = substr($0, length($1) + 2)
            has = name in rows ? rows[name] : "none"
            if ($1 ~ /^[0-9]+$/) { if (has == $1) next }
            else {
                saved = $1
                estimated = gsub(/~/, "", saved)
                count = split(saved, ends, "-")
                from = ends[1] + 0
                to = ends[count] + 0
                least = from < to ? from : to
                if (estimated) least /= 2
                else least -= least / 10 + (from < to ? to - from : from - to) + 100
                if (has != "none" && has + 0 >= least) next
            }
            print "\x27" name "\x27 has " has " rows, and " $1 " were saved"
        }' counting=1 "$2" counting=0 -
}
