import type { Machine } from './plan.ts';

/** The lines of a user's crontab. They hold nothing but a schedule and safe words: a `%` would cut them. */
export function crontabLines(machine: Machine): string[] {
  const { plans, installPath, logPath, drillSchedule } = machine;
  const log = logPath === '' ? '' : ` >>${logPath} 2>&1`;
  const enabled = plans.filter((plan) => plan.enabled);
  return [
    ...enabled.map(({ name, schedule }) => `${schedule} ${installPath} run ${name}${log}`),
    ...(drillSchedule === '' || enabled.length === 0
      ? []
      : [`${drillSchedule} ${installPath} drill${log}`]),
  ];
}
