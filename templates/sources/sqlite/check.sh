# examine_sqlite <name> <database>: can it be copied, and what will its writers
# notice?
examine_sqlite() {
    look_at_sqlite "$2"
    (cd "$SCRATCH" && exec sqlite3 -init /dev/null :memory: '.backup --async recent') \
        >/dev/null 2>&1 || refuse "this sqlite3 is too old: it knows no .backup --async"
    answer=$( (exec_sqlite ro "$LIVE" ".timeout $BUSY_TIMEOUT_MS" 'BEGIN' \
        'SELECT count(*) FROM sqlite_master') 2>&1) || case $answer in
        *readonly*) advise "'$2': a crash cut off its last transaction; its" \
            "application rolls that back when it starts" ;;
        *) refuse "cannot read '$2': $answer" ;;
    esac
    database_kb=$(print_kb)
    about="'$2', sqlite3 $(sqlite3 -version | cut -d ' ' -f 1), $database_kb KiB"
    if [ "$JOURNAL" = wal ]; then
        echo "$about, write-ahead log: writers go on"
        return 0
    fi
    refuse_known_stall "$1" "$2"
    # As slow as a disk may be; where files can be cloned, it is no time.
    stall_s=$((database_kb / 100000 + 1))
    if can_clone check; then
        remove_clone
        echo "$about, rollback journal: writers wait for a clone, no copy"
    elif [ -n "$ON_QUIESCE" ]; then                                           #? quiesce
        echo "$about, rollback journal: the hook quiesce makes writers pause" #? quiesce
    elif [ "$stall_s" -le "$MAX_WRITE_STALL_S" ]; then
        echo "$about, rollback journal: writers wait about $stall_s s or less"
    else
        advise "$about, rollback journal: writers would wait about $stall_s s for the" \
            "copy, which is cut off after $MAX_WRITE_STALL_S s (max_write_stall);" \
            "better: sqlite3 '$2' 'PRAGMA journal_mode=wal'"
    fi
}
