/**
 * What retention must do, from the contract's words alone: no line of this was
 * made by reading the script. Slow and plain on purpose.
 */

export interface Backup {
  /** Of its start, in seconds since 1970; its id says the same. */
  readonly at: number;
  readonly bytes: number;
  readonly isDamaged: boolean;
}

export interface Rules {
  readonly last: number;
  readonly days: number;
  readonly hourly: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
  readonly yearly: number;
  /** The longest gap of the schedule. */
  readonly longestGapS: number;
  readonly shrinkLimitPercent: number;
}

/** What outlives a run: has retention stopped, and up to where has a person looked? */
export interface Memory {
  readonly hasStopped: boolean;
  readonly acknowledged: number;
  /** The time of day when retention was last applied, in an uptime that did not move. */
  readonly clockAt?: number;
}

export interface Outcome {
  readonly memory: Memory;
  readonly left: readonly Backup[];
}

const DAY_S = 86400;

export const FRESH: Memory = { hasStopped: false, acknowledged: -Infinity };

export function idOf(at: number): string {
  return new Date(at * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
}

/** What there is after a run that published `made`, the last of `backups`, at its time. */
export function afterRun(
  rules: Rules,
  backups: readonly Backup[],
  made: Backup,
  memory: Memory,
): Outcome {
  const hasStopped = memory.hasStopped || looksWrong(rules, backups, made, memory);
  const pauseS = 2 * rules.longestGapS; // no longer one makes anything older by itself
  return hasStopped
    ? { memory: { ...memory, hasStopped }, left: backups }
    : {
        memory: { ...memory, hasStopped, clockAt: made.at },
        left: backups.filter(isLeft(rules, backups, made.at, pauseS)),
      };
}

/** What there is after a person's `prune`: rules hold, and what there is has been looked at. */
export function afterPrune(rules: Rules, backups: readonly Backup[], now: number): Outcome {
  const left = backups.filter(isLeft(rules, backups, now));
  return {
    memory: {
      hasStopped: false,
      acknowledged: Math.max(-Infinity, ...left.map(({ at }) => at)),
      clockAt: now,
    },
    left,
  };
}

/** The backup that `latest` means. */
export function latest(backups: readonly Backup[], now: number): Backup | undefined {
  return valid(backups).filter(({ at }) => at <= now)[0];
}

/**
 * The newest that no rule, no clock and no person's prune may remove: of all, and of
 * those that are not from the future.
 */
export function floor(rules: Rules, backups: readonly Backup[], now: number): readonly Backup[] {
  const all = valid(backups);
  return [...all.slice(0, rules.last), ...all.filter(({ at }) => at <= now).slice(0, rules.last)];
}

/** Damaged ones count for nothing. Newest first. */
function valid(backups: readonly Backup[]): readonly Backup[] {
  return backups.filter(({ isDamaged }) => !isDamaged).sort((one, other) => other.at - one.at);
}

function looksWrong(
  rules: Rules,
  backups: readonly Backup[],
  made: Backup,
  memory: Memory,
): boolean {
  const others = valid(backups).filter((backup) => backup !== made);
  const newest = others[0];
  if (newest && newest.at > made.at && newest.at > memory.acknowledged) return true;
  const before = others.find(({ at }) => at < made.at);
  if (before === undefined) return false;
  const pauseS = made.at - before.at;
  const movedS = made.at - (memory.clockAt ?? made.at); // the machine itself stood still
  const hasJumped =
    pauseS > 2 * rules.longestGapS &&
    (movedS > Math.max(rules.longestGapS, DAY_S / 2) || pauseS > 366 * DAY_S);
  const hasShrunk = made.bytes < (before.bytes * (100 - rules.shrinkLimitPercent)) / 100;
  return hasJumped || hasShrunk;
}

/**
 * Which stay. Ages are measured from the newest that the clock has reached; a pause
 * between two counts as so many seconds at most.
 */
function isLeft(
  rules: Rules,
  backups: readonly Backup[],
  now: number,
  pauseS = Infinity,
): (backup: Backup) => boolean {
  const counted = valid(backups).filter(({ at }) => at <= now);
  const ages = new Map<Backup, number>();
  counted.reduce((age, backup, i) => {
    const passed = i === 0 ? 0 : (counted[i - 1]?.at ?? 0) - backup.at;
    ages.set(backup, age + Math.min(passed, pauseS));
    return age + Math.min(passed, pauseS);
  }, 0);
  const kept = new Set<Backup>([
    ...counted.slice(0, rules.last),
    ...counted.filter((backup) => (ages.get(backup) ?? 0) < rules.days * DAY_S),
    ...newestOfEach(counted, rules.hourly, (date) => date.toISOString().slice(0, 13)),
    ...newestOfEach(counted, rules.daily, (date) => date.toISOString().slice(0, 10)),
    ...newestOfEach(counted, rules.weekly, mondayOf),
    ...newestOfEach(counted, rules.monthly, (date) => date.toISOString().slice(0, 7)),
    ...newestOfEach(counted, rules.yearly, (date) => date.toISOString().slice(0, 4)),
  ]);
  return (backup) => backup.isDamaged || backup.at > now || kept.has(backup);
}

/** The newest backup of each of the newest `limit` periods that have one. */
function newestOfEach(
  newestFirst: readonly Backup[],
  limit: number,
  periodOf: (date: Date) => string,
): readonly Backup[] {
  const found = new Map<string, Backup>();
  for (const backup of newestFirst) {
    const period = periodOf(new Date(backup.at * 1000));
    if (!found.has(period)) found.set(period, backup);
  }
  return [...found.values()].slice(0, limit);
}

/** The day of the Monday that a week begins with. */
function mondayOf(date: Date): string {
  const monday = new Date(date);
  while (monday.getUTCDay() !== 1) monday.setUTCDate(monday.getUTCDate() - 1);
  return monday.toISOString().slice(0, 10);
}
