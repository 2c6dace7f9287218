import type { Machine, Plan } from '../plan/plan.ts';
import {
  hasDatabases,
  needsSource,
  isDifferential,
  isFollowing,
  hasHook,
  hasMetrics,
  isUsed,
  not,
  type Need,
} from './needs.ts';

function compresses(by: Plan['compression']): Need {
  return ({ plans }) => plans.some(({ compression }) => compression === by);
}

/**
 * What a line of a part may ask for: one that ends in `#? NAME` stands only in the scripts of
 * machines that need it. So a part stays plain shell, which can be linted and run as it is.
 */
const NEEDS: Readonly<Record<string, Need>> = {
  calendar: ({ plans }) =>
    plans.some(
      ({ keep }) => keep.hourly + keep.daily + keep.weekly + keep.monthly + keep.yearly > 0,
    ),
  databases: hasDatabases,
  differential: isDifferential,
  disabled: ({ plans }) => plans.some(({ enabled }) => !enabled),
  drills: ({ drillOverdueMin }) => drillOverdueMin !== 0,
  files: needsSource('files'),
  follow: isFollowing,
  log: ({ logPath }) => logPath !== '',
  metrics: hasMetrics,
  misses: (machine) => needsSource('files')(machine) || needsSource('mysql')(machine), // a part of them
  mount: ({ requireMount }) => requireMount,
  no_patches: not(isDifferential),
  other_schedule: ({ otherSchedule }) => otherSchedule !== '',
  mysql: needsSource('mysql'),
  owner: isUsed('owner'),
  quiesce: hasHook('quiesce', 'resume'),
  restore_hooks: (machine) =>
    hasHook('before_restore', 'after_restore')(machine) || isFollowing(machine), // steps aside
  sqlite: needsSource('sqlite3'),
  uncompressed: compresses('none'),
  xz: compresses('xz'),
};

/** The text of a part with the lines that this machine needs. */
export function onlyNeeded(text: string, machine: Machine): string {
  return text.replace(/^(.*?) *#\? (\w+)\n/gm, (_, line: string, name: string) => {
    const need = NEEDS[name];
    if (need === undefined) throw new Error(`a part asks for '${name}', which is not known`);
    return need(machine) ? `${line}\n` : '';
  });
}
