import { describe, expect, test } from 'vitest';
import { longestGap, scheduleProblem } from '../../src/schedule.ts';

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
    ['0 25 * * *', 'hour'],
    ['60 3 * * *', 'minute'],
    ['0 0 31 2 *', 'never fires'],
    ['0 3 * *', 'five fields'],
    ['0 0 3 * * *', 'five fields'],
    ['0 3 L * *', 'five fields'],
    ['0 3 * * 5#2', 'five fields'],
    ['@reboot', 'five fields'],
    ['0 3 * * *\n', 'five fields'],
    ['% * * * *', 'five fields'],
  ])('%j is refused, naming %s', (schedule, want) =>
    expect(scheduleProblem(schedule)).toContain(want),
  );
});
