import { Cron } from 'croner';
import { fieldsProblem, hasTwoDayFields, timesOfDay, WORDS } from './schedule-fields.ts';

/** Any moment will do to find out whether, and how often, a schedule fires; a fixed one keeps the output the same. */
const EPOCH_S = Date.UTC(2001, 0, 1) / 1000;
const DAY_S = 86400;
/** Long enough to hold every leap day there is between two. */
const YEARS_S = 12 * 366 * DAY_S;

/** What is wrong with a schedule, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  const problem = fieldsProblem(schedule);
  if (problem !== undefined) return problem;
  const isDaily = fields(schedule).endsWith(' * * *');
  return !isDaily && runs(schedule, YEARS_S, 1).length === 0
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
  return cron(schedule).nextRuns(count, after);
}

/** The runs of twelve years that are over, the newest first, in seconds since the epoch. */
export function* runsBackwards(schedule: string): Generator<number> {
  const all = fields(schedule).split(/ +/);
  const times = timesOfDay(all).reverse();
  for (const day of runs(`0 0 ${all.slice(2).join(' ')}`, YEARS_S).reverse()) {
    for (const time of times) yield day + time;
  }
}

/** All days on which a schedule fires have the same times, in seconds; both ascend. */
function rhythm(schedule: string): { readonly times: number[]; readonly days: number[] } {
  const all = fields(schedule).split(/ +/);
  const date = all.slice(2).join(' ');
  return {
    times: timesOfDay(all),
    days: date === '* * *' ? [0, DAY_S] : runs(`0 0 ${date}`, YEARS_S),
  };
}

/** The first runs within so many seconds, as seconds since the epoch. */
function runs(schedule: string, withinS: number, count = 5000): number[] {
  const first = new Date((EPOCH_S - 1) * 1000);
  const all = cron(schedule, new Date((EPOCH_S + withinS) * 1000)).nextRuns(count, first);
  return all.map((run) => run.getTime() / 1000);
}

function cron(schedule: string, stopAt?: Date): Cron {
  return new Cron(fields(schedule), {
    utcOffset: 0, // not timezone: 'UTC', which would load Intl for it
    // Two day fields mean "either" to cron; croner's default, named because it matters.
    domAndDow: false,
    ...(stopAt === undefined ? {} : { stopAt }),
  });
}

function fields(schedule: string): string {
  return WORDS[schedule] ?? schedule;
}

function steps(ascending: readonly number[]): number[] {
  return ascending.slice(1).map((value, i) => value - (ascending[i] ?? value));
}

function span(ascending: readonly number[]): number {
  return (ascending.at(-1) ?? 0) - (ascending[0] ?? 0);
}
