# What night.bats and trouble.bats share.

json() { node -p "const s = JSON.parse(process.argv[1])[0]; $1" "$out"; }

# each_shell <function>: called with each; not in a list, where a failure is no failure
each_shell() {
    local shell
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        echo "shell: $shell"
        rm -rf "$DEST" "$STATE"
        "$1" "$shell"
    done
}

# backups: their number
backups() { ls "$DEST/default" 2>/dev/null | grep -c 'Z$' || :; }

value() { sed -n "s/^gen_backup_$1{.*} //p" "$PLACE/metrics/gen-backup-test-default.prom"; }
