import { type Fields, fieldsProblem, hasTwoDayFields, readFields } from './schedule-fields.ts';

/** Any moment will do to find out whether, and how often, a schedule fires; a fixed one keeps the output the same. */
const EPOCH_S = Date.UTC(2001, 0, 1) / 1000;
const DAY_S = 86400;
/** Long enough to hold every leap day there is between two. */
const DAYS = 12 * 366;

/** What is wrong with a schedule, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  const problem = fieldsProblem(schedule);
  if (problem !== undefined) return problem;
  const fields = readFields(schedule);
  return !isEveryDay(fields) && daysOf(fields).length === 0
    ? 'never fires; to switch a plan off, set enabled = false'
    : undefined;
}

/** What may surprise in a good schedule, or undefined. */
export function scheduleNote(schedule: string): string | undefined {
  return hasTwoDayFields(schedule)
    ? "runs on the days of either day field: cron(8) joins day of month and day of week by 'or'"
    : undefined;
}

/**
 * The longest time between two runs, in seconds: the largest gap within a day, or
 * the one from the last run of a day to the first of the next day with runs.
 */
export function longestGap(schedule: string): number {
  const { times, days } = rhythm(schedule);
  return Math.max(...steps(times), Math.max(...steps(days)) - span(times));
}

/** The shortest time between two runs, in seconds. */
export function shortestGap(schedule: string): number {
  const { times, days } = rhythm(schedule);
  return Math.min(...steps(times), Math.min(...steps(days)) - span(times));
}

/** The next runs after a moment, as a clock in UTC shows them. */
export function nextRuns(schedule: string, after: Date, count: number): Date[] {
  const fields = readFields(schedule);
  const times = timesOfDay(fields);
  const found: Date[] = [];
  const midnight = after.getTime() - (after.getTime() % (DAY_S * 1000));
  for (let day = 0; day < DAYS && found.length < count; day += 1) {
    const date = new Date(midnight + day * DAY_S * 1000);
    if (!firesOn(fields, dayOf(date))) continue;
    const runs = times.map((time) => new Date(date.getTime() + time * 1000));
    found.push(...runs.filter((run) => run > after));
  }
  return found.slice(0, count);
}

/**
 * Twelve years that are over, the newest first, in seconds: the days with runs since the
 * epoch, and the times at which all of them have runs.
 */
export function runsBackwards(schedule: string): { days: number[]; times: number[] } {
  const fields = readFields(schedule);
  return { days: [...daysOf(fields)].reverse(), times: timesOfDay(fields).reverse() };
}

/** All days on which a schedule fires have the same times, in seconds; both ascend. */
function rhythm(schedule: string): {
  readonly times: readonly number[];
  readonly days: readonly number[];
} {
  const fields = readFields(schedule);
  return {
    times: timesOfDay(fields),
    days: isEveryDay(fields) ? [0, DAY_S] : daysOf(fields),
  };
}

function isEveryDay({ months, dates, weekdays, needsBothDays }: Fields): boolean {
  const [isDate, isWeekday] = [dates.length === 31, weekdays.length === 7];
  return months.length === 12 && (needsBothDays ? isDate && isWeekday : isDate || isWeekday);
}

function timesOfDay({ hours, minutes }: Fields): number[] {
  return hours.flatMap((hour) => minutes.map((minute) => hour * 3600 + minute * 60));
}

/** The days of twelve years on which it fires, in seconds since the epoch, ascending. */
function daysOf(fields: Fields): readonly number[] {
  const key = fields.written.slice(2).join(' ');
  const days = known.get(key) ?? findDays(fields);
  known.set(key, days);
  return days;
}

/** Each schedule is asked several times, and there may be hundreds. */
const known = new Map<string, readonly number[]>();

function findDays(fields: Fields): number[] {
  calendar ??= Array.from({ length: DAYS }, (_, i) =>
    dayOf(new Date((EPOCH_S + i * DAY_S) * 1000)),
  );
  return calendar.flatMap((day, i) => (firesOn(fields, day) ? [EPOCH_S + i * DAY_S] : []));
}

/** Made once, and for most environments asked often. */
let calendar: readonly Day[] | undefined;

interface Day {
  readonly month: number;
  readonly date: number;
  readonly weekday: number;
}

function dayOf(date: Date): Day {
  return { month: date.getUTCMonth() + 1, date: date.getUTCDate(), weekday: date.getUTCDay() };
}

function firesOn(fields: Fields, { month, date, weekday }: Day): boolean {
  if (!fields.months.includes(month)) return false;
  const isDate = fields.dates.includes(date);
  const isWeekday = fields.weekdays.includes(weekday);
  return fields.needsBothDays ? isDate && isWeekday : isDate || isWeekday;
}

function steps(ascending: readonly number[]): number[] {
  return ascending.slice(1).map((value, i) => value - (ascending[i] ?? value));
}

function span(ascending: readonly number[]): number {
  return (ascending.at(-1) ?? 0) - (ascending[0] ?? 0);
}
