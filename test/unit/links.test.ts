import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const PAGES = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];

test('every relative link of a page leads to a file, and to a heading in it', () => {
  const broken = PAGES.flatMap((page) =>
    linksOf(page)
      .filter((link) => !resolves(page, link))
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('every page of docs/ is reached from docs/README.md', () => {
  const indexed = linksOf('docs/README.md').map((link) => join('docs', link.split('#')[0] ?? ''));
  // The remarks are parts of benchmarks.md.
  const pages = PAGES.filter((page) => /^docs\/[^/]+$/.test(page) && page !== 'docs/README.md');
  expect(pages.filter((page) => !indexed.includes(page))).toEqual([]);
});

test('README.md has at most 200 lines', () => {
  expect(readFileSync('README.md', 'utf8').split('\n').length - 1).toBeLessThanOrEqual(200);
});

/** Relative links and images, outside of code. */
function linksOf(page: string): string[] {
  const text = withoutCode(readFileSync(page, 'utf8')).replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
}

function resolves(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(target)) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** As GitHub makes them: lower case, punctuation gone, a hyphen for each space. */
function anchorsOf(page: string): string[] {
  const headings = withoutCode(readFileSync(page, 'utf8')).matchAll(/^#{1,6} (.*)$/gm);
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '').replace(/^ {4}.*$/gm, '');
}
