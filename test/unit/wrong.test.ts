import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { plan } from '../../src/generate.ts';
import { ruleNames } from '../../src/keys/rules.ts';
import { syntaxOf } from '../../src/read/parse.ts';
import { renderReport } from '../../src/tell/report.ts';

const WRONG = 'test/fixtures/wrong';
const FILES = readdirSync(WRONG).filter((name) => !name.endsWith('.txt'));

function report(file: string, isColoured = false): string {
  const text = readFileSync(`${WRONG}/${file}`, 'utf8');
  const outcome = plan(file, text);
  const findings = { problems: [], ...outcome };
  return renderReport({ name: file, text, syntax: syntaxOf(file, text) }, findings, isColoured);
}

describe('a wrong environment is answered', () => {
  test.each(FILES)('%s: by the message beside it', async (file) => {
    await expect(report(file)).toMatchFileSnapshot(
      `../fixtures/wrong/${file.replace(/\.[a-z]+$/, '.txt')}`,
    );
  });

  test.each(FILES)('%s: at a place, and without a password', (file) => {
    expect(report(file)).toMatch(new RegExp(`^${file}:[0-9]+:[0-9]+: `));
    expect(report(file)).not.toContain('hunter2');
  });

  test('every rule has its file', () => {
    expect(ruleNames().filter((rule) => !FILES.includes(`${rule}.toml`))).toEqual([]);
  });

  test.each(ruleNames())('%s: alone', (rule) => {
    const messages = report(`${rule}.toml`).match(/^\S+:[0-9]+:[0-9]+: .*$/gm) ?? [];
    expect(messages).toHaveLength(1);
    expect(messages[0]).toContain(`[${rule}]`);
  });

  test('in colour where it is wanted, saying the same', () => {
    const coloured = report('unknown-key.toml', true);
    expect(coloured).toContain('\x1b[31m^');
    expect(coloured.replace(/\x1b\[[0-9]*m/g, '')).toBe(report('unknown-key.toml'));
  });
});
