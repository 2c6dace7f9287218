import { absolute, isWithin } from '../read/paths.ts';
import type { Path, Problem } from '../read/problems.ts';
import type { Live } from '../sources/source.ts';
import type { Environment } from './file.ts';
import { liveIn, type Raw } from './live.ts';

export type EnvironmentRule = (environment: Environment) => Problem[];

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
    const tree = absolute(storage?.path ?? '/', environment);
    const databases = databaseFiles(environment);
    const folders = databases.filter(({ place }) => isWithin(tree, place));
    const owners = new Map(
      databases
        .filter((one) => !folders.includes(one))
        .flatMap((one) => sqliteFiles(one.place).map((file) => [file, one] as const)),
    );
    const others = [...directories(environment), ...logFile(environment), ...databases];
    return [
      ...folders.map(({ path, place }) => ({
        path,
        message: `expected a file, got the directory '${place}'`,
      })),
      ...others.flatMap(({ path, place }): Problem[] => {
        const file = upwards(place).find((one) => owners.has(one));
        const owner = file === undefined ? undefined : owners.get(file);
        // Two tables may name one database.
        return owner === undefined || (path[0] === 'databases' && owner.place === place)
          ? []
          : [
              {
                path,
                message: `'${place}' is, or lies in, the database file of ${owner.noun}; choose another`,
                also: [owner.path],
              },
            ];
      }),
    ];
  },
};

/** The live database whose file a path is, or in whose directory it lies. */
export function rawDatabase(path: string, environment: Environment): Raw | undefined {
  const owners = rawOwners.get(environment) ?? ownersIn(environment);
  rawOwners.set(environment, owners);
  const file = upwards(path).find((one) => owners.has(one));
  return file === undefined ? undefined : owners.get(file);
}

/** Each plan asks, and there may be hundreds of both. */
const rawOwners = new WeakMap<Environment, ReadonlyMap<string, Raw>>();

function ownersIn(environment: Environment): ReadonlyMap<string, Raw> {
  return new Map(
    liveIn(environment).flatMap((live) => filesOf(live).map((file) => [file, live] as const)),
  );
}

/** A path, and all that it lies in. */
function upwards(path: string): string[] {
  const names = path.split('/').slice(1);
  return ['/', ...names.map((_, i) => `/${names.slice(0, i + 1).join('/')}`)];
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
  return log === undefined || log === ''
    ? []
    : [{ path: ['backup', 'log'], place: absolute(log, environment) }];
}

/** Of every database that is one. */
function databaseFiles(environment: Environment): Source[] {
  return liveIn(environment)
    .filter(({ isTree }) => !isTree)
    .map(({ name, key, path }) => ({
      path: ['databases', name, key],
      place: path,
      noun: `[databases.${name}]`,
    }));
}

function filesOf({ path, isTree }: Live): string[] {
  return isTree ? [path] : sqliteFiles(path);
}

/** The file, and what SQLite keeps beside it. */
function sqliteFiles(file: string): string[] {
  return [file, `${file}-wal`, `${file}-shm`, `${file}-journal`];
}
