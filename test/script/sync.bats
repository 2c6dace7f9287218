# On the disk before it has a name: every system call of a whole run, by strace.
# bats file_tags=turns
bats_require_minimum_version 1.5.0

load ../helpers

CALLS=write,pwrite64,writev,pwritev,pwritev2,ftruncate,sendfile,copy_file_range
CALLS=$CALLS,fallocate,splice,open,openat,creat,mkdir,mkdirat,link,linkat,symlink
CALLS=$CALLS,symlinkat,unlink,unlinkat,rmdir,rename,renameat,renameat2,sync,fsync
CALLS=$CALLS,fdatasync,syncfs,chdir

setup() {
    command -v strace >/dev/null || skip 'STRACE MISSING'
    strace -o /dev/null true 2>/dev/null || skip 'NO PTRACE here'
    setup_place
    make_database "$DB"
    mkdir "$STORAGE/deep" && echo x >"$STORAGE/deep/file"
}

# synced: $out is what test/syncs.mjs says about a run, $status how it ends
synced() {
    strace -f -y -s 600 -e "trace=$CALLS" -o "$PLACE/trace" \
        sh "$SCRIPT" run >"$PLACE/ran" 2>"$PLACE/err" </dev/null
    status=0
    out=$(node "$ROOT/test/syncs.mjs" "$PLACE/trace" "$DEST/default") || status=$?
    err=$(cat "$PLACE/err")
}

@test "a backup, its files, directories and entry are on the disk before and after it appears" {
    make_script
    for _ in 1 2; do # the first makes the destination
        synced
        expect_status 0
        [[ $out == '1 published, '*' seen' ]]
    done
    # what the trace was read right for: artifacts of both kinds, in the right order
    grep -q 'write(.*/files.tar.zst>' "$PLACE/trace"
    grep -q 'write(.*/databases/tracker.sqlite3.zst>' "$PLACE/trace"
}

@test "the same with busybox's tools alone, nothing compressed, and what retention removes" {
    make_busybox "$PLACE/bin"
    make_script 'compression = "none"
keep = { last = 1 }'
    use_tools "$PLACE/bin"
    for _ in 1 2; do
        synced
        expect_status 0
        [[ $out == '1 published, '*' seen' ]]
    done
    [ "$(ls "$DEST/default" | wc -l)" = 1 ]
}

# without <sed script> <text...>: a script that lost a line is found out
without() {
    local edit=$1 text
    shift
    make_script
    cp "$SCRIPT" "$PLACE/whole"
    sed -i "$edit" "$SCRIPT"
    ! cmp -s "$SCRIPT" "$PLACE/whole" || return 1
    synced
    expect_status 1
    for text; do
        echo "$out" | grep -q "$text" || { echo "$out" && return 1; }
    done
}

@test "this test can fail: a script that does not sync what it wrote" {
    without '/^    apart find [.] -exec sync/d' 'MANIFEST: .*not synced before' 'SHA256SUMS: .*not synced' \
        'backup.sh: .*not synced' 'databases: .*not synced'
}

@test "this test can fail: a script that syncs no artifact" {
    without '/^    apart find [.] -exec sync/d; /^    beside sync/d' 'files.tar.zst: .*not synced' \
        'tracker.sqlite3.zst: .*not synced'
}

@test "this test can fail: a script that syncs files, but no directories" {
    without 's/^    apart find [.] -exec sync/    apart find . -type f -exec sync/' '/databases: .*not synced' \
        '/.incomplete-[0-9TZ-]*: .*not synced'
    ! grep -q 'MANIFEST: ' <<<"$out" || return 1
}

@test "this test can fail: a script that syncs too early" {
    without '/^    apart find [.] -exec sync/d; /^    mv "$SCRATCH.manifest" MANIFEST/i\    find . -exec sync {} +' \
        '/.incomplete-[0-9TZ-]*: .*not synced'
}

@test "this test can fail: a script that does not sync the new name" {
    without 's/ || ! apart sync "$PLAN_PATH"//' 'default: not synced after .*Z appeared'
    [ "$(grep -c 'not synced' <<<"$out")" = 1 ]
}
