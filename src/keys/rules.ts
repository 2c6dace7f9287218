import { keyOf, type Problem } from '../read/problems.ts';
import { pathsIn } from '../read/row.ts';
import type { DatabaseSource } from '../sources/source.ts';
import { DATABASES } from '../sources/sources.ts';
import type { Environment } from './file.ts';
import { ONLY_FOR, quoted, viewPlans } from './inherit.ts';
import type { PlanRule } from './rules-files.ts';
import { type EnvironmentRule, PATH_RULES } from './rules-paths.ts';
import { PLAN_NOTES, PLAN_RULES } from './rules-plans.ts';

/** Everything that is wrong although each field is right by itself. */
export function checkRules(environment: Environment): Problem[] {
  return [...named(ENVIRONMENT_RULES, environment), ...namedOfPlans(PLAN_RULES, environment)];
}

/** What is right, but may surprise. */
export function noteRules(environment: Environment): Problem[] {
  return namedOfPlans(PLAN_NOTES, environment);
}

/** The name of every rule and note. */
export function ruleNames(): string[] {
  return [ENVIRONMENT_RULES, PLAN_RULES, PLAN_NOTES].flatMap((rules) => Object.keys(rules));
}

type Rules<Rule> = Readonly<Record<string, Rule>>;

function named(rules: Rules<EnvironmentRule>, environment: Environment): Problem[] {
  return Object.entries(rules).flatMap(([rule, check]) =>
    check(environment).map((problem) => ({ ...problem, rule })),
  );
}

/** What several plans inherit is told once. */
function namedOfPlans(rules: Rules<PlanRule>, environment: Environment): Problem[] {
  const all = viewPlans(environment).flatMap((view) =>
    Object.entries(rules).flatMap(([rule, check]) =>
      check(view, environment).map((problem) => ({ ...problem, rule })),
    ),
  );
  const seen = new Set<string>();
  return all.filter(({ rule, path }) => {
    const { size } = seen;
    return seen.add(keyOf([rule, ...path])).size > size;
  });
}

const ENVIRONMENT_RULES: Readonly<Record<string, EnvironmentRule>> = {
  ...PATH_RULES,

  'relative-paths-need-storage': ({ storage, databases = {} }) =>
    storage === undefined
      ? Object.entries(databases).flatMap(([name, table]) =>
          pathsIn(DATABASES[table.driver].table, table)
            .filter(([, path]) => !path.startsWith('/'))
            .map(([key, path]) => ({
              path: ['databases', name, key],
              message: `'${path}' is relative to storage.path, which is missing; add it, or write an absolute path`,
            })),
        )
      : [],

  'database-names-differ': ({ databases }) => sameInShell(databases, ['databases']),

  'plan-names-differ': ({ backup }) => sameInShell(backup.plans, ['backup', 'plans']),

  'defaults-are-used': (environment) => {
    const views = viewPlans(environment);
    return ONLY_FOR.filter(
      ([key, types]) =>
        environment.backup[key] !== undefined &&
        !views.some(({ path, keys }) => path.length === 1 || types.includes(keys.type)),
    ).map(([key, types]) => ({
      path: ['backup', key],
      message: `is for plans of type ${quoted(types)}, and there is none; remove it, or set a plan's type`,
      also: [['backup', 'plans'], ...views.map(({ where }) => where('type'))],
    }));
  },

  ...Object.fromEntries(Object.values(DATABASES).flatMap(tableRules)),
};

/** Of the keys of each database of a kind. */
function tableRules({ rules }: DatabaseSource): [string, EnvironmentRule][] {
  return Object.entries(rules).map(([rule, check]) => [
    rule,
    ({ databases = {} }) =>
      Object.entries(databases).flatMap(([name, table]) =>
        check(table).map(([key, message, ...also]) => ({
          path: ['databases', name, key],
          message,
          also: also.map((other) => ['databases', name, other]),
        })),
      ),
  ]);
}

/** Names that become one name of a shell function, where - is _. */
function sameInShell(tables: object = {}, path: readonly string[]): Problem[] {
  const bySound = new Map<string, string[]>();
  for (const name of Object.keys(tables)) {
    const sound = name.replaceAll('-', '_');
    bySound.set(sound, [...(bySound.get(sound) ?? []), name]);
  }
  return [...bySound.values()].flatMap((names) =>
    names.slice(1).map((name) => ({
      path: [...path, name],
      mark: 'key',
      message: 'differs from another one only in - and _; choose another name',
      also: names.filter((other) => other !== name).map((other) => [...path, other]),
    })),
  );
}
