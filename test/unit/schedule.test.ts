import { describe, expect, test } from 'vitest';
import {
  longestGap,
  nextRuns,
  scheduleNote,
  scheduleProblem,
  shortestGap,
} from '../../src/read/schedule.ts';
import { describeDuration } from '../../src/read/units.ts';
import { describeSchedule } from '../../src/tell/schedule-words.ts';
import { randomSchedules } from './schedules.ts';

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
  test.each([
    '0 3 * * *',
    '*/5 * * * *',
    '0 3 * JAN-MAR sun',
    '@daily',
    '0 0 29 2 *',
    '0 3 1-31/2 * *',
    '0 3 */1 * *',
    '0 3 * * fri-sat',
    '0 3 * * */2',
  ])('%s is fine', (schedule) => expect(scheduleProblem(schedule)).toBeUndefined());

  test.each([
    ['0 25 * * *', 'hour 25 is out of range, expected 0-23'],
    ['60 3 * * *', 'minute 60 is out of range, expected 0-59'],
    ['0 0 0 * *', 'day of month 0 is out of range, expected 1-31'],
    ['0 0 * * 8', 'day of week 8 is out of range, expected 0-6'],
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
    ['0 3 * * 7', "Sunday is 0: write '0' or 'sun'"],
    ['0 3 * * 5-7', "write '0,5-6'"],
    ['0 3 * * 1-7', "write '0-6'"],
    ['0 3 * * 1-7/2', "write '0-1,3,5'"],
    ['0 3 * * 2,7', "write '0' or 'sun'"],
    ['0 3 * * fri-sun', 'expected two ranges: 5-6,0'],
    ['0 3 * * 5,*', "write '*', or '5'"],
    ['0 3 1 * 0-6', "write '*' as day of month, or as day of week"],
    ['0 3 1 * sun-sat', 'is every day on Debian, and on Alpine only'],
    ['0 3 */10 * *', "write '1-31/10', or list the days: '1,11,21,31'"],
    ['0 3 1,*/15 * *', "day of month '*/15' counts from 0 on Alpine"],
    [' 0 3 * * *', "write '0 3 * * *'"],
    ['0\t3 * * *', "write '0 3 * * *'"],
    ['0 3 * * *\t', "write '0 3 * * *'"],
    ['\t@daily', "write '@daily'"],
    ['0 3 */2 * 1', 'means other days on Debian than on Alpine'],
    ['0 3 1 * */2', 'means other days on Debian than on Alpine'],
    ['@reboot', 'or one of @yearly'],
    ['@dayly', "did you mean '@daily'?"],
    ['@hourly ', "did you mean '@hourly'?"],
  ])('%j is refused: %s', (schedule, want) => expect(scheduleProblem(schedule)).toContain(want));

  test('of 2,000 odd ones, each is refused with a way out, or said in plain words', () => {
    for (const schedule of randomSchedules(2000)) {
      const problem = scheduleProblem(schedule);
      if (problem !== undefined) {
        expect(problem).toMatch(/expected |write |set enabled = false/);
        continue;
      }
      expect(shortestGap(schedule)).toBeGreaterThanOrEqual(60);
      expect(longestGap(schedule)).toBeGreaterThanOrEqual(shortestGap(schedule));
      expect(describeSchedule(schedule)).toMatch(/^(at|every) [^]*[a-z0-9]$/);
      expect(describeSchedule(schedule)).not.toMatch(/undefined|NaN|null|aN|, ,|  /);
      expect(describeDuration(longestGap(schedule))).toMatch(
        /^([0-9]+ (day|hour|minute)s?( |$))+$/,
      );
    }
  });
});

test.each([
  ['0 3 * * *', 'at 03:00, every day'],
  ['07 03 * jan mon-fri', 'at 03:07, on Monday to Friday, in January'],
  ['@hourly', 'at minute 0 of every hour, every day'],
  ['*/5 * * * *', 'every 5 minutes, every day'],
  ['15 */4 * * *', 'every 4 hours, at minute 15, every day'],
  ['0 3 1,15 * 1', 'at 03:00, on days 1 and 15 of the month, or on Monday'],
  ['0 3 1-31/2 2-11 *', "at 03:00, on the days '1-31/2' of the month, in February to November"],
  ['5-59/7 8-18 * * *', "at the minutes '5-59/7' of the hours '8-18', every day"],
  ['30 2 1-31 * 1', 'at 02:30, every day'],
])('%s is said: %s', (schedule, want) => expect(describeSchedule(schedule)).toBe(want));

test.each([
  [60, '1 minute'],
  [7 * DAY, '7 days'],
  [221_400, '2 days 13 hours 30 minutes'],
  [90, '1 minute 30 seconds'],
])('%i seconds are %s', (seconds, want) => expect(describeDuration(seconds)).toBe(want));

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
