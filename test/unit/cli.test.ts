import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
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

function file(name: string, text: string | Uint8Array): string {
  writeFileSync(`${directory}/${name}`, text);
  return `${directory}/${name}`;
}

/** The two lines that stand for a script that could not be generated, taken away. */
function withoutStandIn(text: string): string {
  return text.replace(/^#!\/bin\/sh\nprintf '%s\\n' .* >&2; exit 3\n$/, '');
}

beforeAll(() => {
  spawnSync(process.execPath, ['scripts/build.mjs']);
});

test('the bundle is small, and whole', () => {
  expect(statSync(BUNDLE).size).toBeLessThan(545_000);
  expect(run(MINIMAL)).toMatchObject({
    status: 0,
    stdout: readFileSync('test/fixtures/minimal.sh', 'utf8'),
  });
});

describe('wrong usage ends with 2', () => {
  test.each([
    [[], 'expected an environment file'],
    [['a', 'b'], "expected one environment file, got 'a' and 'b'"],
    [['--crontab', '--explain', MINIMAL], 'expected --crontab or --explain, got both'],
    [['-o', 'x', '--check', 'y', MINIMAL], 'expected --output or --check, got both'],
    [['--explain', '--check', 'y', MINIMAL], '--check compares a script'],
    [['--nonsense', MINIMAL], "unknown option '--nonsense'"],
    [['--install-path', 'x', MINIMAL], '--install-path: expected an absolute path'],
    [['--install-path', '/usr/local/sbin/', MINIMAL], 'expected the path of a file'],
    [['--install-path', '/usr/local/sbin/..', MINIMAL], 'expected the path of a file'],
    [['--install-path', `/${'a'.repeat(990)}`, MINIMAL], 'cron takes commands of 998 characters'],
    [['--install-path', '/\u202e', MINIMAL], "got '/\\u202e'"],
    [['--check', '-', '-'], 'from standard input, got both'],
    [['init', '--torrust', '--sqlite', '/x'], '--torrust names its database itself'],
    [['init', '--sqlite', 'relative.db'], 'relative to storage.path, which is missing'],
    [['init', '--mysql-container', 'a b'], 'expected the name of a container'],
    [['init', 'env.toml'], "unexpected argument 'env.toml'"],
    [['schema', '--torrust'], 'unknown option'],
  ])('%j', (words, want) => {
    const { status, stdout, stderr } = run(...words);
    expect({ status, stdout: withoutStandIn(stdout) }).toEqual({ status: 2, stdout: '' });
    expect(stderr.toLowerCase()).toContain(want.toLowerCase());
  });
});

test('a command that is misspelt is taken for a file that is not there, and the command is named', () => {
  expect(run('inti')).toMatchObject({ status: 1 });
  expect(run('inti').stderr).toMatch(/^cannot read 'inti': .*, did you mean 'init'\?$/m);
});

test('a wrong environment ends with 1, no script on standard output, no colour in a pipe', () => {
  const { status, stdout, stderr } = run('test/fixtures/wrong/unknown-key.toml');
  expect({ status, stdout: withoutStandIn(stdout) }).toEqual({ status: 1, stdout: '' });
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
});

const SCRIPT = readFileSync('test/fixtures/minimal.sh', 'utf8');

/** A command line for sh, with the bundle as $G. */
function shell(command: string) {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], {
    encoding: 'utf8',
    env: { ...process.env, G: `${process.execPath} ${BUNDLE}`, D: directory, M: MINIMAL },
  });
  return { status, stdout, stderr };
}

describe('--output', () => {
  test('replaces a regular file at once, and leaves nothing else there', () => {
    const place = `${directory}/replaced`;
    mkdirSync(place);
    writeFileSync(`${place}/b.sh`, 'old');
    expect(run(MINIMAL, '-o', `${place}/b.sh`).status).toBe(0);
    expect(readFileSync(`${place}/b.sh`, 'utf8')).toBe(SCRIPT);
    expect(statSync(`${place}/b.sh`).mode & 0o777).toBe(0o755);
    expect(readdirSync(place)).toEqual(['b.sh']);
  });

  test('follows links, also one to nothing, and leaves them as they are', () => {
    const place = `${directory}/linked`;
    mkdirSync(place);
    mkdirSync(`${place}/in`);
    writeFileSync(`${place}/in/there`, 'old');
    symlinkSync('in/there', `${place}/one`);
    symlinkSync('one', `${place}/two`);
    symlinkSync('in/new', `${place}/to-nothing`);
    for (const [link, target] of [
      ['two', 'in/there'],
      ['to-nothing', 'in/new'],
    ]) {
      expect(run(MINIMAL, '-o', `${place}/${link}`).status).toBe(0);
      expect(lstatSync(`${place}/${link}`).isSymbolicLink()).toBe(true);
      expect(readFileSync(`${place}/${target}`, 'utf8')).toBe(SCRIPT);
    }
    expect(readlinkSync(`${place}/two`)).toBe('one');
  });

  test('- is standard output, and makes no file of that name', () => {
    const { status, stdout } = shell(
      'cd "$D" && exec $G "$OLDPWD/$M" -o -'.replace('$G', 'node "$OLDPWD"/dist/gen-backup.cjs'),
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: SCRIPT });
    expect(readdirSync(directory)).not.toContain('-');
  });

  test('writes into devices and pipes, which stay what they are', () => {
    expect(shell('$G "$M" -o /dev/stdout')).toMatchObject({ status: 0, stdout: SCRIPT });
    expect(shell('$G "$M" -o /dev/stdout 2>/dev/null | cat')).toMatchObject({ stdout: SCRIPT });
    expect(shell('$G "$M" -o /proc/self/fd/3 3>"$D/three"').status).toBe(0);
    expect(readFileSync(`${directory}/three`, 'utf8')).toBe(SCRIPT);
    expect(shell('echo first >"$D/both"; $G "$M" -o /dev/stdout >>"$D/both"').status).toBe(0);
    expect(readFileSync(`${directory}/both`, 'utf8')).toBe(`first\n${SCRIPT}`);
    expect(shell('mkfifo "$D/fifo"; cat "$D/fifo" & $G "$M" -o "$D/fifo"; wait')).toMatchObject({
      stdout: SCRIPT,
    });
    expect(lstatSync(`${directory}/fifo`).isFIFO()).toBe(true);
    expect(run(MINIMAL, '-o', '/dev/null').status).toBe(0);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(lstatSync('/dev/stdout').isSymbolicLink()).toBe(true);
  });

  test('refuses the environment itself, by whatever name', () => {
    const text = readFileSync(MINIMAL, 'utf8');
    const same = file('same.toml', text);
    symlinkSync(same, `${directory}/same.link`);
    for (const words of [
      [same, '-o', same],
      [`${directory}/same.link`, '-o', same],
      [same, '-o', `${directory}/same.link`],
    ]) {
      expect(run(...words)).toMatchObject({ status: 2, stdout: '' });
    }
    expect(shell('$G - -o "$D/same.toml" <"$D/same.toml"').status).toBe(2);
    expect(readFileSync(same, 'utf8')).toBe(text);
  });

  test('a directory, or what is not writable, is a failure', () => {
    expect(run(MINIMAL, '-o', directory)).toMatchObject({ status: 1, stdout: '' });
    expect(run(MINIMAL, '-o', `${directory}/none/x`)).toMatchObject({ status: 1 });
    expect(run(MINIMAL, '-o', '/dev/full')).toMatchObject({ status: 1 });
  });
});

test('a closed or full standard output is a failure; one thrown away is not', () => {
  for (const words of ['"$M"', '--crontab "$M"', 'init', 'schema', '--help', '--version']) {
    expect([words, shell(`$G ${words} >&-`).status]).toEqual([words, 1]);
    expect([words, shell(`$G ${words} >/dev/full`).status]).toEqual([words, 1]);
    expect([words, shell(`$G ${words} >/dev/null`).status]).toEqual([words, 0]);
  }
});

describe('where no script could be generated', () => {
  const WRONG = 'test/fixtures/wrong/unknown-key.toml';

  test.each([
    ['a wrong environment', `$G ${WRONG}`, `'${WRONG}' is wrong`],
    ['one from standard input', `$G - <${WRONG}`, 'standard input is wrong'],
    ['one that is not there', '$G "$D/it\'s not.toml"', "it's not.toml': ENOENT"],
    ['a name that no terminal should show', '$G "$D/$(printf "\\033[2J\\n").toml"', '[2J'],
    ['a name beyond ASCII', '$G "$D/\u00fc.toml"', '\u00fc.toml'],
    ['a wrong option', '$G --nonsense "$M"', "unknown option '--nonsense'"],
    ['no environment', '$G', 'expected an environment file'],
  ])('%s: a file or pipe gets two lines, which fail and say why', (_, command, want) => {
    for (const to of ['>"$D/b.sh"', '| cat >"$D/b.sh"', '>>"$D/b.sh"']) {
      shell(`: >"$D/b.sh"; ${command} ${to}`);
      expect(readFileSync(`${directory}/b.sh`, 'utf8')).toMatch(/^[ -~]*\n[ -~]*\n$/);
      for (const words of ['run', 'check', '']) {
        const { status, stdout, stderr } = shell(`sh "$D/b.sh" ${words}`);
        expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
        expect(stderr).toMatch(/^no backup: gen-backup could not generate this script: [^\n]*\n$/);
        expect(stderr).toContain(want);
        // eslint-disable-next-line no-control-regex
        expect(stderr).not.toMatch(/\u001b/);
      }
    }
  });

  test.each([
    `--crontab ${WRONG}`,
    `--explain ${WRONG}`,
    `--check "$M" ${WRONG}`,
    `-o "$D/o.sh" ${WRONG}`,
    `--output="$D/o.sh" ${WRONG}`,
    'init --sqlite relative.db',
    'schema --nonsense',
  ])('%s: nothing, since no script was to be there', (words) => {
    expect(shell(`echo old >"$D/o.sh"; $G ${words}`)).toMatchObject({ stdout: '' });
    expect(readFileSync(`${directory}/o.sh`, 'utf8')).toBe('old\n');
  });
});

describe('bytes that are no text', () => {
  const text = '[environment]\nname = "t" # caf\u00e9\n';
  test.each<[string, Uint8Array, string]>([
    ['Latin-1', Buffer.from(text, 'latin1'), ':2:17: the byte 0xe9 is not UTF-8'],
    [
      'half a character',
      Buffer.from('a = 1\n\u00fc = "\u00e9', 'utf8').subarray(0, 13),
      ':2:6: the byte 0xc3',
    ],
    [
      'UTF-16',
      Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]),
      ':1:1: is UTF-16',
    ],
    ['UTF-16 without a mark', Buffer.from(text, 'utf16le'), 'iconv -f UTF-16LE -t UTF-8'],
  ])('%s: the place, and iconv', (name, bytes, want) => {
    const { status, stdout, stderr } = run(file(`${name}.toml`, bytes));
    expect({ status, stdout: withoutStandIn(stdout) }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain(want);
    expect(stderr).toContain('iconv -f ');
  });

  test('a mark of UTF-8 is passed over', () => {
    const marked = file('bom.toml', `\ufeff${readFileSync(MINIMAL, 'utf8')}`);
    expect(run(marked)).toMatchObject({ status: 0, stdout: SCRIPT });
  });
});

describe('a bug is never the answer', () => {
  const deep = 20_000;
  const MAIN = '[databases.main]\ndriver = "sqlite3"\npath = "/m.db"\n';
  const REST = '[environment]\nname = "t"\n[backup]\npath = "/b"\ntype = "database"\n';
  test.each<[string, string, string]>([
    ['deep.json', `{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`, 'nested more than'],
    ['deep.toml', `a = ${'['.repeat(deep)}${']'.repeat(deep)}`, 'nested more than'],
    ['open.json', `{"a":${'['.repeat(deep)}`, 'not valid JSON'],
    ['open.toml', `a = ${'{a = '.repeat(deep)}`, ''],
    ['dotted.toml', `${'a.'.repeat(deep)}a = 1`, 'nested more than'],
    ['headers.toml', `[${'a.'.repeat(deep)}a]`, 'nested more than'],
    [
      'constructor.toml',
      `${MAIN}${REST}[databases.constructor]\ndriver = "sqlite"`,
      "'constructor' is no name",
    ],
    ['proto.toml', `${MAIN}${REST}[backup.plans.__proto__]\ntype = "x"`, "'__proto__' is no name"],
    [
      'proto.json',
      '{"environment":{"name":"t"},"__proto__":{},"backup":{"path":"/b"}}',
      "'__proto__' is no name",
    ],
    ['keys.toml', `${MAIN}${REST}toString = 1\nvalueOf = 2\nconstructor = 3`, 'unknown key'],
  ])('%s: is told, not thrown', (name, text, want) => {
    const { status, stdout, stderr } = run(file(name, text));
    expect({ status, stdout: withoutStandIn(stdout) }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toMatch(/^\S+:[0-9]+:[0-9]+: /);
    expect(stderr).toContain(want);
    expect(stderr).not.toContain('bug of gen-backup');
  });

  test('5,000 mistakes, and 500 plans explained, in a few seconds', () => {
    const many = Array.from(
      { length: 2500 },
      (_, i) => `[databases.d${i}]\npath = ${i}\n[backup.plans.p${i}]\ntype = "x"\n`,
    );
    const plans = Array.from(
      { length: 500 },
      (_, i) =>
        `[backup.plans.p${i}]\nschedule = "*/${1 + (i % 30)} * 1-${1 + (i % 28)} * *"\nkeep = { last = ${i + 1}, daily = 9, yearly = 10 }\n`,
    );
    const mistakes = timed(file('many.toml', `${REST}${many.join('')}`));
    expect(mistakes.stderr.match(/^\S+:[0-9]+:[0-9]+: /gm)?.length).toBe(5000);
    const explained = timed('--explain', file('plans.toml', `${MAIN}${REST}${plans.join('')}`));
    expect(explained.stdout.match(/^Plan /gm)?.length).toBe(500);
    // Of processor time, and with much to spare: a machine that does other things is slow.
    expect(mistakes.seconds).toBeLessThan(8);
    expect(explained.seconds).toBeLessThan(8);
  });

  function timed(...words: readonly string[]) {
    const script =
      'process.on("exit", () => { const { user, system } = process.resourceUsage ? { user: process.resourceUsage().userCPUTime, system: process.resourceUsage().systemCPUTime } : {}; require("fs").writeFileSync(process.env.TIMES, String((user + system) / 1e6)); });';
    const preload = file('preload.cjs', script);
    const times = `${directory}/times`;
    const { stdout, stderr } = spawnSync(process.execPath, ['-r', preload, BUNDLE, ...words], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      env: { ...process.env, TIMES: times },
    });
    return { stdout, stderr, seconds: Number(readFileSync(times, 'utf8')) };
  }
});

test('--explain says what, when, how long, what can be lost and what happens to writers', () => {
  const { status, stdout } = run('--explain', 'test/fixtures/complete.toml');
  expect(status).toBe(0);
  for (const want of [
    'Plan nightly (complete)',
    "at 03:00, every day ('0 3 * * *'",
    '7 daily, 4 weekly, 6 monthly and always the last 3: 14 backups in the long run',
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
