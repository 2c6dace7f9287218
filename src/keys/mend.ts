import { keyOf, type Path, type Problem } from '../read/problems.ts';
import { REQUIRED } from '../read/row.ts';
import { DATABASES } from '../sources/sources.ts';

/**
 * Data without what is wrong in it, so that rules between fields can look at the
 * rest; undefined where too little is left. A list with a wrong entry goes whole.
 */
export function mend(data: unknown, problems: readonly Problem[]): unknown {
  const left = without(data, treeOf(problems.map(({ path }) => upToList(path))));
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
export function followsFrom(causes: readonly Problem[]): (problem: Problem) => boolean {
  const wrong = causes.map((cause) => reach(upToList(cause.path)));
  const roots = new Set(wrong.map(keyOf));
  const above = new Set(wrong.flatMap(upwards));
  return ({ path, also = [] }) =>
    [path, ...also].some(
      (place) =>
        upwards(place).some((key) => roots.has(key)) || (isAll(place) && above.has(keyOf(place))),
    );
}

/** Keys of a path and of all that it lies in. */
function upwards(path: Path): string[] {
  return path.map((_, i) => keyOf(path.slice(0, i + 1)));
}

function isAll(place: Path): boolean {
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
      isWhole(table) ? table : { driver: 'sqlite3', path: `/stand-in/${name}` },
    ]),
  );
}

/** Has it what a database of its driver needs? */
function isWhole(table: unknown): boolean {
  const { driver, ...others } = Object(table);
  const kind = Object.values(DATABASES).find(
    ({ table: { keys } }) => keys['driver']?.example === driver,
  );
  const { keys } = (kind ?? DATABASES.sqlite3).table;
  return Object.entries(keys).every(
    ([key, { unset }]) => unset !== REQUIRED || key === 'driver' || others[key] !== undefined,
  );
}

function upToList(path: Path): Path {
  const position = path.findIndex((key) => typeof key === 'number');
  return position < 0 ? path : path.slice(0, position);
}

/** What goes: a key with no tree below goes whole. */
type Tree = Map<string | number, Tree>;

function treeOf(paths: readonly Path[]): Tree {
  const root: Tree = new Map();
  for (const path of paths) {
    let tree: Tree | undefined = root;
    path.forEach((key, i) => {
      const below: Tree | undefined = tree?.get(key);
      // What is within something that goes, goes with it.
      if (tree === undefined || (below?.size === 0 && tree.has(key))) tree = undefined;
      else if (i === path.length - 1) tree.set(key, new Map());
      else {
        const next = below ?? new Map();
        tree.set(key, next);
        tree = next;
      }
    });
  }
  return root;
}

function without(value: unknown, tree: Tree): unknown {
  if (tree.size === 0 || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => {
      const below = tree.get(key);
      if (below?.size === 0) return [];
      return [[key, below === undefined ? inner : without(inner, below)]];
    }),
  );
}

function isEmptyTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
