import { DEFAULTS } from '../keys/defaults.ts';
import { type PlanType, type PlanView, viewPlans } from '../keys/inherit.ts';
import { digestOf } from './digest.ts';
import { absolute, isPattern, isWithin, literalDirectory } from '../read/paths.ts';
import { planMysql } from '../sources/plan-mysql.ts';
import { longestGap } from '../read/schedule.ts';
import type { Environment, HooksTable, SqliteTable } from '../keys/schema.ts';
import { kibibytes, percent, seconds } from '../read/units.ts';

/** Everything that the script of one VM must know. No decision is left to be made. */
export interface Machine {
  readonly name: string;
  readonly backupPath: string;
  /** Empty: where the script puts it for the user who runs it. */
  readonly statePath: string;
  readonly requireMount: boolean;
  readonly minFreeKb: number;
  /** Empty: cron mails what the script says. */
  readonly logPath: string;
  /** Directory for Prometheus' textfile collector; empty: off. */
  readonly metricsPath: string;
  /** Of the drill's crontab line; empty: off. */
  readonly drillSchedule: string;
  /** So long after the last proof something is wrong: two of its longest gaps; 0: off. */
  readonly drillOverdueMin: number;
  /** Shell code of the user's; empty: none. */
  readonly hooks: Readonly<Record<HookName, string>>;
  readonly installPath: string;
  /** Of all the rest here, so that a script can be told from another environment's. */
  readonly digest: string;
  /** The MySQL databases that plans back up, each once. */
  readonly mysql: readonly MysqlDatabase[];
  readonly plans: readonly Plan[];
}

export type HookName = keyof HooksTable;

export interface Plan {
  readonly name: string;
  readonly type: PlanType;
  readonly enabled: boolean;
  readonly schedule: string;
  /** The longest time between two runs, in seconds. */
  readonly longestGapS: number;
  /** So long after its last success something is wrong: two of its longest gaps, in minutes. */
  readonly overdueAfterMin: number;
  readonly keep: Keep;
  readonly compression: 'auto' | 'zstd' | 'gzip' | 'xz' | 'none';
  /** Empty: the compressor's own. */
  readonly compressionLevel: string;
  readonly verify: 'auto' | 'full' | 'quick';
  readonly nice: boolean;
  readonly shrinkLimitPercent: number;
  /** In the order in which they run: databases first, so that no file is older than the rows that name it. */
  readonly steps: readonly Step[];
}

/** How many of each rule stay; 0 switches a rule off. Their union stays. */
export interface Keep {
  readonly last: number;
  readonly days: number;
  readonly hourly: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
}

export interface SqliteDatabase {
  readonly name: string;
  readonly path: string;
  readonly busyTimeoutS: number;
  readonly maxWriteStallS: number;
}

export interface MysqlDatabase {
  readonly name: string;
  /** Empty: the MYSQL_DATABASE of its container. */
  readonly schema: string;
  /** Words before a command that make it run where the clients are; none: here. */
  readonly enter: readonly string[];
  /** Whose account: the container's own, its root's, or the one given by options and secret. */
  readonly account: 'own' | 'root' | 'given';
  /** Of the clients' option file: how to reach the server. */
  readonly options: Readonly<Record<string, string>>;
  readonly secret: Secret;
}

/** Where a password is. It is never here. */
export type Secret =
  | { readonly kind: 'none' }
  | { readonly kind: 'defaults_file'; readonly path: string }
  | { readonly kind: 'password_file'; readonly path: string }
  | { readonly kind: 'env_file'; readonly path: string; readonly key: string };

export type Step =
  | { readonly kind: 'sqlite'; readonly database: SqliteDatabase }
  | {
      readonly kind: 'sqlite-tables';
      readonly database: SqliteDatabase;
      readonly tables: readonly string[];
    }
  | { readonly kind: 'mysql'; readonly database: MysqlDatabase }
  | {
      readonly kind: 'mysql-tables';
      readonly database: MysqlDatabase;
      readonly tables: readonly string[];
    }
  | {
      readonly kind: 'files';
      /** What must be there, absolute. */
      readonly paths: readonly string[];
      readonly patterns: readonly FilePattern[];
      readonly leftOutPaths: readonly string[];
      readonly leftOutPatterns: readonly FilePattern[];
      /** Every live database: never copied raw, wherever symbolic links may lead. */
      readonly leftOutDatabases: readonly string[];
      /** Other SQLite files among them: snapshots of their own, or left out with a warning. */
      readonly foundDatabases: 'keep' | 'pass over';
    };

/** A shell pattern, for names at any depth or, where it begins with `./`, for whole paths. */
export interface FilePattern {
  /** Where to look, absolute. */
  readonly directory: string;
  readonly pattern: string;
}

export type StepKind = Step['kind'];

/** An Environment that keeps the rules, and where its script will live, to a Machine. */
export function planMachine(written: Environment, installPath: string): Machine {
  const { databases } = written;
  const environment =
    databases === undefined ? written : { ...written, databases: byName(databases) };
  const { backup } = environment;
  const plans = viewPlans(environment).map((view) => planOne(view, environment));
  const machine = {
    name: environment.environment.name,
    backupPath: absolute(backup.path, environment),
    statePath: backup.state === undefined ? '' : absolute(backup.state, environment),
    requireMount: backup.require_mount ?? DEFAULTS.require_mount,
    minFreeKb: kibibytes(backup.min_free ?? DEFAULTS.min_free),
    logPath: backup.log ?? '',
    metricsPath: backup.metrics === undefined ? '' : absolute(backup.metrics, environment),
    drillSchedule: backup.drill_schedule ?? '',
    drillOverdueMin:
      backup.drill_schedule === undefined ? 0 : overdueMin(longestGap(backup.drill_schedule)),
    hooks: planHooks(backup.hooks),
    installPath,
    mysql: mysqlDatabases(plans),
    plans,
  };
  return { ...machine, digest: digestOf(JSON.stringify(inOrder(machine))) };
}

/** In which order databases and plans stand in the file makes no other script. */
export function inOrder<M extends Pick<Machine, 'plans'>>(machine: M): M {
  return { ...machine, plans: sorted(machine.plans) };
}

function byName<Table>(tables: Readonly<Record<string, Table>>): Record<string, Table> {
  const all = sorted(Object.entries(tables).map(([name, table]) => ({ name, table })));
  return Object.fromEntries(all.map(({ name, table }) => [name, table]));
}

function sorted<Named extends { readonly name: string }>(all: readonly Named[]): Named[] {
  return [...all].sort((one, other) => (one.name < other.name ? -1 : 1));
}

export function defaultInstallPath(environment: Environment): string {
  return `/usr/local/sbin/backup-${environment.environment.name}.sh`;
}

function planHooks(written: HooksTable = {}): Machine['hooks'] {
  return {
    before: written.before ?? '',
    after: written.after ?? '',
    on_success: written.on_success ?? '',
    on_failure: written.on_failure ?? '',
    quiesce: written.quiesce ?? '',
    resume: written.resume ?? '',
    before_restore: written.before_restore ?? '',
    after_restore: written.after_restore ?? '',
  };
}

function planOne({ name, keys }: PlanView, environment: Environment): Plan {
  const schedule = keys.schedule ?? DEFAULTS.schedule;
  const longestGapS = longestGap(schedule);
  const steps = STEPS[keys.type](keys, environment);
  // The rules let no such plan through: its backups would hold nothing, and look well.
  if (steps.length === 0 || steps.some(isEmpty)) throw new Error(`plan '${name}' copies nothing`);
  return {
    name,
    type: keys.type,
    enabled: keys.enabled ?? DEFAULTS.enabled,
    schedule,
    longestGapS,
    overdueAfterMin: overdueMin(longestGapS),
    keep: planKeep(keys),
    compression: keys.compression ?? DEFAULTS.compression,
    compressionLevel: String(keys.compression_level ?? ''),
    verify: keys.verify ?? DEFAULTS.verify,
    nice: keys.nice ?? DEFAULTS.nice,
    shrinkLimitPercent: percent(keys.shrink_limit ?? DEFAULTS.shrink_limit),
    steps,
  };
}

function isEmpty(step: Step): boolean {
  return step.kind === 'files' && step.paths.length + step.patterns.length === 0;
}

/** Twice the longest time between two runs, in minutes. */
function overdueMin(longestGapS: number): number {
  return Math.ceil((2 * longestGapS) / 60);
}

function planKeep({ keep, retention_days }: PlanView['keys']): Keep {
  const isUnset = keep === undefined && retention_days === undefined;
  return {
    last: keep?.last ?? DEFAULTS.keep_last,
    days: isUnset ? DEFAULTS.retention_days : (retention_days ?? 0),
    hourly: keep?.hourly ?? 0,
    daily: keep?.daily ?? 0,
    weekly: keep?.weekly ?? 0,
    monthly: keep?.monthly ?? 0,
    yearly: keep?.yearly ?? 0,
  };
}

const STEPS: Readonly<
  Record<PlanType, (keys: PlanView['keys'], environment: Environment) => Step[]>
> = {
  complete: (keys, environment) => [
    ...databaseNames(environment).map((name) => databaseStep(name, undefined, environment)),
    files([environment.storage?.path ?? '/'], keys, environment),
  ],
  database: ({ databases: chosen, tables }, environment) =>
    databaseNames(environment)
      .filter((name) => chosen?.includes(name) ?? true)
      .map((name) => databaseStep(name, tables, environment)),
  selective: (keys, environment) => [files([], keys, environment)],
};

function databaseNames({ databases = {} }: Environment): string[] {
  return Object.keys(databases);
}

function databaseStep(
  name: string,
  tables: readonly string[] | undefined,
  environment: Environment,
): Step {
  const table = environment.databases?.[name];
  if (table === undefined) throw new Error(`no database '${name}'`);
  if (table.driver === 'mysql') {
    const database = planMysql(name, table, environment);
    return tables === undefined
      ? { kind: 'mysql', database }
      : { kind: 'mysql-tables', database, tables };
  }
  const database = planSqlite(name, table, environment);
  return tables === undefined
    ? { kind: 'sqlite', database }
    : { kind: 'sqlite-tables', database, tables };
}

function planSqlite(name: string, table: SqliteTable, environment: Environment): SqliteDatabase {
  return {
    name,
    path: absolute(table.path, environment),
    busyTimeoutS: seconds(table.busy_timeout ?? DEFAULTS.busy_timeout),
    maxWriteStallS: seconds(table.max_write_stall ?? DEFAULTS.max_write_stall),
  };
}

function mysqlDatabases(plans: readonly Plan[]): MysqlDatabase[] {
  const all = plans.flatMap(({ steps }) =>
    steps.flatMap((step) =>
      step.kind === 'mysql' || step.kind === 'mysql-tables' ? [step.database] : [],
    ),
  );
  return sorted([...new Map(all.map((database) => [database.name, database])).values()]);
}

/** `trees` are paths whatever is in their names; `include` takes patterns too. */
function files(
  trees: readonly string[],
  { type, include = [], exclude = [] }: PlanView['keys'],
  environment: Environment,
): Step {
  const all = [...trees, ...include.filter((entry) => !isPattern(entry))];
  const paths = [...new Set(all.map((path) => absolute(path, environment)))];
  const isRead = (path: string) => paths.some((tree) => isWithin(path, tree));
  const patterns = include
    .filter(isPattern)
    .map((pattern) => filePattern(pattern, environment))
    .filter(({ directory }) => !isRead(directory));
  const mayBeRead = (path: string) =>
    isRead(path) || patterns.some(({ directory }) => isWithin(path, directory));
  return {
    kind: 'files',
    // A path below another one is read with it.
    paths: paths.filter((path) => !paths.some((tree) => tree !== path && isWithin(path, tree))),
    patterns,
    leftOutPaths: [
      ...[absolute(environment.backup.path, environment), ...dataDirectories(environment)].filter(
        mayBeRead,
      ),
      ...exclude.filter((entry) => !isPattern(entry)).map((entry) => absolute(entry, environment)),
    ],
    leftOutPatterns: [
      // What a restore, or a snapshot by a clone, has left beside a source.
      { directory: '/', pattern: '.gen-backup-*' },
      { directory: '/', pattern: '*.before-restore-[0-9]*Z*' },
      ...exclude.filter(isPattern).map((pattern) => filePattern(pattern, environment)),
    ],
    leftOutDatabases: sqlitePaths(environment),
    foundDatabases: type === 'complete' ? 'keep' : 'pass over',
  };
}

/** One without a slash matches names at any depth; others start where paths do. */
function filePattern(pattern: string, environment: Environment): FilePattern {
  if (!pattern.includes('/')) return { directory: absolute('', environment), pattern };
  const path = absolute(pattern, environment);
  return { directory: literalDirectory(path), pattern: `.${path}` };
}

/** Of every declared SQLite database, absolute. */
function sqlitePaths(environment: Environment): string[] {
  return Object.values(environment.databases ?? {}).flatMap((table) =>
    table.driver === 'sqlite3' ? [absolute(table.path, environment)] : [],
  );
}

/** Where MySQL servers keep their files: what they hold is in the dumps. */
function dataDirectories(environment: Environment): string[] {
  return Object.values(environment.databases ?? {}).flatMap((table) =>
    table.driver === 'mysql' && table.data_dir !== undefined
      ? [absolute(table.data_dir, environment)]
      : [],
  );
}
