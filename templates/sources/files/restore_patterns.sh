# expand_only: of --only, patterns and paths that begin at a root of the archive become
# the paths in it that match, as those of include do. What matches nothing stays, and is
# told.
expand_only() {
    names=$(manifest_value artifact) || exit
    { print_lines "$names" && print_lines "files$NEWLINE$NEWLINE$ONLY"; } | awk '
        $0 == "" { is_only = 1 }
        !is_only { stays[$0] }
        is_only && !($0 in stays) && /^[^\/.]|[*?[]/ { is_pattern = 1 }
        END { exit is_pattern }' && return 0
    load_saved files
    [ -n "$saved_kind" ] || return 0 # it is partial
    listed=$(list_names -tf) || exit
    odd=$(printf '\001')
    case $listed in
        *"$odd"*) log "warning: no pattern finds the names with a line break: restore" \
            "the directory that they are in" ;;
    esac
    ONLY=$(
        awk "$AWK_PATTERN"'
        $0 == "" { part++; next }
        !part { stays[$0]; next }
        part == 1 { roots[$0 == "/" ? "" : $0]; next }
        part == 2 {
            word[++words] = $0
            if ($0 in stays || !/^[^\/.]|[*?[]/) next
            sub(/^[.]\//, "/")
            if (/^\// || /[*?[]/ && !/\//) pattern[words] = to_expression($0)
            else for (root in roots) {
                line = root
                gsub(/[*?[\\]/, "\\\\&", line)
                line = to_expression(line "/" $0)
                if (words in pattern) line = pattern[words] "|" line
                pattern[words] = line
            }
            next
        }
        /\001/ { next } # in the place of a line break, which no word can hold
        {
            sub(/^[.]/, "")
            for (w in pattern) {
                if (index($0 "/", word[w] "/") == 1) delete pattern[w] # it is a path
                else if (match($0, pattern[w])) {
                    path = substr($0, 1, RSTART + RLENGTH - 1)
                    sub(/\/$/, "", path)
                    if (path != "" && !seen[w, path]++) found[w] = found[w] path "\n"
                }
            }
        }
        END {
            for (w = 1; w <= words; w++)
                printf "%s", w in pattern && w in found ? found[w] : word[w] "\n"
        }' <<EOF
$names
files

$saved_root

${ONLY%"$NEWLINE"}

$listed
EOF
    ) || exit
    ONLY=$ONLY$NEWLINE
}

# For awk: a pattern of the shell as an expression; no * matches a slash.
AWK_PATTERN='
    function to_expression(glob, i, c, end, text) {
        for (i = 1; i <= length(glob); i++) {
            c = substr(glob, i, 1)
            end = index(substr(glob, i + 2), "]")
            if (c == "*") text = text "[^/]*"
            else if (c == "?") text = text "[^/]"
            else if (c == "[" && end) {
                c = substr(glob, i, end + 2)
                sub(/^\[!/, "[^", c)
                text = text c
                i += end + 1
            } else {
                if (c == "\\") c = substr(glob, ++i, 1)
                text = text (index("[].^$*+?(){}|\\", c) ? "\\" c : c)
            }
        }
        sub(/\/+$/, "", text)
        return (glob ~ /^\// ? "^" : "/") text "(/|$)"
    }'
