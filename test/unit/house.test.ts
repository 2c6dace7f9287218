import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** The rooms of src/, as data flows through them: a module imports from its own or an earlier one. */
const FLOW = ['read', 'sources', 'keys', 'plan', 'script', 'tell', '.'];

const FILES = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.d.ts'),
);

/** Types too: who imports one cannot be understood without it. */
function importsOf(file: string): string[] {
  const text = readFileSync(`src/${file}`, 'utf8');
  const found = text.matchAll(/\b(?:from|import) *\(?'(\.{1,2}\/[^']+\.ts)'/g);
  return [...found].map(([, path = '']) => join(dirname(file), path));
}

function roomOf(file: string): string {
  return file.includes('/') ? file.replace(/\/.*/, '') : '.';
}

test('every module has a room', () => {
  expect(FILES.length).toBeGreaterThan(40);
  expect(FILES.filter((file) => !FLOW.includes(roomOf(file)))).toEqual([]);
});

test('data flows one way', () => {
  const backwards = FILES.flatMap((file) =>
    importsOf(file)
      .filter((other) => FLOW.indexOf(roomOf(other)) > FLOW.indexOf(roomOf(file)))
      .map((other) => `${file} imports ${other}`),
  );
  expect(backwards).toEqual([]);
});

test('no imports go in a circle', () => {
  expect(circlesIn(new Map(FILES.map((file) => [file, importsOf(file)])))).toEqual([]);
});

test('a circle would be seen', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['b']],
  ]);
  expect(circlesIn(imports)).toEqual(['b, c']);
});

/** What is left when all that imports nothing of the rest is taken away, and what nothing imports. */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): string[] {
  let left = [...imports.keys()];
  for (;;) {
    const isLeft = (file: string) => left.includes(file);
    const inner = left.filter(
      (file) =>
        imports.get(file)?.some(isLeft) && left.some((other) => imports.get(other)?.includes(file)),
    );
    if (inner.length === left.length) return left.length === 0 ? [] : [left.join(', ')];
    left = inner;
  }
}
