import type { Machine } from './plan.ts';

/** The lines of a user's crontab. They hold nothing but a schedule and safe words: a `%` would cut them. */
export function crontabLines({ plans, installPath, logPath }: Machine): string[] {
  const log = logPath === '' ? '' : ` >>${logPath} 2>&1`;
  return plans
    .filter(({ enabled }) => enabled)
    .map(({ name, schedule }) => `${schedule} ${installPath} run ${name}${log}`);
}
