# A restore in place, of a database or of files: what the cells of restore_*.bats share.
# The disk that fills, or becomes read-only, is that of the storage; the backups are
# unmounted, or vanish; what is live is replaced. What must be true is in cell_restore
# alone. STEPS are the file's.
CELL_OF=cell_restore

setup_file() {
    make_world "${STEPS[@]}"
    make_sources
    make_script 'keep = { last = 2 }'
    mkdir "$PLACE/tmp"
    # of a file that is not there any more, too
    echo 'one more' >"$STORAGE/etc/more.toml"
    hash_tree "$STORAGE/etc" >"$WORLD/tree.one"
    under sh run
    rm -rf "$DEST/default"
    keep_world
    make_live
    rm -rf "$TEMPLATE/home"
    cp -a "$HOME_DISK" "$TEMPLATE/home"
}

teardown_file() { end_world; }

# make_live: what is there when the restore begins.
make_live() {
    sqlite3 "$DB" "UPDATE mark SET name = 'live'; DELETE FROM whitelist" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
    sed -i 's/one/live/' "$STORAGE"/etc/*.toml
    head -c 140000 /dev/urandom >"$STORAGE/etc/deep/er/random"
    rm "$STORAGE/etc/more.toml"
    echo mine >"$STORAGE/etc/of-mine"
    hash_tree "$STORAGE/etc" >"$WORLD/tree.live"
}

# restored_sqlite: is the database the old one, or the new one? Sets now.
restored_sqlite() {
    now=$(sqlite3 "file:$DB?mode=rw" "PRAGMA integrity_check; SELECT name FROM mark;
        SELECT (SELECT sum(amount) FROM accounts_a) + (SELECT sum(amount) FROM accounts_b)" 2>&1 | paste -s -d ' ')
    case "$now $(stat -c '%u:%g %a' "$DB")" in
        'ok live 2000000 0:0 644') now=old ;;
        'ok two 2000000 0:0 640') now=old ;;
        'ok one 2000000 0:0 644') now=new ;;
        *) broken "neither the old nor the new: $now" ;;
    esac
    hash_tree "$STORAGE/etc" | cmp -s - "$WORLD/tree.live" || broken 'the files have changed'
}

# aside_sqlite: what was there is beside it.
aside_sqlite() {
    local aside
    for aside in "$DB".before-restore-*Z; do
        case $(sqlite3 "$aside" 'PRAGMA integrity_check; SELECT name FROM mark' | paste -s -d ' ') in
            'ok live' | 'ok two') return ;;
        esac
    done
    broken 'what was there is nowhere'
}

# restored_files: old, new, or when it was killed some of each, every file whole.
restored_files() {
    # beside them lies what could not take its place, nor be removed any more
    hash_tree "$STORAGE/etc" | grep -v '/[.]gen-backup-restore/' >"$MATRIX/tree"
    { cat "$WORLD/tree.live" "$WORLD/tree.one" "$WORLD/tree.two" && grep of-mine "$WORLD/tree.live"; } >"$MATRIX/known"
    [ -z "$(grep -vxF -f "$MATRIX/known" "$MATRIX/tree")" ] || broken 'a file is neither old nor new'
    [ "$(grep -v more.toml "$MATRIX/tree" | wc -l)" = 22 ] || broken 'a file is missing'
    grep -v of-mine "$MATRIX/tree" >"$MATRIX/restored" || :
    if cmp -s "$MATRIX/restored" "$WORLD/tree.one"; then
        now=new
    elif cmp -s "$MATRIX/tree" "$WORLD/tree.live"; then
        now=old
    elif [ "$fault" = replaced ] && [ -z "$(grep -vxF -f "$MATRIX/tree" "$WORLD/tree.two")" ]; then
        now=old
    else
        now=mixed
    fi
    [ "$(sqlite3 "$DB" 'SELECT name FROM mark')" = live ] || broken 'the database has changed'
}

# aside_files: what was there is in an archive beside the backups.
aside_files() {
    local aside
    for aside in {"$DEST/default","$STATE"}/.before-restore-*/files.tar.zst; do
        rm -rf "$MATRIX/aside" && mkdir "$MATRIX/aside"
        tar -C "$MATRIX/aside" --zstd -xf "$aside" || continue
        hash_tree "$MATRIX/aside$STORAGE/etc" >"$MATRIX/tree.aside"
        for live in live two; do
            # all that the backup has, and was there
            [ -n "$(grep -v -e of-mine -e more.toml "$WORLD/tree.$live" |
                grep -vxF -f "$MATRIX/tree.aside")" ] || return 0
        done
    done
    broken 'what was there is nowhere'
}

# cell_restore <subject> <step> <fault> <shell>
cell_restore() {
    local kind=${1#restore-} step=$2 fault=$3 shell=$4 now word second='' only=files
    need_shell "$shell"
    need_fault "$fault"
    CELL="$1	$step	$fault	$shell"
    [ "$kind" = files ] || only=tracker
    renew_world
    echo "mv '$DEST/default' '$DEST/away'" >"$MATRIX/vanished"
    printf '%s\n' '#!/bin/sh' "[ ! -d '$DEST/away' ] || { rm -rf '$DEST/default'; mv '$DEST/away' '$DEST/default'; }" >"$MATRIX/mend"
    chmod 755 "$MATRIX/mend"
    if [ "$kind" = files ]; then
        # each where it was: directories are held on to
        echo "cp -a '$WORLD/two/etc/.' '$STORAGE/etc'" >"$MATRIX/replaced"
    else
        echo "cp -p '$WORLD/two/tracker.db' '$DB.two' && mv '$DB.two' '$DB'" >"$MATRIX/replaced"
    fi
    FULL_DISK=$HOME_DISK READ_ONLY=$PLACE/storage
    with_fault "$step" "$fault" "$shell" restore default --only "$only" --yes
    "restored_$kind"
    [ "$fault" != second ] || check_second
    word="$now, $status"
    case $status:$now in
        0:new) ;;
        [1345]:old | 129:old | 130:old | 143:old) ;;
        129:new | 130:new | 143:new) ;;
        1:new) [[ $err == *': in place'* || $err == *'put back'* ]] || broken 'it does not say that it is in place' ;;
        4:new) [ "$second" = ', second 0' ] || broken 'it says busy, and it is new' ;;
        0:old) [[ $fault:$step =~ ^replaced:(look|times|end)$ ]] || broken 'it says done, and it is old' ;;
        137:*) [ "$now" != mixed ] || [ "$kind" = files ] || broken 'mixed' ;;
        1:mixed)
            # what cannot be put back is told
            [[ $fault == unmounted || $fault == vanished || $fault == read-only ]] &&
                [[ $err == *'not all could be put back'* ]] || broken 'mixed'
            ;;
        *) broken "status $status, and it is $now" ;;
    esac
    case $fault in
        killed | read-only | unmounted) ;;
        vanished) # what it unpacked lies beside the backup
            rm -rf "$DEST/default/.incomplete-restore"
            nothing_left
            ;;
        *) nothing_left ;;
    esac
    [ "$now" = old ] || [ "$fault" = replaced ] || "aside_$kind"
    earlier_unchanged
    record "$word$second"

    under "$shell" restore default --only "$only" --yes
    expect_status 0 || broken 'the next restore fails'
    "restored_$kind"
    [ "$now" = new ] || broken "the next restore is $now"
    [ "$kind" = files ] || [ "$fault" = replaced ] || aside_sqlite
    nothing_left
}
