import type { Path } from '../read/problems.ts';
import type { Row } from '../read/row.ts';
import type { Environment, PlanTable, PlanType } from './file.ts';
import { PLAN } from './plan.ts';

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
  const { plans } = backup;
  const defaults = ofPlans(backup);
  if (plans === undefined || Object.keys(plans).length === 0) {
    const path = ['backup'];
    const keys = { ...defaults, type: defaults.type ?? PLAN.keys.type.unset };
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
  const type = written.type ?? defaults.type ?? PLAN.keys.type.unset;
  const fit = Object.entries(others).filter(([key]) => fits(key, type));
  return {
    ...Object.fromEntries(fit),
    ...(isKeepWritten ? {} : { retention_days, keep }),
    ...written,
    type,
  };
}

/** What of `[backup]` is a default of plans. */
function ofPlans(backup: Environment['backup']): PlanTable {
  return Object.fromEntries(
    Object.entries(backup).filter(([key]) => Object.hasOwn(PLAN.keys, key)),
  );
}

function fits(key: string, type: PlanType): boolean {
  return ONLY_FOR.every(([other, types]) => other !== key || types.includes(type));
}

/** Keys that only some plans can use, and their types. */
export const ONLY_FOR: readonly (readonly [keyof PlanTable, readonly string[]])[] =
  Object.entries<Row>(PLAN.keys).flatMap(([key, { onlyFor }]) =>
    onlyFor === undefined || !isPlanKey(key) ? [] : [[key, onlyFor]],
  );

function isPlanKey(key: string): key is keyof PlanTable {
  return Object.hasOwn(PLAN.keys, key);
}

/** Types, in a message. */
export function quoted(types: readonly string[]): string {
  return types.map((type) => `'${type}'`).join(' or ');
}
