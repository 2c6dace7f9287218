# A base is a full artifact: a row of zstd frames, one a segment of the database, and so
# an ordinary .zst. A patch has, of each segment that has changed since, what zstd
# --patch-from makes of it. A line of the index beside: segment, offset and length of
# its frame, checksum of what that unpacks to; in a patch's then the same of the base.
# No frame: the segment is as it was. Of a patch SHA256SUMS names the base's file, too.
SEGMENT_BYTES=67108864 # zstd takes some 150 MB for each

# can_patch: is there a zstd of 1.4.5, or later?
can_patch() {
    echo | (exec zstd -q -c --patch-from="$SELF" --stream-size=1) >/dev/null 2>&1
}

require_patching() { can_patch || refuse "'$1' needs zstd 1.4.5 or later: install it"; }

# divide_snapshot <file>: of a differential plan, to a patch or a base. False when it is
# to be compressed as any other. Sets base, or why there is none; see tell_division.
divide_snapshot() {
    base='' why='' DIVIDED=''
    { [ "$FULL_EVERY_S" != 0 ] && [ -z "$SMALL" ]; } || return 1
    plain_bytes=$(stat -c %s -- "$1") || die "cannot read '$1'"
    if [ "$SUFFIX" != .zst ] || ! can_patch ||
        [ "$((plain_bytes * 4 / 4))" != "$plain_bytes" ]; then
        why=old
        return 1
    fi
    DIVIDED=yes
    choose_base
    if [ -n "$base" ] && { is_damaged index || ! pack_segments "$1" .patch; }; then
        why="failed $base"
        if [ "$(stat -c %s "$WORK/$kept" || echo 0)" -gt "$((base_bytes / 2))" ]; then
            why="large $base"
        elif is_damaged index || is_damaged zst; then
            why="damaged $base"
            (rm -rf -- "$base/DAMAGED" && set -C && # as mark_damaged
                echo "$SNAPSHOT: not as it was saved" >"$base/DAMAGED") || :
        fi
        rm -f -- "$WORK/$kept"
        require_space "$WORK" "$base_bytes" 'a full backup like the last one'
        base=
    fi
    [ -n "$base" ] || pack_segments "$1" .zst || die "cannot compress '$1'"
    begin_sum "$kept"
}

# tell_division <name>: to the manifest, now that nobody else writes to it.
tell_division() {
    case $why in
        old*) warn "$1: patches need zstd 1.4.5 or later, and where it is large a" \
            "shell that counts in 64 bits, as mksh does not: a full backup" ;;
        failed*) warn "$1: cannot patch '${why#* }': a full backup" ;;
        damaged*) warn "$1: '${why#* }' is damaged, what is patched against it lost:" \
            "a full backup" ;;
        large*) log "$1: a patch would exceed half of '${why#* }': a full backup" ;;
    esac
    [ -n "$DIVIDED" ] || return 0
    rm -rf "$SCRATCH/segments"
    manifest "$1+index.file=$SNAPSHOT.index"
    [ -n "$base" ] || return 0
    log "$1: a patch against '$base'"
    manifest "$1+base.file=../${base##*/}/$SNAPSHOT.zst"
    sed -n "s:  \($SNAPSHOT.zst\)\$:  ../${base##*/}/\1:p" "$base/SHA256SUMS" \
        >>"$SCRATCH/sums" || die "cannot read '$base'"
}

# choose_base: base, the newest backup that has a full artifact and is not FULL_EVERY_S
# old; or none. Cron may be some minutes earlier than it was then.
choose_base() {
    since=$(($(date +%s) - FULL_EVERY_S + 600)) base_bytes=0 kept=$SNAPSHOT.patch
    for id in $(list_backups | awk -v id="$ID" -v since="$since" \
        '$3 ~ /^(ok|partial)$/ && $2 < id && $6 > since { print $2 }'); do
        [ -f "$PLAN_PATH/$id/$SNAPSHOT.index" ] || continue # as any other
        [ ! -f "$PLAN_PATH/$id/$SNAPSHOT.zst" ] || base=$PLAN_PATH/$id
    done
    [ -z "$base" ] || base_bytes=$(stat -c %s "$base/$SNAPSHOT.zst") || base=
}

# is_damaged <suffix>: that file of the base, by its sum; not where a tool fails.
is_damaged() {
    (cd "$base" && grep "  ${SNAPSHOT}[.]$1\$" SHA256SUMS | sha256sum -c 2>&1) |
        grep -q ': FAILED$'
}

# pack_segments <file> <suffix>: frames and index. False, too, when it is no patch worth
# its name.
pack_segments() {
    kept=$SNAPSHOT$2
    pack_all "$1" &
    await $!
}

# pack_all <file>: one segment is read while the one before is compressed.
pack_all() {
    mkdir -p "$SCRATCH/segments" && cd "$SCRATCH/segments" &&
        true >"$WORK/$kept" && true >"$WORK/$SNAPSHOT.index" || exit 1
    n=0 slot=1 before='' failed=''
    while [ -z "$failed" ] && [ "$((n * SEGMENT_BYTES))" -lt "$plain_bytes" ]; do
        slot=$((3 - slot))
        read_segment "$1" || failed=yes
        [ -z "$before" ] || wait "$before" || exit 1
        [ -z "$base" ] ||
            [ "$(stat -c %s "$WORK/$kept")" -le "$((base_bytes / 2))" ] || exit 1
        [ -n "$failed" ] || pack_segment &
        before=$! n=$((n + 1))
    done
    wait "$before" && [ -z "$failed" ] || exit 1
}

# read_segment <file>: the one of number n to new.SLOT. Sets sum; was, what the base's
# index says of it; patching, when it has changed since and is in old.SLOT.
read_segment() {
    print_part "$1" "$((n * SEGMENT_BYTES))" "$SEGMENT_BYTES" >"new.$slot" &&
        sum=$(print_sum "new.$slot") || return 1
    was='' patching=''
    [ -z "$base" ] || was=$(sed -n "s/^$n //p" "$base/$SNAPSHOT.index") || return 1
    [ -n "$was" ] && [ "$sum" != "${was##* }" ] || return 0
    patching="--long=27 --patch-from=old.$slot"
    # shellcheck disable=SC2086 # offset and length first
    print_part "$base/$SNAPSHOT.zst" $was | zstd -dcq | head -c "$SEGMENT_BYTES" \
        >"old.$slot" && [ "$(print_sum "old.$slot")" = "${was##* }" ]
}

# pack_segment: its frame, which is unpacked again and compared, and its line.
# shellcheck disable=SC2086 # patching is two words, or none
pack_segment() {
    at=$(stat -c %s "$WORK/$kept") || return 1
    [ "$sum" = "${was##* }" ] ||
        (exec_gently zstd -q -T0 "-${LEVEL:-2}" $patching -c "new.$slot") \
            >>"$WORK/$kept" || return 1
    length=$(($(stat -c %s "$WORK/$kept") - at))
    [ "$length" = 0 ] || print_part "$WORK/$kept" "$at" "$length" |
        zstd -dcq $patching | cmp -s - "new.$slot" || return 1
    echo "$n $at $length $sum${base:+ ${was:-0 0 0}}" >>"$WORK/$SNAPSHOT.index"
}

# print_sum <file>: as of artifacts, whose list is not ours to write to here.
print_sum() { (WORK=. SCRATCH=. add_sum "$1") && sed -n '$s/ .*//p' sums; }

# print_part <file> <offset> <length>: dd moves to where head reads.
print_part() { { dd bs=1 skip="$2" count=0 2>/dev/null && head -c "$3"; } <"$1"; }

# print_patched <patch>: the database; the base's segment is unpacked while the one
# before is patched. A wrong one shows: each frame ends with a checksum.
print_patched() (
    full=${1#"$BACKUP/"} slot=1 before=''
    full=$BACKUP/$(sed -n "s:^[^=]*=\([.][.]/[^/]*/${full%patch}zst\)\$:\1:p" \
        "$BACKUP/MANIFEST")
    cd "$SCRATCH" || exit 1
    while read -r _ at length _ base_at base_length _; do
        from=$1 slot=$((3 - slot)) patching=''
        if [ "$length" = 0 ]; then # as it was
            from=$full at=$base_at length=$base_length
        elif [ "$base_length" != 0 ]; then
            patching="--patch-from=old.$slot"
            print_part "$full" "$base_at" "$base_length" | zstd -dcq |
                head -c "$SEGMENT_BYTES" >"old.$slot" || exit 1
        fi
        [ -z "$before" ] || wait "$before" || exit 1
        # shellcheck disable=SC2086 # one word, or none
        (print_part "$from" "$at" "$length" | zstd -dcq $patching) &
        before=$!
    done <"${1%patch}index"
    wait "$before"
)
