import checkSqlite from '../../../templates/sources/sqlite/check.sh';
import restoreSqlite from '../../../templates/sources/sqlite/restore.sh';
import restoreSomeTables from '../../../templates/sources/sqlite/restore_some_tables.sh';
import restoreTables from '../../../templates/sources/sqlite/restore_tables.sh';
import sqlite from '../../../templates/sources/sqlite/snapshot.sh';
import sqliteTableCopy from '../../../templates/sources/sqlite/table_copy.sh';
import sqliteTables from '../../../templates/sources/sqlite/tables.sh';
import continuous from '../../../templates/sources/sqlite/continuous.sh';
import continuousBase from '../../../templates/sources/sqlite/continuous_base.sh';
import continuousDay from '../../../templates/sources/sqlite/continuous_day.sh';
import type { AnyStep, Parts } from '../source.ts';
import { hasBases, hasTables, isSqlite, needsSqlite } from './plan.ts';

/** Not those that are only found among files: nobody knows of them before a run. */
function isDeclared(steps: readonly AnyStep[]): boolean {
  return steps.some(isSqlite);
}

export const SQLITE_PARTS: Parts = {
  night: [
    { title: 'SQLite', text: sqlite, isNeeded: needsSqlite },
    { title: 'SQLite tables', text: sqliteTables, isNeeded: hasTables },
    { title: 'SQLite tables, copied', text: sqliteTableCopy, isNeeded: hasTables },
    { title: 'Continuous: bases', text: continuousBase, isNeeded: hasBases },
    { title: 'Continuous: follow', text: continuous, isNeeded: hasBases },
  ],
  check: [{ title: 'Check SQLite', text: checkSqlite, isNeeded: isDeclared }],
  restore: [
    { title: 'Restore SQLite', text: restoreSqlite, isNeeded: needsSqlite },
    {
      title: 'SQLite tables, copied',
      text: sqliteTableCopy,
      isNeeded: (steps) => needsSqlite(steps) && !hasTables(steps),
    },
    { title: 'Restore SQLite tables', text: restoreTables, isNeeded: needsSqlite },
    {
      title: 'Restore some tables of a whole SQLite database',
      text: restoreSomeTables,
      isNeeded: needsSqlite,
    },
    { title: 'Continuous, by day', text: continuousDay, isNeeded: hasBases },
  ],
};
