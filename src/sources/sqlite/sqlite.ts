import { describeDuration, seconds } from '../../read/units.ts';
import { type AnyTable, type DatabaseSource, databaseLosses, only } from '../source.ts';
import { SQLITE, type SqliteTable } from './keys.ts';
import { SQLITE_PARTS } from './parts.ts';
import {
  hasBases,
  isBase,
  isSqlite,
  needsSqlite,
  planSqlite,
  type SqliteDatabase,
  type SqliteStep,
} from './plan.ts';

function isTable(table: AnyTable): table is SqliteTable {
  return table.driver === 'sqlite3';
}

export const SQLITE_SOURCE: DatabaseSource<SqliteStep> = {
  table: SQLITE,
  isNeeded: needsSqlite,
  rules: {},
  plan: (name, table, tables, at) =>
    only(isTable, (own) => [planSqlite(name, own, tables, at)])(table),
  live: only(isTable, ({ path }) => [{ key: 'path', path, isTree: false }]),
  waits: only(isTable, ({ busy_timeout: wait }) => (wait === undefined ? [] : [seconds(wait)])),
  commands: only(isSqlite, (step) => {
    const { name, path } = step.database;
    return [
      timeouts(step.database),
      step.kind === 'sqlite-tables'
        ? ['save', 'backup_sqlite_tables', name, path, ...step.tables]
        : ['save', isBase(step) ? 'backup_base' : 'backup_sqlite', name, path],
    ];
  }),
  checks: only(isSqlite, (step) => {
    const { name, path } = step.database;
    return [
      [timeouts(step.database), ['examine', name, 'examine_sqlite', name, path]],
      ...(isBase(step) ? [[['examine', `${name}: follow`, 'examine_base', name, path]]] : []),
    ];
  }),
  places: only(isSqlite, ({ database }) => [database.path]),
  parts: SQLITE_PARTS,
  uses: ['warnings', 'owner', 'links'],
  restorers: [
    {
      artifact: 'sqlite3',
      nouns: ['sqlite'],
      isNeeded: (steps) => needsSqlite(steps) && !hasBases(steps),
    },
    { artifact: 'sqlite3', nouns: ['base', 'sqlite'], isNeeded: hasBases },
    {
      artifact: 'sqlite3-tables',
      nouns: ['tables', 'sqlite'],
      isNeeded: needsSqlite,
    },
  ],
  tools: (steps) => (needsSqlite(steps) ? ['sqlite3'] : []),
  explain: only(isSqlite, ({ database: { name, path }, ...step }) => {
    const what =
      step.kind === 'sqlite-tables' ? `the tables ${step.tables.join(', ')} of the` : 'the';
    return [`${name}: ${what} SQLite database ${path}, as of one instant`];
  }),
  writers: only(isSqlite, ({ database: { name, maxWriteStallS } }) => [
    `${name}: in WAL mode they go on; with a rollback journal they wait while it is copied, ${describeDuration(maxWriteStallS)} at most`,
  ]),
  losses: databaseLosses(isSqlite),
};

function timeouts({ busyTimeoutS, maxWriteStallS }: SqliteDatabase): string {
  return `BUSY_TIMEOUT_MS=${busyTimeoutS * 1000} MAX_WRITE_STALL_S=${maxWriteStallS}`;
}
