# A base is a full artifact: a row of zstd frames, one a segment of the database, and so
# an ordinary .zst. A patch has, of each segment that has changed since, what zstd
# --patch-from makes of it. A line of the index beside: segment, offset and length of
# its frame, checksum of what that unpacks to; in a patch's then the same of the base.
# No frame: the segment is as it was.
SEGMENT_BYTES=67108864 # of two at a time; zstd takes some 150 MB for each

# can_patch: is there a zstd of 1.4.5, or later?
can_patch() {
    echo | (exec zstd -q -c --patch-from="$SELF" --stream-size=1) >/dev/null 2>&1
}

# divide_snapshot <file>: of a differential plan, to a patch or a base. False when it is
# to be compressed as any other.
divide_snapshot() {
    [ "$FORMAT" = 3 ] || return 1
    divided=${SNAPSHOT#databases/}
    divided=${divided%.sqlite3}
    snapshot_bytes=$(stat -c %s -- "$1") || die "cannot read '$1'"
    if [ "$SUFFIX" != .zst ] || ! can_patch ||
        [ "$((snapshot_bytes * 4 / 4))" != "$snapshot_bytes" ]; then
        warn "$divided: patches need zstd 1.4.5 or later, and where it is large a" \
            "shell that counts in 64 bits, as mksh does not: a full backup"
        return 1
    fi
    choose_base
    if [ -n "$base" ] && make_patch "$1"; then
        log "$divided: a patch against '$base'"
        manifest "$divided.base=${base##*/}"
    else
        rm -f -- "$WORK/$SNAPSHOT.patch"
        require_space "$WORK" "$base_bytes" 'a full backup like the last one'
        base=''
        pack_segments "$1" .zst || die "cannot compress '$1'"
    fi
    begin_sum "$kept"
    begin_sum "$SNAPSHOT.index"
    manifest "$divided+index.file=$SNAPSHOT.index"
}

# choose_base: base, the backup with the newest full artifact, and its base_bytes; none,
# when that is FULL_EVERY_S old. Cron may be some minutes earlier than it was then.
choose_base() {
    base=$(list_backups | awk -v id="$ID" '$3 ~ /^(ok|partial)$/ && $2 < id {
            print $6, substr($0, index($0, " /") + 1) }' |
        while read -r began_s directory; do
            ! grep -qxF "$divided.kind=sqlite3" "$directory/MANIFEST" ||
                ! grep -qxF "$divided+index.file=$SNAPSHOT.index" \
                    "$directory/MANIFEST" || printf '%s\n' "$began_s $directory"
        done | tail -n 1)
    base_bytes=0
    [ -n "$base" ] || return 0
    base_s=${base%% *} base=${base#* }
    base_bytes=$(stat -c %s "$base/$SNAPSHOT.zst") || base=
    [ "$(($(date +%s) - base_s))" -lt "$((FULL_EVERY_S - 600))" ] || base=
}

# make_patch <file>: false when it is to be a full backup, and said why.
make_patch() {
    if ! is_damaged "$SNAPSHOT.index"; then
        pack_segments "$1" .patch && return 0
        if [ "$(stat -c %s "$WORK/$kept")" -gt "$((base_bytes / 2))" ]; then
            log "$divided: a patch would exceed half of '$base': a full backup"
            return 1
        fi
        if ! is_damaged "$SNAPSHOT.zst"; then
            warn "$divided: cannot patch '$base': a full backup"
            return 1
        fi
    fi
    (rm -rf -- "$base/DAMAGED" && set -C && # as verify marks it
        echo "$divided: not as it was saved" >"$base/DAMAGED") || :
    warn "$divided: '$base' is damaged, what is patched against it lost: a full backup"
    return 1
}

# is_damaged <file>: of the base, by its sum. A tool that fails says nothing of it.
is_damaged() {
    (cd "$base" && grep "  $1\$" SHA256SUMS | sha256sum -c 2>&1) | grep -q ': FAILED'
}

# pack_segments <file> <suffix>: frames and index; two segments at a time.
pack_segments() {
    kept=$SNAPSHOT$2
    (
        cd "$SCRATCH" && true >"$WORK/$kept" && true >"$WORK/$SNAPSHOT.index" || exit 1
        n=0 at=0 failed=
        while [ "$((n * SEGMENT_BYTES))" -lt "$snapshot_bytes" ]; do
            rm -f line.*
            pack_segment "$1" "$n" 1 &
            pack_segment "$1" "$((n + 1))" 2 || failed=yes
            { wait "$!" && [ -z "$failed" ]; } || exit 1
            for slot in 1 2; do
                [ -f "line.$slot" ] || continue
                length=$(stat -c %s "packed.$slot") &&
                    cat "packed.$slot" >>"$WORK/$kept" &&
                    echo "$n $at $length $(cat "line.$slot")" \
                        >>"$WORK/$SNAPSHOT.index" || exit 1
                n=$((n + 1)) at=$((at + length))
            done
            [ -z "$base" ] || [ "$at" -le "$((base_bytes / 2))" ] || exit 1
        done
    ) &
    await $!
}

# pack_segment <file> <number> <slot>: its frame, which was unpacked again and compared,
# in packed.SLOT, and the rest of its line in line.SLOT.
pack_segment() {
    print_part "$1" "$(($2 * SEGMENT_BYTES))" "$SEGMENT_BYTES" >"new.$3" || return 1
    [ -s "new.$3" ] || return 0 # behind the end
    sum=$(print_sum "new.$3") && true >"packed.$3" || return 1
    was=
    [ -z "$base" ] || was=$(sed -n "s/^$2 //p" "$base/$SNAPSHOT.index") || return 1
    echo "$sum${base:+ ${was:-0 0 0}}" >"line.$3" || return 1
    [ "$sum" != "${was##* }" ] || return 0 # as it was
    patching=
    if [ -n "$was" ]; then
        # shellcheck disable=SC2086 # three words
        unpack_frame "$3" $was || return 1
        patching="--long=27 --patch-from=old.$3"
    fi
    # shellcheck disable=SC2086 # two words, or none
    (exec_gently zstd -q --single-thread "-${LEVEL:-2}" $patching -c "new.$3") \
        >"packed.$3" && zstd -dcq $patching "packed.$3" | cmp -s - "new.$3"
}

# unpack_frame <slot> <offset> <length> <checksum>: of the base, to old.SLOT.
unpack_frame() {
    print_part "$base/$SNAPSHOT.zst" "$2" "$3" | unpack_some >"old.$1" &&
        [ "$(print_sum "old.$1")" = "$4" ]
}

# unpack_some [option]: a forged frame may have no end.
unpack_some() { zstd -dcq ${1+"$@"} | head -c "$((SEGMENT_BYTES + 1))"; }

# print_part <file> <offset> <length>: dd moves to where head reads.
print_part() { { dd bs=1 skip="$2" count=0 2>/dev/null && head -c "$3"; } <"$1"; }
