import { type Machine, stepsOf } from '../plan/plan.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';

/** What the VM must have, in words. */
export function toolsOf(machine: Machine): string[] {
  return [
    'sh, base tools and flock',
    'cron or systemd',
    ...EVERY_SOURCE.flatMap(({ tools }) => tools(stepsOf(machine))),
  ];
}
