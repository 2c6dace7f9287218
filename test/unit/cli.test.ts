import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, test } from 'vitest';

const BUNDLE = 'dist/gen-backup.cjs';
const MINIMAL = 'test/fixtures/minimal.toml';
const directory = mkdtempSync(`${tmpdir()}/gen-backup-cli-`);

function run(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUNDLE, ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function file(name: string, text: string): string {
  writeFileSync(`${directory}/${name}`, text);
  return `${directory}/${name}`;
}

beforeAll(() => {
  spawnSync(process.execPath, ['scripts/build.mjs']);
});

test('the bundle is small, and whole', () => {
  expect(statSync(BUNDLE).size).toBeLessThan(400_000);
  expect(run(MINIMAL)).toMatchObject({
    status: 0,
    stdout: readFileSync('test/fixtures/minimal.sh', 'utf8'),
  });
});

describe('wrong usage ends with 2', () => {
  test.each([
    [[], 'expected one environment file'],
    [['a', 'b'], 'expected one environment file'],
    [['--crontab', '--explain', MINIMAL], 'expected --crontab or --explain, got both'],
    [['-o', 'x', '--check', 'y', MINIMAL], 'expected --output or --check, got both'],
    [['--explain', '--check', 'y', MINIMAL], '--check compares a script'],
    [['--nonsense', MINIMAL], "unknown option '--nonsense'"],
    [['--install-path', 'x', MINIMAL], '--install-path: expected an absolute path'],
    [['init', '--torrust', '--sqlite', '/x'], '--torrust names its database itself'],
    [['init', '--sqlite', 'relative.db'], 'relative to storage.path, which is missing'],
    [['init', '--mysql-container', 'a b'], 'expected the name of a container'],
    [['init', 'env.toml'], "unexpected argument 'env.toml'"],
    [['schema', '--torrust'], 'unknown option'],
  ])('%j', (words, want) => {
    const { status, stdout, stderr } = run(...words);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr.toLowerCase()).toContain(want.toLowerCase());
  });
});

test('a wrong environment ends with 1, nothing on standard output, no colour in a pipe', () => {
  const { status, stdout, stderr } = run('test/fixtures/wrong/unknown-key.toml');
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toBe(
    readFileSync('test/fixtures/wrong/unknown-key.txt', 'utf8').replace(
      'unknown-key.toml',
      'test/fixtures/wrong/unknown-key.toml',
    ),
  );
});

describe('--check', () => {
  test('says nothing when FILE is what the environment gives', () => {
    expect(run('--check', 'test/fixtures/minimal.sh', MINIMAL)).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  test('else prints a difference that patch takes, and ends with 1', () => {
    const old = file(
      'old.sh',
      readFileSync('test/fixtures/minimal.sh', 'utf8').replace('umask 077', 'umask 022'),
    );
    const { status, stdout, stderr } = run('--check', old, MINIMAL);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^--- .*old\.sh\n\+\+\+ from .*\n@@ /);
    expect(stdout).toContain('\n-umask 022');
    expect(stdout).toContain('\n+umask 077');
    expect(stderr).toContain('is not what');
    spawnSync('patch', ['-s', old], { input: stdout });
    expect(run('--check', old, MINIMAL).status).toBe(0);
  });

  test('compares crontab lines too, and a file that is not there is a failure', () => {
    const crontab = file('crontab', run('--crontab', MINIMAL).stdout);
    expect(run('--crontab', '--check', crontab, MINIMAL).status).toBe(0);
    expect(run('--check', `${directory}/none`, MINIMAL)).toMatchObject({ status: 1, stdout: '' });
  });
});

describe('init', () => {
  test.each([
    [],
    ['--torrust'],
    ['--sqlite', '/srv/app/app.db'],
    ['--sqlite', '/srv/it\'s "so"\\x/ü.db', '--sqlite', '/a/latest.db', '--sqlite', '/b/latest.db'],
    ['--mysql-container', 'mysql'],
    ['--mysql-container', 'shop_db.1', '--sqlite', '/srv/shop.db'],
  ])('%j %j %j %j %j %j: is accepted as it is', (...words) => {
    const { status, stdout } = run('init', ...words.filter((word) => word !== undefined));
    expect(status).toBe(0);
    expect(run(file('env.toml', stdout))).toMatchObject({
      status: 0,
      stderr: expect.not.stringContaining('warning'),
    });
  });

  test('every commented key may be switched on by removing its #', () => {
    const text = run('init', '--sqlite', '/srv/app.db').stdout;
    const keys = text.match(/^# [a-z_]+ = .*$/gm) ?? [];
    expect(keys.length).toBeGreaterThan(30);
    for (const key of keys.filter(
      (line) => !/^# (databases|tables|include|exclude|description|compression_level) /.test(line),
    )) {
      const on = file('on.toml', text.replace(key, key.slice(2)));
      if (key.includes('path = "/srv/app"') || text.indexOf(key) > text.indexOf('# [backup.'))
        continue;
      expect([key, run('--crontab', on).stderr]).toEqual([key, '']);
    }
  });
});

test('--explain says what, when, how long, what can be lost and what happens to writers', () => {
  const { status, stdout } = run('--explain', 'test/fixtures/complete.toml');
  expect(status).toBe(0);
  for (const want of [
    'Plan nightly (complete)',
    "at 03:00, every day ('0 3 * * *'",
    '7 daily, 4 weekly, 6 monthly, the last 3: 14 backups in the long run',
    'tracker, table keys: what was written in 5 minutes (plan keys)',
    'index: what was written in 1 day (plan nightly)',
    'in WAL mode they go on',
    'mysql and mysqldump',
    '.gen-backup-*, *.before-restore-[0-9]*Z*, *.log in /opt/torrust/storage',
    'files *.toml in /opt/torrust/storage: what was written in 1 hour (plan config)',
  ]) {
    expect(stdout).toContain(want);
  }
  expect(stdout).not.toContain('[object');
});

test('schema is JSON Schema with the meaning, default and an example of each key', () => {
  const schema = JSON.parse(run('schema').stdout);
  expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
  expect(schema.properties.backup.properties.schedule).toMatchObject({
    default: '0 3 * * *',
    description: expect.stringContaining('cron'),
    examples: ['0 3 * * *'],
  });
  expect(schema.properties.databases.additionalProperties.oneOf).toHaveLength(2);
});
