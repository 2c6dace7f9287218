import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { nextRuns, scheduleProblem } from '../../src/read/schedule.ts';
import { randomSchedules } from './schedules.ts';

/** What three crons, built from their sources by scripts/cron-parsers.sh, make of schedules. */

const PLACE = `${process.env['GEN_BACKUP_CACHE'] ?? '/var/cache/gen-backup-test'}/crons`;
const CRONS = ['debian', 'cronie', 'busybox'];
const isThere = CRONS.every((cron) => existsSync(`${PLACE}/${cron}`));
if (!isThere) console.warn(`SKIPPED: no crons in ${PLACE}; run scripts/cron-parsers.sh`);

const COUNT = process.env['FAST'] ? 500 : 6000;

describe.skipIf(!isThere)(`${COUNT} schedules, and what three crons make of them`, () => {
  const schedules = randomSchedules(COUNT);
  const [debian = [], cronie = [], busybox = []] = isThere
    ? CRONS.map((cron) => ask(cron, schedules))
    : [];
  const accepted = schedules.map((schedule) => scheduleProblem(schedule) === undefined);
  const alike = schedules.map(
    (_, i) => debian[i] !== 'refused' && debian[i] === cronie[i] && debian[i] === busybox[i],
  );

  test('what is accepted fires alike in all of them', () => {
    expect(schedules.filter((_, i) => accepted[i] && !alike[i])).toEqual([]);
    expect(accepted.filter(Boolean).length).toBeGreaterThan(COUNT / 5);
    // The comparison sees something: not all that is written is alike.
    expect(alike.filter((is) => !is).length).toBeGreaterThan(COUNT / 10);
  });

  test('what is accepted fires as the generator says', () => {
    const after = new Date('2026-11-24T03:04:05Z');
    schedules.forEach((schedule, i) => {
      if (!accepted[i]) return;
      const runs = nextRuns(schedule, after, 20).map((run) => run.toISOString());
      expect([schedule, runs]).toEqual([schedule, firings(debian[i] ?? '', after, 20)]);
    });
  });

  test('what is refused says what to write, and that fires alike', () => {
    const pairs = schedules.flatMap((schedule) =>
      instead(schedule).map((other) => [schedule, other] as const),
    );
    expect(pairs.length).toBeGreaterThan(COUNT / 20);
    const others = pairs.map(([, other]) => other);
    const answers = CRONS.map((cron) => ask(cron, others));
    const bad = pairs.filter(([, other], i) => {
      // What is written instead may show the next mistake; it is never the same one.
      if (scheduleProblem(other) !== undefined) return false;
      return answers.some((all) => all[i] === 'refused' || all[i] !== answers[0]?.[i]);
    });
    expect(bad).toEqual([]);
  });
});

/** The schedule with each thing that its message says to write. */
function instead(schedule: string): string[] {
  const problem = scheduleProblem(schedule) ?? '';
  const [, item] = /'([^']+)'/.exec(problem) ?? [];
  const [, advice = ''] = /(?:; write|: write)(.*)$/.exec(problem) ?? [];
  if (item === undefined) return [];
  return [...advice.matchAll(/'([^']+)'/g)].map(([, other = '']) => {
    const fields = schedule.split(' ');
    const i = fields.findIndex((field) => field.split(',').includes(item) || field === item);
    return fields.map((field, at) => (at === i ? field.replace(item, other) : field)).join(' ');
  });
}

function ask(cron: string, schedules: readonly string[]): string[] {
  const input = schedules.map((schedule) => `${schedule}\n`).join('');
  return execFileSync(`${PLACE}/${cron}`, { input, maxBuffer: 2 ** 26, stdio: 'pipe' })
    .toString()
    .split('\n')
    .slice(0, -1);
}

/** The next moments at which an answer of a cron's fires. */
function firings(answer: string, after: Date, count: number): string[] {
  const [minutes = '', hours = '', months = '', days = ''] = answer.split(' ');
  const times = [...Array(1440).keys()].filter(
    (minute) => minutes[minute % 60] === '1' && hours[Math.floor(minute / 60)] === '1',
  );
  const found: string[] = [];
  const at = new Date(after);
  at.setUTCHours(0, 0, 0, 0);
  for (let day = 0; day < 12 * 366 && found.length < count; day += 1) {
    const date = new Date(at.getTime() + day * 86_400_000);
    const cell = (date.getUTCDate() - 1) * 7 + date.getUTCDay();
    if (months[date.getUTCMonth()] !== '1' || days[cell] !== '1') continue;
    const runs = times.map((minute) => new Date(date.getTime() + minute * 60_000));
    found.push(...runs.filter((run) => run > after).map((run) => run.toISOString()));
  }
  return found.slice(0, count);
}
