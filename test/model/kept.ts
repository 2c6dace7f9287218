/**
 * Prints the ids that a prune keeps, for tests in shell.
 * Arguments: rules as JSON, now, and the backups, in seconds since 1970.
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

const [rules, now, ...times] = process.argv.slice(2);
const backups = [...new Set(times)].map((at) => ({
  at: Number(at),
  bytes: 1000,
  isDamaged: false,
}));
const { left } = afterPrune({ ...NO_RULES, ...JSON.parse(rules ?? '{}') }, backups, Number(now));
console.log(
  left
    .map(({ at }) => idOf(at))
    .sort()
    .join('\n'),
);
