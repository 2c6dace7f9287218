# print_wanted <SQL of names>: SQL that begins a session with those tables. Whoever owns
# a database writes its definitions, so none of them, nor the name of a column, ever
# becomes text that sqlite3 reads: they go from one sqlite_master to the other as
# values, and what is printed and read back holds numbers, and the names given here.
# Nothing of the definitions is run either: no trigger, no CHECK, no function that
# could do more than compute (edit() starts programs).
print_wanted() {
    cat <<SQL
.output made.sql
SELECT * FROM pragma_trusted_schema; -- off: see exec_sqlite; fails before 3.31
.dbconfig enable_trigger off
PRAGMA ignore_check_constraints=ON;
CREATE TEMP TABLE wanted (name TEXT PRIMARY KEY COLLATE NOCASE, quoted,
  all_from, from_list, all_to, to_list);
INSERT OR IGNORE INTO wanted (name) $1;
UPDATE wanted SET quoted = '"' || replace(name, '"', '""') || '"';
CREATE TEMP TABLE made (n INTEGER PRIMARY KEY, type, name, tbl_name, sql, is_index);
CREATE TEMP TABLE said (line, is_fatal);
CREATE TEMP TABLE verdict (x NOT NULL);
SQL
}

# print_absent <schema>: SQL that says which of the tables are not there.
print_absent() {
    cat <<SQL
INSERT INTO said SELECT 'no ordinary table ''' || name || '''', 1 FROM wanted
  WHERE name NOT IN (SELECT name FROM $1.sqlite_master
    WHERE type = 'table' AND typeof(sql) = 'text' AND sql LIKE 'CREATE TABLE %');
SQL
}

# print_verdict: SQL that ends the session when what was said is fatal.
print_verdict() {
    cat <<'SQL'
.output said
SELECT line FROM said;
.output
INSERT INTO verdict SELECT NULL FROM said WHERE is_fatal;
SQL
}

# print_said <directory>: names are others': on one line, without control characters.
print_said() {
    head -c 999 "$1/said" | tr '\n' ';' | tr -d '\000-\037\177' | sed 's/;$//'
}

# print_table_copy <from> <to>: SQL that makes the tables of one schema what they are in
# another: all but generated columns; AUTOINCREMENT counters, the larger of both;
# and, for tables new there, indexes and triggers. For each of these an empty b-tree
# is made under a name of ours, which then gets the definition.
print_table_copy() {
    cat <<SQL
DELETE FROM made;
INSERT INTO made (type, name, tbl_name, sql, is_index)
  SELECT type, name, tbl_name, sql, type = 'index'
      OR EXISTS (SELECT 1 FROM pragma_index_xinfo(m.name, '$1')) -- WITHOUT ROWID
    FROM $1.sqlite_master AS m
    WHERE tbl_name COLLATE NOCASE IN (SELECT name FROM wanted) AND tbl_name
      COLLATE NOCASE NOT IN (SELECT name FROM $2.sqlite_master WHERE type = 'table')
    ORDER BY type = 'trigger', rowid;
.output made.sql
SELECT 'CREATE TABLE $2.gen_backup_0 (x INTEGER PRIMARY KEY AUTOINCREMENT);'
  || 'DROP TABLE $2.gen_backup_0; -- leaves sqlite_sequence'
  FROM $1.sqlite_master WHERE name = 'sqlite_sequence' AND EXISTS (SELECT 1 FROM made);
SELECT 'CREATE TABLE $2.gen_backup_' || n
  || CASE WHEN is_index THEN '(x PRIMARY KEY) WITHOUT ROWID;' ELSE '(x);' END
  FROM made WHERE type <> 'trigger';
.output
.read made.sql
SQL
    print_definitions "$2" "(type = 'table' OR sql IS NULL)" # NULL: of a constraint
    cat <<SQL
UPDATE wanted SET (all_from, from_list, all_to, to_list) = (
  (SELECT group_concat('c' || cid) FROM pragma_table_xinfo(wanted.name, '$1')),
  (SELECT group_concat(c) FROM (SELECT 'c' || f.cid || ' COLLATE BINARY' AS c
    FROM pragma_table_xinfo(wanted.name, '$2') AS t
    JOIN pragma_table_xinfo(wanted.name, '$1') AS f ON f.name = t.name COLLATE NOCASE
    WHERE t.hidden = 0 ORDER BY t.cid)),
  (SELECT group_concat('c' || cid) FROM pragma_table_xinfo(wanted.name, '$2')),
  (SELECT group_concat('c' || cid) FROM pragma_table_xinfo(wanted.name, '$2')
    WHERE hidden = 0));
.output made.sql
SELECT 'DELETE FROM $2.' || quoted || '; INSERT INTO $2.' || quoted || ' WITH f('
  || all_from || ') AS (SELECT * FROM $1.' || quoted || ') SELECT ' || from_list
  || ' FROM f;' FROM wanted WHERE name IN (SELECT name FROM $1.sqlite_master);
SELECT 'INSERT INTO $2.sqlite_sequence SELECT name, 0 FROM $2.sqlite_master WHERE'
  || ' name COLLATE NOCASE IN (SELECT name FROM wanted) AND name COLLATE NOCASE IN'
  || ' (SELECT name FROM $1.sqlite_sequence) AND name NOT IN'
  || ' (SELECT name FROM $2.sqlite_sequence);'
  || 'UPDATE $2.sqlite_sequence AS t SET seq = max(seq, ifnull((SELECT max(f.seq)'
  || ' FROM $1.sqlite_sequence AS f WHERE f.name = t.name COLLATE NOCASE), seq))'
  || ' WHERE name COLLATE NOCASE IN (SELECT name FROM wanted);'
  FROM $1.sqlite_master JOIN $2.sqlite_master AS t USING (type, name)
  WHERE t.name = 'sqlite_sequence';
.output
.read made.sql
SQL
    print_definitions "$2" "type <> 'table' AND sql IS NOT NULL" # faster now
    cat <<SQL
.output made.sql
SELECT 'REINDEX $2.' || quoted || ';' FROM wanted WHERE name IN
  (SELECT tbl_name FROM made WHERE type = 'index' AND sql IS NOT NULL);
.output
.read made.sql
SQL
}

# print_definitions <schema> <SQL: which>: SQL that gives its b-trees their definitions,
# and has sqlite3 read them.
print_definitions() {
    cat <<SQL
.output made.sql
.dbconfig defensive off
PRAGMA writable_schema=ON;
UPDATE $1.sqlite_master AS t SET (type, name, tbl_name, sql) =
    (SELECT type, name, tbl_name, sql FROM made WHERE t.name = 'gen_backup_' || n)
  WHERE name IN (SELECT 'gen_backup_' || n FROM made WHERE type <> 'trigger' AND $2);
INSERT INTO $1.sqlite_master
  SELECT type, name, tbl_name, 0, sql FROM made WHERE type = 'trigger' AND $2;
PRAGMA writable_schema=OFF;
SAVEPOINT reread; -- 3.34 does not know writable_schema=RESET
CREATE TEMP TABLE reread (x);
ROLLBACK TO reread;
RELEASE reread;
.dbconfig defensive on
SQL
}
