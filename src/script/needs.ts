import { type HookName, type Machine, stepsOf } from '../plan/plan.ts';
import type { Shared } from '../sources/source.ts';
import { EVERY_SOURCE, type SourceKind, SOURCES } from '../sources/sources.ts';

/** Does a machine's script need it? */
export type Need = (machine: Machine) => boolean;

export const always: Need = () => true;

export const not =
  (need: Need): Need =>
  (machine) =>
    !need(machine);

export const both =
  (one: Need, other: Need): Need =>
  (machine) =>
    one(machine) && other(machine);

export const needsSource =
  (kind: SourceKind): Need =>
  (machine) =>
    SOURCES[kind].isNeeded(stepsOf(machine));

export const hasDatabases: Need = (machine) =>
  needsSource('sqlite3')(machine) || needsSource('mysql')(machine);

/** A part that more than one kind of source calls. */
export const isUsed =
  (part: Shared): Need =>
  (machine) =>
    EVERY_SOURCE.some(({ uses, isNeeded }) => uses.includes(part) && isNeeded(stepsOf(machine)));

/** Hooks of the user's that its script runs. */
export const hasHook =
  (...names: readonly HookName[]): Need =>
  ({ hooks }) =>
    names.some((name) => hooks[name] !== '');

export const hasAnyHook: Need = ({ hooks }) => Object.values(hooks).some((code) => code !== '');

export const hasMetrics: Need = ({ metricsPath }) => metricsPath !== '';

/** Is a database of it followed? */
export const isFollowing: Need = ({ plans }) => plans.some(({ follows }) => follows.length > 0);

/** Is a plan of it differential? */
export const isDifferential: Need = ({ plans }) => plans.some(({ fullEveryS }) => fullEveryS > 0);
