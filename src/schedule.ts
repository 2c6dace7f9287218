import { Cron } from 'croner';

const WORDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** What every cron(8) takes: digits, names, lists, ranges and steps; no `L`, `W`, `#` or `?`. */
const FIELDS =
  /^[0-9*,/-]+ +[0-9*,/-]+ +[0-9*,/-]+ +([0-9*,/-]|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)+ +([0-9*,/-]|sun|mon|tue|wed|thu|fri|sat)+$/i;

/** Any moment will do to find out whether, and how often, a schedule fires; a fixed one keeps the output the same. */
const EPOCH_S = Date.UTC(2001, 0, 1) / 1000;
const DAY_S = 86400;
/** Long enough to hold every leap day there is between two. */
const YEARS_S = 12 * 366 * DAY_S;

/** What is wrong with a schedule, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule in WORDS) return undefined;
  if (!FIELDS.test(schedule)) {
    return "expected five fields as cron(8) takes them, such as '0 3 * * *', or '@daily'";
  }
  try {
    return runs(schedule, YEARS_S, 1).length === 0
      ? 'never fires; to switch a plan off, set enabled = false'
      : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : '';
    return `not a schedule that cron(8) takes: ${reason}`;
  }
}

/**
 * The longest time between two runs, in seconds. All days on which a schedule
 * fires have the same times, so it is the largest gap within a day, or the one
 * from the last run of a day to the first of the next such day.
 */
export function longestGap(schedule: string): number {
  const [minute = '', hour = '', ...date] = fields(schedule).split(/ +/);
  const times = runs(`${minute} ${hour} * * *`, DAY_S);
  const isDaily = date.every((field) => field === '*');
  const days = runs(`0 0 ${date.join(' ')}`, isDaily ? 2 * DAY_S : YEARS_S);
  const overnight = largestStep(days) - ((times.at(-1) ?? 0) - (times[0] ?? 0));
  return Math.max(largestStep(times), overnight);
}

/** The first runs within so many seconds, as seconds since the epoch. */
function runs(schedule: string, withinS: number, count = 5000): number[] {
  const cron = new Cron(fields(schedule), {
    utcOffset: 0, // not timezone: 'UTC', which would load Intl for it
    // Two day fields mean "either" to cron; croner's default, named because it matters.
    domAndDow: false,
    stopAt: new Date((EPOCH_S + withinS) * 1000),
  });
  return cron.nextRuns(count, new Date((EPOCH_S - 1) * 1000)).map((run) => run.getTime() / 1000);
}

function fields(schedule: string): string {
  return WORDS[schedule] ?? schedule;
}

function largestStep(ascending: readonly number[]): number {
  return ascending.reduce(
    (largest, value, i) => Math.max(largest, value - (ascending[i - 1] ?? value)),
    0,
  );
}
