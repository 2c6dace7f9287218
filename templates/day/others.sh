# print_others: what looks like a backup at the destination, or where that was before,
# and counts for no plan: how many are where, and why, a line each. What stands in a
# manifest of others is shown, and no more.
print_others() {
    [ -n "$LISTED" ] || list_all
    {
        print_counted && echo
        sort -u "$STATE_PATH/destinations" 2>/dev/null | while IFS= read -r mark; do
            [ "${mark#* }" = "$BACKUP_PATH" ] || ! does_answer "${mark#* }" ||
                [ ! -f "${mark#* }/.gen-backup" ] ||
                ! head -c 199 "${mark#* }/.gen-backup" | grep -qxF "${mark%% *}" ||
                print_candidates "${mark#* }"
        done
        print_candidates "$BACKUP_PATH"
    } | awk '
        $0 == "" { counting = 1; next }
        !counting { counted[$0]; next }
        sub(/\/MANIFEST$/, "") { is_told[$0] }
        !($0 in counted || $0 in seen) { path[++paths] = $0; seen[$0] }
        function look(path, name, line, key, is, i) {
            name = path
            sub(/.*\//, "", name)
            sub(/\/[^\/]*$/, "", path)
            if (!((path "/" name) in is_told)) {
                if (path !~ /\/changes$/) note(path, "without a MANIFEST")
                return 0
            }
            while (i++ < 9 && (getline line <(path "/" name "/MANIFEST")) > 0) {
                key = substr(line, 1, index(line, "=") - 1)
                is[key] = substr(line, length(key) + 2, 80)
            }
            close(path "/" name "/MANIFEST")
            note(path, is["id"] != name ? "under another name than their id" : \
                "of plan \047" is["plan"] "\047 of \047" is["environment"] "\047")
        }
        function note(place, why) {
            why = "\047" place "\047, " why
            if (!many[why]++) whys[++kinds] = why
        }
        END {
            for (i = 1; i <= paths; i++) look(path[i])
            for (i = 1; i <= kinds && i < 20; i++)
                print many[whys[i]] " count for no plan here: in " whys[i]
        }'
}

# print_candidates <directory>: what looks like a backup in it, and manifests. A line
# break in a name could lead us anywhere.
print_candidates() {
    set -- "$1" '[0-9][0-9][0-9][0-9][0-9][0-9]'
    find "$1/" -mindepth 1 -maxdepth 3 -name '.*' -prune -o -path "*$NEWLINE*" -o \
        -type d -name "*$2[0-9][0-9][Tt]$2*" -print -o \
        -type f -name MANIFEST -size -131071 -print 2>/dev/null | sort
}

# tell_others: on standard error, since who reads a list expects what counts. A copy
# beside a backup knows of that one alone.
tell_others() {
    others=$([ -n "$BESIDE" ] || print_others)
    [ -z "$others" ] || print_lines "$others" | while IFS= read -r line; do
        log "$line"
    done
}

look_at_others() {
    others=$(print_others)
    [ -z "$others" ] || advise "$(print_lines "$others" | paste -s -d ';' -): the" \
        "backup.sh in each restores it; 'adopt PLAN --from DIRECTORY' hands over" \
        'those of another plan or environment'
    echo 'none'
}

# adopt_backups <plan> <directory>: those in it that count for no plan, of a former name
# or path. They stay as they are, with the script that each holds; whose they were is
# noted beside them.
adopt_backups() {
    case $2 in
        '') misuse 'from which directory? list tells' ;;
        /*) from=$2 ;;
        *) from=$START_DIRECTORY/$2 ;;
    esac
    take_lock "$1" -x # nothing else may run
    open_destination
    [ -d "$from/" ] || refuse "cannot read '$2'"
    from=$(readlink -f -- "$from")
    # Root removes what expires, and not where others may put links.
    [ "$USER_ID" != 0 ] || { is_ours_alone "$from" && [ -z "$(find "$from" ! -type l \
        \( ! -user 0 -o -perm -0002 -o -perm -0020 \) | head -n 1)" ]; } ||
        refuse "others may change '$from', or what is in it: make it root's first"
    BACKUP_PATH=$(readlink -f -- "$BACKUP_PATH")
    open_work "$STATE_PATH/.adopt"
    list_all
    print_counted >"$SCRATCH/counted"
    use_plan "$1"
    mkdir -p "$PLAN_PATH" || refuse "cannot make '$PLAN_PATH'"
    [ "$(stat -c %d -- "$from")" = "$(stat -c %d -- "$PLAN_PATH")" ] ||
        refuse "'$from' is on another filesystem: copy it to '$BACKUP_PATH' first (cp" \
            "-a), under a name of its own"
    many=0
    for BACKUP in "$from"/[0-9]*T*Z; do
        is_list "$BACKUP/MANIFEST" || continue
        ID=${BACKUP##*/}
        whose=$(sed -n 's/^environment=//p; s/^plan=//p; s/^id=//p' "$BACKUP/MANIFEST" |
            head -n 4 | paste -s -d ' ' -)
        case $whose in
            *[!A-Za-z0-9_\ -]* | *' '*' '*' '*) continue ;;
            *' '*" $ID") whose=${whose% *} ;;
            *) continue ;;
        esac
        grep -qxF -- "$BACKUP" "$SCRATCH/counted" && continue
        { [ ! -L "$PLAN_PATH/.adopted" ] && { [ ! -e "$PLAN_PATH/.adopted" ] ||
            is_list "$PLAN_PATH/.adopted"; }; } ||
            refuse "'$PLAN_PATH/.adopted' is not what we wrote: remove it"
        grep -qsxF -e "$whose" "$PLAN_PATH/.adopted" ||
            (printf '%s\n' "$whose" >>"$PLAN_PATH/.adopted") ||
            refuse "cannot write to '$PLAN_PATH'"
        if [ "$from" != "$PLAN_PATH" ]; then
            [ ! -e "$PLAN_PATH/$ID" ] || die "cannot move '$BACKUP': '$PLAN' has a" \
                "backup of that id"
            mv "$BACKUP" "$PLAN_PATH/" || die "cannot move '$BACKUP' to '$PLAN_PATH'"
        fi
        many=$((many + 1))
    done
    [ "$many" != 0 ] || die "'$from' holds no backup that could be adopted"
    # With what a continuous plan has archived since.
    [ ! -d "$from/changes" ] || [ -e "$PLAN_PATH/changes" ] ||
        mv "$from/changes" "$PLAN_PATH/" || die "cannot move '$from/changes'"
    rmdir "$from" 2>/dev/null || : # unless there is more in it
    sync
    log "$many backups of '$from' are of plan '$PLAN' from now on"
}

# list_all: LISTED, the backups that count for a plan.
list_all() {
    LISTED=$(for plan in $PLANS; do
        use_plan "$plan"
        list_backups
    done)
}

# print_counted: their directories.
print_counted() {
    sed 's:^[^/]*::' <<EOF
$LISTED
EOF
}
