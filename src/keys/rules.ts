import { type PlanView, TYPES_OF_KEY, viewPlans } from './inherit.ts';
import { DEFAULTS } from './defaults.ts';
import { hint } from '../read/nearest.ts';
import { absolute, isPattern, isWithin } from '../read/paths.ts';
import { keyOf, type Path, type Problem } from '../read/problems.ts';
import { MYSQL_RULES } from '../sources/rules-mysql.ts';
import { PATH_RULES, rawDatabase } from './rules-paths.ts';
import { scheduleNote, shortestGap } from '../read/schedule.ts';
import type { Environment, MysqlTable, SqliteTable } from './schema.ts';
import { seconds } from '../read/units.ts';

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

/** What several plans inherit is told once. */
function namedOfPlans(rules: Rules<PlanRule>, environment: Environment): Problem[] {
  const all = viewPlans(environment).flatMap((view) =>
    Object.entries(rules).flatMap(([rule, check]) =>
      check(view, environment).map((problem) => ({ ...problem, rule })),
    ),
  );
  const seen = new Set<string>();
  return all.filter(({ rule, path }) => {
    const { size } = seen;
    return seen.add(keyOf([rule, ...path])).size > size;
  });
}

const ENVIRONMENT_RULES: Readonly<Record<string, EnvironmentRule>> = {
  ...PATH_RULES,

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

  'defaults-are-used': (environment) => {
    const views = viewPlans(environment);
    return TYPES_OF_KEY.filter(
      ([key, types]) =>
        environment.backup[key] !== undefined &&
        !views.some(({ path, keys }) => path.length === 1 || types.includes(keys.type)),
    ).map(([key, types]) => ({
      path: ['backup', key],
      message: `is for plans of type ${quoted(types)}, and there is none; remove it, or set a plan's type`,
      also: [['backup', 'plans'], ...views.map(({ where }) => where('type'))],
    }));
  },

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
  const bySound = new Map<string, string[]>();
  for (const name of Object.keys(tables)) {
    const sound = name.replaceAll('-', '_');
    bySound.set(sound, [...(bySound.get(sound) ?? []), name]);
  }
  return [...bySound.values()].flatMap((names) =>
    names.slice(1).map((name) => ({
      path: [...path, name],
      mark: 'key',
      message: 'differs from another one only in - and _; choose another name',
      also: names.filter((other) => other !== name).map((other) => [...path, other]),
    })),
  );
}

const PLAN_RULES: Readonly<Record<string, PlanRule>> = {
  'files-need-storage': ({ where, keys }, { storage }) => {
    if (storage !== undefined || keys.type === 'database') return [];
    const relative = (['include', 'exclude'] as const).find((key) =>
      (keys[key] ?? []).some((entry) => startsAtStorage(entry, key)),
    );
    if (keys.type !== 'complete' && relative === undefined) return [];
    return [
      {
        path: where(keys.type === 'complete' ? 'type' : (relative ?? 'type')),
        message:
          keys.type === 'complete'
            ? `'${keys.type}' needs [storage] with a path; or set type = "database"`
            : 'relative paths need [storage] with a path; or write absolute ones',
        also: [where('type')],
      },
    ];
  },

  'database-plans-need-databases': ({ where, keys }, { databases }) =>
    keys.type === 'database' && Object.keys(databases ?? {}).length === 0
      ? [
          {
            path: where('type'),
            message: "'database' needs a table [databases.NAME]",
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

  'keys-fit-the-type': ({ path, where, keys, written }) =>
    TYPES_OF_KEY.filter(
      ([key, types]) => written[key] !== undefined && !types.includes(keys.type),
    ).map(([key, types]) => ({
      path: [...path, key],
      message: `is for plans of type ${quoted(types)}, not '${keys.type}'`,
      also: [where('type')],
    })),

  'selective-names-its-files': ({ path, where, keys }) =>
    keys.type === 'selective' && keys.include === undefined
      ? [
          {
            path: [...path, 'include'],
            message: "missing, expected the paths of a 'selective' plan",
            also: [where('type')],
          },
        ]
      : [],

  'no-raw-database': ({ where, keys }, environment) =>
    plainPaths(keys.include, where('include'), environment).flatMap(({ path, entry, place }) => {
      const raw = rawDatabase(place, environment);
      if (raw === undefined) return [];
      const what = place === raw.place && raw.key === 'path' ? 'the' : 'part of the';
      return [
        {
          path,
          also: [['databases', raw.name, raw.key]],
          message: `'${entry}' is ${what} live database '${raw.name}', which is never copied as a file; use a plan of type 'database'`,
        },
      ];
    }),

  'include-is-not-left-out': ({ where, keys }, environment) => {
    const out = [
      { path: ['backup', 'path'], place: absolute(environment.backup.path, environment) },
      ...plainPaths(keys.exclude, where('exclude'), environment),
    ];
    const { storage } = environment;
    const tree = keys.type === 'complete' && storage !== undefined ? [storage.path] : [];
    return [
      ...tree.map((entry) => ({
        path: ['storage', 'path'],
        entry,
        place: absolute(entry, environment),
      })),
      ...plainPaths(keys.include, where('include'), environment),
    ].flatMap(({ path, entry, place }) => {
      const by = out.find((other) => isWithin(place, other.place));
      return by === undefined || (path[0] === 'storage' && by.path[1] === 'path')
        ? []
        : [
            {
              path,
              also: [by.path],
              message: `'${entry}' would be left out again: it lies in '${by.place}'; remove one of the two`,
            },
          ];
    });
  },

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

  'waits-end-before-the-next-run': ({ where, keys }, environment) => {
    if (keys.enabled === false || keys.type === 'selective') return [];
    const waiting = waitsOf(environment).filter(
      ({ name }) => keys.databases?.includes(name) ?? true,
    );
    if (waiting.length === 0) return [];
    const schedule = keys.schedule ?? DEFAULTS.schedule;
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

function quoted(types: readonly string[]): string {
  return types.map((type) => `'${type}'`).join(' or ');
}

/** Is it a path, or pattern, from the storage directory on? A bare pattern left out is of any place. */
function startsAtStorage(entry: string, key: 'include' | 'exclude'): boolean {
  if (entry.startsWith('/')) return false;
  return key === 'include' || entry.includes('/') || !isPattern(entry);
}

/** What is no pattern in a list, and where it leads. */
function plainPaths(list: readonly string[] | undefined, path: Path, environment: Environment) {
  return (list ?? [])
    .map((entry, i) => ({ path: [...path, i], entry, place: absolute(entry, environment) }))
    .filter(({ entry }) => !isPattern(entry));
}

/** How long a run may wait for locks, in seconds, where that is written. Each plan asks. */
function waitsOf(environment: Environment): readonly Wait[] {
  const known = waits.get(environment);
  if (known !== undefined) return known;
  const found = Object.entries(environment.databases ?? {}).flatMap(([name, table]) =>
    table.driver === 'sqlite3' && table.busy_timeout !== undefined
      ? [{ name, wait: seconds(table.busy_timeout) }]
      : [],
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
const PLAN_NOTES: Readonly<Record<string, PlanRule>> = {
  'either-day-will-do': ({ where, keys }, { backup }) =>
    [
      { path: where('schedule'), schedule: keys.schedule },
      { path: ['backup', 'drill_schedule'], schedule: backup.drill_schedule },
    ].flatMap(({ path, schedule }) => {
      const note = schedule === undefined ? undefined : scheduleNote(schedule);
      return note === undefined ? [] : [{ path, message: note }];
    }),
};
