import * as z from 'zod/mini';
import { name } from '../read/fields.ts';
import { keyOf, type Outcome, type Path, type Problem } from '../read/problems.ts';
import { type Table, table } from '../read/row.ts';
import { DATABASE, DATABASES } from '../sources/sources.ts';
import { BACKUP, HOOKS } from './backup.ts';
import { describeIssue } from './describe.ts';
import { ENVIRONMENT, STORAGE } from './environment.ts';
import { foreignWarnings } from './foreign.ts';
import { KEEP, PLAN } from './plan.ts';

/** The environment file, as written: one field at a time. What two fields mean together is in rules.ts. */

/** `[backup]`: its own keys, and those of a plan as defaults. */
export const WHOLE_BACKUP = table(BACKUP, { ...PLAN.keys, ...BACKUP.keys });
const WHOLE_BACKUP_KEYS = Object.keys(WHOLE_BACKUP.keys);

export const FILE = z.object({
  environment: ENVIRONMENT.type,
  storage: z.optional(STORAGE.type),
  databases: z.optional(z.record(name, DATABASE)),
  backup: WHOLE_BACKUP.type,
});

export type Environment = z.infer<typeof FILE>;
export type BackupTable = z.infer<typeof WHOLE_BACKUP.type>;
export type HooksTable = z.infer<typeof HOOKS.type>;
export type PlanTable = z.infer<typeof PLAN.type>;
export type PlanType = NonNullable<PlanTable['type']>;

/** Every table of ours, in the order of a file. */
export const TABLES: readonly Table[] = [
  ENVIRONMENT,
  STORAGE,
  ...Object.values(DATABASES).map(({ table }) => table),
  BACKUP,
  PLAN,
  KEEP,
  HOOKS,
];

/** Any data to an Environment, or everything that is wrong with single fields. */
export function validate(data: unknown): Outcome<Environment> {
  const result = FILE.safeParse(data, { reportInput: true });
  const warnings = foreignWarnings(data, Object.keys(FILE.shape), WHOLE_BACKUP_KEYS);
  return result.success
    ? { ok: true, value: result.data, warnings }
    : {
        ok: false,
        problems: firstOfEach(
          result.error.issues.flatMap((issue) =>
            describeIssue(issue, (path) => knownKeys(path, data)),
          ),
        ),
        warnings,
      };
}

/** What is wrong with a value in two ways is told once. */
function firstOfEach(problems: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path }) => {
    const { size } = seen;
    return seen.add(keyOf(path)).size > size;
  });
}

/** Of the table at a path, for hints. A database's depend on its driver. */
function knownKeys(path: Path, data: unknown): readonly string[] {
  if (path.length === 0) return Object.keys(FILE.shape);
  const written = path.reduce<unknown>((inner, key) => Object(inner)[key], data);
  const { driver } = Object(written);
  const tables = path.length === 2 && path[0] === 'databases' ? ofDriver(driver) : tablesAt(path);
  return tables.flatMap(({ keys }) => Object.keys(keys));
}

function ofDriver(driver: unknown): readonly Table[] {
  return Object.entries(DATABASES).flatMap(([name, { table }]) => (name === driver ? [table] : []));
}

/** The tables that may stand at a path: by driver, and for defaults of plans, more than one. */
export function tablesAt(path: Path): readonly Table[] {
  const place = path
    .map((key, i) => (path[i - 1] === 'databases' || path[i - 1] === 'plans' ? 'NAME' : key))
    .join('.')
    .replace(/^backup\.keep$/, 'backup.plans.NAME.keep');
  const found = TABLES.filter(({ header }) => header === place);
  return place === 'backup' ? [...found, PLAN] : found;
}
