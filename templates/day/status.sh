# print_facts <mode>: of $PLAN, for print_status, a line each: what is wrong now, the
# backups there are, what retention says, what became of runs and drills. Older scripts
# wrote that of the last ones alone, as key=value.
print_facts() {
    [ -z "$STATE_TROUBLE" ] || echo "state $STATE_TROUBLE: no run can note its result"
    ! is_locked "$PLAN" || echo running
    [ "$ENABLED" = yes ] || echo off    #? disabled
    echo "drills $DRILL_OVERDUE_MIN"    #? drills
    [ ! -d "$PLAN_PATH" ] || echo there #? metrics
    list_backups | sed 's/^/backup /'
    case $1 in json | metrics) judge_backups ahead | sed -n '/^removal /p' ;; esac
    sed 's/^/retention /' "$STATE_PATH/retention.$PLAN" 2>/dev/null || : # there may be
    sed 's/^/run /' "$STATE_PATH/run.$PLAN" 2>/dev/null || :             # none of these
    sed 's/^/drill /' "$STATE_PATH/drill.$PLAN" 2>/dev/null || :
    cat "$STATE_PATH/results.$PLAN" 2>/dev/null || :
    printf '%s\n' "$RESULT" #? metrics
    print_following         #? follow
}

# For awk, in judge_backups: which one goes first, and when, if there is a run at each
# of the longest gaps of the schedule; a hundred of them.
AWK_AHEAD='
    END {
        while (by == "ahead" && n && !gone && runs++ < 100) {
            state = "ok"
            then = sprintf("%.0f", began[ids[n]] + gap)
            id = "Z" runs # after each that is there
            print_id = "date -u -d @" then " +%Y%m%dT%H%M%SZ" #? calendar
            print_id | getline id #? calendar
            close(print_id) #? calendar
            began[id] = then
            ids[++n] = id
            split("", seen) #? calendar
            split("", periods) #? calendar
            judge(ids, n, 0)
            decide() #? differential
        }
        if (gone) print "removal", gone, then
        if (by == "ahead") exit
    }'

# print_status <text|json|metrics|check>: of $PLAN. Ends with 1 when a person should
# look; what is not known yet is null, or no metric.
print_status() {
    print_facts "$1" | awk -v mode="$1" -v plan="$PLAN" \
        -v overdue="$((OVERDUE_AFTER_MIN * 60))" -v longest="$MAX_DURATION_S" \
        -v now="$(date +%s)" \
        -v now_id="$(date -u +%Y%m%dT%H%M%SZ)" '
        function rest(from, text) {
            text = $0
            while (--from) sub(/^[^ ]* /, "", text)
            return text
        }
        $1 == "state" { note(rest(2)) }
        $1 == "running" { running = 1 }
        $1 == "there" { there = 1 } #? metrics
        $1 == "off" { off = 1 } #? disabled
        $1 == "drills" { drill_overdue = $2 * 60 } #? drills
        $1 == "backup" && $4 ~ /damaged|torn/ { damaged = damaged " " $3; worthless++ }
        $1 == "backup" && $4 == "lost" { lost = lost " " $3; worthless++ } #? differential
        $1 == "backup" && $4 ~ /^(ok|partial)$/ {
            if ($3 > now_id) ahead = $3
            else if ($4 == "partial") partial = $3
            else {
                newest = $3; size = $5; age = now - $7; whole++
                if (!first) first = $7
            }
        }
        $1 == "removal" && !off { next_id = $2; next_s = $3 }
        $1 == "retention" && $2 == "stopped:" { stopped = rest(3); next_id = "" }
        $1 == "retention" && $2 == "acknowledged" { acknowledged = $3 }
    '"$AWK_FOLLOWED"' #? follow
        $1 != "run" && $1 != "drill" { next }
        $2 == "began" && NF == 3 { open[$1] = $3 }
        $2 == "warned" { is[$1, "warnings"] = rest(3) }
        function is_number(s) { return s ~ /^(0|[1-9][0-9]*)$/ }
        $2 ~ /^(ended|again)$/ && is_number($3) && is_number($4) && is_number($5) &&
            is_number($8) { # and not torn by a power cut
            if ($2 == "ended") before[$1] = is[$1, "failures"]
            open[$1] = 0
            is[$1, "began_s"] = $3
            is[$1, "duration_s"] = $4 - $3
            is[$1, "status"] = $5
            is[$1, "failures"] = $5 ? before[$1] + 1 : 0
            if ($5) { is[$1, "failed_at"] = $6; is[$1, "reason"] = rest(9); next }
            is[$1, "success_s"] = $4
            is[$1, "success_id"] = $7
            is[$1, "bytes"] = $8
        }
        $2 ~ /^[a-z_]*=/ { # of an older script
            value = rest(2)
            key = substr(value, 1, index(value, "=") - 1)
            value = substr(value, length(key) + 2)
            if (is_number(value) || key ~ /^(failed_at|reason|success_id|warnings)$/)
                is[$1, key] = value
        }
        function note(line) { trouble[++troubles] = line }
        function words(s) {
            return s < 120 ? s " s" : s < 7200 ? int(s / 60) " min" : \
                s < 172800 ? int(s / 3600) " h" : int(s / 86400) " days"
        }
        function look(kind, why) {
            if (is[kind, "status"] + 0) note("the last " kind " failed at " \
                is[kind, "failed_at"] ": " is[kind, "reason"])
            if (is[kind, "warnings"] != "")
                note("the last " kind " warned: " is[kind, "warnings"])
            if (open[kind] && !running)
                note("the last " kind " was killed, or the machine stopped" why)
            if (open[kind] && running && now - open[kind] > longest + 60)
                note("a " kind " has gone on for more than " words(longest))
        }
        END {
            look("run", "; the next cleans up")
            if (!off && newest == "") note("there is no " \
                (partial ? "whole backup yet; " partial " is partial" : "backup yet"))
            else if (!off && age > overdue)
                note("overdue: the last success is " words(age) " old, more than " \
                    words(overdue))
            look("drill")
            proved_s = is["drill", "success_s"]
            unproved = now - (proved_s ? proved_s : first ? first : now)
            if (unproved > drill_overdue)                              #? drills
                note("no drill has proved a backup for " words(unproved)) #? drills
            if (ahead && ahead != acknowledged)
                note("a backup is from the future: " ahead "; is the clock right?")
            if (stopped) note("retention has stopped: " stopped "; look, then run" \
                " \047prune " plan "\047")
            if (damaged) note("damaged, and so worth nothing:" damaged \
                "; \047verify " plan " ID\047 looks again; remove the directory" \
                " when it cannot be repaired")
            if (lost) note("lost, since what they are patches against is missing" \ #? differential
                " or damaged:" lost "; remove them") #? differential
            for (i = 1; i <= troubles; i++) all = all (i > 1 ? "; " : "") trouble[i]
        }
        END { if (mode == "check") print all ? all : "last success " newest }
        END {
            if (mode == "text") {
                printf "%-16s %-8s %s\n", plan, all ? "TROUBLE" : "ok", newest == "" ? \
                    "no backup" : "last success " newest ", " words(age) " ago, " size \
                    " bytes"
                for (i = 1; i <= troubles; i++) printf "%17s- %s\n", "", trouble[i]
                if (!all && is["run", "failed_at"] != "")
                    printf "%17slast failure %s: %s\n", "", is["run", "failed_at"], \
                        is["run", "reason"]
                if (proved_s) printf "%17slast drill proved %s, %s ago\n", "", \
                    is["drill", "success_id"], words(unproved)
            }
        }
        function field(key, what) {
            if (what == "") what = "null"
            printf "%s\"%s\":%s", key == "plan" ? "{" : ",", key, what
        }
        # What was cut in the middle, or is of another encoding, is no JSON.
        function utf8(from, to, more, valid) {
            more = "[\200-\277]"
            valid = "^([\001-\177]|[\302-\337]" more "|\340[\240-\277]" more "|" \
                "[\341-\354\356\357]" more more "|\355[\200-\237]" more "|" \
                "\360[\220-\277]" more more "|[\361-\363]" more more more "|" \
                "\364[\200-\217]" more more ")+"
            while (from != "") {
                to = to (match(from, valid) ? substr(from, 1, RLENGTH) : "?")
                from = substr(from, RLENGTH > 0 ? RLENGTH + 1 : 2)
            }
            return to
        }
        function string(key, what) {
            what = utf8(what)
            gsub(/[\\"]/, "\\\\&", what)
            field(key, what == "" ? "" : "\"" what "\"")
        }
        END {
            if (mode == "json") {
                string("plan", plan)
                field("ok", all ? "false" : "true")
                string("last_success", newest)
                field("age_s", age)
                field("bytes", size)
                field("overdue_after_s", overdue)
                field("last_exit_code", is["run", "status"])
                field("failures", is["run", "failures"])
                string("last_failure", is["run", "failed_at"])
                string("last_failure_reason", is["run", "reason"])
                string("last_proved", is["drill", "success_id"])
                field("last_proved_s", proved_s)
                field("damaged", worthless + 0)
                string("partial", partial)
                string("next_removal", next_id)
                field("next_removal_s", next_id == "" ? "" : next_s)
                string("retention_stopped", stopped)
                string("warnings", is["run", "warnings"])
                string("trouble", all)
    '"$AWK_FOLLOWED_JSON"' #? follow
                print "}"
            }
        }
    '"$AWK_METRICS"' #? metrics
    '"$AWK_FOLLOWED_TEXT"' #? follow
        END { exit troubles > 0 }'
}
