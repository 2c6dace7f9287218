import type { HookName, Machine, Secret, Step, StepKind } from '../plan/plan.ts';

/** Does a machine's script need it? */
export type Need = (machine: Machine) => boolean;

export const always: Need = () => true;

export const hasStep =
  (...kinds: readonly StepKind[]): Need =>
  ({ plans }) =>
    plans.some(({ steps }) => steps.some(({ kind }) => kinds.includes(kind)));

const hasFound =
  (found: (Step & { kind: 'files' })['foundDatabases']): Need =>
  ({ plans }) =>
    plans.some(({ steps }) =>
      steps.some((step) => step.kind === 'files' && step.foundDatabases === found),
    );

/** A complete plan makes snapshots of every SQLite file that it finds. */
export const keepsFoundDatabases = hasFound('keep');

export const passesOverFoundDatabases = hasFound('pass over');

export const needsSqlite: Need = (machine) =>
  hasStep('sqlite', 'sqlite-tables')(machine) || keepsFoundDatabases(machine);

/** Hooks of the user's that its script runs. */
export const hasHook =
  (...names: readonly HookName[]): Need =>
  ({ hooks }) =>
    names.some((name) => hooks[name] !== '');

export const hasAnyHook: Need = ({ hooks }) => Object.values(hooks).some((code) => code !== '');

export const needsMysql = hasStep('mysql', 'mysql-tables');

export const hasSecret =
  (kind: Secret['kind']): Need =>
  ({ mysql }) =>
    mysql.some(({ secret }) => secret.kind === kind);

export const hasAnySecret: Need = ({ mysql }) => mysql.some(({ secret }) => secret.kind !== 'none');

export const hasMetrics: Need = ({ metricsPath }) => metricsPath !== '';

export const not =
  (need: Need): Need =>
  (machine) =>
    !need(machine);
