import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { plan, renderCrontab, renderScript } from '../../src/generate.ts';
import { planMachine } from '../../src/plan/plan.ts';
import { syntaxOf } from '../../src/read/parse.ts';
import { renderProblem } from '../../src/read/problems.ts';
import { renderReport } from '../../src/tell/report.ts';
import { renderSummary } from '../../src/tell/summary.ts';

/** What the generator accepts is what runs. */

const HEAD = `[environment]
name = "t"
[storage]
path = "/srv/app"
`;
const MAIN = `[databases.main]
driver = "sqlite3"
path = "main.db"
`;
const USERS = `[databases.users]
driver = "sqlite3"
path = "users.db"
`;
const BACKUP = `[backup]
path = "/backups"
`;

function accepted(text: string, file = 'env.toml') {
  const outcome = plan(file, text);
  if (!outcome.ok) throw new Error(outcome.problems.map((p) => renderProblem('', p)).join('\n'));
  return outcome.value;
}

function report(text: string, file = 'env.toml'): string {
  const findings = { problems: [], ...plan(file, text) };
  return renderReport({ name: file, text, syntax: syntaxOf(file, text) }, findings, false);
}

describe('a plan is looked at as it will be: what stands in [backup] beside it', () => {
  const all = HEAD + MAIN + USERS + BACKUP;
  test.each<[string, string, string]>([
    [
      'a misspelt database among good ones',
      'databases = ["main", "usres"]\n[backup.plans.a]\ntype = "database"',
      ":13:22: backup.databases: there is no [databases.usres], did you mean 'users'?",
    ],
    [
      'a misspelt one alone, which would leave a plan of nothing',
      'databases = ["usres"]\n[backup.plans.a]\ntype = "database"',
      ':13:14: backup.databases: there is no [databases.usres]',
    ],
    [
      'tables of two databases',
      'tables = ["keys"]\n[backup.plans.a]\ntype = "database"',
      ":13:10: backup.tables: expected databases to name one, got 2, in plan 'a'",
    ],
    [
      'a raw database among the files',
      'include = ["etc", "data/../main.db"]\n[backup.plans.a]',
      ":13:19: backup.include: 'data/../main.db' is the live database 'main'",
    ],
    [
      'what SQLite keeps beside it',
      'include = ["main.db-wal"]\n[backup.plans.a]',
      ":13:12: backup.include: 'main.db-wal' is part of the live database 'main'",
    ],
    [
      'a level that the compressor lacks',
      'compression_level = 15\n[backup.plans.a]\n[backup.plans.b]\ncompression = "zstd"',
      ":13:21: backup.compression_level: expected at most 9 for compression 'auto', got 15, in plan 'a'",
    ],
    [
      'a level whose compressor the plan chooses',
      'compression_level = 15\n[backup.plans.a]\ncompression = "gzip"',
      ":13:21: backup.compression_level: expected at most 9 for compression 'gzip', got 15, in plan 'a'",
    ],
    [
      'two day fields',
      'schedule = "0 3 1 * mon"\n[backup.plans.a]',
      ':13:12: warning: backup.schedule: runs on the days of either day field',
    ],
    [
      'two day fields of the drill',
      'drill_schedule = "0 3 1 * mon"\n[backup.plans.a]',
      ':13:18: warning: backup.drill_schedule: runs on the days of either day field',
    ],
    [
      'a key that no plan can use',
      'databases = ["main"]\n[backup.plans.a]',
      ":13:13: backup.databases: is for plans of type 'database' or 'continuous', and there is none",
    ],
  ])('%s', (_, rest, want) => {
    const messages = report(all + rest).match(/^env.*/gm) ?? [];
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`env.toml${want}`);
  });

  test('what a plan cannot use, it does not inherit: others do', () => {
    const { plans } = accepted(
      `${all}databases = ["main"]\nexclude = ["cache"]\n[backup.plans.a]\n[backup.plans.b]\ntype = "database"`,
    );
    expect(plans.map(({ steps }) => steps.map(({ kind }) => kind))).toEqual([
      ['sqlite', 'sqlite', 'files'],
      ['sqlite'],
    ]);
  });

  test('a plan without a step never becomes a script, whatever led to it', () => {
    const environment = {
      environment: { name: 't' },
      databases: { main: { driver: 'sqlite3' as const, path: '/m.db' } },
      backup: { path: '/b', type: 'database' as const, databases: ['other'] },
    };
    expect(() => planMachine(environment, '/x')).toThrow('copies nothing');
  });
});

describe('paths are judged as they resolve', () => {
  test.each<[string, string]>([
    ['path = "/."', "backup.path: expected a directory of its own, such as '/backups', not '/'"],
    ['path = "/srv/x/../.."', "not '/'"],
    ['path = "//"', "not '/'"],
    ['path = "/srv/app/.."', "the storage directory '/srv/app' lies inside it"],
    ['path = "/srv/app/main.db"', "'/srv/app/main.db' is, or lies in, the database file of"],
    ['path = "/srv/app/x/../main.db/backups"', 'is, or lies in, the database file of'],
    ['path = "/b"\nstate = "/b/"', "backup.state: expected a directory of its own, not '/b'"],
    ['path = "/b"\nstate = "/x/.."', "backup.state: expected a directory of its own, not '/'"],
    ['path = "/b"\nlog = "/srv/app/main.db-wal"', 'backup.log: '],
    ['path = "/b"\nlog = "/var/log/"', 'backup.log: expected a file, such as'],
    ['path = "/b"\nlog = "/var/log/.."', 'backup.log: expected a file, such as'],
    ['path = "/b"\nlog = "/usr/local/sbin/backup-t.sh"', 'is the place of the script itself'],
    [`path = "/b"\nlog = "/${'a'.repeat(980)}"`, 'and cron takes 998'],
    ['path = "/b"\ninclude = ["/b/x"]', "'/b/x' would be left out again: it lies in '/b'"],
    ['path = "/b"\nexclude = ["."]', "'/srv/app' would be left out again"],
  ])('%s', (rest, want) => {
    const found = report(`${HEAD}${MAIN}[backup]\n${rest}\n`);
    expect(found).toContain(want);
    expect(found.match(/^env.*/gm)).toHaveLength(1);
  });

  test('a database that is a directory, or inside another one', () => {
    for (const path of ['.', '..', '/srv/app/', '/']) {
      expect(report(`${HEAD}${MAIN.replace('main.db', path)}[backup]\npath = "/b"`)).toContain(
        'databases.main.path: expected a file, got the directory',
      );
    }
    expect(
      report(`${HEAD}${MAIN}${USERS.replace('users.db', 'main.db/u')}[backup]\npath = "/b"`),
    ).toContain('databases.users.path: ');
  });

  test('relative files need a storage directory, in whatever list they are', () => {
    const text = `[environment]\nname = "t"\n${BACKUP}type = "selective"\ninclude = ["/etc"]\n`;
    expect(report(text)).toBe('');
    expect(report(`${text}exclude = ["*.log"]`)).toBe('');
    expect(report(`${text}exclude = ["cache"]`)).toContain('backup.exclude: relative paths need');
    expect(report(text.replace('/etc', 'etc'))).toContain('backup.include: relative paths need');
  });

  test('cron’s longest line is taken, and one character more is not', () => {
    const log = (length: number) => `/${'a'.repeat(length - 1)}`;
    const rest = '/usr/local/sbin/backup-t.sh run default >> 2>&1'.length;
    const text = (length: number) => `${HEAD}${MAIN}${BACKUP}log = "${log(length)}"`;
    expect(renderCrontab(accepted(text(998 - rest)))).toHaveLength(998 + '0 3 * * * \n'.length);
    expect(report(text(999 - rest))).toContain('a command of 999 characters');
  });
});

describe('what would not be seen', () => {
  const hooks = (code: string) => `${HEAD}${MAIN}${BACKUP}[backup.hooks]\nbefore = ${code}\n`;

  test('a file of Windows’ gives the script of the same file of Unix', () => {
    const unix = hooks('"""\necho a\nif true; then\n    echo b\nfi\n"""');
    const script = renderScript(accepted(unix));
    expect(renderScript(accepted(unix.replaceAll('\n', '\r\n')))).toBe(script);
    expect(script).not.toContain('\r');
  });

  test.each(['"a\\rb"', '"a\\u001b[2Jb"', '"a\\bb"', '"a\\u007fb"', '"a\\u0085b"', '"a\\u0000b"'])(
    'a hook of %s is refused, and the message shows it',
    (code) => {
      expect(report(hooks(code))).toMatch(/backup\.hooks\.before: .* got 'a\\x[0-9a-f]{2}/);
    },
  );

  test('a hook may go over lines, with tabs', () => {
    expect(accepted(hooks('"a\\n\\tb"')).hooks.before).toBe('a\n\tb');
  });

  test.each(['\u202e', '\u2066', '\u200b', '\u2028', '\ufeff', '\u00ad', '\u{e0001}', '\u009b'])(
    '%j reaches neither report, summary nor script raw',
    (hidden) => {
      const odd = JSON.stringify(`x${hidden}y`);
      const texts = [
        report(`${HEAD}${MAIN}${BACKUP}${odd} = 1\ntype = ${odd}\n# ${odd}\nfoo = ${odd}\n`),
        report(`${HEAD}${MAIN}${BACKUP}type = "x"`, `env${hidden}.toml`),
        report(`{"a": 1, "x${hidden}": 1, "x${hidden}": 2}`, 'env.json'),
      ];
      if (hidden !== '\u009b') {
        const machine = accepted(
          `${HEAD}[databases.d]\ndriver = "mysql"\ncontainer_command = "x${hidden} exec"\n${BACKUP}`,
        );
        texts.push(renderSummary(machine), renderScript(machine));
      }
      for (const text of texts) {
        expect(text).not.toBe('');
        expect(text).not.toContain(hidden);
      }
    },
  );
});

describe('what a parser takes without a word', () => {
  test('a key that stands twice in JSON: the second one, at its place', () => {
    const text =
      '{"environment": {"name": "t"},\n "a": [{"x": 1}, {"x": "{", "x": 3}],\n "backup": {"path": "/b"}}';
    expect(report(text, 'env.json')).toContain(
      'env.json:2:29: a.x: stands twice; remove or rename one of the two',
    );
    expect(report(text.replace('"x": 3', '"\\u0078": 3'), 'env.json')).toContain(
      'a.x: stands twice',
    );
    expect(report(text.replace('"x": 3', '"y": 3'), 'env.json')).not.toContain('stands twice');
  });

  test.each([
    ['env.toml', `${HEAD}${MAIN}${BACKUP}retention_days = 9007199254740993`],
    [
      'env.json',
      '{"environment":{"name":"t"},"storage":{"path":"/s"},"backup":{"path":"/b","retention_days":9007199254740993}}',
    ],
  ])('a number beyond 2^53 in %s', (file, text) => {
    expect(report(text, file)).toMatch(
      /^env\.\w+:\d+:\d+: backup\.retention_days: expected at most 36500, got a number beyond 2\^53/,
    );
  });
});

describe('a mere change of order is no other script', () => {
  const plans = [
    '[backup.plans.b]\ntype = "database"\n',
    '[backup.plans.a]\nschedule = "@hourly"\n',
  ];
  const text = (databases: readonly string[], tables: readonly string[]) =>
    [HEAD, ...databases, BACKUP, ...tables].join('');

  test('of databases, plans or keys', () => {
    const script = renderScript(accepted(text([MAIN, USERS], plans)));
    expect(renderScript(accepted(text([USERS, MAIN], plans)))).toBe(script);
    expect(renderScript(accepted(text([MAIN, USERS], [...plans].reverse())))).toBe(script);
    const turned = MAIN.replace(
      'driver = "sqlite3"\npath = "main.db"',
      'path = "main.db"\ndriver = "sqlite3"',
    );
    expect(renderScript(accepted(text([turned, USERS], plans)))).toBe(script);
  });

  test('and crontab lines; but another environment is another one', () => {
    const crontab = renderCrontab(accepted(text([MAIN], plans)));
    expect(renderCrontab(accepted(text([MAIN], [...plans].reverse())))).toBe(crontab);
    expect(renderScript(accepted(text([MAIN], plans)))).not.toBe(
      renderScript(accepted(text([MAIN.replace('main.db', 'other.db')], plans))),
    );
  });
});

test('no message points to a document that the package does not hold', () => {
  const files = readdirSync('src', { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts'))) {
    const text = readFileSync(`src/${file}`, 'utf8');
    const said = text.replace(/^\s*(\/\/|\*|\/\*\*).*$/gm, '');
    if (file !== 'tell/reference.ts')
      expect([file, said.match(/docs\/\w+/g)]).toEqual([file, null]);
  }
});
