/**
 * Prints random rules and histories, and the ids that a prune keeps of them, for tests in
 * shell: `RULES|HISTORY|IDS`, a line each. Arguments: now, in seconds since 1970, and how
 * many.
 */
import { afterPrune, idOf, type Rules } from './retention.ts';

const NO_RULES: Omit<Rules, 'last'> = {
  days: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  longestGapS: Infinity,
  shrinkLimitPercent: 100,
};

/** From 1 to most. */
const some = (most: number) => 1 + Math.floor(Math.random() * most);

const [now = 0, count = 0] = process.argv.slice(2).map(Number);
for (let round = 0; round < count; round++) {
  const chosen = Object.entries({
    hourly: some(30),
    daily: some(10),
    weekly: some(6),
    monthly: some(8),
    yearly: some(3),
    days: some(20),
  }).filter(() => Math.random() < 0.5);
  const { days = 0, ...keep }: Partial<Rules> & { last: number } = {
    last: some(5),
    ...Object.fromEntries(chosen),
  };
  const span = 10 ** (3 + Math.random() * 5);
  const times = Array.from({ length: 5 + Math.random() * 60 }, () =>
    Math.floor(now - Math.random() * span),
  );
  const backups = [...new Set(times)].map((at) => ({ at, bytes: 1000, isDamaged: false }));
  const { left } = afterPrune({ ...NO_RULES, ...keep, days }, backups, now);
  const table = Object.entries(keep).map(([key, value]) => `${key} = ${value}`);
  const rules = `${table.join(', ')} }${days > 0 ? `; retention_days = ${days}` : ''}`;
  const ids = left.map(({ at }) => idOf(at)).sort();
  console.log([rules, times.join(' '), ids.join(' ')].join('|'));
}
