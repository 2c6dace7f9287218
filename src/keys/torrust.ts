import * as z from 'zod/mini';
import type { Problem } from '../read/problems.ts';
import { describeIssue } from './describe.ts';
import { PLAN } from './plan.ts';

/** Everything that is known of Torrust's deployer: its environment files, and where it puts things. */

const STORAGE = '/opt/torrust/storage';

/** Beside the storage directory, and needed to start the application again. */
const FILES = ['/opt/torrust/.env', '/opt/torrust/docker-compose.yml'];

/** The deployer's own backup: it stops the tracker, and knows nothing of ours. */
const SCHEDULE = '/etc/cron.d/tracker-backup';

/** The schedule of another tool that may go on beside ours, on a VM with that layout; else ''. */
export function otherScheduleOf(storage: string | undefined): string {
  return storage === STORAGE ? SCHEDULE : '';
}

/** `[tracker.core.database]`. Host, port, user and password are its container's own business. */
const core = z.discriminatedUnion('driver', [
  z.object({
    driver: z.literal('sqlite3'),
    database_name: z
      .string()
      .check(
        z.regex(
          /^(?!\.\.?$)[^/\p{Cc}\p{Cs}]+$/u,
          "expected the name of a file, such as 'tracker.db'",
        ),
      ),
  }),
  z.object({
    driver: z.literal('mysql'),
    database_name: z
      .string()
      .check(z.regex(/^[^\p{Cc}\p{Cs}]+$/u, "expected the name of a schema, such as 'tracker'")),
  }),
]);

/** For a JSON Schema: is it a file of the deployer's? Then [backup] may be absent, or have no path. */
export const IS_TORRUST = {
  type: 'object',
  required: ['tracker'],
  not: { required: ['databases'] },
  properties: {
    tracker: {
      type: 'object',
      required: ['core'],
      properties: { core: { type: 'object', required: ['database'] } },
    },
  },
} as const;

const CORE_PATH = ['tracker', 'core', 'database'];

/** The deployer's data to data of ours, and what is wrong with it; anything else as it is. */
export function adoptTorrust(data: unknown): Adopted {
  const written = CORE_PATH.reduce<unknown>(at, data);
  if (written === undefined || at(data, 'databases') !== undefined) return { data, problems: [] };
  const database = core.safeParse(written, { reportInput: true });
  return {
    data: {
      ...Object(data),
      storage: at(data, 'storage') ?? { path: STORAGE },
      databases: { tracker: databaseTable(database.data ?? STAND_IN) },
      backup: backupTable(at(data, 'backup') ?? {}),
    },
    problems: (database.error?.issues ?? [])
      .flatMap((issue) => describeIssue(issue, () => []))
      .map((problem) => ({ ...problem, path: [...CORE_PATH, ...problem.path] })),
  };
}

export interface Adopted {
  readonly data: unknown;
  readonly problems: readonly Problem[];
}

/** Where the deployer's table is wrong, so that the rest can be looked at too. */
const STAND_IN = { driver: 'sqlite3', database_name: 'stand-in' } as const;

function databaseTable({ driver, database_name: name }: z.infer<typeof core>): object {
  return driver === 'sqlite3'
    ? { driver, path: `tracker/lib/database/${name}` }
    : { driver, name, container: 'mysql', data_dir: 'mysql/data' };
}

/** `[backup]` with the deployer's directory, and its files in every complete plan. */
function backupTable(backup: unknown): unknown {
  if (!isTable(backup)) return backup;
  const type = backup['type'] ?? PLAN.keys.type.unset;
  const plans = backup['plans'];
  const whole = { path: `${STORAGE}/backup`, ...backup };
  if (!isTable(plans) || Object.keys(plans).length === 0) {
    return type === 'complete' ? withFiles(whole, backup['include']) : whole;
  }
  const views = Object.entries(plans).map(([name, plan]) => [
    name,
    isTable(plan) && (plan['type'] ?? type) === 'complete'
      ? withFiles(plan, plan['include'] ?? backup['include'])
      : plan,
  ]);
  return { ...whole, plans: Object.fromEntries(views) };
}

/** What is not a list is left to the check of fields. */
function withFiles(plan: Table, include: unknown = []): Table {
  return Array.isArray(include) ? { ...plan, include: [...include, ...FILES] } : plan;
}

type Table = Readonly<Record<string, unknown>>;

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function at(table: unknown, key: string): unknown {
  return isTable(table) ? table[key] : undefined;
}
