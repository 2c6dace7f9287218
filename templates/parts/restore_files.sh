target_files() { printf '%s/\n' "$TO"; }

# inspect_files <name>: can it be unpacked?
inspect_files() {
    { (exec_decompress "$BACKUP/$(manifest_value file "$1")") || echo 'torn'; } |
        tar -tf - >/dev/null
}

# unpack_files <name> [only...]: all of it, or those paths, below $WORK.
unpack_files() {
    archive=$BACKUP/$(manifest_value file "$1")
    shift
    for only; do
        shift
        case $only in
            files) set -- && break ;;
            /* | ./*) is_database_path "${only#.}" || set -- ${1+"$@"} ".${only#.}" ;;
        esac
    done
    stage 1 exec_decompress "$archive" |
        tar -C "$WORK" --numeric-owner -xpf - ${1+"$@"} 2>"$SCRATCH/error" &
    { await $! && stages_ended_well 1; } ||
        die "cannot unpack '$archive': $(head -n 3 "$SCRATCH/error")"
}

replace_files() {
    refuse "files are not put over a live tree: restore them with --to DIR and" \
        "move what you need, or name a database with --only"
}
