# Random trees, restored and compared. One of them again: SEED_OF_TREE=17.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    [ "$(id -u)" = 0 ] || skip 'NOT ROOT: no owners, no devices'
    setup_place
    make_database "$DB"
}

teardown() { unmount; }

# unmount: what lies in the tree
unmount() {
    local directory
    [ -e "$STORAGE.mounts" ] || return 0
    while IFS= read -r -d '' directory; do
        umount -l -- "$directory" 2>/dev/null || : # with the one above it
    done <"$STORAGE.mounts"
    rm -rf "$STORAGE.mounts" "$STORAGE.bound"
}

# look_alike <restored>: what is in each database; and without them, all the files
look_alike() {
    rm -rf "$PLACE/one" "$PLACE/other"
    cp -a "$PLACE/kept" "$PLACE/one"
    cp -a "$1" "$PLACE/other"
    while IFS= read -r database; do
        [ "$(sqlite3 "$PLACE/one/$database" .dump | sha256sum)" = "$(sqlite3 "$PLACE/other/$database" .dump | sha256sum)" ] || {
            echo "differs: $database" && return 1
        }
        for tree in one other; do
            rm -f "$PLACE/$tree/$database" "$PLACE/$tree/$database"-{wal,shm,journal}
            touch -d @0 "$(dirname "$PLACE/$tree/$database")"
        done
    done <"$PLACE/databases"
    touch -d @0 "$PLACE/one" "$PLACE/other"
    diff -a <(print_tree "$PLACE/one") <(print_tree "$PLACE/other")
}

# try_tree <seed>
try_tree() {
    unmount
    rm -rf "$STORAGE" "$PLACE/kept" "$PLACE/to" "$PLACE/one" "$PLACE/other" "$DEST" "$STATE"
    mkdir "$STORAGE"
    python3 "$ROOT/test/fuzz-tree.py" "$1" "$STORAGE"
    (cd "$STORAGE" && find . -type f -size +511c ! -size +1000k -exec sh -c '
        for file; do [ "$(head -c 15 "$file" | tr -d "\0")" != "SQLite format 3" ] || printf "%s\n" "${file#./}"; done' sh {} +) >"$PLACE/databases"
    cp -a "$STORAGE" "$PLACE/kept"
    [ ! -e "$STORAGE.mounts" ] || MOUNTS=$((${MOUNTS:-0} + $(tr -cd '\0' <"$STORAGE.mounts" | wc -c)))
    under sh run
    [ "$status" = 0 ] || return 1
    under sh drill
    [ "$status" = 0 ] || return 1
    under sh restore default --to "$PLACE/to"
    [ "$status" = 0 ] && look_alike "$PLACE/to$STORAGE" || return 1
    # Much of it gone, or another, and all of it restored in place.
    RANDOM=$1
    (cd "$STORAGE" && find . -depth -mindepth 1 -print0) >"$PLACE/all"
    while IFS= read -r -d '' path; do
        case $((RANDOM % 4)) in
            0) rm -rf -- "$STORAGE/$path" 2>/dev/null || : ;; # a mount stays, empty
            1) [ ! -f "$STORAGE/$path" ] || [ -L "$STORAGE/$path" ] || rm -f -- "$STORAGE/$path" ;;
        esac
    done <"$PLACE/all"
    under sh restore default --yes
    [ "$status" = 0 ] || return 1
    find "$STORAGE" -name '*.before-restore-*' -delete
    look_alike "$STORAGE"
}

try_trees() {
    local n failed=''
    make_script '[backup.plans.default]
type = "complete"'
    sed -i '/^\[databases/,/^path/d' "$PLACE/env.toml"
    generate "$PLACE/env.toml" -o "$SCRIPT"
    for n in $(seq "${SEED_OF_TREE:-$1}" "${SEED_OF_TREE:-$2}"); do
        try_tree "$n" || { echo "tree $n: status $status: $err" && failed="$failed $n"; }
    done
    echo "mounts in the trees: ${MOUNTS:-0}"
    [ -n "${SEED_OF_TREE-}" ] || [ "$(($2 - $1))" -lt 15 ] || [ "${MOUNTS:-0}" -gt 0 ]
    [ -z "$failed" ] || { echo "failed:$failed" && return 1; }
}

@test "random trees, with databases of every kind: restored to a directory and in place, all is as it was" {
    try_trees $((10#${SEED:-1} * 20 + 1000)) $((10#${SEED:-1} * 20 + 1000 + ${TREES:-$(tries 20)} - 1))
}

# bats test_tags=long
@test "20 random trees, always the same: restored to a directory and in place; TREES=200 of them by hand" {
    left_to_all
    try_trees 1 "${TREES:-20}"
}
