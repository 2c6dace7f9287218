saved_base='' # what load_saved finds

# ready_patch <artifact>: before anything is changed.
ready_patch() {
    require_patching
    ready_sqlite "$1"
}

require_patching() {
    can_patch || refuse "'$saved_file' needs zstd 1.4.5 or later: install it"
}

# inspect_patch: can it be unpacked? Where there is room for two segments.
inspect_patch() {
    require_patching
    place=${BACKUP%/*} MIN_FREE_KB=0
    [ -w "$place" ] || place=$STATE_PATH
    open_work "$place/.incomplete-verify"
    require_space "$WORK" "$((2 * SEGMENT_BYTES))" 'two segments of a database'
    inspected=0
    print_patched "$BACKUP/$saved_file" >/dev/null || inspected=1
    discard "$WORK"
    return "$inspected"
}

# print_patched <patch>: the database.
print_patched() (
    base=${BACKUP%/*}/$saved_base/${saved_file%.patch}.zst
    cd "$SCRATCH" || exit 1
    while read -r _ at length sum base_at base_length _; do
        part=new
        [ "$base_length" = 0 ] ||
            print_part "$base" "$base_at" "$base_length" | zstd -dcq >old
        case $length:$base_length in
            0:*) part=old ;;
            *:0) print_part "$1" "$at" "$length" | zstd -dcq >new ;;
            *) print_part "$1" "$at" "$length" | zstd -dcq --patch-from=old >new ;;
        esac
        { [ "$(print_sum "$part")" = "$sum" ] && cat "$part"; } || exit 1
    done <"${1%.patch}.index"
)

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
