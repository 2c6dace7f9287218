import type { Machine } from '../plan/plan.ts';
import { describeDuration } from '../read/units.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';

/** A line for each source: what is lost of it at most, while its plans succeed. In the order of the plans. */
export function explainLoss({ plans }: Machine): string[] {
  const all = plans
    .flatMap(({ steps }) => steps)
    .flatMap((step) => EVERY_SOURCE.flatMap(({ losses }) => losses(step)));
  const losses = [...new Map(all.map((loss) => [loss.label, loss])).values()];
  return losses.map(({ label, isIn }) => {
    const gaps = plans
      .filter(({ enabled, steps }) => enabled && steps.some(isIn))
      .map(({ name, longestGapS, follows }) => ({
        name,
        longestGapS: follows[0]?.intervalS ?? longestGapS,
      }))
      .sort((one, other) => one.longestGapS - other.longestGapS);
    const [best] = gaps;
    return best === undefined
      ? `  ${label}: everything since a person last ran its plan`
      : `  ${label}: what was written in ${describeDuration(best.longestGapS)} (plan ${best.name})`;
  });
}
