import type { Machine, Plan } from '../plan/plan.ts';
import { quote } from './quote.ts';

/** Settings that not every environment has. */
export function moreSettings({
  drillOverdueMin,
  logPath,
  metricsPath,
  otherSchedule,
  hooks,
}: Machine) {
  const paths = [
    { name: 'DRILL_OVERDUE_MIN', value: drillOverdueMin === 0 ? '' : `${drillOverdueMin}` },
    { name: 'LOG_PATH', value: logPath },
    { name: 'METRICS_PATH', value: metricsPath },
    { name: 'OTHER_SCHEDULE', value: otherSchedule },
  ];
  const pauses = hooks.quiesce !== '' || hooks.resume !== '';
  return [
    ...paths.filter(({ name, value }) => value !== '' || name === 'LOG_PATH'),
    ...Object.entries(hooks)
      .filter(([name, code]) => code !== '' || (pauses && /^(quiesce|resume)$/.test(name)))
      .map(([name, value]) => ({ name: hookSetting(name), value })),
  ];
}

/** Where a hook's code stands: `on_failure` in ON_FAILURE, `quiesce` in ON_QUIESCE. */
export function hookSetting(name: string): string {
  return `ON_${name.replace(/^on_/, '').toUpperCase()}`;
}

/** Of the files that a compressor makes; `auto` is what the machine has. */
const SUFFIXES = { auto: 'auto', zstd: '.zst', gzip: '.gz', xz: '.xz', none: "''" } as const;

/** Settings of a plan, a line each. */
function settingsOf(plan: Plan, plans: readonly Plan[]): string[] {
  const { keep } = plan;
  return [
    `TYPE=${quote(plan.type)}`,
    ...(plans.some(({ enabled }) => !enabled) ? [`ENABLED=${plan.enabled ? 'yes' : 'no'}`] : []),
    `LONGEST_GAP_S=${plan.longestGapS} OVERDUE_AFTER_MIN=${plan.overdueAfterMin} # ${plan.schedule}`,
    `KEEP_LAST=${keep.last} KEEP_DAYS=${keep.days}`,
    ...(plans.some(hasCalendar) ? [`KEEP_CALENDAR=${quote(calendarOf(plan).join(' '))}`] : []),
    `SHRINK_LIMIT_PERCENT=${plan.shrinkLimitPercent}`,
    ...(plans.some(({ fullEveryS }) => fullEveryS > 0)
      ? [`FULL_EVERY_S=${plan.fullEveryS} FORMAT=${plan.fullEveryS > 0 ? 3 : 2} # of MANIFEST`]
      : []),
    `SUFFIX=${SUFFIXES[plan.compression]} LEVEL=${quote(plan.compressionLevel)} # of what is compressed`,
    `VERIFY=${quote(plan.verify)}`,
    `MAX_DURATION_S=${plan.maxDurationS} # of a run, a drill or a verify`,
    `NICE=${plan.nice ? 'yes' : 'no'}`,
    ...followOf(plan, plans),
  ];
}

/** What `follow` must know; where no plan is continuous, nothing. */
function followOf({ follows }: Plan, plans: readonly Plan[]): string[] {
  const [follow] = follows;
  if (follow === undefined) return plans.some(isContinuous) ? ["FOLLOWED=''"] : [];
  const { path, intervalS, changesS, maxWalKb } = follow;
  return [
    `FOLLOWED=${quote(path)}`,
    // A look takes its time, too.
    `LOOK_EVERY_S=${(intervalS * 9) / 10} BEHIND_MOST_S=${Math.max(60, 10 * intervalS)}`,
    `CHANGES_S=${changesS} MAX_WAL_KB=${maxWalKb}`,
  ];
}

export const isContinuous = ({ follows }: Plan) => follows.length > 0;

/** The rules of retention that go by the calendar, and how much each keeps. */
function calendarOf({ keep }: Plan): string[] {
  return (['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const)
    .filter((rule) => keep[rule] > 0)
    .map((rule) => `${rule} ${keep[rule]}`);
}

const hasCalendar = (plan: Plan) => calendarOf(plan).length > 0;

/** What all plans have alike stands once. */
export function viewSettings(plans: readonly Plan[]) {
  const all = plans.map((plan) => settingsOf(plan, plans));
  const common = (all[0] ?? []).filter((line) => all.every((lines) => lines.includes(line)));
  return {
    common,
    own: (plan: Plan) => settingsOf(plan, plans).filter((line) => !common.includes(line)),
  };
}
