import { createHash } from 'node:crypto';
import { type PlanType, type PlanView, viewPlans } from './inherit.ts';
import { absolute, isPattern, isWithin } from './paths.ts';
import { longestGap } from './schedule.ts';
import type { Environment } from './schema.ts';
import { kibibytes, percent, seconds } from './units.ts';

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
  readonly installPath: string;
  /** Of the environment, so that a script can be told from another's. */
  readonly digest: string;
  readonly plans: readonly Plan[];
}

export interface Plan {
  readonly name: string;
  readonly type: PlanType;
  readonly enabled: boolean;
  readonly schedule: string;
  /** The longest time between two runs, in seconds. */
  readonly longestGapS: number;
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

export type Step =
  | { readonly kind: 'sqlite'; readonly database: SqliteDatabase }
  | {
      readonly kind: 'sqlite-tables';
      readonly database: SqliteDatabase;
      readonly tables: readonly string[];
    }
  | {
      readonly kind: 'files';
      readonly paths: readonly string[];
      readonly leftOutPaths: readonly string[];
      readonly leftOutPatterns: readonly string[];
      /** Every live database: never copied raw, wherever symbolic links may lead. */
      readonly leftOutDatabases: readonly string[];
    };

export type StepKind = Step['kind'];

/** An Environment that keeps the rules, and where its script will live, to a Machine. */
export function planMachine(environment: Environment, installPath: string): Machine {
  const { backup } = environment;
  return {
    name: environment.environment.name,
    backupPath: absolute(backup.path, environment),
    statePath: backup.state === undefined ? '' : absolute(backup.state, environment),
    requireMount: backup.require_mount ?? false,
    minFreeKb: kibibytes(backup.min_free ?? '1GiB'),
    logPath: backup.log ?? '',
    installPath,
    digest: createHash('sha256')
      .update(JSON.stringify([environment, installPath]))
      .digest('hex')
      .slice(0, 16),
    plans: viewPlans(environment).map((view) => planOne(view, environment)),
  };
}

export function defaultInstallPath(environment: Environment): string {
  return `/usr/local/sbin/backup-${environment.environment.name}.sh`;
}

function planOne({ name, keys }: PlanView, environment: Environment): Plan {
  const schedule = keys.schedule ?? '0 3 * * *';
  return {
    name,
    type: keys.type,
    enabled: keys.enabled ?? true,
    schedule,
    longestGapS: longestGap(schedule),
    keep: planKeep(keys),
    compression: keys.compression ?? 'auto',
    compressionLevel: String(keys.compression_level ?? ''),
    verify: keys.verify ?? 'auto',
    nice: keys.nice ?? true,
    shrinkLimitPercent: percent(keys.shrink_limit ?? '50%'),
    steps: STEPS[keys.type](keys, environment),
  };
}

function planKeep({ keep, retention_days }: PlanView['keys']): Keep {
  const isUnset = keep === undefined && retention_days === undefined;
  return {
    last: keep?.last ?? 3,
    days: isUnset ? 7 : (retention_days ?? 0),
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
    ...databases(environment).map((database): Step => ({ kind: 'sqlite', database })),
    files([environment.storage?.path ?? '/', ...(keys.include ?? [])], keys, environment),
  ],
  database: ({ databases: chosen, tables }, environment) =>
    databases(environment)
      .filter(({ name }) => chosen?.includes(name) ?? true)
      .map((database) =>
        tables === undefined
          ? { kind: 'sqlite', database }
          : { kind: 'sqlite-tables', database, tables },
      ),
  selective: (keys, environment) => [files(keys.include ?? [], keys, environment)],
};

function databases(environment: Environment): SqliteDatabase[] {
  return Object.entries(environment.databases ?? {}).map(([name, database]) => ({
    name,
    path: absolute(database.path, environment),
    busyTimeoutS: seconds(database.busy_timeout ?? '30s'),
    maxWriteStallS: seconds(database.max_write_stall ?? '1s'),
  }));
}

function files(
  written: readonly string[],
  { exclude = [] }: PlanView['keys'],
  environment: Environment,
): Step {
  const paths = [...new Set(written.map((path) => absolute(path, environment)))];
  const destination = absolute(environment.backup.path, environment);
  const isRead = (path: string) => paths.some((tree) => isWithin(path, tree));
  return {
    kind: 'files',
    // A path below another one is read with it.
    paths: paths.filter((path) => !paths.some((tree) => tree !== path && isWithin(path, tree))),
    leftOutPaths: [
      ...(isRead(destination) ? [destination] : []),
      ...exclude.filter((entry) => !isPattern(entry)).map((entry) => absolute(entry, environment)),
    ],
    leftOutPatterns: exclude.filter(isPattern).map((pattern) => anchored(pattern, environment)),
    leftOutDatabases: databases(environment).map(({ path }) => path),
  };
}

/** A pattern without a slash stays as it is and matches at any depth; others start where paths do. */
function anchored(pattern: string, environment: Environment): string {
  return pattern.includes('/') ? `.${absolute(pattern, environment)}` : pattern;
}
