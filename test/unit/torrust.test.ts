import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { plan, renderScript } from '../../src/generate.ts';
import { renderProblem } from '../../src/read/problems.ts';

const DEPLOYER = 'test/fixtures/deployer';

function planned(text: string, file = 'env.toml') {
  const outcome = plan(file, text);
  if (!outcome.ok) throw new Error(outcome.problems.map((p) => renderProblem('', p)).join('\n'));
  return outcome;
}

const core = (keys: string, rest = '') =>
  `[environment]\nname = "t"\n[tracker.core.database]\n${keys}\n${rest}`;
const SQLITE = 'driver = "sqlite3"\ndatabase_name = "tracker.db"';

/** In `npm test`, one of the deployer's scripts is linted: another one each day. */
const DAY = Number(process.env['SEED'] ?? 0);

/** The functions of each script that was linted: what else differs are settings. */
const linted = new Set<string>();

describe("the deployer's own files", () => {
  for (const [i, file] of readdirSync(DEPLOYER).entries()) {
    const text = readFileSync(`${DEPLOYER}/${file}`, 'utf8');
    const { value, warnings } = planned(text, file);

    test(`${file}: are taken as they are, with one warning that names the passwords`, () => {
      expect(warnings).toHaveLength(1);
      expect(warnings[0]?.message).toContain('password');
      expect(value.backupPath).toBe('/opt/torrust/storage/backup');
      expect(value.plans.map(({ name, type }) => [name, type])).toEqual([['default', 'complete']]);
    });

    test(`${file}: archive the storage directory and what is beside it`, () => {
      const files = value.plans[0]?.steps.find(({ kind }) => kind === 'files');
      expect(files).toMatchObject({
        paths: ['/opt/torrust/storage', '/opt/torrust/.env', '/opt/torrust/docker-compose.yml'],
      });
      expect(files).toHaveProperty(
        'leftOutPaths',
        expect.arrayContaining(['/opt/torrust/storage/backup']),
      );
    });

    test(`${file}: give a script that lints, without a password`, () => {
      const script = renderScript(value);
      const parts = script.match(/^[a-z_]+\(\) [{(]$/gm)?.join(' ') ?? '';
      if (process.env['FAST'] ? i === DAY % readdirSync(DEPLOYER).length : !linted.has(parts)) {
        linted.add(parts);
        const path = `${mkdtempSync(`${tmpdir()}/torrust-`)}/backup.sh`;
        writeFileSync(path, script);
        // VERIFY is for SQLite; a script without any does not use it yet.
        execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2034', path]);
      }
      for (const password of text.matchAll(/password": "([^"]+)"/g)) {
        if (password[1] !== 'admin') expect(script).not.toContain(password[1]);
      }
    });
  }

  test('mysql is dumped in its container, by its own account, and its files are left out', () => {
    const { value } = planned(readFileSync(`${DEPLOYER}/13-backup-focused.json`, 'utf8'), 'x.json');
    expect(value.mysql).toMatchObject([
      {
        name: 'tracker',
        schema: 'tracker',
        account: 'own',
        enter: ['docker', 'exec', '-i', 'mysql'],
      },
    ]);
    expect(value.plans[0]).toMatchObject({ schedule: '0 */4 * * *', keep: { days: 14 } });
    expect(value.plans[0]?.steps[1]).toHaveProperty('leftOutPaths', [
      '/opt/torrust/storage/backup',
      '/opt/torrust/storage/mysql/data',
    ]);
  });

  test('sqlite3 is where the deployer puts it', () => {
    const { value } = planned(core(SQLITE));
    expect(value.plans[0]?.steps[0]).toMatchObject({
      database: { name: 'tracker', path: '/opt/torrust/storage/tracker/lib/database/tracker.db' },
    });
  });
});

describe('beside the deployer', () => {
  test('[databases] decides alone', () => {
    const rest =
      '[databases.d]\ndriver = "sqlite3"\npath = "/d"\n[backup]\npath = "/b"\ntype = "database"';
    expect(planned(core(SQLITE, rest)).value.plans[0]?.steps).toHaveLength(1);
  });

  test('plans of their own take the files only where they are complete', () => {
    const rest =
      '[backup]\ninclude = ["/etc/a"]\n[backup.plans.whole]\n[backup.plans.more]\ninclude = ["/etc/b"]\n[backup.plans.db]\ntype = "database"\n';
    const { plans } = planned(core(SQLITE, rest)).value;
    const paths = plans.map(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'files' ? step.paths : [])),
    );
    const deployer = ['/opt/torrust/.env', '/opt/torrust/docker-compose.yml'];
    expect(paths).toEqual([
      ['/opt/torrust/storage', '/etc/a', ...deployer],
      ['/opt/torrust/storage', '/etc/b', ...deployer],
      [],
    ]);
  });

  test('type = "database" takes no files', () => {
    expect(planned(core(SQLITE, '[backup]\ntype = "database"')).value.plans[0]?.steps).toHaveLength(
      1,
    );
  });

  test.each([
    'backup = 5',
    '[backup]\nplans = 5',
    '[backup]\ninclude = 5',
    '[backup]\nplans = { a = 5 }',
    'databases = 5',
    'storage = 5',
  ])('nonsense is a mistake, not a crash: %s', (rest) => {
    const text = rest.includes('[') ? core(SQLITE, rest) : `${rest}\n${core(SQLITE)}`;
    expect(plan('env.toml', text).ok).toBe(false);
  });
});
