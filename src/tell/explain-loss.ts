import { describePattern, isWithin } from '../read/paths.ts';
import type { Machine, Step } from '../plan/plan.ts';
import { describeDuration } from './schedule-words.ts';

/** A line for each source: what is lost of it at most, while its plans succeed. In the order of the plans. */
export function explainLoss({ plans }: Machine): string[] {
  const losses = plans.flatMap(({ steps }) => steps.flatMap(sourcesOf));
  const sources = [...new Map(losses.map((source) => [source.label, source])).values()];
  return sources.map(({ label, isIn }) => {
    const gaps = plans
      .filter(({ enabled, steps }) => enabled && steps.some(isIn))
      .map(({ name, longestGapS }) => ({ name, longestGapS }))
      .sort((one, other) => one.longestGapS - other.longestGapS);
    const [best] = gaps;
    return best === undefined
      ? `  ${label}: everything since a person last ran its plan`
      : `  ${label}: what was written in ${describeDuration(best.longestGapS)} (plan ${best.name})`;
  });
}

interface Source {
  readonly label: string;
  /** Does a step copy all of it? */
  readonly isIn: (step: Step) => boolean;
}

function sourcesOf(step: Step): Source[] {
  if (step.kind === 'files') {
    return [
      ...step.paths.map((path) => ({
        label: `files in ${path}`,
        isIn: (other: Step) =>
          other.kind === 'files' && other.paths.some((tree) => isWithin(path, tree)),
      })),
      ...step.patterns.map((pattern) => {
        const label = describePattern(pattern);
        return {
          label: `files ${label}`,
          isIn: (other: Step) =>
            other.kind === 'files' &&
            (other.patterns.some((same) => describePattern(same) === label) ||
              other.paths.some((tree) => isWithin(pattern.directory, tree))),
        };
      }),
    ];
  }
  const { name } = step.database;
  const isWhole = step.kind === 'sqlite' || step.kind === 'mysql';
  const tables = isWhole ? [undefined] : step.tables;
  return tables.map((table) => ({
    label: table === undefined ? name : `${name}, table ${table}`,
    isIn: (other) =>
      other.kind !== 'files' &&
      other.database.name === name &&
      (other.kind === 'sqlite' ||
        other.kind === 'mysql' ||
        (table !== undefined && other.tables.includes(table))),
  }));
}
