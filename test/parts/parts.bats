# Single functions, sourced from their part under every shell. Commands are faked
# by files in PATH.
bats_require_minimum_version 1.5.0

load ../helpers

PARTS=$ROOT/templates

setup() {
    PLACE=$(mktemp -d "$BATS_TEST_TMPDIR/parts.XXXXXX")
    SETTINGS="set -eu; PLAN=test ENVIRONMENT=test NICE=no USER_ID=$(id -u) MIN_FREE_KB=0 CHILD= WATCHER= WORK= LOCKS= SCRATCH=$PLACE STATE_PATH=$PLACE"
}

# everywhere <part...> -- <code> <wanted output>: the same on every shell
everywhere() {
    local code="$SETTINGS
" shell got
    while [ "$1" != -- ]; do
        code+=". $PARTS/$1.sh
"
        shift
    done
    printf '%s\n%s\n' "$code" "$2" >"$PLACE/code.sh"
    for shell in "${SHELLS[@]}"; do
        command -v "${shell%% *}" >/dev/null || continue
        got=$($shell "$PLACE/code.sh" 2>"$PLACE/err") || got="$got [$?]"
        [ "$got" = "$3" ] || {
            printf '%s: wanted\n%s\ngot\n%s\n%s\n' "$shell" "$3" "$got" "$(cat "$PLACE/err")"
            return 1
        }
    done
}

@test "fail: ends with that status, and the message on standard error" {
    everywhere night/messages -- 'refuse "no $(echo luck)"; echo on' ' [3]'
    grep -q 'test: error: no luck$' "$PLACE/err"
}

@test "log: that cannot be written does not end the script" {
    everywhere night/messages -- 'log hello 2>/dev/full; echo on' on
}

@test "await: gives the status of the child" {
    everywhere night/messages night/processes -- '(exit 7) & await $! || echo $?; true & await $! && echo fine' "$(printf '7\nfine')"
}

@test "stages_ended_well: a stage that failed, was killed or never ran is a failure" {
    everywhere night/messages night/processes night/pipes -- '
        stage 1 echo x | cat >/dev/null; stages_ended_well 1 && echo good
        stage 1 false | cat >/dev/null; stages_ended_well 1 || echo failed
        stage 1 sh -c "kill -9 \$\$" | cat >/dev/null; stages_ended_well 1 || echo killed
        stage 1 sh -c "exit 0" | stage 2 false | cat; stages_ended_well 1 2 || echo second' \
        "$(printf '%s\n' good failed killed second)"
}

@test "take_lock: whoever comes second is refused, also where nothing can be written; a whole environment is nobody's" {
    everywhere night/messages night/processes night/state -- 'SHELL_PID=$$ PLANS="a b"; (take_lock a; echo had)
        (take_lock a; (take_lock a 2>/dev/null) || echo a $?; (take_lock b; echo b); (take_lock b -x 2>/dev/null) || echo whole $?)
        (take_lock b -x; (take_lock a 2>/dev/null) || echo all $?); take_lock a; echo free' \
        "$(printf '%s\n' had 'a 4' b 'whole 4' 'all 4' free)"
}

@test "require_space: compares sizes beyond 32 bits" {
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\necho head; echo "fs 1 1 %s 1%% /x"\n' 9000000000 >"$PLACE/bin/df"
    chmod +x "$PLACE/bin/df"
    PATH=$PLACE/bin:$PATH
    everywhere night/messages night/destination -- 'require_space / 8999999999k x; echo yes; require_space / 9000000001k x' "$(printf 'yes\n [3]' | sed 'N;s/\n//')"
}

@test "exec_sqlite: odd names reach the right file, and none is made" {
    odd="$PLACE/a?b#c%20d'e"
    sqlite3 "$odd" 'CREATE TABLE t (x)'
    everywhere night/messages night/processes night/owner sources/sqlite/snapshot -- "(exec_sqlite rw \"$odd\" 'SELECT name FROM sqlite_master;'); (exec_sqlite rw '$PLACE/none' 'SELECT 1 FROM sqlite_master;') || echo none" "$(printf 't\nnone')"
    [ ! -e "$PLACE/none" ]
}

@test "choose_compressor: the best that is there; one that is asked for and missing is refused" {
    mkdir "$PLACE/bin"
    ln -s "$(command -v date)" "$(command -v gzip)" "$PLACE/bin"
    local path=$PATH
    everywhere night/messages night/compression -- "SUFFIX=auto; choose_compressor; echo \$SUFFIX
        SUFFIX=; choose_compressor; echo none\$SUFFIX; PATH=$PLACE/bin
        SUFFIX=auto; choose_compressor; echo \$SUFFIX; SUFFIX=.xz; choose_compressor" \
        "$(printf '.zst\nnone\n.gz\n [3]' | sed '$!b;N' | sed 'N;N;N;s/\n \[/ [/')"
    PATH=$path
}

@test "print_full: a place that does not answer is not asked for its room" {
    mkdir "$PLACE/bin"
    printf '#!/bin/sh\n[ "$1" != /dead/ ] || until [ -e "%s" ]; do /bin/sleep 0.1; done\n' "$PLACE/over" >"$PLACE/bin/ls"
    printf '#!/bin/sh\nexec /bin/sleep 0.01\n' >"$PLACE/bin/sleep"
    printf '#!/bin/sh\n[ "$2" != /dead ] || true >"%s"\necho head; echo "fs 1 1 0 100%% /x"\n' "$PLACE/asked" >"$PLACE/bin/df"
    chmod +x "$PLACE/bin/"*
    PATH=$PLACE/bin:$PATH
    everywhere night/messages night/processes night/destination -- "WORK=/dead; print_full \"of '/dead' and '/full'\"" "; the disk of '/full' is full" || { true >"$PLACE/over" && return 1; }
    true >"$PLACE/over"
    [ ! -e "$PLACE/asked" ]
}
