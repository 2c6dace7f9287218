import checkSqlite from '../../../templates/parts/check_sqlite.sh';
import continuous from '../../../templates/parts/continuous.sh';
import continuousBase from '../../../templates/parts/continuous_base.sh';
import continuousDay from '../../../templates/parts/continuous_day.sh';
import restoreSqlite from '../../../templates/parts/restore_sqlite.sh';
import restoreTables from '../../../templates/parts/restore_tables.sh';
import sqlite from '../../../templates/parts/sqlite.sh';
import sqliteTables from '../../../templates/parts/sqlite_tables.sh';
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
    { title: 'Continuous: bases', text: continuousBase, isNeeded: hasBases },
    { title: 'Continuous: follow', text: continuous, isNeeded: hasBases },
  ],
  check: [{ title: 'Check SQLite', text: checkSqlite, isNeeded: isDeclared }],
  restore: [
    { title: 'Restore SQLite', text: restoreSqlite, isNeeded: needsSqlite },
    { title: 'Restore SQLite tables', text: restoreTables, isNeeded: hasTables },
    { title: 'Continuous, by day', text: continuousDay, isNeeded: hasBases },
  ],
};
