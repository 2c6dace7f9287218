import { crontabLines } from './crontab.ts';
import { parse, syntaxOf } from './parse.ts';
import { defaultInstallPath, type Machine, planMachine } from './plan.ts';
import type { Outcome } from './problems.ts';
import { render } from './render.ts';
import { checkRules } from './rules.ts';
import { validate } from './schema.ts';

/** Text of an environment file to what its VM needs: text → data → Environment → Machine. */
export function plan(file: string, text: string, installPath?: string): Outcome<Machine> {
  const data = parse(text, syntaxOf(file, text));
  if (!data.ok) return data;
  const environment = validate(data.value);
  if (!environment.ok) return environment;
  const problems = checkRules(environment.value);
  if (problems.length > 0) return { ok: false, problems };
  const machine = planMachine(
    environment.value,
    installPath ?? defaultInstallPath(environment.value),
  );
  return { ok: true, value: machine, warnings: environment.warnings };
}

/** The script of a Machine. */
export const renderScript = render;

/** The crontab lines of a Machine, as a text file. */
export function renderCrontab(machine: Machine): string {
  return crontabLines(machine)
    .map((line) => `${line}\n`)
    .join('');
}
