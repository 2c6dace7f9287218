import { DEFAULTS } from './defaults.ts';
import type { Environment, PlanTable } from './schema.ts';

export type PlanType = NonNullable<PlanTable['type']>;

/** A plan as written, and with what it inherits from `[backup]`. */
export interface PlanView {
  readonly name: string;
  /** Where it stands in the file. */
  readonly path: readonly string[];
  readonly written: PlanTable;
  readonly keys: PlanTable & { readonly type: PlanType };
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
    return [{ name: 'default', path: ['backup'], written: defaults, keys: inherit(defaults, {}) }];
  }
  return Object.entries(plans).map(([name, written]) => ({
    name,
    path: ['backup', 'plans', name],
    written,
    keys: inherit(defaults, written),
  }));
}

/** How long to keep is one decision: a plan that makes any part of it inherits none of it. */
function inherit(defaults: PlanTable, written: PlanTable): PlanView['keys'] {
  const { retention_days, keep, ...others } = defaults;
  const isKeepWritten = written.retention_days !== undefined || written.keep !== undefined;
  return {
    ...others,
    ...(isKeepWritten ? {} : { retention_days, keep }),
    ...written,
    type: written.type ?? defaults.type ?? DEFAULTS.type,
  };
}
