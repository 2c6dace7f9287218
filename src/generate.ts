import { type Environment, validate } from './keys/file.ts';
import { followsFrom, mend } from './keys/mend.ts';
import { checkRules, noteRules } from './keys/rules.ts';
import { adoptTorrust } from './keys/torrust.ts';
import { defaultInstallPath, inOrder, type Machine, planMachine } from './plan/plan.ts';
import { parse, syntaxOf } from './read/parse.ts';
import type { Outcome } from './read/problems.ts';
import { crontabLines, crontabProblems } from './script/crontab.ts';
import { render } from './script/render.ts';

/** Text of an environment file to what its VM needs: text → data → Environment → Machine. */
export function plan(file: string, text: string, installPath?: string): Outcome<Machine> {
  const environment = read(file, text);
  if (!environment.ok) return environment;
  const { value } = environment;
  const machine = planMachine(value, installPath ?? defaultInstallPath(value));
  const problems = crontabProblems(machine);
  return problems.length === 0
    ? { ...environment, value: machine }
    : { ...environment, ok: false, problems };
}

/** Text to an Environment that keeps the rules, or all that is wrong with it at once. */
function read(file: string, text: string): Outcome<Environment> {
  const parsed = parse(text, syntaxOf(file, text));
  if (!parsed.ok) return parsed;
  const { data, problems: foreign } = adoptTorrust(parsed.value);
  const fields = validate(data);
  const wrong = fields.ok ? foreign : [...foreign, ...fields.problems];
  const rest = fields.ok ? fields : validate(mend(data, wrong));
  const isFollowOn = followsFrom(wrong);
  const broken = rest.ok ? checkRules(rest.value).filter((found) => !isFollowOn(found)) : [];
  const problems = [...wrong, ...broken];
  const warnings = [...fields.warnings, ...(rest.ok ? noteRules(rest.value) : [])];
  return fields.ok && problems.length === 0
    ? { ok: true, value: fields.value, warnings }
    : { ok: false, problems, warnings };
}

/** The script of a Machine. */
export function renderScript(machine: Machine): string {
  return render(inOrder(machine));
}

/** The crontab lines of a Machine, as a text file. */
export function renderCrontab(machine: Machine): string {
  return crontabLines(inOrder(machine))
    .map((line) => `${line}\n`)
    .join('');
}
