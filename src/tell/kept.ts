import type { Keep } from '../plan/plan.ts';
import { runsBackwards } from '../read/schedule.ts';

/** How many backups there are when every run succeeded for years. */
export interface Kept {
  readonly count: number;
  /** The rules reach further back than was looked. */
  readonly isMore: boolean;
}

const DAY_S = 86400;

/** Retention as the script does it, played through on a schedule. */
export function countKept(keep: Keep, schedule: string): Kept {
  const counters = RULES.map((period) => ({ period, left: keep[period.rule], last: Number.NaN }));
  const { days, times } = runsBackwards(schedule);
  const newest = (days[0] ?? 0) + (times[0] ?? 0);
  const isYoung = (run: number) => run > newest - keep.days * DAY_S;
  let count = 0;
  let position = 0;
  for (const day of days) {
    for (const time of times) {
      const run = day + time;
      position += 1;
      let isKept = position <= keep.last || isYoung(run);
      let isOpen = isKept;
      for (const counter of counters) {
        if (counter.left === 0) continue;
        isOpen = true;
        const period = counter.period.of(run);
        if (period === counter.last) continue;
        counter.last = period;
        counter.left -= 1;
        isKept = true;
      }
      if (!isOpen) return { count, isMore: false };
      if (isKept) count += 1;
      // The rules that are left keep one of a day at most: the newest, which has been seen.
      if (position >= keep.last && !isYoung(run) && counters[0]?.left === 0) break;
    }
  }
  return { count, isMore: true };
}

/** Calendar rules, and the number of the period that a moment lies in. */
const RULES: readonly {
  readonly rule: 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';
  readonly of: (seconds: number) => number;
}[] = [
  { rule: 'hourly', of: (seconds) => Math.floor(seconds / 3600) },
  { rule: 'daily', of: (seconds) => Math.floor(seconds / DAY_S) },
  // 1970-01-01 was a Thursday; weeks begin on Monday.
  { rule: 'weekly', of: (seconds) => Math.floor((seconds / DAY_S + 3) / 7) },
  { rule: 'monthly', of: monthOf },
  { rule: 'yearly', of: (seconds) => Math.floor(monthOf(seconds) / 12) },
];

function monthOf(seconds: number): number {
  const date = new Date(seconds * 1000);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}
