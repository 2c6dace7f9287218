import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { plan } from '../../src/generate.ts';
import { nextRuns } from '../../src/read/schedule.ts';
import { crontabLines } from '../../src/script/crontab.ts';
import { onCalendar, timersOf } from '../../src/script/timers.ts';

const SCHEDULES: Readonly<Record<string, readonly string[]>> = {
  '0 3 * * *': ['*-*-* 03:00:00'],
  '@weekly': ['Sun *-*-* 00:00:00'],
  '@monthly': ['*-*-01 00:00:00'],
  '*/20 8-10 * * 1-5': ['Mon,Tue,Wed,Thu,Fri *-*-* 08,09,10:00,20,40:00'],
  '5 4 1,15 * 0': ['*-*-01,15 04:05:00', 'Sun *-*-* 04:05:00'],
  '0 0 29 2 *': ['*-02-29 00:00:00'],
  '0 12 31 jan,mar sun-sat': ['*-01,03-* 12:00:00'],
  '7 * * jun fri': ['Fri *-06-* *:07:00'],
};

describe('OnCalendar', () => {
  test.each(Object.entries(SCHEDULES))('%s', (schedule, lines) => {
    expect(onCalendar(schedule)).toEqual(lines);
  });

  const has = existsSync('/usr/bin/systemd-analyze');
  test.skipIf(!has).each(Object.keys(SCHEDULES))('%s: systemd runs when cron does', (schedule) => {
    const start = new Date('2026-02-26T23:30:00Z');
    const runs = nextRuns(schedule, start, 12).map((run) => run.toISOString());
    const of = onCalendar(schedule).flatMap((line) => calendarOf(line, start));
    expect([...new Set(of)].sort().slice(0, runs.length)).toEqual(runs);
  });
});

test('systemd runs all that cron would', () => {
  const outcome = plan(
    'env.toml',
    `[environment]
name = "vm"
[storage]
path = "/srv"
[databases.app]
driver = "sqlite3"
path = "app.db"
[backup]
path = "/backups"
log = ""
drill_schedule = "0 5 * * 0"
[backup.plans.live]
type = "continuous"
databases = ["app"]
[backup.plans.whole]
`,
  );
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  const words = crontabLines(outcome.value).map((line) => line.replace(/^.*? \/\S+ /, ''));
  expect(timersOf(outcome.value).map((timer) => timer.words)).toEqual(words);
});

/** When systemd would run it, twelve times. */
function calendarOf(line: string, start: Date): string[] {
  const said = execFileSync(
    'systemd-analyze',
    [
      'calendar',
      '--iterations=12',
      `--base-time=${start.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
      line,
    ],
    { encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } },
  );
  return [
    ...said.matchAll(/(?:Next elapse|Iter\S* #\d+): \w+ (\d{4}-\d\d-\d\d) ([\d:]+) UTC/g),
  ].map(([, day = '', time = '']) => new Date(`${day}T${time}Z`).toISOString());
}
