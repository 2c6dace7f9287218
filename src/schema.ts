import * as z from 'zod/mini';
import { describeIssue, nearest } from './describe.ts';
import type { Outcome, Problem } from './problems.ts';
import { scheduleProblem } from './schedule.ts';
import { DURATION, PERCENT, SIZE } from './units.ts';

/** The environment file, as written: one field at a time. What two fields mean together is in rules.ts. */

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const RESERVED = ['files', 'all', 'latest'];

const matching = (pattern: RegExp, expected: string) =>
  z.string().check(z.regex(pattern, `expected ${expected}`));

/** Control characters would reach the crontab, manifest lines and messages. */
const text = z
  .string()
  .check(
    z.minLength(1, 'expected text'),
    z.regex(/^\P{Cc}*$/u, 'expected text without control characters'),
  );

const absolutePath = text.check(
  z.regex(/^\//, "expected an absolute path, such as '/backups/tracker'"),
);

const name = matching(NAME, 'a name of a-z, 0-9, - and _, up to 63 long').check(
  z.refine((value) => !RESERVED.includes(value), "'files', 'all' and 'latest' are reserved"),
);

const duration = matching(DURATION, "a duration, such as '90s', '5m', '2h' or '7d'");
const size = matching(SIZE, "a size, such as '500MiB' or '2GiB'");
const days = z.int().check(z.minimum(1), z.maximum(36500));
const count = z.int().check(z.minimum(1), z.maximum(100000));

const schedule = text.check(
  z.superRefine((value, context) => {
    const problem = scheduleProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  }),
);

const keep = z.strictObject({
  last: z.optional(count),
  hourly: z.optional(count),
  daily: z.optional(count),
  weekly: z.optional(count),
  monthly: z.optional(count),
  yearly: z.optional(count),
});

const planKeys = {
  type: z.optional(z.enum(['complete', 'database', 'selective'])),
  schedule: z.optional(schedule),
  enabled: z.optional(z.boolean()),
  retention_days: z.optional(days),
  keep: z.optional(keep),
  compression: z.optional(z.enum(['auto', 'zstd', 'gzip', 'xz', 'none'])),
  compression_level: z.optional(z.int().check(z.minimum(1), z.maximum(19))),
  verify: z.optional(z.enum(['auto', 'full', 'quick'])),
  nice: z.optional(z.boolean()),
  shrink_limit: z.optional(matching(PERCENT, "a share from '0%' to '100%'")),
  databases: z.optional(z.array(text).check(z.minLength(1))),
  tables: z.optional(z.array(text).check(z.minLength(1))),
  include: z.optional(z.array(text).check(z.minLength(1))),
  exclude: z.optional(z.array(text)),
};

const plan = z.strictObject(planKeys);

const backup = z.strictObject({
  ...planKeys,
  path: absolutePath,
  require_mount: z.optional(z.boolean()),
  min_free: z.optional(size),
  log: z.optional(matching(/^\/[A-Za-z0-9/._-]+$/, 'an absolute path of A-Z, a-z, 0-9 and /._-')),
  state: z.optional(absolutePath),
  plans: z.optional(z.record(name, plan)),
});

const database = z.strictObject({
  driver: z.enum(['sqlite3']),
  path: text,
  busy_timeout: z.optional(duration),
  max_write_stall: z.optional(duration),
});

const environment = z.object({
  environment: z.strictObject({
    name: matching(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of a-z, 0-9 and -, up to 63 long'),
    description: z.optional(z.string()),
  }),
  storage: z.optional(z.strictObject({ path: absolutePath })),
  databases: z.optional(z.record(name, database)),
  backup,
});

export type Environment = z.infer<typeof environment>;
export type PlanTable = z.infer<typeof plan>;

/** The tables of the file and the keys that each one knows, for hints; `*` stands for any name. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(environment.shape),
  environment: Object.keys(environment.shape.environment.shape),
  storage: ['path'],
  'databases.*': Object.keys(database.shape),
  backup: Object.keys(backup.shape),
  'backup.keep': Object.keys(keep.shape),
  'backup.plans.*': Object.keys(plan.shape),
  'backup.plans.*.keep': Object.keys(keep.shape),
};

/** Any data to an Environment, or everything that is wrong with single fields. */
export function validate(data: unknown): Outcome<Environment> {
  const result = environment.safeParse(data, { reportInput: true });
  return result.success
    ? { ok: true, value: result.data, warnings: nearMisses(data) }
    : {
        ok: false,
        problems: result.error.issues.flatMap((issue) => describeIssue(issue, knownKeys)),
      };
}

function knownKeys(path: readonly string[]): readonly string[] {
  const named = path.map((key, i) =>
    path[i - 1] === 'databases' || path[i - 1] === 'plans' ? '*' : key,
  );
  return TABLES[named.join('.')] ?? [];
}

/** Other tools' tables are passed over; one that looks like a slip of the pen gets a warning. */
function nearMisses(data: unknown): Problem[] {
  const ours = TABLES[''] ?? [];
  return Object.keys(Object(data))
    .filter((key) => !ours.includes(key) && nearest(key, ours) !== undefined)
    .map((key) => ({ path: [key], message: `passed over, did you mean '${nearest(key, ours)}'?` }));
}
