import { describe, expect, test } from 'vitest';
import { plan } from '../../src/generate.ts';
import { renderProblem } from '../../src/read/problems.ts';
import { renderStarter, type Wishes } from '../../src/tell/starter.ts';

const NONE: Wishes = { sqlite: [], containers: [], torrust: false };

const STARTERS: readonly [name: string, wishes: Wishes][] = [
  ['init', NONE],
  ['init --torrust', { ...NONE, torrust: true }],
  ['init --sqlite', { ...NONE, sqlite: ['/srv/shop.db'] }],
  ['init --sqlite --sqlite', { ...NONE, sqlite: ['/a/latest.db', '/b/latest.db'] }],
  ['init --mysql-container', { ...NONE, containers: ['mysql'] }],
  ['init --mysql-container --sqlite', { ...NONE, sqlite: ['/s/w.db'], containers: ['wiki'] }],
];

/** What could be switched on: `# key = value`, or `# [table]`. */
const COMMENTED = /^# (?=[a-z_.]+ = |\[)/;

function mistakes(text: string): string[] {
  const outcome = plan('env.toml', text);
  return outcome.ok ? [] : outcome.problems.map((problem) => renderProblem('', problem));
}

describe.each(STARTERS)('%s', (_, wishes) => {
  const lines = renderStarter(wishes).split('\n');
  const commented = lines.filter((line) => COMMENTED.test(line));

  test('is accepted as it is, and without a warning', () => {
    expect(plan('env.toml', lines.join('\n'))).toMatchObject({ ok: true, warnings: [] });
    expect(commented.length).toBeGreaterThan(25);
  });

  test('each commented line, switched on alone, is accepted', () => {
    for (const on of commented) {
      const text = lines.map((line) => (line === on ? line.replace(COMMENTED, '') : line));
      expect([on, mistakes(text.join('\n'))]).toEqual([on, []]);
    }
  });

  test('all of them together are accepted', () => {
    const text = lines.map((line) => line.replace(COMMENTED, '')).join('\n');
    expect(mistakes(text)).toEqual([]);
    const length = text.includes('"continuous"') ? 4 : 3;
    expect(plan('env.toml', text)).toMatchObject({ ok: true, value: { plans: { length } } });
  });
});

test('the examples are of the VM that the file names', () => {
  const text = renderStarter({ ...NONE, sqlite: ['/srv/app/app.db'] });
  expect(text).toContain('# log = "/var/log/gen-backup/my-vm.log"');
  expect(text).not.toMatch(/tracker-demo|public tracker/);
});

test('what would not be seen in a path is written as its code', () => {
  const text = renderStarter({ ...NONE, sqlite: ['/a\u202e\u{e0001}b.db'] });
  expect(text).toContain('path = "/a\\U0000202e\\U000e0001b.db"');
  expect(mistakes(text)).toEqual([]);
});
