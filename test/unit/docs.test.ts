import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { plan } from '../../src/generate.ts';
import { TABLES } from '../../src/keys/file.ts';
import { ruleNames } from '../../src/keys/rules.ts';
import { syntaxOf } from '../../src/read/parse.ts';
import { renderProblem } from '../../src/read/problems.ts';
import { REQUIRED } from '../../src/read/row.ts';
import { usageOf } from '../../src/script/command-line.ts';
import { COMMANDS } from '../../src/script/commands.ts';
import { renderReport } from '../../src/tell/report.ts';
import { renderNotices } from '../../scripts/notices.mjs';
import { PICTURES } from '../../scripts/pictures.mjs';
import { renderReference } from './reference.ts';

// `npm run docs` writes what these expect.

const WRONG = 'test/fixtures/wrong';

test('docs/configuration.md is made from the keys', async () => {
  await expect(renderReference()).toMatchFileSnapshot('../../docs/configuration.md');
});

test('docs/rules.md is made from the rules and what they say', async () => {
  await expect(renderRules()).toMatchFileSnapshot('../../docs/rules.md');
});

test('THIRD-PARTY-NOTICES.md names what is in the bundle', async () => {
  await expect(await renderNotices()).toMatchFileSnapshot('../../THIRD-PARTY-NOTICES.md');
});

test.each(Object.entries(PICTURES))('docs/pictures/%s.svg is drawn anew', async (name, draw) => {
  await expect(draw()).toMatchFileSnapshot(`../../docs/pictures/${name}.svg`);
});

test('a key is called required where the schema requires it', () => {
  for (const { header, keys, type } of TABLES) {
    const required = Object.keys(keys).filter((key) => keys[key]?.unset === REQUIRED);
    const { shape } = type;
    const wanted = Object.keys(shape).filter((key) => shape[key]?._zod.optin !== 'optional');
    expect([header, required]).toEqual([header, wanted]);
  }
});

test("README's table of commands is the one of the script", () => {
  const [, rows = ''] =
    /^\| command \|.*\n\| --- .*\n((?:\|.*\n)*)/m.exec(readFileSync('README.md', 'utf8')) ?? [];
  const told = rows.split('\n').flatMap((row) => {
    const [, cell = ''] = /^\| ((?:\\\||[^|])*) \|/.exec(row) ?? [];
    return [...cell.matchAll(/`([^`]*)`/g)].map(([, usage = '']) => usage.replaceAll('\\|', '|'));
  });
  expect(told.sort()).toEqual(COMMANDS.map((command) => usageOf(command).join(' ')).sort());
});

test('docs/claims.md: each claim stands in its page, and its test is there', () => {
  const rows = [
    ...readFileSync('docs/claims.md', 'utf8').matchAll(
      /^\| (.*) \| (\S+\.md) \| `(\S+)`: (.*) \|$/gm,
    ),
  ];
  expect(rows.length).toBeGreaterThan(25);
  for (const [, claim = '', page = '', file = '', name = ''] of rows) {
    const text = readFileSync(page, 'utf8').replace(/\s+/g, ' ');
    expect([page, claim, text.includes(claim)]).toEqual([page, claim, true]);
    const tests = readFileSync(`test/script/${file}`, 'utf8').matchAll(/^@test ["'](.*)["']/gm);
    const named = [...tests].some(([, test = '']) => test.startsWith(name));
    expect([file, name, named]).toEqual([file, name, true]);
  }
});

test('docs/reading-the-script.md says about how long a script is', () => {
  const page = readFileSync('docs/reading-the-script.md', 'utf8').replace(/\s+/g, ' ');
  const told = /some ([0-9,]+) lines for SQLite alone, ([0-9,]+) of them NIGHT/.exec(page) ?? [];
  const lines = readFileSync('test/fixtures/minimal.sh', 'utf8').split('\n');
  const begin = (half: string) => lines.findIndex((line) => line.startsWith(`# === ${half}`));
  const counted = [lines.length, begin('DAY') - begin('NIGHT')];
  const [all = 0, night = 0] = told.slice(1).map((number) => Number(number.replace(',', '')));
  expect(Math.abs(all - (counted[0] ?? 0))).toBeLessThan(250);
  expect(Math.abs(night - (counted[1] ?? 0))).toBeLessThan(150);
});

test('docs/architecture.md names each function that a source must have', () => {
  const shell = readdirSync('templates/day')
    .map((file) => readFileSync(`templates/day/${file}`, 'utf8'))
    .join('');
  const called = [...shell.matchAll(/by_kind ([a-z]+)/g)].map(([, verb = '']) => `${verb}_NAME`);
  const page = readFileSync('docs/architecture.md', 'utf8');
  expect(called.length).toBeGreaterThan(7);
  expect(called.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
});

function renderRules(): string {
  const files = readdirSync(WRONG).filter((name) => !name.endsWith('.txt'));
  const rules = ruleNames().map((rule) => `${rule}.toml`);
  return `${[
    '# Rules',
    '',
    'Made by `npm run docs` from the rules in `src/` and the wrong environments in',
    '`test/fixtures/wrong`, which show each message in its place; do not edit.',
    '',
    '## Between fields',
    '',
    'The name of the rule ends its message. Those in `warning` do not stop the generator.',
    '',
    '| rule | message |',
    '| --- | --- |',
    ...rules.map(ruleRow),
    '',
    '## In a single place',
    '',
    '| mistake | message |',
    '| --- | --- |',
    ...files.filter((file) => !rules.includes(file)).flatMap(placeRows),
  ].join('\n')}\n`;
}

function ruleRow(file: string): string {
  const rule = file.replace('.toml', '');
  const [message = ''] = messagesOf(file);
  return row(rule, message.replace(` [${rule}]`, ''));
}

function placeRows(file: string): string[] {
  return messagesOf(file).map((message) => row(file.replace(/\.[a-z]+$/, ''), message));
}

function messagesOf(file: string): string[] {
  const text = readFileSync(`${WRONG}/${file}`, 'utf8');
  const findings = { problems: [], ...plan(file, text) };
  const report = renderReport({ name: file, text, syntax: syntaxOf(file, text) }, findings, false);
  return [...report.matchAll(/^\S+:[0-9]+:[0-9]+: (.*)$/gm)].map(([, message = '']) => message);
}

function row(name: string, message: string): string {
  return `| \`${name}\` | ${message.replaceAll('|', '\\|').replaceAll('*', '\\*')} |`;
}

test('a problem of a list names the list', () => {
  expect(renderProblem('env', { path: ['backup', 'include', 0], message: 'x' })).toBe(
    'env: backup.include: x',
  );
});
