# print_dotenv <file> <key>: its value as a password, for an option file. Read as
# Docker Compose does: the last one counts; quotes, comments, export; escapes in
# double quotes; $$ is a dollar. What would need other variables is refused.
print_dotenv() {
    require_private "$1"
    head -c 1000000 "$1" | awk -v key="$2" '
        # The text up to the closing quote, with its escapes undone.
        function unquoted(text, quote, i, c, value) {
            for (i = 2; (c = substr(text, i, 1)) != quote; i++) {
                if (c == "") exit 1
                if (c == "\\") {
                    c = substr(text, ++i, 1)
                    if (c == "") exit 1
                    if (quote == "\"" && c ~ /[0abcfnv]/) exit 1
                    if (quote == "\"" && c == "$") c = "$$"
                    else if (quote == "\"" && c == "t") c = "\t"
                    else if (quote == "\"" && c == "r") c = "\r"
                    else if (c != quote && (quote != "\"" || c != "\\")) c = "\\" c
                }
                value = value c
            }
            return value
        }
        { sub(/\r$/, "") }
        NR == 1 { sub(/^\357\273\277/, "") }
        {
            sub(/^[ \t]*(export[ \t]+)?/, "")
            if (index($0, key) != 1) next
            text = substr($0, length(key) + 1)
            if (!sub(/^[ \t]*[=:][ \t]*/, "", text)) next
            found = 1
            quote = substr(text, 1, 1)
            if (quote == "\"" || quote == "\047") value = unquoted(text, quote)
            else {
                sub(/[ \t]#.*/, "", text)
                sub(/[ \t]+$/, "", text)
                value = text
            }
            literal = quote == "\047"
        }
        END {
            if (!found) exit 1
            for (i = 1; (c = substr(value, i, 1)) != ""; i++) {
                if (c == "$" && !literal && substr(value, ++i, 1) != "$") exit 1
                escaped = escaped (c ~ /[\\"]/ ? "\\" c : c)
            }
            print "password=\"" escaped "\""
        }' || refuse "'$1' has no $2 that can be read as Docker Compose" \
        "reads it without other variables: use password_file"
}
