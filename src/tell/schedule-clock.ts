import { readFields } from '../read/schedule-fields.ts';

/** Hours in which a clock is put forward or back somewhere: by 3:59 it has been done in most zones. */
const RISKY = [1, 2, 3];

/**
 * What becomes of a schedule in the night when the clock changes, or undefined where
 * that does not matter. Read in the sources: Debian's cron and cronie know jobs with a
 * star in minute or hour, which they run by the clock as it is, from others, which they
 * make up for and do not repeat; busybox crond runs all by the clock.
 */
export function clockNote(schedule: string): string | undefined {
  const { hours, written } = readFields(schedule);
  const risky = hours.filter((hour) => RISKY.includes(hour));
  if (risky.length === 0 || hours.length === 24) return undefined;
  const isStarred = written.slice(0, 2).some((field) => field.startsWith('*'));
  return isStarred
    ? 'in the night when the clock changes, a run in the hour that is skipped or repeated is left out, or comes twice'
    : "in the night when the clock changes, busybox crond leaves a run in the hour that is skipped out, and makes one in the hour that is repeated twice; Debian's cron and cronie make it once";
}
