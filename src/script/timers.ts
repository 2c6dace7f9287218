import type { Machine } from '../plan/plan.ts';
import { readFields } from '../read/schedule-fields.ts';

/** What cron would run, for systemd: the end of a unit's name, what the script is called with, when. */
export interface Timer {
  readonly name: string;
  readonly words: string;
  readonly calendar: readonly string[];
}

/** As `crontabLines`. No plan's name begins with a colon. */
export function timersOf({ plans, drillSchedule }: Machine): Timer[] {
  const enabled = plans.filter((plan) => plan.enabled);
  return [
    ...enabled.map(({ name, schedule }) => ({
      name,
      words: `run ${name}`,
      calendar: onCalendar(schedule),
    })),
    // systemd starts no second one where it runs already.
    ...enabled
      .filter(({ follows }) => follows.length > 0)
      .map(({ name }) => ({
        name: `:follow-${name}`,
        words: `follow ${name}`,
        calendar: ['*-*-* *:*:00'],
      })),
    ...(drillSchedule === '' || enabled.length === 0
      ? []
      : [{ name: ':drill', words: 'drill', calendar: onCalendar(drillSchedule) }]),
  ];
}

/** Of systemd.time(7), lines of which any will do; each number is written out. */
export function onCalendar(schedule: string): string[] {
  const { minutes, hours, dates, months, weekdays, needsBothDays } = readFields(schedule);
  const time = `${list(hours, 24)}:${list(minutes, 60)}:00`;
  const month = list(months, 12);
  const date = list(dates, 31);
  const week = weekdays.length === 7 ? '' : `${weekdays.map((day) => WEEK[day]).join(',')} `;
  if (needsBothDays) return [`${week}*-${month}-${date} ${time}`];
  return date === '*' || week === ''
    ? [`*-${month}-* ${time}`]
    : [`*-${month}-${date} ${time}`, `${week}*-${month}-* ${time}`];
}

const WEEK = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function list(numbers: readonly number[], all: number): string {
  return numbers.length === all
    ? '*'
    : numbers.map((number) => `${number}`.padStart(2, '0')).join(',');
}
