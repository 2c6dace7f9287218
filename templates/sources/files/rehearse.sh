rehearse_find_databases() { find_databases; }

rehearse_archive_files() {
    [ -e "$SCRATCH/included" ] || return 0 # missed before
    sed "s|^[.]/|/|; s|^|$PLAN: the archive leaves out |" "$SCRATCH/left_out" |
        sort -u | make_visible
    choose_tar
    list_members >"$SCRATCH/members"
    leave_out_databases
    (cd / && xargs -0 stat -c '%s %F') <"$SCRATCH/members" >"$SCRATCH/kinds" \
        2>/dev/null || : # what vanishes meanwhile
    # shellcheck disable=SC2016 # for the inner shell
    (cd / && xargs -0 sh -c 'for file; do
        if [ -L "$file" ]; then printf "%s -> \n" "${file#.}" >>"$0"
        elif [ -e "$file" ] && [ ! -r "$file" ]; then printf "%s\n" "$file"; fi
    done' "$SCRATCH/links") <"$SCRATCH/members" >"$SCRATCH/unreadable"
    tell_of_links
    [ ! -s "$SCRATCH/unreadable" ] || miss 1 files "user $USER_ID cannot read" \
        "'$(sed -n '1s/^[.]//p' "$SCRATCH/unreadable")'"
    awk '/ regular / { files++; bytes += $1 }
        / symbolic / { links++ }
        END { printf "%d files, %d links\n%.0f\n", files, links, bytes }' \
        "$SCRATCH/kinds" >"$SCRATCH/counted"
    would_copy "$(head -n 1 "$SCRATCH/counted")" "$(tail -n 1 "$SCRATCH/counted")"
}
