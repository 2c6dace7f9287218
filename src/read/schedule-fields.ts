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

/** A good schedule: what each field allows, ascending. */
export interface Fields {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Days of the month. */
  readonly dates: readonly number[];
  readonly months: readonly number[];
  /** From 0, Sunday. */
  readonly weekdays: readonly number[];
  /** A day must be in both; else, where both day fields are written, in either. */
  readonly needsBothDays: boolean;
  /** As they are written, without leading zeros, in numbers. */
  readonly written: readonly string[];
}

interface Field {
  readonly noun: string;
  readonly min: number;
  readonly max: number;
  /** The first one stands for `min`. */
  readonly names: readonly string[];
}

const MINUTE: Field = { noun: 'minute', min: 0, max: 59, names: [] };
const HOUR: Field = { noun: 'hour', min: 0, max: 23, names: [] };
const DATE: Field = { noun: 'day of month', min: 1, max: 31, names: [] };
const MONTH: Field = {
  noun: 'month',
  min: 1,
  max: 12,
  names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
};
const WEEKDAY: Field = {
  noun: 'day of week',
  min: 0,
  max: 6,
  names: 'sun mon tue wed thu fri sat'.split(' '),
};

const FIELDS = [MINUTE, HOUR, DATE, MONTH, WEEKDAY];

/**
 * What Debian's cron, RHEL's cronie and Alpine's busybox crond do not take alike in a
 * schedule, and what to write instead; or undefined. test/unit/crons.test.ts asks them.
 */
export function fieldsProblem(schedule: string): string | undefined {
  if (schedule.startsWith('@')) return wordProblem(schedule);
  const written = schedule.split(/ +/);
  if (written.length !== FIELDS.length || written.some((text) => /^$|\t/.test(text))) {
    return countProblem(schedule);
  }
  return (
    written
      .map((text, i) => itemsProblem(text, FIELDS[i] ?? MINUTE))
      .find((problem) => problem !== undefined) ?? daysProblem(written)
  );
}

/** Are there two restrictions on the day, of which either will do? */
export function hasTwoDayFields(schedule: string): boolean {
  const [, , date = '*', , weekday = '*'] = schedule.split(/ +/);
  return date !== '*' && weekday !== '*';
}

/** The fields of a good schedule. */
export function readFields(schedule: string): Fields {
  const written = (WORDS[schedule] ?? schedule).split(/ +/);
  const [minute = '', hour = '', date = '', month = '', weekday = ''] = written;
  return {
    minutes: valuesOf(minute, MINUTE),
    hours: valuesOf(hour, HOUR),
    dates: valuesOf(date, DATE),
    months: valuesOf(month, MONTH),
    weekdays: valuesOf(weekday, WEEKDAY),
    needsBothDays: date.startsWith('*') || weekday.startsWith('*'),
    written: written.map((text, i) => inNumbers(text, FIELDS[i] ?? MINUTE)),
  };
}

/** The values that a good field allows, ascending. */
function valuesOf(text: string, field: Field): number[] {
  const all = text.split(',').flatMap((item) => {
    const { from, to, step } = rangeOf(item, field);
    return valuesIn(from, to, step);
  });
  return [...new Set(all)].sort((one, other) => one - other);
}

function valuesIn(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => from + i * step);
}

function rangeOf(item: string, field: Field): { from: number; to: number; step: number } {
  const [range = '', step = '1'] = item.split('/');
  const [first = '', last = first] =
    range === '*' ? [String(field.min), String(field.max)] : range.split('-');
  return { from: valueOf(first, field), to: valueOf(last, field), step: Number(step) };
}

function inNumbers(text: string, field: Field): string {
  return text.replace(/[a-z]+|[0-9]+/gi, (word) => String(valueOf(word, field)));
}

function wordProblem(schedule: string): string | undefined {
  const words = Object.keys(WORDS);
  return words.includes(schedule)
    ? undefined
    : `expected five fields such as '0 3 * * *', or one of ${words.join(', ')}, got '${schedule}'${hint(schedule, words)}`;
}

function countProblem(schedule: string): string {
  const clean = schedule.trim().split(/[ \t]+/);
  const meant = clean.join(' ');
  const more =
    meant !== schedule && fieldsProblem(meant) === undefined
      ? `; write '${meant}', with a blank between two fields, and no tab`
      : clean.length === 6
        ? '; it knows no seconds'
        : '';
  return `expected five fields as cron(8) takes them, such as '0 3 * * *', or '@daily', got '${schedule}'${more}`;
}

function itemsProblem(text: string, field: Field): string | undefined {
  const items = text.split(',');
  if (items.length > 1 && items.includes('*')) {
    const others = items.filter((item) => item !== '*').join(',');
    return `${field.noun} '${text}' is a list with every ${field.noun} in it; write '*', or '${others}'`;
  }
  return items.map((item) => itemProblem(item, field)).find((problem) => problem !== undefined);
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
  if (field === WEEKDAY && values.includes(7)) return sundayProblem(item, from, Number(step ?? 1));
  const beyond = values.find((value) => value < min || value > max);
  if (beyond !== undefined) return `${noun} ${beyond} is out of range, expected ${min}-${max}`;
  if (step !== undefined && (Number(step) < 1 || Number(step) > max)) {
    return `${noun} step ${step} is out of range, expected 1-${max}`;
  }
  if (from > to) {
    return step === undefined
      ? `${noun} '${item}' runs backwards, expected two ranges: ${span(from, max)},${span(min, to)}`
      : `${noun} '${item}' runs backwards, expected a list: ${around(from, to, Number(step), field)}`;
  }
  if (step === undefined) return undefined;
  return last === undefined
    ? `${noun} '${item}' has a step but no range, expected ${from}-${max}/${step}`
    : undefined;
}

/** busybox crond has no day 7: it runs on every day then. */
function sundayProblem(item: string, from: number, step: number): string {
  const days = valuesIn(from, 7, Math.max(1, step)).map((day) => day % 7);
  const all = [...new Set(days)].sort((one, other) => one - other);
  const instead =
    item === '7' ? "'0' or 'sun'" : all.length === 7 ? "'0-6'" : `'${withRanges(all).join(',')}'`;
  return `day of week '${item}' is every day on Alpine, which knows no day 7; Sunday is 0: write ${instead}`;
}

/** Ascending values, with what is in a row as a range. */
function withRanges(values: readonly number[]): string[] {
  const starts = values.filter((value) => !values.includes(value - 1));
  return starts.map((start) => {
    let end = start;
    while (values.includes(end + 1)) end += 1;
    return span(start, end);
  });
}

function span(from: number, to: number): string {
  return from === to ? String(from) : `${from}-${to}`;
}

/** From one value over the end to another one. */
function around(from: number, to: number, step: number, { min, max }: Field): string {
  const size = max - min + 1;
  const values = valuesIn(from, to + size, step);
  return values.map((value) => (value > max ? value - size : value)).join(',');
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

/**
 * With two day fields, either will do. Debian and RHEL take one that begins with a star
 * for no restriction, Alpine one that leaves out nothing.
 */
function daysProblem([, , date = '*', , weekday = '*']: readonly string[]): string | undefined {
  if (date === '*' || weekday === '*') return stepProblem(date);
  const both = `day of month '${date}' with day of week '${weekday}'`;
  const [starred, field] = weekday.includes('*') ? [weekday, WEEKDAY] : [date, DATE];
  if (starred.includes('*')) {
    const instead = starred.replaceAll('*', `${field.min}-${field.max}`);
    return `${both} means other days on Debian than on Alpine; write the starred one as a range, '${instead}', or as '*'`;
  }
  return valuesOf(weekday, WEEKDAY).length === 7
    ? `${both} is every day on Debian, and on Alpine only the days of month; write '*' as day of month, or as day of week`
    : undefined;
}

/** busybox crond counts the days of a starred step from 0. */
function stepProblem(date: string): string | undefined {
  const item = date.split(',').find((text) => text.startsWith('*/') && Number(text.slice(2)) > 1);
  if (item === undefined) return undefined;
  const { min, max } = DATE;
  const step = Number(item.slice(2));
  return `day of month '${item}' counts from 0 on Alpine, and from 1 elsewhere; write '${min}-${max}/${step}', or list the days: '${valuesIn(min, max, step).join(',')}'`;
}
