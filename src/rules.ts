import { type PlanType, type PlanView, viewPlans } from './inherit.ts';
import { DEFAULTS } from './defaults.ts';
import { hint } from './nearest.ts';
import { absolute, isWithin } from './paths.ts';
import type { Problem } from './problems.ts';
import { MYSQL_RULES } from './rules-mysql.ts';
import { scheduleNote, shortestGap } from './schedule.ts';
import type { Environment, MysqlTable, SqliteTable } from './schema.ts';
import { seconds } from './units.ts';

export type EnvironmentRule = (environment: Environment) => Problem[];
type PlanRule = (plan: PlanView, environment: Environment) => Problem[];

/** Everything that is wrong although each field is right by itself. */
export function checkRules(environment: Environment): Problem[] {
  return [...named(ENVIRONMENT_RULES, environment), ...namedOfPlans(PLAN_RULES, environment)];
}

/** What is right, but may surprise. */
export function noteRules(environment: Environment): Problem[] {
  return namedOfPlans(PLAN_NOTES, environment);
}

/** The name of every rule and note. */
export function ruleNames(): string[] {
  return [ENVIRONMENT_RULES, PLAN_RULES, PLAN_NOTES].flatMap((rules) => Object.keys(rules));
}

type Rules<Rule> = Readonly<Record<string, Rule>>;

function named(rules: Rules<EnvironmentRule>, environment: Environment): Problem[] {
  return Object.entries(rules).flatMap(([rule, check]) =>
    check(environment).map((problem) => ({ ...problem, rule })),
  );
}

function namedOfPlans(rules: Rules<PlanRule>, environment: Environment): Problem[] {
  return viewPlans(environment).flatMap((view) =>
    Object.entries(rules).flatMap(([rule, check]) =>
      check(view, environment).map((problem) => ({ ...problem, rule })),
    ),
  );
}

const ENVIRONMENT_RULES: Readonly<Record<string, EnvironmentRule>> = {
  'destination-is-a-directory-of-its-own': ({ backup }) =>
    /^\/+$/.test(backup.path)
      ? [
          {
            path: ['backup', 'path'],
            message: "expected a directory of its own, such as '/backups', not '/'",
          },
        ]
      : [],

  'source-outside-destination': (environment) => {
    const destination = absolute(environment.backup.path, environment);
    const storage = environment.storage?.path;
    return storage !== undefined &&
      destination !== '/' &&
      isWithin(absolute(storage, environment), destination)
      ? [
          {
            path: ['backup', 'path'],
            message: `the storage directory '${storage}' lies inside it; choose another`,
            also: [['storage', 'path']],
          },
        ]
      : [];
  },

  'relative-paths-need-storage': ({ storage, databases = {} }) =>
    storage === undefined
      ? Object.entries(databases).flatMap(([name, table]) =>
          pathsOf(table)
            .filter(([, path]) => !path.startsWith('/'))
            .map(([key, path]) => ({
              path: ['databases', name, key],
              message: `'${path}' is relative to storage.path, which is missing; add it, or write an absolute path`,
            })),
        )
      : [],

  'database-names-differ': ({ databases }) => sameInShell(databases, ['databases']),

  'plan-names-differ': ({ backup }) => sameInShell(backup.plans, ['backup', 'plans']),

  ...MYSQL_RULES,
};

/** The keys of a database that hold paths. */
function pathsOf(table: SqliteTable | MysqlTable): [string, string][] {
  const paths =
    table.driver === 'sqlite3'
      ? { path: table.path }
      : {
          data_dir: table.data_dir,
          defaults_file: table.defaults_file,
          password_file: table.password_file,
          env_file: table.env_file,
        };
  return Object.entries(paths).flatMap(([key, path]) => (path === undefined ? [] : [[key, path]]));
}

/** Names that become one name of a shell function, where - is _. */
function sameInShell(tables: object = {}, path: readonly string[]): Problem[] {
  const names = Object.keys(tables);
  const shell = (name: string) => name.replaceAll('-', '_');
  return names
    .filter((name, i) => names.findIndex((other) => shell(other) === shell(name)) < i)
    .map((name) => ({
      path: [...path, name],
      mark: 'key',
      message: 'differs from another one only in - and _; choose another name',
      also: names
        .filter((other) => other !== name && shell(other) === shell(name))
        .map((other) => [...path, other]),
    }));
}

const PLAN_RULES: Readonly<Record<string, PlanRule>> = {
  'files-need-storage': ({ path, keys }, { storage }) => {
    const relative = (keys.include ?? []).some((entry) => !entry.startsWith('/'));
    return storage === undefined &&
      (keys.type === 'complete' || (keys.type === 'selective' && relative))
      ? [
          {
            path: [...path, 'type'],
            message: `'${keys.type}' needs [storage] with a path; or set type = "database"`,
            also: [['backup', 'type']],
          },
        ]
      : [];
  },

  'database-plans-need-databases': ({ path, keys }, { databases }) =>
    keys.type === 'database' && Object.keys(databases ?? {}).length === 0
      ? [
          {
            path: [...path, 'type'],
            message: "'database' needs a table [databases.NAME]",
            also: [['backup', 'type'], ['databases']],
          },
        ]
      : [],

  'databases-are-declared': ({ path, written }, { databases }) => {
    const declared = Object.keys(databases ?? {});
    return (written.databases ?? [])
      .map((name, i) => ({ name, i }))
      .filter(({ name }) => !declared.includes(name))
      .map(({ name, i }) => ({
        path: [...path, 'databases', i],
        message: `there is no [databases.${name}]${hint(name, declared)}`,
        also: [['databases']],
      }));
  },

  'tables-are-of-one-database': ({ path, keys, written }, { databases }) => {
    const chosen = keys.databases ?? Object.keys(databases ?? {});
    return written.tables !== undefined && keys.type === 'database' && chosen.length !== 1
      ? [
          {
            path: [...path, 'tables'],
            message: `expected databases to name one, got ${chosen.length}`,
            also: [[...path, 'databases'], ['databases']],
          },
        ]
      : [];
  },

  'keys-fit-the-type': ({ path, keys, written }) =>
    TYPES_OF_KEY.filter(
      ([key, types]) => written[key] !== undefined && !types.includes(keys.type),
    ).map(([key, types]) => ({
      path: [...path, key],
      message: `is for plans of type ${types.map((type) => `'${type}'`).join(' or ')}, not '${keys.type}'`,
      also: [
        [...path, 'type'],
        ['backup', 'type'],
      ],
    })),

  'selective-names-its-files': ({ path, keys }) =>
    keys.type === 'selective' && keys.include === undefined
      ? [
          {
            path: [...path, 'include'],
            message: "missing, expected the paths of a 'selective' plan",
            also: [
              [...path, 'type'],
              ['backup', 'type'],
            ],
          },
        ]
      : [],

  'no-raw-database': ({ path, written }, environment) =>
    Object.entries(environment.databases ?? {}).flatMap(([name, database]) =>
      (written.include ?? [])
        .filter(
          (entry) =>
            database.driver === 'sqlite3' &&
            absolute(entry, environment) === absolute(database.path, environment),
        )
        .map((entry) => ({
          path: [...path, 'include'],
          also: [['databases', name, 'path']],
          message: `'${entry}' is the live database '${name}', which is never copied as a file; use a plan of type 'database'`,
        })),
    ),

  'level-fits-the-compression': ({ path, keys, written }) => {
    const { compression = 'auto', compression_level: level } = keys;
    const most = compression === 'zstd' ? 19 : 9;
    const isWritten = written.compression !== undefined || written.compression_level !== undefined;
    return isWritten && level !== undefined && level > most
      ? [
          {
            path: [...path, 'compression_level'],
            message: `expected at most ${most} for compression '${compression}', got ${level}`,
            also: [
              [...path, 'compression'],
              ['backup', 'compression'],
            ],
          },
        ]
      : [];
  },

  'waits-end-before-the-next-run': ({ path, keys }, { databases = {} }) => {
    if (keys.enabled === false || keys.type === 'selective') return [];
    const schedule = keys.schedule ?? DEFAULTS.schedule;
    return Object.entries(databases)
      .filter(([name]) => keys.databases?.includes(name) ?? true)
      .filter(([, table]) => waitOf(table) > 0 && waitOf(table) >= shortestGap(schedule))
      .map(([name]) => ({
        path: ['databases', name, 'busy_timeout'],
        message: `may last longer than the ${shortestGap(schedule)} seconds until the next run of '${schedule}', which it would overlap; wait less, or run less often`,
        also: [
          [...path, 'schedule'],
          ['backup', 'schedule'],
        ],
      }));
  },
};

/** How long a run may wait for a lock, in seconds, where that is written. */
function waitOf(table: SqliteTable | MysqlTable): number {
  return table.driver === 'sqlite3' ? seconds(table.busy_timeout ?? '0s') : 0;
}

/** Rules whose breach is only told. */
const PLAN_NOTES: Readonly<Record<string, PlanRule>> = {
  'either-day-will-do': ({ path, written }) => {
    const note = written.schedule === undefined ? undefined : scheduleNote(written.schedule);
    return note === undefined ? [] : [{ path: [...path, 'schedule'], message: note }];
  },
};

const TYPES_OF_KEY: readonly (readonly [
  'databases' | 'tables' | 'include' | 'exclude',
  readonly PlanType[],
])[] = [
  ['databases', ['database']],
  ['tables', ['database']],
  ['include', ['complete', 'selective']],
  ['exclude', ['complete', 'selective']],
];
