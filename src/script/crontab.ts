import { posix } from 'node:path';
import type { Machine } from '../plan/plan.ts';
import type { Problem } from '../read/problems.ts';

/** Debian's crontab(1) refuses a table with a longer command; the other crons take more. */
export const CRON_TAKES = 998;

/** The longest of the commands in a machine's crontab. */
export function longestCommand(machine: Machine): string {
  const commands = crontabLines(machine).map((line) => line.slice(line.indexOf(' /') + 1));
  return commands.sort((one, other) => other.length - one.length)[0] ?? '';
}

/** What is wrong with the log when it is known where the script will live. */
export function crontabProblems(machine: Machine): Problem[] {
  const { logPath, installPath } = machine;
  const path = ['backup', 'log'];
  if (posix.normalize(logPath) === posix.normalize(installPath)) {
    return [{ path, message: 'is the place of the script itself; choose another' }];
  }
  const { length } = longestCommand(machine);
  return length > CRON_TAKES && logPath.length >= installPath.length
    ? [
        {
          path,
          message: `too long: it makes a crontab line with a command of ${length} characters, and cron takes ${CRON_TAKES}`,
        },
      ]
    : [];
}

/** The lines of a user's crontab. They hold nothing but a schedule and safe words: a `%` would cut them. */
export function crontabLines(machine: Machine): string[] {
  const { plans, installPath, logPath, drillSchedule } = machine;
  const log = logPath === '' ? '' : ` >>${logPath} 2>&1`;
  const enabled = plans.filter((plan) => plan.enabled);
  return [
    ...enabled.map(({ name, schedule }) => `${schedule} ${installPath} run ${name}${log}`),
    ...enabled
      .filter(({ follows }) => follows.length > 0)
      .map(({ name }) => `* * * * * ${installPath} follow ${name}${log}`),
    ...(drillSchedule === '' || enabled.length === 0
      ? []
      : [`${drillSchedule} ${installPath} drill${log}`]),
  ];
}
