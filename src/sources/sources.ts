import * as z from 'zod/mini';
import { FILES_SOURCE } from './files/files.ts';
import type { FilesStep } from './files/plan.ts';
import { MYSQL } from './mysql/keys.ts';
import { MYSQL_SOURCE } from './mysql/mysql.ts';
import type { MysqlStep } from './mysql/plan.ts';
import type { DatabaseSource, Source } from './source.ts';
import { SQLITE } from './sqlite/keys.ts';
import type { SqliteStep } from './sqlite/plan.ts';
import { SQLITE_SOURCE } from './sqlite/sqlite.ts';

/** A table `[databases.NAME]`: which one, its driver says. */
export const DATABASE = z.discriminatedUnion('driver', [SQLITE.type, MYSQL.type]);

export type DatabaseTable = z.infer<typeof DATABASE>;
export type Driver = DatabaseTable['driver'];
export type Step = SqliteStep | MysqlStep | FilesStep;
export type SourceKind = Driver | 'files';

/** Those with tables, in the order of the reference. */
export const DATABASES: Readonly<Record<Driver, DatabaseSource<Step>>> = {
  sqlite3: SQLITE_SOURCE,
  mysql: MYSQL_SOURCE,
};

/** All that can be backed up. */
export const SOURCES: Readonly<Record<SourceKind, Source>> = {
  ...DATABASES,
  files: FILES_SOURCE,
};

export const EVERY_SOURCE: readonly Source[] = Object.values(SOURCES);
