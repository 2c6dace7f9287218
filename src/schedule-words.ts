import cronstrue from 'cronstrue';
import { WORDS } from './schedule-fields.ts';

/** `0 3 * * *` to `at 03:00, every day`. */
export function describeSchedule(schedule: string): string {
  const said = cronstrue.toString(WORDS[schedule] ?? schedule, {
    use24HourTimeFormat: true,
    verbose: true,
  });
  const words = said.replace(', every hour, every day', '').replace(', and on ', ', or on '); // cron's "or"
  return words.charAt(0).toLowerCase() + words.slice(1);
}

/** So many seconds to `5 minutes`, `4 hours` or `7 days`. */
export function describeDuration(seconds: number): string {
  const [size, noun] = UNITS.find(([unit]) => seconds >= unit && seconds % unit === 0) ?? [
    1,
    'second',
  ];
  const count = seconds / size;
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

const UNITS: readonly (readonly [number, string])[] = [
  [86400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];
