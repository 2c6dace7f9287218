saved_base='' # what load_saved finds

# ready_patch <artifact>: before anything is changed.
ready_patch() {
    require_patching
    ready_sqlite "$1"
}

require_patching() {
    can_patch || refuse "'$saved_file' needs zstd 1.4.5 or later: install it"
}

# inspect_patch: can it be unpacked? Where there is room for some segments.
inspect_patch() {
    require_patching
    place=${BACKUP%/*} MIN_FREE_KB=0
    [ -w "$place" ] || place=$STATE_PATH
    open_work "$place/.incomplete-verify"
    needed=$(echo "$saved_snapshot_bytes $SEGMENT_BYTES" |
        awk '{ print 2 * $1 < 4 * $2 ? 2 * $1 : 4 * $2 }')
    require_space "$WORK" "$needed" 'segments of a database'
    inspected=0
    print_patched "$BACKUP/$saved_file" >/dev/null || inspected=1
    discard "$WORK"
    return "$inspected"
}

# print_patched <patch>: the database; two segments at a time.
print_patched() (
    cd "$SCRATCH" || exit 1
    while read -r _ at length sum base_at base_length _; do
        unpack_segment 1 "$1" "$at" "$length" "$sum" "$base_at" "$base_length" &
        failed='' parts=new.1
        if read -r _ at length sum base_at base_length _; then
            unpack_segment 2 "$1" "$at" "$length" "$sum" "$base_at" "$base_length" ||
                failed=yes
            parts='new.1 new.2'
        fi
        # shellcheck disable=SC2086 # one name, or two
        { wait "$!" && [ -z "$failed" ] && cat $parts; } || exit 1
    done <"${1%.patch}.index"
)

# unpack_segment <slot> <patch> <its line of the index, but for number and base's sum>:
# to new.SLOT.
unpack_segment() {
    [ "$7" = 0 ] ||
        print_part "${BACKUP%/*}/$saved_base/${saved_file%.patch}.zst" "$6" "$7" |
        unpack_some >"old.$1"
    case $4:$7 in
        0:*) mv -f "old.$1" "new.$1" ;;
        *:0) print_part "$2" "$3" "$4" | unpack_some >"new.$1" ;;
        *) print_part "$2" "$3" "$4" | unpack_some --patch-from="old.$1" >"new.$1" ;;
    esac
    [ "$(print_sum "new.$1")" = "$5" ]
}

# print_base_damage [file]: what is wrong with the bases of $BACKUP, in which we are, or
# with that of one of its files.
print_base_damage() {
    sed -n 's/^\([^=]*\)[.]base=\([0-9TZ]*\)$/\1 \2/p' MANIFEST |
        while read -r of id; do
            file=databases/$of.sqlite3
            case ${1-} in
                '') ;;
                "$file.patch") print_damage "$file.index" ;;
                *) continue ;;
            esac
            damage=$(look_at_base "${BACKUP%/*}/$id" "$file.zst")
            [ -z "$damage" ] ||
                echo "'$of' is a patch against '${BACKUP%/*}/$id', which is $damage"
        done
}

# look_at_base <backup> <file>: what is wrong with it. It is marked, too.
look_at_base() {
    grep -qsxF "id=${1##*/}" "$1/MANIFEST" || { echo missing && return 0; }
    damage=$(BACKUP=$1 print_damage "$2")
    case $damage in
        '') return 0 ;;
        *'sha256sum failed' | *'cannot be read') ;;
        *) (BACKUP=$1 mark_damaged) ;;
    esac
    echo "damaged: $damage"
}
