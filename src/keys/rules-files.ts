import { absolute, isPattern, isWithin } from '../read/paths.ts';
import type { Path, Problem } from '../read/problems.ts';
import type { Environment } from './file.ts';
import type { PlanView } from './inherit.ts';
import { rawDatabase } from './rules-paths.ts';

export type PlanRule = (plan: PlanView, environment: Environment) => Problem[];

/** What a plan may say of files. */
export const FILE_RULES: Readonly<Record<string, PlanRule>> = {
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
      const what = place === raw.path && !raw.isTree ? 'the' : 'part of the';
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
};

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
