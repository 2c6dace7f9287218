import { type PlanType, type PlanView, viewPlans } from './inherit.ts';
import { hint } from './nearest.ts';
import { absolute, isPattern, isWithin } from './paths.ts';
import type { Problem } from './problems.ts';
import { MYSQL_RULES } from './rules-mysql.ts';
import type { Environment, MysqlTable, SqliteTable } from './schema.ts';

export type EnvironmentRule = (environment: Environment) => Problem[];
type PlanRule = (plan: PlanView, environment: Environment) => Problem[];

/** Everything that is wrong although each field is right by itself. */
export function checkRules(environment: Environment): Problem[] {
  return [
    ...Object.values(ENVIRONMENT_RULES).flatMap((rule) => rule(environment)),
    ...viewPlans(environment).flatMap((plan) =>
      Object.values(PLAN_RULES).flatMap((rule) => rule(plan, environment)),
    ),
  ];
}

const ENVIRONMENT_RULES: Readonly<Record<string, EnvironmentRule>> = {
  'destination-is-a-directory-of-its-own': ({ backup }) =>
    /^\/+$/.test(backup.path)
      ? [{ path: ['backup', 'path'], message: "expected a directory of its own, not '/'" }]
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
              message: `'${path}' is relative to storage.path, which is missing`,
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
      message: 'differs from another one only in - and _; choose another name',
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
          },
        ]
      : [];
  },

  'database-plans-need-databases': ({ path, keys }, { databases }) =>
    keys.type === 'database' && Object.keys(databases ?? {}).length === 0
      ? [{ path: [...path, 'type'], message: "'database' needs a table [databases.NAME]" }]
      : [],

  'databases-are-declared': ({ path, written }, { databases }) => {
    const declared = Object.keys(databases ?? {});
    return (written.databases ?? [])
      .filter((name) => !declared.includes(name))
      .map((name) => ({
        path: [...path, 'databases'],
        message: `there is no [databases.${name}]${hint(name, declared)}`,
      }));
  },

  'tables-are-of-one-database': ({ path, keys, written }, { databases }) => {
    const chosen = keys.databases ?? Object.keys(databases ?? {});
    return written.tables !== undefined && keys.type === 'database' && chosen.length !== 1
      ? [
          {
            path: [...path, 'tables'],
            message: `expected databases to name one, got ${chosen.length}`,
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
    })),

  'selective-names-its-files': ({ path, keys }) =>
    keys.type === 'selective' && keys.include === undefined
      ? [
          {
            path: [...path, 'include'],
            message: "missing, expected the paths of a 'selective' plan",
          },
        ]
      : [],

  'included-files-are-paths': ({ path, written }) =>
    (written.include ?? []).filter(isPattern).map((entry) => ({
      path: [...path, 'include'],
      message: `expected a path, got the pattern '${entry}'`,
    })),

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
          },
        ]
      : [];
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
