# Kills at random instants of real runs, beside a live writer.

# all_is_well <shell>: what is published verifies and restores, and a run works
all_is_well() {
    local backup
    under "$1" run
    expect_status 0 || {
        tail -n +1 "$STATE"/lock.default
        date +'%F %T.%N'
        ps -eo pid,ppid,lstart,args | grep "$PLACE"
        return 1
    }
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ]
    no_lock
    under "$1" verify default all
    expect_status 0
    for backup in "$DEST"/default/2*Z; do (cd "$backup" && sha256sum -c --quiet SHA256SUMS); done
    rm -rf "$PLACE/restored"
    under "$1" restore default --to "$PLACE/restored"
    expect_status 0
    is_of_one_instant "$PLACE/restored$DB"
    kill -0 "$WRITER"
}

# kills <count> <journal mode>: kill -9 at random instants of runs, of the shell alone
# (what it started goes on for a while) or of all that it started; every eleventh
# time, that all is well. The writer makes 50 commits a second.
kills() {
    local count=$1 i shell took kills=0
    DATABASE_KEYS='max_write_stall = "20s"'
    make_script 'keep = { last = 3 }
nice = false'
    WRITER_MB=2 start_writer "$2" 50
    took=$(date +%s%N)
    under sh run
    expect_status 0
    took=$((($(date +%s%N) - took) / 1000000))
    for ((i = 0; i < count; i++)); do
        shell=${ALL_SHELLS[i % ${#ALL_SHELLS[@]}]}
        command -v "${shell%% *}" >/dev/null || shell=sh
        # shellcheck disable=SC2086
        setsid $shell "$SCRIPT" run >/dev/null 2>&1 3>&- &
        sleep "$(printf '0.%03d' $((RANDOM % (took < 999 ? took : 999))))"
        ! kill -9 -- "$([ $((i % 2)) = 0 ] || echo -)$!" 2>/dev/null || kills=$((kills + 1))
        wait "$!" 2>/dev/null || :
        if ((i % 11 == 10 || i == count - 1)); then all_is_well "$shell"; fi
    done
    echo "# $kills of $count were killed within their run, of $took ms" >&3
    [ "$kills" -gt $((count / 2)) ]
    stop_writer
    is_of_one_instant "$DB"
    # the writer never failed, and lost nothing of what it was told is committed
    [ "$(sqlite3 "$DB" 'SELECT n FROM meta')" = "$(node -p "JSON.parse(fs.readFileSync('$PLACE/writer.json')).commits")" ]
}
