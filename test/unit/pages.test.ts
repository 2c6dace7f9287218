import { readdirSync, readFileSync } from 'node:fs';
import { parse } from '@iarna/toml';
import { expect, test } from 'vitest';
import { readCommand } from '../../src/arguments.ts';
import { plan } from '../../src/generate.ts';
import { renderProblem } from '../../src/read/problems.ts';
import { COMMANDS } from '../../src/script/commands.ts';

// What README and the pages show is accepted: environments by the generator, commands by
// the generator and the script. Those of README and five pages are run, by documented.bats.

const PAGES = ['README.md', 'CONTRIBUTING.md'].concat(
  readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
);

/** What the piece of a file that a page shows is put into. */
const BASE = `
[environment]
name = "app"
[storage]
path = "/srv/app"
[databases.app]
driver = "sqlite3"
path = "app.db"
[backup]
path = "/backups/app"
`;

const OF_GENERATOR = /npx gen-backup( [^`\n]*)/g;
const OF_SCRIPT = /(?<!-o |--check |scp )backup(?:-app)?\.sh( [a-z][^`\n]*)/g;

/** What a page writes for the reader's own. */
const WORDS = { ID: '20261123T030000Z', PLAN: 'default', FILE: 'x', DIR: 'x', SCHEMA: 'x' };

test.each(PAGES)('%s: every TOML block is accepted', (page) => {
  for (const [, block = ''] of read(page).matchAll(/^ *```toml\n([\s\S]*?)^ *```$/gm)) {
    const text = JSON.stringify(merged(parse(BASE), parse(block)));
    const outcome = plan('env.json', text);
    expect(outcome.ok ? [] : outcome.problems.map((problem) => renderProblem('', problem))).toEqual(
      [],
    );
  }
});

test.each(PAGES)('%s: every command line of the generator is accepted', (page) => {
  for (const words of calls(page, OF_GENERATOR)) {
    expect(() => readCommand(words)).not.toThrow();
  }
});

test.each(PAGES)('%s: every command and option of the script is one that it has', (page) => {
  for (const [name = '', ...rest] of calls(
    page,
    /(?<!-o |--check |scp )backup(?:-app)?\.sh( [a-z][^`\n]*)/g,
  )) {
    const command = COMMANDS.find((known) => known.name === name);
    expect([name, command?.name]).toEqual([name, name]);
    const options = rest.filter((word) => word.startsWith('--'));
    const known = command?.options.map((option) => option.name) ?? [];
    expect(options.filter((option) => !known.includes(option))).toEqual([]);
  }
});

test('the pages show what is looked for', () => {
  const count = (pattern: RegExp) =>
    PAGES.reduce((sum, page) => sum + calls(page, pattern).length, 0);
  expect(count(OF_GENERATOR)).toBeGreaterThan(8);
  expect(count(OF_SCRIPT)).toBeGreaterThan(20);
});

const RUN = ['README.md'].concat(
  ['getting-started', 'restore', 'mysql', 'fleet', 'operations', 'differential'].map(
    (name) => `docs/${name}.md`,
  ),
);

test('every block of commands is run by test/script/documented.bats, or says why not', () => {
  const marks = RUN.flatMap((page) => marksOf(page).map((mark) => `${page}: ${mark}`));
  expect(marks.filter((mark) => mark.endsWith(': none'))).toEqual([]);
  expect(new Set(marks).size).toBe(marks.length);
  const run = marks.flatMap((mark) => /^(.*): run: (.*)$/.exec(mark)?.slice(1, 3).join(' ') ?? []);
  const [, ...tests] = read('test/script/documented.bats').split('@test ');
  const calls = tests
    .join('')
    .matchAll(/^ *(?:\(.* && )?(?:block|at_terminal) (\S+) ('[^']*'|[\w-]+)/gm);
  const called = [...calls].map(([, page, name = '']) => `${page} ${name.replaceAll("'", '')}`);
  expect(run.length).toBeGreaterThan(20);
  expect(run.filter((block) => !called.includes(block))).toEqual(['README.md demo']);
  expect(called.filter((block) => !run.includes(block))).toEqual([]);
});

/** What stands in a comment before each block of a page that is no environment, or `none`. */
function marksOf(page: string): string[] {
  const text = read(page).replace(/^ *```toml\n[\s\S]*?^ *```$/gm, '');
  const blocks = text.matchAll(
    /(?:^ *<!-- (.*) -->\n\n?|^(?!<!--)(?! {4}).*\n\n)(?=(?: {4,7}\S|```sh\n))/gm,
  );
  return [...blocks].map(([, mark = 'none']) => mark);
}

function read(page: string): string {
  return readFileSync(page, 'utf8');
}

/** The words behind a call, to a redirection, a comment, or what is said of it. */
function calls(page: string, pattern: RegExp): string[][] {
  // What a shell or Ansible puts there: a path.
  const text = read(page).replace(/\{\{ (\S+) \}\}|"?\$\w+"?/g, '/x');
  return [...commandsOf(text).matchAll(pattern)].map(
    ([, tail = '']) =>
      tail
        .split(/ [>|#&]|  |;/)[0]
        ?.trim()
        .split(/\s+/)
        .map((word) => (word in WORDS ? WORDS[word as keyof typeof WORDS] : word)) ?? [],
  );
}

/** Indented lines, and blocks of shell. */
function commandsOf(text: string): string {
  const indented = text.match(/^ {4,}\S.*$/gm) ?? [];
  const fenced = [...text.matchAll(/^```(?:sh)?\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  return [...indented, ...fenced].join('\n');
}

type Tables = ReturnType<typeof parse>;

function merged(base: Tables, more: Tables): Tables {
  const result: Tables = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const before = result[key];
    result[key] = isTable(before) && isTable(value) ? merged(before, value) : value;
  }
  return result;
}

function isTable(value: unknown): value is Tables {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
