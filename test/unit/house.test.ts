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

/**
 * Neither a negated command nor one before `&&` ends a test of bats: `|| return 1` behind
 * it, or a line of its own, does.
 */
const CANNOT_FAIL =
  /^\s*(?:! (?!.*\|\|)|(?:\[|grep|cmp|diff) .*(?: \]|'|"|\w) && (?:\[|!|grep|cmp|diff|is_))/;

test('what a bats test asserts can fail', () => {
  const files = readdirSync('test/script').filter((file) => file.endsWith('.bats'));
  const mute = files.flatMap((file) =>
    readFileSync(`test/script/${file}`, 'utf8')
      .split('\n')
      .map((line, at) => `${file}:${at + 1}:${line}`)
      .filter((line) => CANNOT_FAIL.test(line.replace(/^[^:]*:\d*:/, '')))
      // As the value of a function, over some lines; or within [[ ]].
      .filter((line) => !/(\\|&&)$|\|\||\[\[ .* && .* \]\]$/.test(line)),
  );
  expect(mute).toEqual([]);
  expect(CANNOT_FAIL.test('    ! grep -q x y')).toBe(true);
  expect(CANNOT_FAIL.test('    [ a = b ] && [ c = d ]')).toBe(true);
  expect(CANNOT_FAIL.test('    ! grep -q x y || return 1')).toBe(false);
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
