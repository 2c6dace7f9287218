import type { Machine } from '../plan/plan.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';

/** What the VM must have, in words. */
export function toolsOf({ plans }: Machine): string[] {
  const steps = plans.flatMap((plan) => plan.steps);
  return ['sh and base tools', ...EVERY_SOURCE.flatMap(({ tools }) => tools(steps))];
}
