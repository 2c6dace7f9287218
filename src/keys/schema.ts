import * as z from 'zod/mini';
import { describeIssue } from '../read/describe.ts';
import { foreignWarnings } from './foreign.ts';
import { keyOf, type Outcome, type Path, type Problem } from '../read/problems.ts';
import { scheduleProblem } from '../read/schedule.ts';
import { DURATION, PERCENT, SIZE } from '../read/units.ts';
import { isWords } from '../read/words.ts';

/** The environment file, as written: one field at a time. What two fields mean together is in rules.ts. */

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const RESERVED = ['files', 'all', 'latest'];

const matching = (pattern: RegExp, expected: string) =>
  z.string().check(z.regex(pattern, `expected ${expected}`));

// Patterns are also of the JSON Schema: in words that the regular expressions of
// JavaScript and of Rust (Taplo) share.

/** Half a character, as JSON may write it, would become another one. */
const wholeCharacters = z.refine<string>(
  (value) => !/\p{Cs}/u.test(value),
  'expected whole characters, got half of a pair',
);

/** Text that may go over lines. What else there is would hide from `cat` what it does. */
const lines = z
  .string()
  .check(
    z.regex(
      /^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$/,
      "expected no control characters but tabs and line breaks; a command may write one as $(printf '\\033')",
    ),
    wholeCharacters,
  );

/** The value of a hook is shell code: as it is. */
const code = lines.check(z.minLength(1));

/** Control characters would reach the crontab, manifest lines and messages. */
const text = z
  .string()
  .check(
    z.minLength(1),
    z.regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'expected text without control characters'),
    wholeCharacters,
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

const schedule = z.string().check(
  z.minLength(1),
  z.superRefine((value, context) => {
    const problem = scheduleProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  }),
  // For editors; whatever breaks it has been told by then.
  z.regex(/^(@[a-z]+|[0-9A-Za-z*\/,-]+( +[0-9A-Za-z*\/,-]+){4})$/),
);

const keep = z
  .strictObject({
    last: z.optional(count),
    hourly: z.optional(count),
    daily: z.optional(count),
    weekly: z.optional(count),
    monthly: z.optional(count),
    yearly: z.optional(count),
  })
  .check(
    z.refine(
      (rules) => Object.keys(rules).length > 0,
      'keeps nothing, expected at least one of last, hourly, daily, weekly, monthly and yearly',
    ),
  );

const hooks = z.strictObject({
  before: z.optional(code),
  after: z.optional(code),
  on_success: z.optional(code),
  on_failure: z.optional(code),
  quiesce: z.optional(code),
  resume: z.optional(code),
  before_restore: z.optional(code),
  after_restore: z.optional(code),
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
  log: z.optional(
    matching(/^\/[A-Za-z0-9/._-]+$/, 'an absolute path of A-Z, a-z, 0-9 and /._-').check(
      z.regex(/[^/.]\.*$/, "expected a file, such as '/var/log/gen-backup/my-vm.log'"),
    ),
  ),
  state: z.optional(absolutePath),
  metrics: z.optional(absolutePath),
  drill_schedule: z.optional(schedule),
  hooks: z.optional(hooks),
  plans: z.optional(z.record(name, plan)),
});

const sqlite = z.strictObject({
  driver: z.literal('sqlite3'),
  path: text,
  busy_timeout: z.optional(duration),
  max_write_stall: z.optional(duration),
});

const mysql = z.strictObject({
  driver: z.literal('mysql'),
  name: z.optional(text),
  container: z.optional(
    matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "the name of a container, such as 'mysql'"),
  ),
  container_command: z.optional(
    text.check(z.refine(isWords, 'expected a command of plain words that runs another one')),
  ),
  host: z.optional(text),
  port: z.optional(z.int().check(z.minimum(1), z.maximum(65535))),
  socket: z.optional(absolutePath),
  user: z.optional(text),
  data_dir: z.optional(text),
  defaults_file: z.optional(text),
  password_file: z.optional(text),
  env_file: z.optional(text),
  password_key: z.optional(matching(/^[A-Za-z_][A-Za-z0-9_.]*$/, 'the name of a variable')),
});

const database = z.discriminatedUnion('driver', [sqlite, mysql]);

const identity = z.strictObject({
  name: matching(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of a-z, 0-9 and -, up to 63 long'),
  description: z.optional(lines),
});

const storage = z.strictObject({ path: absolutePath });

const environment = z.object({
  environment: identity,
  storage: z.optional(storage),
  databases: z.optional(z.record(name, database)),
  backup,
});

/** Of the whole file, and of each of its tables. */
export const ENVIRONMENT_SCHEMA = environment;
export const TABLE_SCHEMAS = {
  environment: identity,
  storage,
  sqlite,
  mysql,
  backup,
  plan,
  keep,
  hooks,
};

export type Environment = z.infer<typeof environment>;
export type BackupTable = z.infer<typeof backup>;
export type HooksTable = z.infer<typeof hooks>;
export type KeepTable = z.infer<typeof keep>;
export type PlanTable = z.infer<typeof plan>;
export type SqliteTable = z.infer<typeof sqlite>;
export type MysqlTable = z.infer<typeof mysql>;

/** The tables of the file and the keys that each one knows, for hints; `*` stands for any name. */
const TABLES: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(environment.shape),
  environment: Object.keys(identity.shape),
  storage: Object.keys(storage.shape),
  'databases.*.sqlite3': Object.keys(sqlite.shape),
  'databases.*.mysql': Object.keys(mysql.shape),
  backup: Object.keys(backup.shape),
  'backup.hooks': Object.keys(hooks.shape),
  'backup.keep': Object.keys(keep.shape),
  'backup.plans.*': Object.keys(plan.shape),
  'backup.plans.*.keep': Object.keys(keep.shape),
};

/** Any data to an Environment, or everything that is wrong with single fields. */
export function validate(data: unknown): Outcome<Environment> {
  const result = environment.safeParse(data, { reportInput: true });
  const warnings = foreignWarnings(data, TABLES[''] ?? []);
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

function knownKeys(path: Path, data: unknown): readonly string[] {
  const named = path.map((key, i) =>
    path[i - 1] === 'databases' || path[i - 1] === 'plans' ? '*' : key,
  );
  // A database's keys depend on its driver.
  const table = path.reduce<unknown>((inner, key) => Object(inner)[key], data);
  return TABLES[named.join('.')] ?? TABLES[[...named, Object(table).driver].join('.')] ?? [];
}
