import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { registerSchema, validate } from '@hyperjump/json-schema/draft-2020-12';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { plan } from '../../src/generate.ts';
import { parse, syntaxOf } from '../../src/read/parse.ts';
import { renderJsonSchema } from '../../src/tell/json-schema.ts';
import { renderStarter } from '../../src/tell/starter.ts';

/** The schema as editors and validators take it. */

const SCHEMA = renderJsonSchema();
const URI = 'https://example.org/gen-backup';
const directory = mkdtempSync(`${tmpdir()}/schema-`);

const ajv = new Ajv2020({ strict: true, strictRequired: false, allErrors: true }).compile(
  JSON.parse(SCHEMA),
);
let hyperjump: Awaited<ReturnType<typeof validate>>;

beforeAll(async () => {
  registerSchema(JSON.parse(SCHEMA), URI);
  hyperjump = await validate(URI);
  writeFileSync(`${directory}/schema.json`, SCHEMA);
});

const GOOD = [
  ...['minimal.toml', 'complete.toml'].map((name) => `test/fixtures/${name}`),
  ...readdirSync('test/fixtures/deployer').map((name) => `test/fixtures/deployer/${name}`),
];

/** What a schema can see of the wrong ones. */
const BAD = [
  'control-character.toml',
  'duration.toml',
  'empty-text.toml',
  'fraction.toml',
  'json-unknown-key.json',
  'missing-driver.toml',
  'missing-path.toml',
  'number-for-text.toml',
  'passwd.toml',
  'schedule-quartz.toml',
  'text-for-list.toml',
  'too-large.toml',
  'unknown-key.toml',
  'unknown-key-in-plan.toml',
  'unknown-value.toml',
  'zero-days.toml',
].map((name) => `test/fixtures/wrong/${name}`);

function dataOf(file: string): unknown {
  const text = readFileSync(file, 'utf8');
  const parsed = parse(text, syntaxOf(file, text));
  return parsed.ok ? parsed.value : undefined;
}

describe('ajv and hyperjump', () => {
  test.each(GOOD)('%s: is good', (file) => {
    expect([ajv(dataOf(file)), ajv.errors]).toEqual([true, null]);
    expect(hyperjump(dataOf(file) as never).valid).toBe(true);
  });

  test.each(BAD)('%s: is not', (file) => {
    expect(ajv(dataOf(file))).toBe(false);
    expect(hyperjump(dataOf(file) as never).valid).toBe(false);
  });
});

describe('Taplo, as editors run it', () => {
  const lint = (files: readonly string[]) => {
    const { status, stderr } = spawnSync(
      'node_modules/.bin/taplo',
      ['lint', '--schema', `file://${directory}/schema.json`, ...files],
      { encoding: 'utf8' },
    );
    return { status, stderr };
  };

  test('takes what is good, and every starter', () => {
    const starters = [{}, { torrust: true }, { containers: ['mysql'] }].map((wishes, i) => {
      const text = renderStarter({ sqlite: [], containers: [], torrust: false, ...wishes });
      const file = `${directory}/starter-${i}.toml`;
      // Its first line names a schema that is not there.
      writeFileSync(file, text.replace(/^#:schema.*\n/, ''));
      return file;
    });
    const { status, stderr } = lint([
      ...GOOD.filter((name) => name.endsWith('.toml')),
      ...starters,
    ]);
    expect([status, stderr.match(/^error.*/gm)]).toEqual([0, null]);
  });

  test('refuses what is wrong, and says why', () => {
    const files = BAD.filter((name) => name.endsWith('.toml'));
    const { status, stderr } = lint(files);
    expect(status).not.toBe(0);
    expect(stderr).not.toContain('invalid schema');
    for (const file of files) expect(stderr).toContain(file);
  });
});

describe('2,000 environments', () => {
  type Table = { [key: string]: unknown };
  const odd = fc.constantFrom<unknown>(
    ...['', 'x', '/a', '/a b', 'é', '\u202e', 'a\nb', 'a\tb', '\u0000', '\u009f', '5m', '1GiB'],
    ...['50%', '0 3 * * *', '@daily', '0 3 * * 7', '* * *', 'auto', 'zstd', 'none', 'mysql'],
    ...['sqlite3', 'complete', 'database', 'A', 'files', 'a-b', '..', 'docker exec -i c'],
    ...[0, 1, 9, 19, 20, 1.5, -1, 3306, 65536, 36501, 1e300, true, false, null],
    ...[[], ['a'], ['a\n'], [1], {}, { last: 1 }, { last: 0 }, { nonsense: 1 }, { a: {} }],
  );
  const PLACES: readonly (readonly string[])[] = [
    ['environment'],
    ['storage'],
    ['databases'],
    ['databases', 'main'],
    ['databases', 'shop'],
    ['backup'],
    ['backup', 'hooks'],
    ['backup', 'keep'],
    ['backup', 'plans'],
    ['backup', 'plans', 'a'],
  ];
  const KEYS = Object.keys(JSON.parse(SCHEMA).properties.backup.properties);
  const change = fc.record({
    place: fc.constantFrom(...PLACES),
    key: fc.constantFrom(
      ...KEYS,
      ...['name', 'driver', 'container', 'host', 'port', 'user', 'socket', 'busy_timeout'],
      ...['description', 'last', 'daily', 'before', 'resume', 'nonsense', 'a', 'main', 'A b'],
      ...['all', 'constructor', 'password'],
    ),
    value: odd,
    isGone: fc.boolean().map((gone) => gone),
  });

  const base = (): Table => ({
    environment: { name: 't' },
    storage: { path: '/srv' },
    databases: {
      main: { driver: 'sqlite3', path: 'm.db' },
      shop: { driver: 'mysql', container: 'c' },
    },
    backup: { path: '/b', hooks: {}, keep: { last: 3 }, plans: { a: {} } },
  });

  test('the schema refuses nothing that the generator accepts, and validators agree', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), (changes) => {
        const data = base();
        for (const { place, key, value, isGone } of changes) {
          const table = place.reduce<unknown>(
            (inner, name) => (Object(inner) as Table)[name],
            data,
          );
          if (typeof table !== 'object' || table === null || Array.isArray(table)) continue;
          if (isGone && Object.hasOwn(table, key)) delete (table as Table)[key];
          else (table as Table)[key] = value;
        }
        const text = JSON.stringify(data);
        const outcome = plan('env.json', text);
        const isGood = ajv(JSON.parse(text));
        expect(hyperjump(JSON.parse(text)).valid).toBe(isGood);
        if (outcome.ok) {
          accepted += 1;
          expect([ajv.errors, isGood]).toEqual([null, true]);
        }
        if (!isGood) refused += 1;
        // What only a rule, or a look at the whole value, can see.
        if (isGood && !outcome.ok) {
          for (const { message, rule } of outcome.problems) {
            if (rule === undefined) expect(message).toMatch(BEYOND);
          }
        }
      }),
      { numRuns: 2000, seed: 18 },
    );
    expect(accepted).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(300);
  });

  /** What no pattern says: which schedules fire alike, and what is reserved or empty. */
  const BEYOND =
    /expected five fields|fires|out of range|is not one that|every day on|keeps nothing|reserved|plain words|half of a pair|is no name|means other days|expected two ranges/;
});

test('every default and example is one that the schema takes', () => {
  const { $schema, ...schema } = JSON.parse(SCHEMA);
  expect($schema).toContain('2020-12');
  const all = (value: unknown): Record<string, unknown>[] =>
    typeof value === 'object' && value !== null
      ? [value as Record<string, unknown>, ...Object.values(value).flatMap(all)]
      : [];
  const described = all(schema).filter(({ examples }) => Array.isArray(examples));
  expect(described.length).toBeGreaterThan(50);
  for (const { examples, default: unset, ...own } of described) {
    const check = new Ajv2020({ strict: false }).compile(own);
    for (const value of [...(examples as unknown[]), ...(unset === undefined ? [] : [unset])]) {
      expect([value, check(value)]).toEqual([value, true]);
    }
  }
});

test('the deployer’s own files are environments, and their scripts are sound', () => {
  for (const file of GOOD.filter((name) => name.endsWith('.json'))) {
    const script = execFileSync(process.execPath, ['dist/gen-backup.cjs', file], { stdio: 'pipe' });
    execFileSync('dash', ['-n'], { input: script });
  }
});
