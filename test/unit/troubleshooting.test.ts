import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { messagesOfTheScript } from './messages.ts';

const PAGE = readFileSync('docs/troubleshooting.md', 'utf8');
/** The messages in the first column: their beginnings, as the script writes them. */
const ENTRIES = [...PAGE.slice(PAGE.indexOf('## Destination')).matchAll(/^\| `([^`]+)` \|/gm)].map(
  ([, entry = '']) => entry,
);
const MESSAGES = messagesOfTheScript();

test('every message that ends the script, or warns, is in docs/troubleshooting.md', () => {
  expect(MESSAGES.length).toBeGreaterThan(200);
  const missing = MESSAGES.filter(({ text }) => !ENTRIES.some((entry) => text.startsWith(entry)));
  expect(missing).toEqual([]);
});

test('every message of docs/troubleshooting.md is one of the script', () => {
  const stale = ENTRIES.filter((entry) => !MESSAGES.some(({ text }) => text.startsWith(entry)));
  expect(stale).toEqual([]);
});

test('an entry is long enough to be one message, and is in the page once', () => {
  expect(ENTRIES.filter((entry) => entry.replace(/[^a-z]/gi, '').length < 3)).toEqual([]);
  expect(ENTRIES.filter((entry, at) => ENTRIES.indexOf(entry) !== at)).toEqual([]);
});

test('no message has a word that docs/words.md gives another one for', () => {
  const rows = readFileSync('docs/words.md', 'utf8').matchAll(
    /^\| [^|]+ \| [^|]* \| ([^|]+) \|$/gm,
  );
  const others = [...rows].flatMap(([, cell = '']) => cell.split(', ')).slice(2); // not the head
  expect(others.length).toBeGreaterThan(7);
  const texts = [
    ...MESSAGES.map(({ text }) => text),
    ...readFileSync('docs/rules.md', 'utf8').replaceAll('a whole number', '').split('\n'),
  ];
  const bad = others.flatMap((word) => texts.filter((text) => ` ${text} `.includes(` ${word} `)));
  expect(bad).toEqual([]);
});
