import { DEFAULTS } from './defaults.ts';
import type { Path } from '../read/problems.ts';
import type { Environment, PlanTable } from './schema.ts';

export type PlanType = NonNullable<PlanTable['type']>;

/** Keys that only some plans can use, and their types. */
export const TYPES_OF_KEY: readonly (readonly [
  'databases' | 'tables' | 'include' | 'exclude',
  readonly PlanType[],
])[] = [
  ['databases', ['database']],
  ['tables', ['database']],
  ['include', ['complete', 'selective']],
  ['exclude', ['complete', 'selective']],
];

/** A plan as written, and as it will be: with what it inherits from `[backup]`. */
export interface PlanView {
  readonly name: string;
  /** Where it stands in the file. */
  readonly path: readonly string[];
  readonly written: PlanTable;
  readonly keys: PlanTable & { readonly type: PlanType };
  /** Where the value of a key stands, be it inherited; or would stand. */
  readonly where: (key: keyof PlanTable) => Path;
}

/** Every plan of the file, in its order; without `[backup.plans]` the one named `default`. */
export function viewPlans({ backup }: Environment): PlanView[] {
  const {
    plans,
    path: _,
    require_mount,
    min_free,
    log,
    state,
    metrics,
    drill_schedule,
    hooks,
    ...defaults
  } = backup;
  if (plans === undefined || Object.keys(plans).length === 0) {
    const path = ['backup'];
    const keys = { ...defaults, type: defaults.type ?? DEFAULTS.type };
    return [{ name: 'default', path, written: defaults, keys, where: (key) => [...path, key] }];
  }
  return Object.entries(plans).map(([name, written]) => {
    const path = ['backup', 'plans', name];
    const keys = inherit(defaults, written);
    return {
      name,
      path,
      written,
      keys,
      where: (key) =>
        written[key] === undefined && defaults[key] !== undefined
          ? ['backup', key]
          : [...path, key],
    };
  });
}

/**
 * How long to keep is one decision: a plan that makes any part of it inherits none of
 * it. What its type cannot use, it does not inherit either.
 */
function inherit(defaults: PlanTable, written: PlanTable): PlanView['keys'] {
  const { retention_days, keep, ...others } = defaults;
  const isKeepWritten = written.retention_days !== undefined || written.keep !== undefined;
  const type = written.type ?? defaults.type ?? DEFAULTS.type;
  const unfit = TYPES_OF_KEY.filter(([, types]) => !types.includes(type)).map(([key]) => key);
  const fit = Object.entries(others).filter(([key]) => !unfit.some((other) => other === key));
  return {
    ...Object.fromEntries(fit),
    ...(isKeepWritten ? {} : { retention_days, keep }),
    ...written,
    type,
  };
}
