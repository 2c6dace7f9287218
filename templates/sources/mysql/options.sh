# print_private <file>: of an option file, how to reach the server and by whose account,
# from the groups that all clients read. What else they would obey, and each line that
# they might read in another way than we do, is refused, so that nothing of it vanishes;
# a few settings that change nothing of ours are left out.
print_private() {
    require_private "$1"
    [ -z "$(find -L "$1" -prune -size +2000)" ] || refuse "'$1' is too large"
    [ "$(tr -d '\000' <"$1" | wc -c)" = "$(wc -c <"$1")" ] || refuse "'$1' has a NUL"
    problem=$(read_options <"$1") || refuse "'$1', $problem"
    read_options <"$1"
}

# read_options: an option file to an option file, or what is wrong with it.
read_options() {
    awk '
        function wrong(why) {
            problem = "line " NR ": " why
            exit
        }
        BEGIN {
            kept = " user password password1 password2 password3 host port socket" \
                " protocol bind-address ssl get-server-public-key" \
                " server-public-key-path default-auth plugin-dir compress" \
                " compression-algorithms zstd-compression-level" \
                " enable-cleartext-plugin dns-srv-name "
            dropped = " default-character-set character-sets-dir connect-timeout" \
                " secure-auth max-allowed-packet net-buffer-length local-infile" \
                " auto-rehash reconnect prompt pager beep progress-reports "
        }
        NR == 1 { sub(/^\357\273\277/, "") }
        {
            sub(/^[ \t\r\f\013\240]+/, "")
            sub(/[ \t\r\f\013\240]+$/, "")
        }
        /^[#;]/ || $0 == "" { next }
        length($0) > 4000 { wrong("is too long") }
        /^!/ { wrong("includes others: write here what is needed of them") }
        /^\[/ {
            group = substr($0, 2)
            if (!sub(/\].*/, "", group)) wrong("is no group")
            sub(/[ \t\r\f\013\240]+$/, "", group)
            taken = group ~ /^client(-server|-mariadb)?$/
            if (taken) lines = lines "[" group "]\n"
            next
        }
        group == "" { wrong("stands before any group") }
        taken {
            name = $0
            sub(/[ \t\r\f\013\240]*=.*/, "", name)
            gsub(/_/, "-", name)
            sub(/^loose-/, "", name)
            bare = name
            sub(/^(skip|disable|enable)-/, "", bare)
            if (index(kept, " " name " ") || index(kept, " " bare " ") || \
                bare ~ /^(ssl|tls|authentication)-[a-z0-9-]*$/) lines = lines $0 "\n"
            else if (!index(dropped, " " bare " ")) {
                sub(/[^a-z-].*/, "...", name) # it may be a piece of a password
                wrong("\047" name "\047 in [" group "] says more than how to reach" \
                    " the server: take it out")
            }
        }
        END {
            if (!problem && lines == "")
                problem = "has no group [client], where the account belongs"
            if (problem) print problem
            else printf "%s", lines
            exit problem != ""
        }'
}
