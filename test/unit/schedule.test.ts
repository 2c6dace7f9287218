import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  longestGap,
  nextRuns,
  scheduleNote,
  scheduleProblem,
  shortestGap,
} from '../../src/schedule.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

describe('longestGap', () => {
  test.each([
    ['* * * * *', 60],
    ['*/5 * * * *', 300],
    ['0 3 * * *', DAY],
    ['@hourly', HOUR],
    ['@weekly', 7 * DAY],
    ['0 */4 * * *', 4 * HOUR],
    ['0,10 3 * * *', DAY - 600],
    ['0 9-17 * * *', 16 * HOUR],
    ['0 3 * * 1-5', 3 * DAY],
    ['0 3 1 * *', 31 * DAY],
    ['0 3 * jan *', 335 * DAY + DAY],
    ['0 3 29 2 *', 1461 * DAY],
    ['30 2 1,15 * 1', 7 * DAY],
  ])('%s: %i seconds', (schedule, want) => expect(longestGap(schedule)).toBe(want));
});

describe('scheduleProblem', () => {
  test.each(['0 3 * * *', '*/5 * * * *', '0 3 * JAN-MAR sun', '@daily', '0 0 29 2 *', '0 3 * * 7'])(
    '%s is fine',
    (schedule) => expect(scheduleProblem(schedule)).toBeUndefined(),
  );

  test.each([
    ['0 25 * * *', 'hour 25 is out of range, expected 0-23'],
    ['60 3 * * *', 'minute 60 is out of range, expected 0-59'],
    ['0 0 0 * *', 'day of month 0 is out of range, expected 1-31'],
    ['0 0 * * 8', 'day of week 8 is out of range, expected 0-7'],
    ['0 0 31 2 *', 'never fires; to switch a plan off, set enabled = false'],
    ['0 3 * *', 'five fields'],
    ['0 0 3 * * *', 'five fields'],
    ['0 3 * * * ', 'five fields'],
    ['0 3 L * *', "day of month 'L' is not one"],
    ['0 3 * * 5#2', "day of week '5#2' is not one"],
    ['0 3 ? * 1', "day of month '?' is not one"],
    ['0 3 * * monday', "day of week 'monday' is not one"],
    ['0 3 * foo *', 'numbers 1-12 or jan-dec'],
    ['0 3 * * *\n', 'day of week'],
    ['% * * * *', "minute '%' is not one"],
    ['1-2-3 * * * *', 'minute'],
    ['1,,2 * * * *', "minute ''"],
    ['-1 * * * *', "minute '-1'"],
    ['0 22-2 * * *', "hour '22-2' runs backwards, expected two ranges: 22-23,0-2"],
    ['5/10 * * * *', 'has a step but no range, expected 5-59/10'],
    ['*/90 * * * *', 'minute step 90 is out of range, expected 1-59'],
    ['*/0 * * * *', 'minute step 0 is out of range'],
    ['0 3 */2 * 1', 'means other days on Debian than on Alpine'],
    ['0 3 1 * */2', 'means other days on Debian than on Alpine'],
    ['@reboot', 'or one of @yearly'],
    ['@dayly', "did you mean '@daily'?"],
    ['@hourly ', "did you mean '@hourly'?"],
  ])('%j is refused: %s', (schedule, want) => expect(scheduleProblem(schedule)).toContain(want));

  test('whatever passes, croner takes too', () => {
    const item = fc.constantFrom(
      ...'* */2 0 5 7 12 1-3 2-6/2 1,4 jan FEB-mar sun-sat mon-7 3/2 L ? 08'.split(' '),
    );
    fc.assert(
      fc.property(fc.array(item, { minLength: 5, maxLength: 5 }), (all) => {
        const schedule = all.join(' ');
        if (scheduleProblem(schedule) !== undefined) return;
        expect(shortestGap(schedule)).toBeGreaterThanOrEqual(60);
        expect(longestGap(schedule)).toBeGreaterThanOrEqual(shortestGap(schedule));
      }),
      { numRuns: process.env['FAST'] ? 100 : 2000 },
    );
  });
});

test('two day fields get a note, a starred one does not', () => {
  expect(scheduleNote('0 3 1 * 1')).toContain("'or'");
  expect(scheduleNote('0 3 1 * *')).toBeUndefined();
  expect(scheduleNote('@weekly')).toBeUndefined();
});

test.each([
  ['* * * * *', 60],
  ['0,10 3 * * *', 600],
  ['0 3 * * 1-5', DAY],
  ['0 0,23 * * *', HOUR],
])('shortestGap of %s: %i seconds', (schedule, want) => expect(shortestGap(schedule)).toBe(want));

test('the next runs come after the moment asked for', () => {
  const runs = nextRuns('0 3 * * *', new Date('2026-11-24T03:00:00Z'), 2);
  expect(runs.map((run) => run.toISOString())).toEqual([
    '2026-11-25T03:00:00.000Z',
    '2026-11-26T03:00:00.000Z',
  ]);
});
