# find_databases: SQLite files among what is included, a path a line, known by
# their first bytes. Those are read only where the size is one of a database, or where
# there is a log or a journal beside it. Whatever has such a one and is no SQLite file
# is a database all the same, an encrypted one say. In 'each' their backslashes are two,
# for a read without -r, for posh, see has.
find_databases() {
    [ -e "$SCRATCH/included" ] || return 0
    list_files
    leave_out_found && list_files
    set_odd_names_apart
    despite_vanishing xargs -0 stat -c '%s %h %n' -- /dev/null \
        <"$SCRATCH/files" >"$SCRATCH/sizes"
    true >"$SCRATCH/linked" || die "cannot write to '$WORK'"
    (cd "$SCRATCH" && awk '{ size = $1; names = $2; sub(/^[0-9]* [0-9]* /, "") }
        names > 1 { print >"linked" }
        size > 0 && size % 512 == 0 { print; next }
        /-(wal|journal)$/ { print; sub(/-[a-z]*$/, ""); wanted[$0]; next }
        size > 0 { others[$0] }
        END { for (name in wanted) if (name in others) print name }' sizes) |
        tr '\n' '\0' >"$SCRATCH/candidates"
    despite_vanishing xargs -0 head -v -c 16 -- /dev/null \
        <"$SCRATCH/candidates" >"$SCRATCH/heads"
    true >"$SCRATCH/opaque" || die "cannot write to '$WORK'"
    (cd "$SCRATCH" && awk '
        /^==> .* <==$/ { name = substr($0, 5, length($0) - 8); there[name]; next }
        /^SQLite format 3/ && name { print name; known[name] }
        /^7\177\006[\202\203]|^\331\325\005\371/ { beside[name] }
        { name = "" }
        END {
            for (name in beside) {
                sub(/-[a-z]*$/, "", name)
                if (name in there && !(name in known)) print name >"opaque"
            }
        }' heads) >"$SCRATCH/found.new" ||
        die "cannot look for databases"
    [ "$(grep -c '' "$SCRATCH/found.new")" -le 20000 ] || die "there are more than" \
        "20000 databases among the files: leave some out with exclude"
    { sed 's/^[.]//; s/\\/&&/g' "$SCRATCH/found.new" >"$SCRATCH/each" &&
        mv "$SCRATCH/found.new" "$SCRATCH/found"; } || die "cannot look for databases"
}

# leave_out_opaque <missed|passed>: a copy of one would be no database.
leave_out_opaque() {
    numbers=$(number_lines "$SCRATCH/opaque") || die "cannot look for databases"
    for number in $numbers; do
        database=$(sed -n "${number}s/^[.]//p" "$SCRATCH/opaque")
        leave_out_names "$database" "$database"-wal "$database"-shm "$database"-journal
        [ "$1" = passed ] || miss 1 files "'$database' is left out"
        warn "files: '$database' is left out: a log of SQLite's lies beside it, but" \
            "sqlite3 cannot read it; it may be encrypted. Back it up by its own" \
            "means, and say so with exclude"
    done
}

number_lines() { awk '{ print NR }' "$1"; }

list_files() {
    find_below -type f \( -size +511c -o -name .gen-backup \) ${1+"$@"} -print0 \
        <"$SCRATCH/included" >"$SCRATCH/files" || exit
}

# leave_out_found: directories of a MySQL server, whose files are worth nothing
# while it runs, and backups of ours. False when there are none.
leave_out_found() {
    tr '\n\0' '?\n' <"$SCRATCH/files" | # a line break in a name makes no other name
        sed -n 's:/ibdata1$::p; s:/[.]gen-backup$::p' >"$SCRATCH/places"
    [ "$(grep -c '' "$SCRATCH/places")" -le 200 ] || die "there are more than 200" \
        "files ibdata1 or .gen-backup: leave their directories out with exclude"
    numbers=$(number_lines "$SCRATCH/places") || die "cannot look for databases"
    for number in $numbers; do
        place=$(sed -n "${number}s/^[.]//p" "$SCRATCH/places")
        if [ -f "$place/ibdata1" ]; then
            leave_out_names "$place"
            warn "files: '$place' is left out: a MySQL server's files. What is" \
                "declared in [databases] is dumped; say so with its data_dir, or" \
                "with exclude"
        elif head -c 99 "$place/.gen-backup" 2>/dev/null |
            grep -qx '[0-9a-f]\{32\}'; then
            leave_out_names "$place"
            warn "files: '$place' is left out: backups of another environment"
        fi
    done
    [ -s "$SCRATCH/places" ]
}

# set_odd_names_apart: a line break in a name would make it two. A database of such
# a name fits no manifest either.
set_odd_names_apart() {
    [ "$(tr -dc '\n' <"$SCRATCH/files" | wc -c)" != 0 ] || return 0
    # shellcheck disable=SC2016 # for the inner shell
    odd=$(xargs -0 sh -c 'for file; do
        case $file in
            *"
"*) [ "$(head -c 15 "$file" | tr -d "\0")" != "SQLite format 3" ] || echo "$file" ;;
        esac
    done' sh <"$SCRATCH/files")
    [ -z "$odd" ] || die "the name of the database '$odd' holds a line break:" \
        "rename it, or leave it out with exclude"
    list_files ! -path "*$NEWLINE*"
}
