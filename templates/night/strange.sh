# print_strange: lines of the manifest here that no run of ours writes. What we
# read there becomes paths, numbers and SQL: a forged backup must not make us run its
# own.
print_strange() {
    awk '
        {
            at = index($0, "=")
            key = word = substr($0, 1, at - 1)
            value = substr($0, at + 1)
            sub(/^[a-z0-9_+-]*[.]/, "", word)
            good = 1
        }
        word == "artifact" { good = value ~ /^[a-z0-9_+-]+$/ }
        word == "file" { good = value ~ /^[a-z0-9_+\/-][A-Za-z0-9._+\/-]*$/ &&
            value !~ /^\/|[.][.]/ }
        key ~ /[+]base[.]file$/ { good = value ~ \ #? differential
            /^[.][.].[0-9]+T[0-9]+Z.databases.[a-z0-9_+-]+[.]sqlite3[.]zst$/ } #? differential
        word ~ /^(source|real|root)$/ { good = value ~ /^\// &&
            value !~ /\/[.][.](\/|$)/ && (word == "root" || value !~ /\/$/) }
        word ~ /^[a-z_]*bytes$|^members$/ { good = value ~ /^[0-9]+$/ }
        word == "mode" { good = value ~ /^[0-7]+$/ }
        word == "owner" { good = value ~ /^[0-9]+:[0-9]+$/ }
        word == "charset" { good = value ~ /^[A-Za-z0-9_ ]*$/ }
        word == "changes" { good = value ~ /^[0-9]+T[0-9]+Z [0-9]+ [0-9]+$/ }
        # what only keep adds
        word ~ /^(aside|live.*|new|work_as|loaded)$/ { good = 0 }
        word == "tables" && value !~ /^[0-9]*$/ { # a list: (\047name\047),...
            sub(/^VALUES /, ",", value)
            gsub(/,\(\047([^\047]|\047\047)*\047\)/, "", value)
            good = value == ""
        }
        word ~ /^(id|plan|kind|file|source|real|.*bytes|mode|owner|charset|tables)$/ {
            if (seen[key]++) good = 0
        }
        !good
    ' MANIFEST
}
