import { hint } from './nearest.ts';

/** The words that Debian, Alpine and RHEL take, as five fields. `@reboot` is no time. */
export const WORDS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

interface Field {
  readonly noun: string;
  readonly min: number;
  readonly max: number;
  /** The first one stands for `min`. */
  readonly names: readonly string[];
}

const FIELDS: readonly Field[] = [
  { noun: 'minute', min: 0, max: 59, names: [] },
  { noun: 'hour', min: 0, max: 23, names: [] },
  { noun: 'day of month', min: 1, max: 31, names: [] },
  {
    noun: 'month',
    min: 1,
    max: 12,
    names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
  },
  { noun: 'day of week', min: 0, max: 7, names: 'sun mon tue wed thu fri sat'.split(' ') },
];

/** What not every cron(8) takes alike in a schedule, or undefined. */
export function fieldsProblem(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return wordProblem(schedule);
  const written = schedule.split(/ +/);
  if (written.length !== FIELDS.length || written.includes('')) {
    const seconds = written.length === 6 ? '; it knows no seconds' : '';
    return `expected five fields as cron(8) takes them, such as '0 3 * * *', or '@daily', got '${schedule}'${seconds}`;
  }
  return (
    written
      .map((text, i) => itemsProblem(text, FIELDS[i]))
      .find((problem) => problem !== undefined) ?? starsProblem(written)
  );
}

/** Are there two restrictions on the day, of which either will do? */
export function hasTwoDayFields(schedule: string): boolean {
  const [, , date = '*', , weekday = '*'] = schedule.split(/ +/);
  return date !== '*' && weekday !== '*';
}

/** Every minute of the day at which a schedule's first two fields let it run, in seconds, ascending. */
export function timesOfDay([minute = '', hour = '']: readonly string[]): number[] {
  return valuesOf(hour, FIELDS[1]).flatMap((h) =>
    valuesOf(minute, FIELDS[0]).map((m) => h * 3600 + m * 60),
  );
}

/** The values that a good field allows, ascending. */
function valuesOf(text: string, field: Field | undefined): number[] {
  if (field === undefined) return [];
  const all = text.split(',').flatMap((item) => {
    const { from, to, step } = rangeOf(item, field);
    return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
  });
  return [...new Set(all)].sort((one, other) => one - other);
}

function rangeOf(item: string, field: Field): { from: number; to: number; step: number } {
  const [range = '', step = '1'] = item.split('/');
  const [first = '', last = first] =
    range === '*' ? [String(field.min), String(field.max)] : range.split('-');
  return { from: valueOf(first, field), to: valueOf(last, field), step: Number(step) };
}

function wordProblem(schedule: string): string | undefined {
  const words = Object.keys(WORDS);
  return words.includes(schedule)
    ? undefined
    : `expected five fields such as '0 3 * * *', or one of ${words.join(', ')}, got '${schedule}'${hint(schedule, words)}`;
}

function itemsProblem(text: string, field: Field | undefined): string | undefined {
  if (field === undefined) return undefined;
  return text
    .split(',')
    .map((item) => itemProblem(item, field))
    .find((problem) => problem !== undefined);
}

/** Of `*`, `5`, `1-5`, `*` with a step, `1-5/2`, with names for months and days. */
function itemProblem(item: string, field: Field): string | undefined {
  const { noun, min, max } = field;
  const [, range = '', step] = /^([^/]+)(?:\/([0-9]+))?$/.exec(item) ?? [];
  const [first, last, ...more] = range === '*' ? [String(min), String(max)] : range.split('-');
  const ends = [first, last].filter((end) => end !== undefined);
  const values = ends.map((end) => valueOf(end, field));
  const [from = Number.NaN, to = from] = values;
  if (more.length > 0 || values.some(Number.isNaN)) {
    return `${noun} '${item}' is not one that every cron(8) takes, expected ${expected(field)}`;
  }
  const beyond = values.find((value) => value < min || value > max);
  if (beyond !== undefined) return `${noun} ${beyond} is out of range, expected ${min}-${max}`;
  if (from > to) {
    return `${noun} '${item}' runs backwards, expected two ranges: ${from}-${max},${min}-${to}`;
  }
  if (step === undefined) return undefined;
  if (last === undefined) {
    return `${noun} '${item}' has a step but no range, expected ${from}-${max}/${step}`;
  }
  return Number(step) < 1 || Number(step) > max
    ? `${noun} step ${step} is out of range, expected 1-${max}`
    : undefined;
}

function valueOf(text: string, { min, names }: Field): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return min + named;
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : Number.NaN;
}

function expected({ min, max, names }: Field): string {
  const [first] = names;
  const named = first === undefined ? '' : ` or ${first}-${names.at(-1)}`;
  return `numbers ${min}-${max}${named}, ranges '1-5', lists '1,3' or steps '*/2'`;
}

/** Debian and RHEL take a day field that begins with a star for no restriction, Alpine does not. */
function starsProblem([, , date = '*', , weekday = '*']: readonly string[]): string | undefined {
  const isStarred = [date, weekday].some((field) => /^\*./.test(field));
  return isStarred && date !== '*' && weekday !== '*'
    ? `day of month '${date}' with day of week '${weekday}' means other days on Debian than on Alpine; write the starred one as a range, such as '1-31/2'`
    : undefined;
}
