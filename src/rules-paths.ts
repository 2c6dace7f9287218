import { absolute, isWithin } from './paths.ts';
import type { Path, Problem } from './problems.ts';
import type { EnvironmentRule } from './rules.ts';
import type { Environment, MysqlTable, SqliteTable } from './schema.ts';

/** What paths must be to each other, as they resolve. */
export const PATH_RULES: Readonly<Record<string, EnvironmentRule>> = {
  'destination-is-a-directory-of-its-own': (environment) => {
    const [destination, ...others] = directories(environment);
    return [
      ...(destination?.place === '/'
        ? [
            {
              path: destination.path,
              message: "expected a directory of its own, such as '/backups', not '/'",
            },
          ]
        : []),
      ...others
        .filter(({ place }) => place === '/' || place === destination?.place)
        .map(({ path, place }) => ({
          path,
          message: `expected a directory of its own, not '${place}'`,
          also: [['backup', 'path']],
        })),
    ];
  },

  'source-outside-destination': (environment) => {
    const destination = absolute(environment.backup.path, environment);
    if (destination === '/') return [];
    const { storage } = environment;
    const storages: Source[] =
      storage === undefined
        ? []
        : [
            {
              path: ['storage', 'path'],
              place: absolute(storage.path, environment),
              noun: `the storage directory '${storage.path}'`,
            },
          ];
    const inside = [...storages, ...databaseFiles(environment)].filter(
      // A file itself as the destination is the next rule's.
      ({ place, noun }) =>
        isWithin(place, destination) && !(place === destination && noun.startsWith('[')),
    );
    const [first] = inside;
    return first === undefined
      ? []
      : [
          {
            path: ['backup', 'path'],
            message: `${first.noun} lies inside it; choose another`,
            also: inside.map(({ path }) => path),
          },
        ];
  },

  'a-database-is-a-file': (environment) => {
    const { storage } = environment;
    return databaseFiles(environment).flatMap(({ path, place, noun }): Problem[] => {
      const tree = absolute(storage?.path ?? '/', environment);
      if (isWithin(tree, place)) {
        return [{ path, message: `expected a file, got the directory '${place}'` }];
      }
      return [...directories(environment), ...logFile(environment), ...databaseFiles(environment)]
        .filter((other) => other.path.join() !== path.join())
        .filter((other) => sqliteFiles(place).some((file) => isWithin(other.place, file)))
        .filter((other) => other.place !== place || other.path[0] !== 'databases')
        .map((other) => ({
          path: other.path,
          message: `'${other.place}' is, or lies in, the database file of ${noun}; choose another`,
          also: [path],
        }));
    });
  },
};

/** Is a path a file of a live database, or in one's directory? */
export function isRawDatabase(
  path: string,
  database: SqliteTable | MysqlTable,
  environment: Environment,
): boolean {
  if (database.driver === 'sqlite3') {
    return sqliteFiles(absolute(database.path, environment)).some((file) => isWithin(path, file));
  }
  return (
    database.data_dir !== undefined && isWithin(path, absolute(database.data_dir, environment))
  );
}

interface Place {
  readonly path: Path;
  /** Absolute. */
  readonly place: string;
}

type Source = Place & { readonly noun: string };

/** What the script makes directories of, the destination first. */
function directories(environment: Environment): Place[] {
  const { path, state, metrics } = environment.backup;
  return Object.entries({ path, state, metrics }).flatMap(([key, value]) =>
    value === undefined ? [] : [{ path: ['backup', key], place: absolute(value, environment) }],
  );
}

function logFile(environment: Environment): Place[] {
  const { log } = environment.backup;
  return log === undefined ? [] : [{ path: ['backup', 'log'], place: absolute(log, environment) }];
}

/** Of every declared SQLite database. */
function databaseFiles(environment: Environment): Source[] {
  return Object.entries(environment.databases ?? {}).flatMap(([name, table]) =>
    table.driver === 'sqlite3'
      ? [
          {
            path: ['databases', name, 'path'],
            place: absolute(table.path, environment),
            noun: `[databases.${name}]`,
          },
        ]
      : [],
  );
}

/** The file, and what SQLite keeps beside it. */
function sqliteFiles(file: string): string[] {
  return [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
}
