# backup_sqlite_tables <name> <database> <table...>: a database of those tables
# alone.
backup_sqlite_tables() {
    artifact=$1 database=$2
    shift 2
    tables=$(printf '%s\n' "$@" | sed "s/'/''/g; s/.*/('&')/" | paste -s -d , -)
    begin_snapshot "$artifact" "$database"
    refuse_known_stall "$artifact" "$database"
    save_tables "VALUES $tables"
    finish_snapshot "$artifact" "$database" sqlite3-tables
    manifest "$artifact.tables=VALUES $tables"
}

# save_tables <SQL of their names>: as of one instant, to the lent copy.
save_tables() {
    lend missing definitions single.sql copy-1.sql copy-2.sql
    print_table_copy main part "$1" >"$LENT/copy.sql"
    print_single_statement >"$LENT/single.awk"
    chmod 644 "$LENT/copy.sql" "$LENT/single.awk"
    hold_sqlite "ATTACH 'copy' AS part" 'PRAGMA part.journal_mode=OFF' '.read copy.sql'
    [ ! -s "$LENT/missing" ] || die "'$LIVE' has no ordinary table" \
        "$(sed "s/.*/'&'/" "$LENT/missing" | tr '\n' ' ')"
}

# print_table_copy <from> <to> <SQL of their names>: SQL that makes the tables
# of one schema what they are in another: all but generated columns,
# AUTOINCREMENT counters and, for tables new there, indexes and triggers. What
# sqlite_master keeps begins with 'CREATE TABLE ', whatever was typed, so that
# is where the schema's name goes in.
print_table_copy() {
    cat <<SQL
PRAGMA ignore_check_constraints=ON; -- they may call edit(), which starts programs
CREATE TEMP TABLE wanted (name TEXT COLLATE NOCASE);
INSERT INTO wanted $3;
CREATE TEMP TABLE selected AS
  SELECT name, '"' || replace(name, '"', '""') || '"' AS quoted, sql,
    (SELECT group_concat('"' || replace(c.name, '"', '""') || '"')
      FROM pragma_table_xinfo(t.name, '$1') AS c WHERE c.hidden = 0) AS columns,
    name COLLATE NOCASE NOT IN
      (SELECT name FROM $2.sqlite_master WHERE type = 'table') AS is_new
  FROM $1.sqlite_master AS t
  WHERE type = 'table' AND typeof(sql) = 'text' AND sql LIKE 'CREATE TABLE %'
    AND name COLLATE NOCASE IN (SELECT name FROM wanted);
.output missing
SELECT name FROM wanted EXCEPT SELECT name FROM selected;
.output definitions
SELECT quote(type), quote(CAST(sql AS TEXT)) FROM $1.sqlite_master
  WHERE tbl_name COLLATE NOCASE IN (SELECT name FROM selected) AND sql IS NOT NULL;
.output
.shell awk -f single.awk definitions >single.sql
.read single.sql
SELECT x FROM every_definition_is_a_single_statement;
.output copy-1.sql
SELECT 'CREATE TABLE $2.' || substr(sql, 14) || ';' FROM selected WHERE is_new;
SELECT 'DELETE FROM $2.' || quoted || ';' FROM selected WHERE NOT is_new;
SELECT 'INSERT INTO $2.' || quoted || ' (' || columns || ') SELECT ' || columns
  || ' FROM $1.' || quoted || ';' FROM selected;
.output
.read copy-1.sql
.output copy-2.sql
SELECT 'DELETE FROM $2.sqlite_sequence WHERE name IN (SELECT name FROM selected);'
  || 'INSERT INTO $2.sqlite_sequence SELECT name, seq FROM $1.sqlite_sequence'
  || ' WHERE name IN (SELECT name FROM selected);'
  FROM $1.sqlite_master JOIN $2.sqlite_master AS target USING (type, name)
  WHERE target.name = 'sqlite_sequence';
SELECT CASE
    WHEN type = 'trigger' THEN 'CREATE TRIGGER $2.' || substr(sql, 16)
    WHEN sql LIKE 'CREATE UNIQUE %' THEN 'CREATE UNIQUE INDEX $2.' || substr(sql, 21)
    ELSE 'CREATE INDEX $2.' || substr(sql, 14) END || ';'
  FROM $1.sqlite_master
  WHERE type IN ('index', 'trigger') AND typeof(sql) = 'text'
    AND tbl_name IN (SELECT name FROM selected WHERE is_new)
  ORDER BY type;
.output
.read copy-2.sql
SQL
}

# print_single_statement: a program that says whether every definition is one statement
# and no more. Whoever owns the database may put anything behind one, and it is root
# who reads them. Strings, names and comments are taken out first; a line of nothing
# but / or GO ends a statement for sqlite3, too.
print_single_statement() {
    cat <<'AWK'
# literal(): the next SQL string of the file, without its quotes.
function literal(    at, value) {
    for (at = index(text, "\047"); at;) {
        text = substr(text, at + 1)
        at = index(text, "\047")
        value = value substr(text, 1, at - 1)
        text = substr(text, at + 1)
        if (substr(text, 1, 1) != "\047") return value
        value = value "\047"
        at = 1
    }
    exit
}
function bare(sql,    open, close_at, end, left) {
    while (match(sql, /[\047"`[]|--|\/[*]/)) {
        left = left substr(sql, 1, RSTART - 1) " "
        open = substr(sql, RSTART, RLENGTH)
        sql = substr(sql, RSTART + RLENGTH)
        end = open == "[" ? "]" : open == "--" ? "\n" : open == "/*" ? "*/" : open
        close_at = index(sql, end)
        if (!close_at) return left ";;" # it never ends
        sql = substr(sql, close_at + length(end))
        if (open == "--") left = left "\n"
    }
    return toupper(left sql)
}
{ text = text $0 "\n" }
END {
    while (index(text, "\047")) {
        type = literal()
        sql = bare(literal())
        gsub(/([ \t\r\f\v]|\357\273\277)+/, " ", sql)
        if (sql ~ /(^|\n) ?(\/|GO) ?(\n|$)/) exit
        gsub(/[ \n]+/, " ", sql)
        if (type == "trigger" && !sub(/; ?END ?$/, "", sql)) exit
        if (type != "trigger" && sql ~ /;/) exit
        if (sql ~ /; ?(END ?)?(;|$)/) exit
    }
    print "CREATE TEMP TABLE every_definition_is_a_single_statement (x);"
}
AWK
}
