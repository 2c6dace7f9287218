import { absolute, type Located } from '../../read/paths.ts';
import { seconds } from '../../read/units.ts';
import { keepsFound } from '../files/plan.ts';
import type { AnyStep } from '../source.ts';
import { SQLITE, type SqliteTable } from './keys.ts';

export interface SqliteDatabase {
  readonly name: string;
  readonly path: string;
  readonly busyTimeoutS: number;
  readonly maxWriteStallS: number;
}

export type SqliteStep =
  | { readonly kind: 'sqlite'; readonly database: SqliteDatabase }
  | { readonly kind: 'sqlite-base'; readonly database: SqliteDatabase }
  | {
      readonly kind: 'sqlite-tables';
      readonly database: SqliteDatabase;
      readonly tables: readonly string[];
    };

export function isSqlite(step: AnyStep): step is SqliteStep {
  return ['sqlite', 'sqlite-base', 'sqlite-tables'].includes(step.kind);
}

/** A base of a continuous plan. */
export function isBase(
  step: AnyStep,
): step is Extract<SqliteStep, { readonly kind: 'sqlite-base' }> {
  return step.kind === 'sqlite-base';
}

/** Of whole databases, those that are found among files too. */
export function isWhole(step: AnyStep): boolean {
  return step.kind === 'sqlite' || isBase(step) || keepsFound(step);
}

export function hasBases(steps: readonly AnyStep[]): boolean {
  return steps.some(isBase);
}

/** Does a script need it? For databases that are found among files, too. */
export function needsSqlite(steps: readonly AnyStep[]): boolean {
  return steps.some((step) => isSqlite(step) || keepsFound(step));
}

export function hasTables(steps: readonly AnyStep[]): boolean {
  return steps.some(({ kind }) => kind === 'sqlite-tables');
}

/** A table `[databases.NAME]` of driver sqlite3, with every decision made. */
export function planSqlite(
  name: string,
  table: SqliteTable,
  tables: readonly string[] | undefined,
  at: Located,
): SqliteStep {
  const { busy_timeout, max_write_stall } = SQLITE.keys;
  const database = {
    name,
    path: absolute(table.path, at),
    busyTimeoutS: seconds(table.busy_timeout ?? busy_timeout.unset),
    maxWriteStallS: seconds(table.max_write_stall ?? max_write_stall.unset),
  };
  return tables === undefined
    ? { kind: 'sqlite', database }
    : { kind: 'sqlite-tables', database, tables };
}
