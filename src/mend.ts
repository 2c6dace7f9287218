import { isBelow, type Path, type Problem } from './problems.ts';

/**
 * Data without what is wrong in it, so that rules between fields can look at the
 * rest; undefined where too little is left. A list with a wrong entry goes whole.
 */
export function mend(data: unknown, problems: readonly Problem[]): unknown {
  const left = problems.map(({ path }) => upToList(path)).reduce(without, data);
  const { environment, storage, databases, backup } = Object(left);
  if (isEmptyTable(backup?.plans)) return undefined;
  return {
    ...Object(left),
    environment: { name: 'stand-in', ...environment },
    ...(storage === undefined ? {} : { storage: { path: '/stand-in', ...storage } }),
    ...(databases === undefined ? {} : { databases: mendDatabases(databases) }),
    backup: { path: '/stand-in/backup', ...backup },
  };
}

/**
 * Is it about something that is wrong by itself? Then it may be wrong only because of
 * that. A place of one key, or all plans, is all that is in that table.
 */
export function isFollowOn({ path, also = [] }: Problem, causes: readonly Problem[]): boolean {
  const wrong = causes.map((cause) => reach(upToList(cause.path)));
  return [path, ...also].some((place) =>
    wrong.some((cause) => isBelow(place, cause) || (isWhole(place) && isBelow(cause, place))),
  );
}

function isWhole(place: Path): boolean {
  return place.length === 1 || (place.length === 2 && place[1] === 'plans');
}

/** A database whose driver or path is wrong is not known well enough to say more about it. */
function reach(path: Path): Path {
  const [table, , key] = path;
  return table === 'databases' && (key === 'driver' || key === 'path') ? path.slice(0, 2) : path;
}

function mendDatabases(databases: object): object {
  return Object.fromEntries(
    Object.entries(databases).map(([name, table]) => [
      name,
      table?.driver === 'mysql' || table?.path !== undefined
        ? table
        : { driver: 'sqlite3', path: `/stand-in/${name}` },
    ]),
  );
}

function upToList(path: Path): Path {
  const position = path.findIndex((key) => typeof key === 'number');
  return position < 0 ? path : path.slice(0, position);
}

function without(value: unknown, [key, ...deeper]: Path): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(
    deeper.length === 0
      ? entries.filter(([name]) => name !== key)
      : entries.map(([name, inner]) => [name, name === key ? without(inner, deeper) : inner]),
  );
}

function isEmptyTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
