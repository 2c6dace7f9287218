# For awk: does SHA256SUMS have exactly one line, and well formed, for each file that
# the manifest names, the manifest and the script?
AWK_SUMS='
    function want(line) {
        if (sub(/^[a-z0-9_+-]*[.]file=/, "", line)) wanted[line]
    }
    function take(line, sum, name) {
        sum = substr(line, 1, 64)
        name = substr(line, 67)
        if (length(sum) != 64 || sum ~ /[^0-9a-f]/ || substr(line, 65, 2) != "  " ||
            taken[name]++) torn = 1
    }
    function is_torn(name) {
        wanted["MANIFEST"]
        wanted["backup.sh"]
        for (name in taken) if (!(name in wanted)) torn = 1
        for (name in wanted) if (!(name in taken)) torn = 1
        return torn + 0
    }'

# is_list <file>: one that can be read: who opens a pipe waits, one line may be more
# than fits into memory, and what is behind a NUL is not the same to all tools.
is_list() {
    [ -n "$(find "$1" -prune -type f -size -131072 2>/dev/null)" ] &&
        [ "$(tr -cd '\000' <"$1" | wc -c)" = 0 ]
}

LISTED= # by list_all: nobody lists them a second time

# list_backups: of $PLAN, oldest first: plan, id, state, bytes, type, when it began,
# pinned or -, directory. Only what carries our manifest is ours, or that of a plan that
# was adopted, and a forged one must not bring words of its own: what is printed here
# becomes words of this shell. One of a format that is newer than this script is there,
# and no more.
# Before the directory: what it restores to, and the backups that it needs, or -. #? differential
list_backups() {
    if [ -n "$LISTED" ]; then
        awk -v plan="$PLAN" '$1 == plan' <<EOF
$LISTED
EOF
        return 0
    fi
    adopted=$PLAN_PATH/.adopted
    { [ -f "$adopted" ] && is_list "$adopted"; } || adopted=/dev/null
    # A line break in a name could lead us anywhere.
    find "${BESIDE:-$PLAN_PATH}/" -maxdepth 3 ! -path "*$NEWLINE*" \
        \( -name DAMAGED -o -name PINNED -o \
        -type f ! \( -size +131071 \( -name MANIFEST -o -name SHA256SUMS \) \) \) \
        2>/dev/null | sort |
        adopted=$adopted awk -v environment="$ENVIRONMENT" \
            -v plan="$PLAN" -v beside="$BESIDE" "$AWK_SUMS"'
        # Seconds since 1970 of an id. Days are counted in years that begin in March.
        function seconds(id, y, m, days) {
            y = substr(id, 1, 4) + 0
            m = substr(id, 5, 2) + 9
            if (m < 12) y--; else m -= 12
            days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) - 719469
            days += int((153 * m + 2) / 5) + substr(id, 7, 2)
            return ((days * 24 + substr(id, 10, 2)) * 60 + substr(id, 12, 2)) * 60 \
                + substr(id, 14, 2)
        }
        BEGIN {
            ours[environment " " plan]
            while ((getline line <ENVIRON["adopted"]) > 0) ours[line]
        }
        { path[NR] = $0; there[$0] }
        END { for (number = 1; number <= NR; number++) look(path[number]) }
        function look(file, line, key, id, name) {
            if (!sub("/MANIFEST$", "", file)) return 0
            split("", value)
            split("", wanted)
            split("", taken)
            torn = bytes = 0
            lost = restored = bases = "" #? differential
            while ((getline line <(file "/MANIFEST")) > 0) {
                key = substr(line, 1, index(line, "=") - 1)
                value[key] = substr(line, length(key) + 2)
                if (key ~ /[.]bytes$/) bytes += value[key]
                if (match(key, /[.](snapshot|unpacked)_bytes$/)) restored += \ #? differential
                    value[key] - value[substr(key, 1, RSTART) "bytes"] #? differential
                want(line)
            }
            close(file "/MANIFEST")
            if ((file "/SHA256SUMS") in there) {
                while ((getline line <(file "/SHA256SUMS")) > 0) take(line)
                close(file "/SHA256SUMS")
            }
            if (value["format"] == 3) value["format"] = 2 #? differential
            for (name in wanted) if (name ~ /^[.][.]/) { #? differential
                bases = bases "," substr(name, 4, 16) #? differential
                at = file #? differential
                sub("[^/]*$", substr(name, 4, 16), at) #? differential
                if (beside ? (getline line <(at "/MANIFEST")) < 1 : \ #? differential
                    !((at substr(name, 20)) in there)) lost = 1 #? differential
                if ((at "/DAMAGED") in there) lost = 1 #? differential
                there[file "/" name] #? differential
            } #? differential
            for (name in wanted) if (!((file "/" name) in there)) torn = 1
            id = value["id"]
            if (!((value["environment"] " " value["plan"]) in ours) ||
                length(id) != 16 || id !~ /^[0-9]+T[0-9]+Z$/ ||
                value["type"] !~ /^[a-z]+$/ || beside == "" && file !~ ("/" id "$"))
                return 0
            state = (file "/DAMAGED") in there ? "damaged" : \
                value["format"] + 0 > 2 ? "newer" : is_torn() ? "torn" : \
                "partial" in value ? "partial" : "ok"
            if (lost && state ~ /^(ok|partial)$/) state = "lost" #? differential
            began = value["began_s"] ~ /^[0-9]+$/ ? value["began_s"] : seconds(id)
            printf "%s %s %s %.0f %s %.0f %s ", plan, id, state, bytes, value["type"],
                began, (file "/PINNED") in there ? "pinned" : "-"
            printf "%.0f %s ", bytes + restored, bases ? substr(bases, 2) : "-" #? differential
            print file
        }'
}

# print_last_bytes: of the last whole backup; 0 when there is none.
print_last_bytes() {
    list_backups | awk '$3 == "ok" { bytes = $4 } END { printf "%.0f", bytes }'
}
