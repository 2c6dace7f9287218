import { nearest } from '../read/nearest.ts';
import type { Problem } from '../read/problems.ts';

/** Tables of other tools are passed over; what may be a mistake in them gets a warning. */
export function foreignWarnings(
  data: unknown,
  ours: readonly string[],
  ofBackup: readonly string[],
): Problem[] {
  const tables = Object.entries(Object(data)).filter(([key]) => !ours.includes(key));
  return [...nearMisses(tables, ours, ofBackup), ...passwordWarning(tables)];
}

type Tables = readonly (readonly [string, unknown])[];

/** `[hooks]`, say, is a table of `[backup]`. */
function nearMisses(
  tables: Tables,
  ours: readonly string[],
  ofBackup: readonly string[],
): Problem[] {
  return tables.flatMap(([key]) => {
    const meant = ofBackup.includes(key) ? `backup.${key}` : nearest(key, ours);
    return meant === undefined
      ? []
      : [{ path: [key], mark: 'key', message: `ignored, did you mean '${meant}'?` }];
  });
}

/** One warning for all of them. */
function passwordWarning(tables: Tables): Problem[] {
  const [first, ...others] = tables.flatMap(([key, value]) => passwordsIn([key], value));
  if (first === undefined) return [];
  const names = [first, ...others].map((path) => `'${path.join('.')}'`).join(', ');
  return [
    {
      path: first,
      mark: 'key',
      message: `passwords of other tools are not used, and not put into the script: ${names}`,
    },
  ];
}

function passwordsIn(path: readonly string[], value: unknown): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) {
    return /password$/i.test(path.at(-1) ?? '') ? [path] : [];
  }
  return Object.entries(value).flatMap(([key, inner]) => passwordsIn([...path, key], inner));
}
