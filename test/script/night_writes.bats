# What a night touches, by strace: the places that the script's header names, and no others.
bats_require_minimum_version 1.5.0

load ../helpers

setup() {
    need_strace
    setup_place
    mkdir -p "$PLACE/metrics" "$PLACE/logs"
}

# others <words>: but what SQLite keeps beside a database for each who reads it, and, of a
# run, the clone that the header names
others() {
    grep -v -e ' openat .*[.]db-\(shm\|wal\)$' "$PLACE/writes" |
        if [ "$1" = run ]; then grep -v '/[.]gen-backup-clone-[a-z]*-[a-z]*'; else cat; fi || :
}

# bats test_tags=long
@test "a run and a drill of every kind of source write where the header says, and nowhere else" {
    for journal in wal delete; do
        rm -rf "$DB"* "$STORAGE/found.db"* "$DEST" "$STATE"
        make_database "$DB" "$journal"
        make_database "$STORAGE/found.db" "$journal" 10
        make_script "metrics = \"$PLACE/metrics\"
[backup.plans.whole]
[backup.plans.rows]
type = \"database\"
tables = [\"keys\"]
[backup.plans.some]
type = \"selective\"
include = [\"etc\", \"*.toml\"]
[backup.hooks]
before = 'true'
quiesce = 'true'
resume = 'true'
on_success = 'true'
on_failure = 'true'"
        for words in run run drill; do
            [ "$(id -u)" != 0 ] || [ "$words" != run ] || chown -R 65534:65534 "$STORAGE"
            writes_of "$words" >"$PLACE/writes" || { cat "$PLACE/writes" && return 1; }
            others=$(others "$words")
            [ -z "$others" ] || { echo "$journal, $words: $others" && return 1; }
        done
        [ "$(ls "$DEST"/*/*/MANIFEST | wc -l)" = 6 ]
    done
    # And the tool does see what is written: a hook that does
    sed -i "s|^ON_BEFORE=.*|ON_BEFORE='echo >$PLACE/elsewhere'|" "$SCRIPT"
    writes_of run >"$PLACE/writes"
    grep -q "$PLACE/elsewhere" "$PLACE/writes"
}
