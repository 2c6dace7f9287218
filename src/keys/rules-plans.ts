import { hint } from '../read/nearest.ts';
import { scheduleNote, shortestGap } from '../read/schedule.ts';
import { seconds } from '../read/units.ts';
import { DATABASES } from '../sources/sources.ts';
import type { Environment } from './file.ts';
import { ONLY_FOR, quoted } from './inherit.ts';
import { PLAN } from './plan.ts';
import { FILE_RULES, type PlanRule } from './rules-files.ts';

/** What the keys of a plan must be together. */
export const PLAN_RULES: Readonly<Record<string, PlanRule>> = {
  ...FILE_RULES,

  'database-plans-need-databases': ({ where, keys }, { databases }) =>
    (keys.type === 'database' || keys.type === 'continuous') &&
    Object.keys(databases ?? {}).length === 0
      ? [
          {
            path: where('type'),
            message: `'${keys.type}' needs a table [databases.NAME]`,
            also: [['databases']],
          },
        ]
      : [],

  'databases-are-declared': ({ where, keys }, { databases }) => {
    if (keys.databases === undefined) return [];
    const declared = Object.keys(databases ?? {});
    return keys.databases
      .map((name, i) => ({ name, i }))
      .filter(({ name }) => !declared.includes(name))
      .map(({ name, i }) => ({
        path: [...where('databases'), i],
        message: `there is no [databases.${name}]${hint(name, declared)}`,
        also: [['databases']],
      }));
  },

  'tables-are-of-one-database': ({ name, where, keys }, { databases }) => {
    if (keys.tables === undefined || keys.type !== 'database') return [];
    const chosen = new Set(keys.databases ?? Object.keys(databases ?? {}));
    return chosen.size !== 1
      ? [
          {
            path: where('tables'),
            message: `expected databases to name one, got ${chosen.size}${inPlan(name)}`,
            also: [where('databases'), ['databases']],
          },
        ]
      : [];
  },

  'continuous-plans-follow-one-database': ({ name, where, keys }, { databases = {} }) => {
    if (keys.type !== 'continuous') return [];
    const chosen = (keys.databases ?? Object.keys(databases)).filter((one) => one in databases);
    const [only] = chosen;
    if (only === undefined) return [];
    const also = [where('type'), ['databases', only, 'driver']];
    if (chosen.length > 1) {
      const message = `expected databases to name one, got ${chosen.length}${inPlan(name)}`;
      return [{ path: where('databases'), message, also: [where('type')] }];
    }
    return databases[only]?.driver === 'sqlite3'
      ? []
      : [
          {
            path: where('databases'),
            message: `'${only}' is no SQLite database, and only such are followed${inPlan(name)}`,
            also,
          },
        ];
  },

  'changes-have-bases': ({ where, keys }) => {
    const { type, changes, keep, retention_days: days } = keys;
    if (type !== 'continuous') return [];
    const wanted = seconds(changes ?? PLAN.keys.changes.unset);
    return keep === undefined && days !== undefined && days * 86400 < wanted
      ? [
          {
            path: where('changes'),
            message: `reaches further back than the bases, which are kept for ${days} ${days === 1 ? 'day' : 'days'}; keep them longer, or changes shorter`,
            also: [where('retention_days')],
          },
        ]
      : [];
  },

  'two-bases-are-kept': ({ where, keys }) =>
    keys.type === 'continuous' && keys.keep?.last === 1
      ? [
          {
            path: [...where('keep'), 'last'],
            message:
              'expected at least 2: the base before is needed until changes follow the new one',
            also: [where('type')],
          },
        ]
      : [],

  'keys-fit-the-type': ({ path, where, keys, written }) =>
    ONLY_FOR.filter(([key, types]) => written[key] !== undefined && !types.includes(keys.type)).map(
      ([key, types]) => ({
        path: [...path, key],
        message: `is for plans of type ${quoted(types)}, not '${keys.type}'`,
        also: [where('type')],
      }),
    ),

  'level-fits-the-compression': ({ name, where, keys }) => {
    const { compression = 'auto', compression_level: level } = keys;
    const most = compression === 'zstd' ? 19 : 9;
    return level !== undefined && level > most
      ? [
          {
            path: where('compression_level'),
            message: `expected at most ${most} for compression '${compression}', got ${level}${inPlan(name)}`,
            also: [where('compression')],
          },
        ]
      : [];
  },

  'differential-has-databases': ({ name, where, written, keys }, { databases = {} }) => {
    const chosen = keys.databases ?? Object.keys(databases);
    const hasSqlite = chosen.some((one) => databases[one]?.driver === 'sqlite3');
    return written.differential === true &&
      (keys.type === 'database' || keys.type === 'continuous') &&
      (keys.tables !== undefined || !hasSqlite)
      ? [
          {
            path: where('differential'),
            message: `needs an SQLite database, and not some tables of it${inPlan(name)}`,
            also: [where(keys.tables === undefined ? 'databases' : 'tables')],
          },
        ]
      : [];
  },

  'differential-is-zstd': ({ name, where, keys }) => {
    const { differential, compression = 'auto' } = keys;
    return differential === true && compression !== 'auto' && compression !== 'zstd'
      ? [
          {
            path: where('differential'),
            message: `needs compression 'auto' or 'zstd', got '${compression}'${inPlan(name)}`,
            also: [where('compression')],
          },
        ]
      : [];
  },

  'waits-end-before-the-next-run': ({ where, keys }, environment) => {
    if (keys.enabled === false || keys.type === 'selective') return [];
    const waiting = waitsOf(environment).filter(
      ({ name }) => keys.databases?.includes(name) ?? true,
    );
    if (waiting.length === 0) return [];
    const schedule = keys.schedule ?? PLAN.keys.schedule.unset;
    const gap = shortestGap(schedule);
    return waiting
      .filter(({ wait }) => wait >= gap)
      .map(({ name }) => ({
        path: ['databases', name, 'busy_timeout'],
        message: `may last longer than the ${gap} seconds until the next run of '${schedule}', which it would overlap; wait less, or run less often`,
        also: [where('schedule')],
      }));
  },
};

/** Which plan, where the value may be another one's too. */
function inPlan(name: string): string {
  return name === 'default' ? '' : `, in plan '${name}'`;
}

/** How long a run may wait for locks, in seconds, where that is written. Each plan asks. */
function waitsOf(environment: Environment): readonly Wait[] {
  const known = waits.get(environment);
  if (known !== undefined) return known;
  const found = Object.entries(environment.databases ?? {}).flatMap(([name, table]) =>
    DATABASES[table.driver].waits(table).map((wait) => ({ name, wait })),
  );
  waits.set(environment, found);
  return found;
}

interface Wait {
  readonly name: string;
  readonly wait: number;
}

const waits = new WeakMap<Environment, readonly Wait[]>();

/** Rules whose breach is only told. */
export const PLAN_NOTES: Readonly<Record<string, PlanRule>> = {
  'full-every-is-of-differential': ({ name, where, written, keys }) =>
    written.full_every !== undefined && keys.differential !== true
      ? [
          {
            path: where('full_every'),
            message: `does nothing without differential = true${inPlan(name)}`,
            also: [where('type')],
          },
        ]
      : [],

  'either-day-will-do': ({ where, keys }, { backup }) =>
    [
      { path: where('schedule'), schedule: keys.schedule },
      { path: ['backup', 'drill_schedule'], schedule: backup.drill_schedule },
    ].flatMap(({ path, schedule }) => {
      const note = schedule === undefined ? undefined : scheduleNote(schedule);
      return note === undefined ? [] : [{ path, message: note }];
    }),
};
