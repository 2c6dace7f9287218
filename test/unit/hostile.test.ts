import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plan, renderCrontab, renderScript } from '../../src/generate.ts';
import type { Machine } from '../../src/plan/plan.ts';
import { syntaxOf } from '../../src/read/parse.ts';
import type { MysqlDatabase } from '../../src/sources/mysql/plan.ts';
import type { Step } from '../../src/sources/sources.ts';
import { renderReport } from '../../src/tell/report.ts';

/** Any string in any key becomes data, or is refused with a reason. */

const RUNS = process.env['FAST'] ? 400 : 10_000;
const BATCH = 50;
const directory = mkdtempSync(`${tmpdir()}/hostile-`);

type Table = Record<string, unknown>;
type Key = readonly [
  table: 'environment' | 'storage' | 'sqlite' | 'mysql' | 'backup' | 'hooks',
  key: string,
];

const KEYS: readonly Key[] = [
  ['environment', 'name'],
  ['environment', 'description'],
  ['storage', 'path'],
  ...['path', 'busy_timeout', 'max_write_stall'].map((key) => ['sqlite', key] as const),
  ...[
    'name',
    'container',
    'container_command',
    'host',
    'socket',
    'user',
    'data_dir',
    'defaults_file',
    'password_file',
    'env_file',
    'password_key',
  ].map((key) => ['mysql', key] as const),
  ...[
    'path',
    'state',
    'metrics',
    'log',
    'min_free',
    'schedule',
    'drill_schedule',
    'type',
    'compression',
    'verify',
    'shrink_limit',
    'include',
    'exclude',
    'tables',
  ].map((key) => ['backup', key] as const),
  ...['before', 'on_failure', 'quiesce'].map((key) => ['hooks', key] as const),
];

const LISTS = ['include', 'exclude', 'tables'];

/** Keys that must stand beside one, so that it is looked at. */
const BESIDE: Readonly<Record<string, Table>> = {
  host: { name: 's', user: 'u', password_file: '/p' },
  socket: { name: 's' },
  name: { socket: '/s' },
  user: { name: 's', socket: '/s', password_file: '/p' },
  data_dir: { container: 'c' },
  defaults_file: { name: 's', socket: '/s' },
  password_file: { name: 's', host: 'h', user: 'u' },
  env_file: { name: 's', host: 'h', user: 'u', password_key: 'K' },
  password_key: { name: 's', host: 'h', user: 'u', env_file: '/e' },
};

function environmentWith([table, key]: Key, text: string): string {
  const value = LISTS.includes(key) ? [text] : text;
  const tables: Record<Key[0], Table> = {
    environment: { name: 't' },
    storage: { path: '/srv' },
    sqlite: { driver: 'sqlite3', path: 'main.db' },
    mysql: { driver: 'mysql', ...(BESIDE[key] ?? {}) },
    backup: { path: '/backups', ...(key === 'tables' ? { type: 'database' } : {}) },
    hooks: {},
  };
  tables[table][key] = value;
  const { environment, storage, sqlite, mysql, backup, hooks } = tables;
  const databases = table === 'mysql' ? { main: mysql } : { main: sqlite };
  return JSON.stringify({ environment, storage, databases, backup: { ...backup, hooks } });
}

const CANARY = `${directory}/canary`;
const PIECES = [
  `$(touch ${CANARY})`,
  `\`touch ${CANARY}\``,
  `'; touch ${CANARY}; '`,
  `"; touch ${CANARY}; "`,
  '\\',
  '"',
  "'",
  '$',
  '`',
  '%',
  '#',
  '!',
  '~',
  '*',
  '?',
  '[',
  ']',
  '{',
  '}',
  ';',
  '&',
  '|',
  '<',
  '>',
  '(',
  ')',
  ' ',
  '\t',
  '\n',
  '\r',
  '\0',
  '\x1b[2J',
  '\x7f',
  '-',
  '--',
  '-rf',
  '.',
  '..',
  '/',
  '//',
  '=',
  ':',
  ',',
  '\\n',
  'EOF',
  'SH',
  '<%= 1 %>',
  '%>',
  '${PATH}',
  '$HOME',
  '$$',
  '~root',
  '@daily',
  '* * * * *',
  '5m',
  '1GiB',
  'auto',
  'docker exec -i c',
  'é',
  'ü',
  '\u2028',
  '\u202e',
  '\ud83d\ude00',
  '\ud800',
  'a',
  'Z',
  '0',
  'main',
];

const piece = fc.constantFrom(...PIECES);

const hostile = fc.oneof(
  // One odd thing among plain ones.
  fc
    .tuple(fc.constantFrom('', '/', '/a', 'a'), piece, fc.constantFrom('', 'b', '1'))
    .map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: piece, maxLength: 6 }),
  fc.string({ unit: piece, maxLength: 6 }).map((text) => `/${text}`),
);

test(`${RUNS} strings in ${KEYS.length} keys: data in script, crontab and option files, or refused`, () => {
  let accepted = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...KEYS), hostile), { minLength: BATCH, maxLength: BATCH }),
      (cases) => {
        const machines = cases.flatMap(([key, text]) => accept(key, text));
        accepted += machines.length;
        const shell = machines
          .map((machine) => `(\n${observed(renderScript(machine))}\n)`)
          .join('\n');
        const printed = execFileSync('dash', ['-c', `${FAKES}\n${shell}`], {
          cwd: directory,
          maxBuffer: 2 ** 26,
        });
        expect(printed.toString('utf8').split('\0').slice(0, -1)).toEqual(
          machines.flatMap(wantedOf),
        );
        expect(existsSync(CANARY)).toBe(false);
      },
    ),
    { numRuns: RUNS / BATCH },
  );
  expect(accepted).toBeGreaterThan(RUNS / 10);
}, 300_000);

/** The machine; none, when the string was refused with a reason. */
function accept(key: Key, value: string): Machine[] {
  const text = environmentWith(key, value);
  const outcome = plan('env.json', text);
  if (!outcome.ok) {
    expect(outcome.problems.length).toBeGreaterThan(0);
    const report = renderReport(
      { name: 'env.json', text, syntax: syntaxOf('env.json', text) },
      outcome,
      false,
    );
    expect(report).toMatch(/^env\.json:1:[0-9]+: [a-z]/);
    expect(report).not.toMatch(/[\0-\x09\x0b-\x1f\x7f]/);
    return [];
  }
  const { value: machine } = outcome;
  expect(renderScript(machine)).toMatch(/^\p{ASCII}*$/u);
  for (const inner of stringsIn({ ...machine, hooks: {} }))
    expect(inner).not.toMatch(/[\p{Cc}\p{Cs}]/u);
  for (const line of renderCrontab(machine).split('\n').slice(0, -1)) {
    expect(line).toMatch(
      /^[0-9A-Za-z*,/@ -]+ \/[A-Za-z0-9/._-]+ (run default|drill)( >>\/[A-Za-z0-9/._-]+ 2>&1)?$/,
    );
  }
  for (const database of machine.mysql) expect(optionsOf(database)).toEqual(database.options);
  return [machine];
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(stringsIn) : [];
}

/** What the script's own text sets and calls, without the parts that do the work. */
function observed(script: string): string {
  const sections = script.split(/^(?=# --- )/m);
  const settings = sections.find((section) => section.startsWith('# --- Settings')) ?? '';
  const plans = sections.find((section) => section.startsWith('# --- Plans')) ?? '';
  return `${settings}\n${plans.replace(/^# by_kind [\s\S]*/m, '')}
    say "$BACKUP_PATH" "$STATE_PATH" "$CRONTAB"
    plan_default`;
}

const FAKES = `
say() { printf '%s\\0' ${'${1+"$@"}'}; }
exec_gently() { say enter "$@"; }
print_private() { say print_private "$@"; }
print_password() { say print_password "$@"; }
print_dotenv() { say print_dotenv "$@"; }
save() { "$@"; }
backup_sqlite() { say backup_sqlite "$BUSY_TIMEOUT_MS" "$MAX_WRITE_STALL_S" "$@"; }
backup_sqlite_tables() { say backup_sqlite_tables "$BUSY_TIMEOUT_MS" "$MAX_WRITE_STALL_S" "$@"; }
backup_mysql() {
  say "$MYSQL_SCHEMA" "$MYSQL_ACCOUNT" "$MYSQL_OPTIONS"
  enter_mysql client
  print_secret
  say backup_mysql "$@"
}
leave_out_sqlite() { say leave_out_sqlite "$@"; }
leave_out() { say leave_out "$@"; }
leave_out_pattern() { say leave_out_pattern "$@"; }
include() { say include "$@"; }
include_pattern() { say include_pattern "$@"; }
keep_found_databases() { say keep_found_databases; }
pass_over_found_databases() { say pass_over_found_databases; }
archive_files() { say archive_files; }
`;

function wantedOf(machine: Machine): string[] {
  const crontab = renderCrontab(machine).replace(/\n$/, '');
  return [
    machine.backupPath,
    machine.statePath,
    crontab,
    ...machine.plans.flatMap(({ steps }) => steps.flatMap(stepWords)),
  ];
}

function stepWords(step: Step): string[] {
  switch (step.kind) {
    case 'sqlite':
    case 'sqlite-base':
    case 'sqlite-tables': {
      const { name, path, busyTimeoutS, maxWriteStallS } = step.database;
      const times = [String(busyTimeoutS * 1000), String(maxWriteStallS)];
      return step.kind === 'sqlite-tables'
        ? ['backup_sqlite_tables', ...times, name, path, ...step.tables]
        : [step.kind === 'sqlite' ? 'backup_sqlite' : 'backup_base', ...times, name, path];
    }
    case 'mysql':
    case 'mysql-tables': {
      const { name, schema, account, enter } = step.database;
      const tables = step.kind === 'mysql' ? [] : step.tables;
      return [
        schema,
        account,
        optionFile(step.database),
        'enter',
        ...enter,
        'client',
        ...secretWords(step.database),
        'backup_mysql',
        name,
        ...tables,
      ];
    }
    case 'files':
      return [
        ...step.leftOutDatabases.flatMap((path) => ['leave_out_sqlite', path]),
        ...step.leftOutPaths.flatMap((path) => ['leave_out', path]),
        ...step.leftOutPatterns.flatMap(({ directory, pattern }) => [
          'leave_out_pattern',
          directory,
          pattern,
        ]),
        ...step.paths.flatMap((path) => ['include', path]),
        ...step.patterns.flatMap(({ directory, pattern }) => [
          'include_pattern',
          directory,
          pattern,
        ]),
        step.foundDatabases === 'keep' ? 'keep_found_databases' : 'pass_over_found_databases',
        'archive_files',
      ];
  }
}

function optionFile({ options }: MysqlDatabase): string {
  const lines = Object.entries(options).map(
    ([key, value]) => `${key}="${value.replace(/[\\"]/g, '\\$&')}"`,
  );
  return ['[client]', ...lines].join('\n');
}

/** An option file read back as MySQL's clients read it. */
function optionsOf(database: MysqlDatabase): Record<string, string> {
  const lines = optionFile(database).split('\n').slice(1);
  return Object.fromEntries(
    lines.map((line) => {
      const [, key = '', value = ''] = /^([a-z]+)="((?:[^"\\]|\\.)*)"$/u.exec(line) ?? [];
      return [key, value.replace(/\\(.)/gu, '$1')];
    }),
  );
}

function secretWords({ secret }: MysqlDatabase): string[] {
  switch (secret.kind) {
    case 'none':
      return [];
    case 'defaults_file':
      return ['print_private', secret.path];
    case 'password_file':
      return ['print_password', secret.path];
    case 'env_file':
      return ['print_dotenv', secret.path, secret.key];
  }
}

describe('any text at all', () => {
  test('as a file is a machine, or mistakes at a place; never a crash', () => {
    const line = fc.constantFrom(
      '[environment]',
      '[backup]',
      '[backup.plans.a]',
      '[databases.a]',
      '[databases.b]',
      '[storage]',
      '[[backup]]',
      '[tracker.core.database]',
      'name = "t"',
      'path = "/b"',
      'path = "x"',
      'driver = "mysql"',
      'driver = "sqlite3"',
      'type = "database"',
      'type = 5',
      'keep = { last = 1 }',
      'keep = 5',
      'include = [1]',
      'include = ["a"]',
      'tables = ["x"]',
      'databases = ["a"]',
      'databases = 5',
      'container = "c"',
      'port = 0',
      'schedule = "0 0 30 2 *"',
      'database_name = "x"',
      'plans = { a = 5 }',
      'environment = 5',
      'x',
      '= 1',
      '"" = 1',
      'hooks = []',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = lines.join('\n');
        const outcome = plan('env.toml', text);
        const findings = { problems: [], ...outcome };
        const report = renderReport({ name: 'env.toml', text, syntax: 'toml' }, findings, false);
        if (!outcome.ok) expect(report).toMatch(/^env\.toml:[0-9]+:[0-9]+: /);
      }),
      { numRuns: RUNS },
    );
  }, 300_000);
});
