# The fault matrix of a MariaDB: a run at the dump and the compression that it is piped
# into, and a restore in place. What must be true is in faults.bash.
bats_require_minimum_version 1.11.0

load ../helpers
load ../services
load faults

RUN_STEPS=(dump compress)
RESTORE_STEPS=(lock inspect trial aside kept load end)
SECRET='s3cret-of-the-matrix'

setup_file() {
    need_mariadb
    make_world "${RUN_STEPS[@]}" "${RESTORE_STEPS[@]}"
    start_server mariadb
    admin mariadb -e "CREATE USER backup@localhost IDENTIFIED BY '$SECRET';
        GRANT ALL ON *.* TO backup@localhost"
    make_schema one
    printf '%s\n' "$SECRET" >"$PLACE/password"
    chmod 600 "$PLACE/password"
    make_mysql_script mariadb shop "socket = '$(socket_of mariadb)'
user = 'backup'
password_file = '$PLACE/password'" 'keep = { last = 2 }'
    # The trial that faults meet is the one on the live server; mysql_trial.bats has the other.
    sed -i 's/mariadbd mysqld; do/no-such-program; do/' "$SCRIPT"
    mkdir "$STORAGE" "$PLACE/tmp"
    keep_world
}

teardown_file() {
    stop_services
    end_world
}

teardown() { stop_writer; }

# make_schema <mark>: again. Every second transfer leaves the sum as it is.
make_schema() {
    admin mariadb -e "DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; USE shop;
        CREATE TABLE a (id INT PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB;
        CREATE TABLE b LIKE a; CREATE TABLE pad LIKE a;
        CREATE TABLE meta (n INT NOT NULL, mark VARCHAR(9)) ENGINE=InnoDB;
        INSERT INTO a SELECT seq, 1000 FROM seq_1_to_200; INSERT INTO b SELECT * FROM a;
        INSERT INTO pad SELECT seq, rand(1) * 1000000000 FROM seq_1_to_9000;
        INSERT INTO meta VALUES (0, '$1')"
}

prepare_cell() {
    local client
    client="mariadb --no-defaults -S '$(socket_of mariadb)' -uroot shop"
    admin mariadb -e 'DROP DATABASE IF EXISTS gen_backup_trial_test'
    make_schema one
    # not for ever: a dump that waits for its compressor holds its tables
    echo "$client -e 'SET lock_wait_timeout = 5; DROP DATABASE shop'" >"$MATRIX/vanished"
    # what it was, with a mark; at once, since a dump may run beside it
    echo "$client -e 'BEGIN; DELETE FROM a; DELETE FROM b; INSERT INTO a SELECT seq, 1000 FROM seq_1_to_200;
        INSERT INTO b SELECT * FROM a; UPDATE meta SET mark = \"two\"; COMMIT'" >"$MATRIX/replaced"
    # dropped for good: made again
    {
        printf '%s\n' '#!/bin/bash' "$(declare -f make_schema admin client_of socket_of)" \
            "BATS_FILE_TMPDIR='$BATS_FILE_TMPDIR'"
        echo "[ $fault != vanished ] || { make_schema one && echo 0 >'$MATRIX/again'; }"
    } >"$MATRIX/mend"
    chmod 755 "$MATRIX/mend"
}

count_now() { admin mariadb shop -e 'SELECT n FROM meta'; }

start_writer() {
    mkfifo "$MATRIX/never"
    [ "$fault" != replaced ] && [ "$fault" != vanished ] || return 0
    {
        while [ ! -e "$MATRIX/stop" ]; do
            a=$((RANDOM % 200 + 1)) b=$((RANDOM % 200 + 1)) c=$((RANDOM % 100))
            echo "BEGIN; UPDATE a SET amount = amount - $c WHERE id = $a;" \
                "UPDATE b SET amount = amount + $c WHERE id = $b; UPDATE meta SET n = n + 1; COMMIT;"
            read -rt 0.04 <>"$MATRIX/never" || :
        done | admin mariadb -f shop
    } >/dev/null 2>&1 3>&- &
    WRITER=$!
}

# look <schema>: what is in it, in a line.
look() {
    admin mariadb -e "USE $1; SELECT (SELECT sum(amount) FROM a) + (SELECT sum(amount) FROM b),
        mark, (SELECT count(*) FROM pad) - 9000, n FROM meta" 2>&1 | tr '\t' ' '
}

# is_whole_backup <id> <transactions> <transactions> <which>
is_whole_backup() {
    (cd "$DEST/default/$1" && sha256sum -c --quiet SHA256SUMS) || broken "$1: wrong sums"
    under "$shell" restore default "$1" --to "$PLACE/restored.$1"
    expect_status 0 || broken "$1 does not restore"
    admin mariadb -e 'DROP DATABASE IF EXISTS proof; CREATE DATABASE proof'
    admin mariadb proof <"$PLACE/restored.$1/index.sql" || broken "$1 does not load"
    local answer count
    answer=$(look proof)
    count=${answer##* }
    case "$4:${answer% *}" in
        *one*:'400000 one 0') [ "$count" -ge "$2" ] && [ "$count" -le "$3" ] ;;
        *two*:'400000 two 0') ;;
        *) false ;;
    esac || broken "$1: the schema is of no instant: $answer, not $2 to $3 of '$4'"
    no_secret
}

# no_secret: in nothing that was printed or kept.
no_secret() {
    local found
    found=$(grep -rlF "$SECRET" "$MATRIX" "$STATE" "$DEST" "$SCRIPT" "$PLACE/tmp" "$PLACE/out" "$PLACE/err" || :)
    [ -z "$found" ] || broken "the password is in $found"
    ! find "$DEST" -name '*.zst' -exec zstd -qdc {} + | grep -qF "$SECRET" || broken 'the password is in a dump'
}

# cell_restore <subject> <step> <fault> <shell>: a restore in place with a fault: the old
# content or the new one. Only who is killed while it loads, or loses the backups then,
# cannot put the old one back: it is aside, and the next restore is whole.
cell_restore() {
    local subject=$1 step=$2 fault=$3 shell=$4 now word second='' torn=no
    need_shell "$shell"
    need_fault "$fault"
    CELL="$subject	$step	$fault	$shell"
    renew_world
    prepare_cell
    admin mariadb shop -e "UPDATE meta SET mark = 'live'"
    echo "mv '$DEST/default' '$DEST/away'" >"$MATRIX/vanished"
    printf '%s\n' '#!/bin/sh' "[ ! -d '$DEST/away' ] || { rm -rf '$DEST/default'; mv '$DEST/away' '$DEST/default'; }" >"$MATRIX/mend"
    with_fault "$step" "$fault" "$shell" restore default --yes
    now=$(look shop)
    case $now in
        '400000 live 0 0') now=old ;;
        '400000 two 0 0') now=old ;;
        '400000 one 0 0') now=new ;;
        *) torn=yes ;;
    esac
    word="$now, $status"
    if [ "$torn" = yes ]; then
        case $step:$fault:$status in
            load:killed:137) ;;
            load:unmounted:1 | load:vanished:1) [[ $err == *'is incomplete'* ]] || broken 'it says nothing' ;;
            *) broken "neither the old nor the new: $now" ;;
        esac
        word="torn, $status"
    fi
    [ "$fault" != second ] || check_second
    case $status:$now in
        0:new | [1345]:old | 129:old | 130:old | 137:old | 143:old) ;;
        129:new | 130:new | 137:new | 143:new) ;;
        # it cannot look whether all was loaded
        1:new) [[ $err == *'in place'* || $err == *'is incomplete'* ]] || broken 'it does not say that it is in place' ;;
        4:new) [ "$second" = ', second 0' ] || broken 'it says busy, and it is new' ;;
        0:old) [ "$fault:$step" = replaced:end ] || broken 'it says done, and it is old' ;;
        *) [ "$torn" = yes ] || broken "status $status, and it is $now" ;;
    esac
    case $fault in
        killed | read-only | unmounted | vanished) ;; # its work lies beside the backup
        *)
            nothing_left
            [ -z "$(admin mariadb -e "SHOW DATABASES LIKE 'gen%'")" ] || broken 'the trial schema is left'
            ;;
    esac
    [ "$now" = old ] || aside_has_old
    earlier_unchanged
    no_secret
    record "$word$second"

    under "$shell" restore default --yes
    expect_status 0 || broken 'the next restore fails'
    [ "$(look shop)" = '400000 one 0 0' ] || broken 'the next restore is not whole'
    no_lock || broken 'a lock is left'
    [ -z "$(ls -A "$DEST/default" | grep incomplete)" ] || broken 'something unfinished is left'
    [ -z "$(admin mariadb -e "SHOW DATABASES LIKE 'gen%'")" ] || broken 'the trial schema is left'
}

# aside_has_old: what was there is in a dump, whole.
aside_has_old() {
    local file
    # in the state, where the backups could only be read
    for file in {"$DEST/default","$STATE"}/.before-restore-*/index.sql.zst; do
        admin mariadb -e 'DROP DATABASE IF EXISTS proof; CREATE DATABASE proof'
        zstd -qdc "$file" | admin mariadb proof || continue
        case $(look proof) in '400000 live 0 0' | '400000 two 0 0') return ;; esac
    done
    broken 'what was there is nowhere'
}

register_cells mysql 'dump:killed dump:writes-fails' "${RUN_STEPS[@]}"
CELL_OF=cell_restore
register_cells restore-mysql 'load:TERM trial:killed' "${RESTORE_STEPS[@]}"
