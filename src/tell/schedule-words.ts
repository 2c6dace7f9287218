import { type Fields, readFields } from '../read/schedule-fields.ts';

/** `0 3 * * *` to `at 03:00, every day`; of a good schedule. */
export function describeSchedule(schedule: string): string {
  const fields = readFields(schedule);
  return [describeTimes(fields), describeDays(fields), ...describeMonths(fields)].join(', ');
}

/** More than these are not read one by one; then the fields say it shorter. */
const FEW = 6;

function describeTimes({ minutes, hours, written: [minute = '', hour = ''] }: Fields): string {
  const step = stepOf(minutes, 60);
  if (hours.length === 24) {
    if (step === 1) return 'every minute';
    if (step !== undefined) return `every ${step} minutes`;
    return minutes.length <= FEW
      ? `at ${these('minute', minutes.map(String))} of every hour`
      : `at the minutes '${minute}' of every hour`;
  }
  if (minutes.length * hours.length < FEW) {
    const times = hours.flatMap((h) => minutes.map((m) => `${twoDigits(h)}:${twoDigits(m)}`));
    return `at ${joined(times)}`;
  }
  const hourStep = stepOf(hours, 24);
  const [first = 0, ...more] = minutes;
  if (hourStep !== undefined && more.length === 0) {
    return `every ${hourStep} hours, at minute ${first}`;
  }
  const inHours = hours.length <= FEW ? these('hour', hours.map(String)) : `the hours '${hour}'`;
  if (step === 1) return `every minute of ${inHours}`;
  if (step !== undefined) return `every ${step} minutes of ${inHours}`;
  return minutes.length <= FEW
    ? `at ${these('minute', minutes.map(String))} of ${inHours}`
    : `at the minutes '${minute}' of ${inHours}`;
}

/** The distance between values that go round a clock evenly from 0. */
function stepOf(values: readonly number[], size: number): number | undefined {
  const step = size / values.length;
  return values.length > 1 && values.every((value, i) => value === i * step) ? step : undefined;
}

function describeDays({ dates, weekdays, needsBothDays, written }: Fields): string {
  const [, , date = '', , weekday = ''] = written;
  const isDate = dates.length < 31;
  const isWeekday = weekdays.length < 7;
  const inDates =
    dates.length <= FEW
      ? `on ${these('day', dates.map(String))} of the month`
      : `on the days '${date}' of the month`;
  const inWeekdays =
    weekdays.length <= FEW ? `on ${joined(named(weekdays, WEEKDAYS))}` : `on the days '${weekday}'`;
  if (isDate && isWeekday)
    return `${inDates}${needsBothDays ? ' if it is ' : ', or '}${inWeekdays}`;
  if (!isDate && !isWeekday) return 'every day';
  if (!needsBothDays) return 'every day';
  return isDate ? inDates : inWeekdays;
}

function describeMonths({ months }: Fields): string[] {
  return months.length === 12 ? [] : [`in ${joined(named(months, MONTHS))}`];
}

const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
const MONTHS =
  ' January February March April May June July August September October November December'.split(
    ' ',
  );

/** Names; of three and more in a row, the first and the last. */
function named(values: readonly number[], names: readonly string[]): string[] {
  const starts = values.filter((value) => !values.includes(value - 1));
  return starts.flatMap((start) => {
    let end = start;
    while (values.includes(end + 1)) end += 1;
    const name = (value: number) => names[value] ?? '';
    if (end - start > 1) return [`${name(start)} to ${name(end)}`];
    return end === start ? [name(start)] : [name(start), name(end)];
  });
}

function these(noun: string, values: readonly string[]): string {
  return `${noun}${values.length === 1 ? '' : 's'} ${joined(values)}`;
}

/** `a`, `a and b`, `a, b and c`. */
function joined(words: readonly string[]): string {
  const [last = '', ...before] = [...words].reverse();
  return before.length === 0 ? last : `${before.reverse().join(', ')} and ${last}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
