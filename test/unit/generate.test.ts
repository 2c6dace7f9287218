import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { plan, renderCrontab, renderScript } from '../../src/generate.ts';
import { type Problem, renderProblem } from '../../src/read/problems.ts';
import { COMMANDS } from '../../src/script/commands.ts';
import { renderSummary } from '../../src/tell/summary.ts';
import { BASE } from './environments.ts';

const LEFT_BY_RESTORES = [
  { directory: '/', pattern: '.gen-backup-*' },
  { directory: '/', pattern: '*.before-restore-[0-9]*Z*' },
];

const FIXTURES = 'test/fixtures';

function planned(text: string) {
  const outcome = plan('env.toml', text);
  if (!outcome.ok) throw new Error(outcome.problems.map((p) => renderProblem('', p)).join('\n'));
  return outcome;
}

function problemsOf(text: string, file = 'env.toml'): string[] {
  const outcome = plan(file, text);
  return outcome.ok
    ? []
    : outcome.problems.map((problem: Problem) => renderProblem('env', problem));
}

describe('whole scripts', () => {
  for (const fixture of readdirSync(FIXTURES).filter((name) => name.endsWith('.toml'))) {
    const text = readFileSync(`${FIXTURES}/${fixture}`, 'utf8');
    test(`${fixture}: is the script beside it, and the same each time`, async () => {
      const script = renderScript(planned(text).value);
      expect(renderScript(planned(text).value)).toBe(script);
      expect(script).toMatch(/^\p{ASCII}*$/u);
      await expect(script).toMatchFileSnapshot(`../fixtures/${fixture.replace('.toml', '.sh')}`);
    });
  }
});

test('what a command needs and calls is there', () => {
  const plans = '[backup.plans.live]\ntype = "continuous"\n[backup.plans.b]\nretention_days = 8\n';
  const script = renderScript(planned(`${BASE}${plans}`).value);
  for (const { name, needs, call, whenFollowing = call } of COMMANDS) {
    const [words = ''] = /^[a-z_]+( [a-z_]+)?/.exec(whenFollowing) ?? [];
    const functions = [...needs, ...words.split(' ')].filter((word) => !/^(echo)?$/.test(word));
    const missing = functions.filter((word) => !new RegExp(`^${word}\\(\\) `, 'm').test(script));
    expect([name, missing]).toEqual([name, []]);
  }
});

describe('plans', () => {
  test('without [backup.plans]: one, named default, from [backup]', () => {
    const [only, ...others] = planned(`${BASE}retention_days = 9\nschedule = "@weekly"`).value
      .plans;
    expect(others).toEqual([]);
    expect(only).toMatchObject({
      name: 'default',
      type: 'complete',
      schedule: '@weekly',
      longestGapS: 604800,
      keep: { last: 3, days: 9 },
    });
  });

  test('unset retention is seven days and the last three', () => {
    expect(planned(BASE).value.plans[0]?.keep).toEqual({
      last: 3,
      days: 7,
      hourly: 0,
      daily: 0,
      weekly: 0,
      monthly: 0,
      yearly: 0,
    });
  });

  test('inherit everything from [backup] but what they set', () => {
    const { plans } = planned(
      `${BASE}compression = "xz"\nverify = "quick"\n[backup.plans.a]\nverify = "full"`,
    ).value;
    expect(plans[0]).toMatchObject({ compression: 'xz', verify: 'full' });
  });

  test('that set either way of keeping inherit neither', () => {
    const { plans } = planned(
      `${BASE}retention_days = 30\nkeep = { last = 9 }\n[backup.plans.a]\nkeep = { daily = 2 }\n[backup.plans.b]\nretention_days = 1\n[backup.plans.c]`,
    ).value;
    expect(plans.map(({ keep }) => [keep.last, keep.days, keep.daily])).toEqual([
      [3, 0, 2],
      [3, 1, 0],
      [9, 30, 0],
    ]);
  });

  test('run databases before files, and leave live databases and the destination out of the archive', () => {
    const { plans } = planned(BASE.replace('/backups', '/srv/app/backups')).value;
    expect(plans[0]?.steps).toEqual([
      {
        kind: 'sqlite',
        database: { name: 'main', path: '/srv/app/main.db', busyTimeoutS: 30, maxWriteStallS: 1 },
      },
      {
        kind: 'files',
        paths: ['/srv/app'],
        patterns: [],
        leftOutPaths: ['/srv/app/backups'],
        leftOutPatterns: LEFT_BY_RESTORES,
        leftOutDatabases: ['/srv/app/main.db'],
        foundDatabases: 'keep',
      },
    ]);
  });

  test('selective: paths relative to the storage directory, each read once', () => {
    const { plans } = planned(
      `${BASE}[backup.plans.c]\ntype = "selective"\ninclude = ["etc", "etc/tls", "/opt/.env"]\nexclude = ["etc/cache", "*.log", "logs/*.gz"]`,
    ).value;
    expect(plans[0]?.steps[0]).toMatchObject({
      paths: ['/srv/app/etc', '/opt/.env'],
      leftOutPaths: ['/srv/app/etc/cache'],
      leftOutPatterns: [
        ...LEFT_BY_RESTORES,
        { directory: '/srv/app', pattern: '*.log' },
        { directory: '/srv/app/logs', pattern: './srv/app/logs/*.gz' },
      ],
      foundDatabases: 'pass over',
    });
  });

  test('selective: patterns, each with the directory to look in', () => {
    const { plans } = planned(
      `${BASE}[backup.plans.c]\ntype = "selective"\ninclude = ["etc", "*.toml", "etc/*.d", "logs/2026*/[ab]/x", "/opt/*/.env"]`,
    ).value;
    expect(plans[0]?.steps[0]).toMatchObject({
      paths: ['/srv/app/etc'],
      patterns: [
        { directory: '/srv/app', pattern: '*.toml' },
        { directory: '/srv/app/logs', pattern: './srv/app/logs/2026*/[ab]/x' },
        { directory: '/opt', pattern: './opt/*/.env' },
      ],
    });
  });

  test('of a database: those chosen, or some tables of one', () => {
    const { plans } = planned(
      `${BASE}[backup.plans.d]\ntype = "database"\n[backup.plans.t]\ntype = "database"\ndatabases = ["main"]\ntables = ["a b", "it's"]`,
    ).value;
    expect(plans.map(({ steps }) => steps.map(({ kind }) => kind))).toEqual([
      ['sqlite'],
      ['sqlite-tables'],
    ]);
    expect(renderScript(planned(`${BASE}type = "database"\ntables = ["it's"]`).value)).toContain(
      "backup_sqlite_tables main /srv/app/main.db 'it'\\''s'",
    );
  });
});

test('hooks, drill and metrics are of the machine, and off unless set; overdue is two gaps', () => {
  const off = planned(BASE).value;
  expect(off).toMatchObject({ drillSchedule: '', metricsPath: '' });
  expect(Object.values(off.hooks)).toEqual(Array(8).fill(''));
  expect(off.plans[0]?.overdueAfterMin).toBe(2880);
  const { value } = planned(
    `${BASE}drill_schedule = "0 5 * * 0"\nmetrics = "/var/lib/textfile/"\n[backup.hooks]\nbefore = "a\\nb"\n`,
  );
  expect(value).toMatchObject({
    drillSchedule: '0 5 * * 0',
    metricsPath: '/var/lib/textfile',
    hooks: { before: 'a\nb', after: '' },
  });
});

describe('crontab', () => {
  test('has a line per enabled plan, and nothing but safe words', () => {
    const { value } = planned(
      `${BASE}log = "/var/log/t.log"\n[backup.plans.a]\n[backup.plans.b]\nschedule = "@hourly"\n[backup.plans.c]\nenabled = false`,
    );
    expect(renderCrontab(value)).toBe(
      '0 3 * * * /usr/local/sbin/backup-t.sh run a >>/var/log/t.log 2>&1\n' +
        '@hourly /usr/local/sbin/backup-t.sh run b >>/var/log/t.log 2>&1\n',
    );
  });

  test('the summary names the plans, the tools and the lines', () => {
    const summary = renderSummary(planned(BASE).value);
    expect(summary).toContain('plan default: complete, keeps 7 days and always the last 3');
    expect(summary).toContain('sqlite3');
    expect(summary).toContain('0 3 * * * /usr/local/sbin/backup-t.sh run default');
  });
});

const mysql = (keys: string) => `[environment]
name = "t"
[databases.main]
driver = "mysql"
${keys}
[backup]
path = "/b"
type = "database"
`;

describe('mistakes', () => {
  const table: readonly [name: string, { given: string; want: readonly string[] }][] = [
    ['broken TOML', { given: 'a = ', want: ['env: not valid TOML: '] }],
    [
      'an empty file',
      {
        given: '',
        want: [
          'env: environment: missing, expected a table',
          'env: backup: missing, expected a table',
        ],
      },
    ],
    [
      'no destination',
      {
        given: BASE.replace('path = "/backups"', ''),
        want: ['env: backup.path: missing, expected text'],
      },
    ],
    [
      'a relative destination',
      {
        given: BASE.replace('/backups', 'backups'),
        want: ['env: backup.path: expected an absolute path'],
      },
    ],
    [
      'the root as destination',
      {
        given: BASE.replace('/backups', '//'),
        want: ['env: backup.path: expected a directory of its own'],
      },
    ],
    [
      'storage inside the destination',
      {
        given: BASE.replace('/backups', '/srv'),
        want: ["env: backup.path: the storage directory '/srv/app' lies inside it"],
      },
    ],
    [
      'an unknown key',
      {
        given: `${BASE}retention_day = 3`,
        want: ["env: backup.retention_day: unknown key, did you mean 'retention_days'?"],
      },
    ],
    [
      'an unknown value',
      {
        given: `${BASE}type = "full"`,
        want: [
          "env: backup.type: expected 'complete' or 'database' or 'selective' or 'continuous', got 'full'",
        ],
      },
    ],
    [
      'a wrong type',
      {
        given: `${BASE}nice = "yes"`,
        want: ["env: backup.nice: expected true or false, got 'yes'"],
      },
    ],
    [
      'a fraction of a day',
      {
        given: `${BASE}retention_days = 1.5`,
        want: ['env: backup.retention_days: expected a whole number, got 1.5'],
      },
    ],
    [
      'a number too small',
      {
        given: `${BASE}keep = { last = 0 }`,
        want: ['env: backup.keep.last: expected at least 1, got 0'],
      },
    ],
    [
      'a level the compressor lacks',
      {
        given: `${BASE}compression = "gzip"\ncompression_level = 12`,
        want: ["env: backup.compression_level: expected at most 9 for compression 'gzip', got 12"],
      },
    ],
    [
      'a schedule that never fires',
      { given: `${BASE}schedule = "0 0 31 2 *"`, want: ['env: backup.schedule: never fires'] },
    ],
    [
      'a bad duration',
      {
        given: BASE.replace('path = "main.db"', 'path = "main.db"\nbusy_timeout = "30"'),
        want: [
          "env: databases.main.busy_timeout: expected a duration, such as '90s', '5m', '2h' or '7d', got '30'",
        ],
      },
    ],
    [
      'a newline in a path',
      {
        given: BASE.replace('main.db', 'a\\nb'),
        want: ["env: databases.main.path: expected text without control characters, got 'a\\x0ab'"],
      },
    ],
    [
      'a NUL in a path',
      {
        given: BASE.replace('main.db', 'a\\u0000b'),
        want: ["env: databases.main.path: expected text without control characters, got 'a\\x00b'"],
      },
    ],
    [
      'a reserved name',
      {
        given: `${BASE}[backup.plans.latest]`,
        want: [
          "env: backup.plans.latest: not a good name: 'files', 'all' and 'latest' are reserved",
        ],
      },
    ],
    [
      'a bad name',
      {
        given: `${BASE}[backup.plans."A b"]`,
        want: ['env: backup.plans.A b: not a good name: expected a name of a-z, 0-9, - and _'],
      },
    ],
    [
      'names that only differ in - and _',
      {
        given: `${BASE}[backup.plans.a-b]\n[backup.plans.a_b]`,
        want: ['env: backup.plans.a_b: differs from another one only in - and _'],
      },
    ],
    [
      'a plan with files but no storage',
      {
        given: '[environment]\nname = "t"\n[backup]\npath = "/b"',
        want: ["env: backup.type: 'complete' needs [storage]"],
      },
    ],
    [
      'a relative database but no storage',
      {
        given:
          '[environment]\nname = "t"\n[databases.d]\ndriver = "sqlite3"\npath = "d"\n[backup]\npath = "/b"\ntype = "database"',
        want: ["env: databases.d.path: 'd' is relative to storage.path, which is missing"],
      },
    ],
    [
      'a database plan without databases',
      {
        given: '[environment]\nname = "t"\n[backup]\npath = "/b"\ntype = "database"',
        want: ["env: backup.type: 'database' needs a table [databases.NAME]"],
      },
    ],
    [
      'a database that is not declared',
      {
        given: `${BASE}type = "database"\ndatabases = ["mian"]`,
        want: ["env: backup.databases: there is no [databases.mian], did you mean 'main'?"],
      },
    ],
    [
      'tables of no single database',
      {
        given: `${BASE}type = "database"\ntables = ["a"]\n[databases.b]\ndriver = "sqlite3"\npath = "b"`,
        want: ['env: backup.tables: expected databases to name one, got 2'],
      },
    ],
    [
      'tables of a plan with files',
      {
        given: `${BASE}[backup.plans.a]\ntables = ["a"]`,
        want: ["env: backup.plans.a.tables: is for plans of type 'database', not 'complete'"],
      },
    ],
    [
      'a selective plan that selects nothing',
      {
        given: `${BASE}type = "selective"`,
        want: ["env: backup.include: missing, expected the paths of a 'selective' plan"],
      },
    ],
    [
      'a live database as a file',
      {
        given: `${BASE}include = ["main.db"]`,
        want: ["env: backup.include: 'main.db' is the live database 'main'"],
      },
    ],
    [
      'a driver that there is not',
      {
        given: BASE.replace('sqlite3', 'sqlite'),
        want: [
          "env: databases.main.driver: expected 'sqlite3' or 'mysql', got 'sqlite', did you mean 'sqlite3'?",
        ],
      },
    ],
    [
      'mysql without a way to its server',
      {
        given: mysql('name = "x"'),
        want: ["env: databases.main.driver: 'mysql' needs a way to its server"],
      },
    ],
    [
      'two ways into a container',
      {
        given: mysql('container = "a"\ncontainer_command = "podman exec -i a"'),
        want: [
          'env: databases.main.container_command: expected container or container_command, got both',
        ],
      },
    ],
    [
      'host and socket',
      {
        given: mysql('name = "x"\nhost = "h"\nsocket = "/s"\nuser = "u"\npassword_file = "/p"'),
        want: ['env: databases.main.socket: expected host or socket, got both'],
      },
    ],
    [
      'a port of no host',
      {
        given: mysql('name = "x"\nsocket = "/s"\nport = 3306'),
        want: ['env: databases.main.port: needs a host'],
      },
    ],
    [
      'two places of a password',
      {
        given: mysql(
          'name = "x"\nhost = "h"\nuser = "u"\npassword_file = "/p"\ndefaults_file = "/d"',
        ),
        want: [
          'env: databases.main.password_file: expected one of defaults_file, password_file, env_file, got 2',
        ],
      },
    ],
    [
      'a password in the file',
      {
        given: mysql('container = "c"\npassword = "x"'),
        want: ['env: databases.main.password: a password does not go into a file that others read'],
      },
    ],
    [
      'a .env file without a key',
      {
        given: mysql('name = "x"\nhost = "h"\nuser = "u"\nenv_file = "/e"'),
        want: ['env: databases.main.env_file: needs password_key'],
      },
    ],
    [
      'a key without a .env file',
      {
        given: mysql('container = "c"\npassword_key = "K"'),
        want: ['env: databases.main.password_key: needs the env_file'],
      },
    ],
    [
      'a password of nobody',
      {
        given: mysql('name = "x"\nhost = "h"\npassword_file = "/p"'),
        want: ['env: databases.main.password_file: needs a user'],
      },
    ],
    [
      'a user whose password a container does not know',
      {
        given: mysql('container = "c"\nuser = "backup"'),
        want: ["env: databases.main.user: the container knows no password of 'backup'"],
      },
    ],
    [
      'a host without an account',
      {
        given: mysql('name = "x"\nhost = "h"'),
        want: ['env: databases.main.host: needs a user and a password'],
      },
    ],
    [
      'no schema',
      {
        given: mysql('socket = "/s"'),
        want: ["env: databases.main.name: missing, expected the schema's name"],
      },
    ],
    [
      'a command with more than words',
      {
        given: mysql('container_command = "docker exec $(id)"'),
        want: ['env: databases.main.container_command: expected a command of plain words'],
      },
    ],
    [
      'a key of the other driver',
      {
        given: mysql('container = "c"\npath = "x.db"'),
        want: ['env: databases.main.path: unknown key'],
      },
    ],
    [
      'a slip in a key of mysql',
      {
        given: mysql('containr = "c"\nsocket = "/s"\nname = "x"'),
        want: ["env: databases.main.containr: unknown key, did you mean 'container'?"],
      },
    ],
    [
      'a log with a percent sign',
      {
        given: `${BASE}log = "/var/log/%Y"`,
        want: ['env: backup.log: expected an absolute path of A-Z'],
      },
    ],
  ];
  test.each(table)('%s', (_, { given, want }) => {
    const problems = problemsOf(given);
    expect(problems).toHaveLength(want.length);
    want.forEach((text, i) => {
      expect(problems[i]).toContain(text);
    });
  });

  test('all at once', () => {
    expect(
      problemsOf(`${BASE.replace('"t"', '"T"')}type = "x"\nschedule = "y"\nfoo = 1`),
    ).toHaveLength(4);
  });

  test.each([
    [
      'a bad name of a database',
      `${BASE.replace('databases.main', 'databases."main db"')}type = "database"\ndatabases = ["main db"]`,
    ],
    [
      'a bad driver',
      `${BASE.replace('sqlite3', 'postgres')}[backup.plans.a]\ntype = "database"\ndatabases = ["main"]`,
    ],
    ['a bad path', `${BASE.replace('"main.db"', '5')}include = ["main.db"]`],
    ['a bad type of a plan', `${BASE}[backup.plans.a]\ntype = "tables"\ntables = ["a"]`],
    ['a bad list', `${BASE}type = "selective"\ninclude = [5]`],
    ['a bad way to a server', mysql('host = 5\nuser = "u"\npassword_file = "/p"\nname = "n"')],
    ['a bad place of a password', mysql('host = "h"\nuser = "u"\npassword_file = 5\nname = "n"')],
    [
      'a bad name of the only plan',
      '[environment]\nname = "t"\n[backup]\npath = "/b"\n[backup.plans."A b"]\ntype = "database"',
    ],
  ])('%s is the only mistake told, not what follows from it', (_, given) => {
    expect(problemsOf(given)).toHaveLength(1);
  });

  test("other tools' tables are passed over, but a slip of the pen is told", () => {
    expect(planned(`${BASE}[tracker]\nx = 1`).warnings).toEqual([]);
    expect(planned(`${BASE}[backups]\nx = 1`).warnings).toEqual([
      { path: ['backups'], mark: 'key', message: "ignored, did you mean 'backup'?" },
    ]);
  });

  test('JSON of the same shape gives the same machine', () => {
    const json = JSON.stringify({
      environment: { name: 't' },
      storage: { path: '/srv/app' },
      databases: { main: { driver: 'sqlite3', path: 'main.db' } },
      backup: { path: '/backups' },
    });
    const outcome = plan('env.json', json);
    expect(outcome.ok && outcome.value).toEqual(planned(BASE).value);
    expect(plan('-', json).ok).toBe(true);
  });
});
