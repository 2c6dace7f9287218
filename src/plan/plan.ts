import { BACKUP } from '../keys/backup.ts';
import type { Environment, HooksTable, PlanType } from '../keys/file.ts';
import { type PlanView, viewPlans } from '../keys/inherit.ts';
import { liveIn } from '../keys/live.ts';
import { KEEP, PLAN, RETENTION_DAYS } from '../keys/plan.ts';
import { otherScheduleOf } from '../keys/torrust.ts';
import { absolute } from '../read/paths.ts';
import { longestGap } from '../read/schedule.ts';
import { kibibytes, percent, seconds } from '../read/units.ts';
import { planFiles } from '../sources/files/plan.ts';
import { type MysqlDatabase, mysqlDatabases } from '../sources/mysql/plan.ts';
import { DATABASES, type Step } from '../sources/sources.ts';
import { isBase, isWhole } from '../sources/sqlite/plan.ts';
import { digestOf } from './digest.ts';

/** Everything that the script of one VM must know. No decision is left to be made. */
export interface Machine {
  readonly name: string;
  readonly backupPath: string;
  /** Empty: where the script puts it for the user who runs it. */
  readonly statePath: string;
  readonly requireMount: boolean;
  /** `auto`: a share of the volume, which only the script knows. */
  readonly minFreeKb: number | 'auto';
  /** Empty: cron mails what the script says. */
  readonly logPath: string;
  /** Directory for Prometheus' textfile collector; empty: off. */
  readonly metricsPath: string;
  /** Of the drill's crontab line; empty: off. */
  readonly drillSchedule: string;
  /** So long after the last proof something is wrong: two of its longest gaps; 0: off. */
  readonly drillOverdueMin: number;
  /** A crontab of another tool that may go on beside ours; empty: none is known. */
  readonly otherSchedule: string;
  /** Shell code of the user's; empty: none. */
  readonly hooks: Readonly<Record<HookName, string>>;
  readonly installPath: string;
  /** Of all the rest here, so that a script can be told from another environment's. */
  readonly digest: string;
  /** The MySQL databases that plans back up, each once. */
  readonly mysql: readonly MysqlDatabase[];
  readonly plans: readonly Plan[];
}

/** Of all its plans. */
export function stepsOf({ plans }: Pick<Machine, 'plans'>): readonly Step[] {
  return plans.flatMap(({ steps }) => steps);
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
  /** After so many seconds a run, a drill or a verify is ended, as a failure. */
  readonly maxDurationS: number;
  readonly shrinkLimitPercent: number;
  /** Of SQLite databases only what has changed since a full backup, which is never older, in seconds; 0: off. */
  readonly fullEveryS: number;
  /** In the order in which they run: databases first, so that no file is older than the rows that name it. */
  readonly steps: readonly Step[];
  /** What is archived in between; of a continuous plan one, of others nothing. */
  readonly follows: readonly Follow[];
}

/** An SQLite database of which every transaction is archived. */
export interface Follow {
  readonly path: string;
  readonly intervalS: number;
  readonly changesS: number;
  readonly maxWalKb: number;
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

/** An Environment that keeps the rules, and where its script will live, to a Machine. */
export function planMachine(written: Environment, installPath: string): Machine {
  const { databases } = written;
  const environment =
    databases === undefined ? written : { ...written, databases: byName(databases) };
  const { backup } = environment;
  const plans = viewPlans(environment).map((view) => planOne(view, environment));
  const machine: Omit<Machine, 'digest'> = {
    name: environment.environment.name,
    backupPath: absolute(backup.path, environment),
    statePath: backup.state === undefined ? '' : absolute(backup.state, environment),
    requireMount: backup.require_mount ?? BACKUP.keys.require_mount.unset,
    minFreeKb: backup.min_free === undefined ? 'auto' : kibibytes(backup.min_free),
    logPath: backup.log ?? `/var/log/gen-backup/${environment.environment.name}.log`,
    metricsPath: backup.metrics === undefined ? '' : absolute(backup.metrics, environment),
    drillSchedule: backup.drill_schedule ?? '',
    drillOverdueMin:
      backup.drill_schedule === undefined ? 0 : overdueMin(longestGap(backup.drill_schedule)),
    otherSchedule: otherScheduleOf(environment.storage?.path),
    hooks: planHooks(backup.hooks),
    installPath,
    mysql: mysqlDatabases(stepsOf({ plans })),
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
  const schedule = keys.schedule ?? PLAN.keys.schedule.unset;
  const longestGapS = longestGap(schedule);
  const steps = STEPS[keys.type](keys, environment);
  // The rules let no such plan through: its backups would hold nothing, and look well.
  if (steps.length === 0 || steps.some(isEmpty)) throw new Error(`plan '${name}' copies nothing`);
  return {
    name,
    type: keys.type,
    enabled: keys.enabled ?? PLAN.keys.enabled.unset,
    schedule,
    longestGapS,
    overdueAfterMin: overdueMin(longestGapS),
    keep: planKeep(keys),
    compression: keys.compression ?? PLAN.keys.compression.unset,
    compressionLevel: String(keys.compression_level ?? ''),
    verify: keys.verify ?? PLAN.keys.verify.unset,
    nice: keys.nice ?? PLAN.keys.nice.unset,
    maxDurationS:
      keys.max_duration === undefined
        ? Math.max(longestGapS, LEAST_DURATION_S)
        : seconds(keys.max_duration),
    shrinkLimitPercent: percent(keys.shrink_limit ?? PLAN.keys.shrink_limit.unset),
    fullEveryS:
      keys.differential === true && steps.some(isWhole)
        ? seconds(keys.full_every ?? PLAN.keys.full_every.unset)
        : 0,
    steps,
    follows: steps.filter(isBase).map(({ database: { path } }) => ({
      path,
      intervalS: seconds(keys.interval ?? PLAN.keys.interval.unset),
      changesS: seconds(keys.changes ?? PLAN.keys.changes.unset),
      maxWalKb: kibibytes(keys.max_wal ?? PLAN.keys.max_wal.unset),
    })),
  };
}

/** A backup that takes hours although its schedule is dense is slow, and not hung. */
const LEAST_DURATION_S = 6 * 3600;

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
    last: keep?.last ?? KEEP.keys.last.unset,
    days: isUnset ? RETENTION_DAYS : (retention_days ?? 0),
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
    ...databaseNames(environment).flatMap((name) => databaseSteps(name, undefined, environment)),
    filesStep([environment.storage?.path ?? '/'], keys, environment),
  ],
  database: (keys, environment) => chosenSteps(keys, environment),
  continuous: (keys, environment) =>
    chosenSteps(keys, environment).map((step) =>
      step.kind === 'sqlite' ? { ...step, kind: 'sqlite-base' } : step,
    ),
  selective: (keys, environment) => [filesStep([], keys, environment)],
};

function chosenSteps(
  { databases: chosen, tables }: PlanView['keys'],
  environment: Environment,
): Step[] {
  return databaseNames(environment)
    .filter((name) => chosen?.includes(name) ?? true)
    .flatMap((name) => databaseSteps(name, tables, environment));
}

function databaseNames({ databases = {} }: Environment): string[] {
  return Object.keys(databases);
}

function databaseSteps(
  name: string,
  tables: readonly string[] | undefined,
  environment: Environment,
): readonly Step[] {
  const table = environment.databases?.[name];
  if (table === undefined) throw new Error(`no database '${name}'`);
  return DATABASES[table.driver].plan(name, table, tables, environment);
}

function filesStep(
  trees: readonly string[],
  { type, include = [], exclude = [] }: PlanView['keys'],
  environment: Environment,
): Step {
  const live = liveIn(environment);
  const servers = live.filter(({ isTree }) => isTree).map(({ path }) => path);
  return planFiles(
    {
      trees,
      include,
      exclude,
      notRead: [absolute(environment.backup.path, environment), ...servers],
      databases: live.filter(({ isTree }) => !isTree).map(({ path }) => path),
      foundDatabases: type === 'complete' ? 'keep' : 'pass over',
    },
    environment,
  );
}
