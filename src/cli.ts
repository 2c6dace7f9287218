import {
  chmodSync,
  fstatSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { isatty } from 'node:tty';
import { type Command, HELP, readCommand, UsageError } from './arguments.ts';
import { plan, renderCrontab, renderScript } from './generate.ts';
import { syntaxOf } from './parse.ts';
import type { Machine } from './plan.ts';
import {
  renderDifference,
  renderExplanation,
  renderJsonSchema,
  renderReport,
  renderStarter,
} from './questions.ts';
import type { Findings } from './report.ts';
import { renderSummary } from './summary.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** What was asked for cannot be done: a message for the user, or none when it has been said. */
class Failure extends Error {}

function main(): void {
  const command = readCommand(process.argv.slice(2));
  switch (command.kind) {
    case 'help':
      return print(HELP);
    case 'version':
      return print(`${GEN_BACKUP_VERSION}\n`);
    case 'schema':
      return print(renderJsonSchema());
    case 'init':
      return init(command);
    case 'generate':
      return generate(command);
  }
}

function init({ wishes }: Command & { kind: 'init' }): void {
  const text = renderStarter(wishes);
  const outcome = plan('env.toml', text);
  if (!outcome.ok) {
    report('init', text, outcome);
    throw new UsageError('init: the file would not be accepted; choose another path or name');
  }
  print(text);
}

function generate(command: Command & { kind: 'generate' }): void {
  const { file, product, to, installPath } = command;
  const text = readInput(file === '-' ? STDIN : file);
  const outcome = plan(file, text, installPath);
  report(file, text, { problems: [], ...outcome });
  if (!outcome.ok) throw new Failure();
  const machine = outcome.value;
  const made = RENDERERS[product](machine);
  if (to.check !== undefined) return check(to.check, made, file);
  if (to.output === undefined) print(made);
  else writeOutput(to.output, made, product === 'script' ? 0o755 : 0o644);
  if (product === 'script' && !isTerminal(STDOUT)) complain(renderSummary(machine));
}

const RENDERERS: Readonly<
  Record<(Command & { kind: 'generate' })['product'], (machine: Machine) => string>
> = {
  script: renderScript,
  crontab: renderCrontab,
  explanation: (machine) => renderExplanation(machine, new Date()),
};

/** Is FILE what was made now? */
function check(file: string, made: string, environment: string): void {
  const there = readInput(file);
  if (there === made) return;
  print(renderDifference({ name: file, text: there }, { name: `from ${environment}`, text: made }));
  throw new Failure(`'${file}' is not what '${environment}' gives now; generate it again`);
}

/** Mistakes and warnings, where the user looks. */
function report(file: string, text: string, findings: Findings): void {
  if (findings.problems.length + findings.warnings.length === 0) return;
  const name = file === '-' ? 'standard input' : file;
  const isColoured = (process.env['NO_COLOR'] ?? '') === '' && isTerminal(STDERR);
  complain(renderReport({ name, text, syntax: syntaxOf(file, text) }, findings, isColoured));
}

function readInput(file: string | typeof STDIN): string {
  try {
    // A byte that is not UTF-8 must not turn into another name without a word.
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const name = file === STDIN ? 'standard input' : `'${file}'`;
    throw new Failure(`cannot read ${name}: ${messageOf(error)}`);
  }
}

/** All or nothing: beside the file first, then one rename. */
function writeOutput(file: string, text: string, mode: number): void {
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, text, { flag: 'wx', mode });
    chmodSync(unfinished, mode);
    renameSync(unfinished, file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new Failure(`cannot write '${file}': ${messageOf(error)}`);
  }
}

/** By descriptor: process.stdout would make a pipe non-blocking, and a large text fail half-way. */
function print(text: string): void {
  try {
    writeFileSync(STDOUT, text);
  } catch (error) {
    throw new Failure(`cannot write to standard output: ${messageOf(error)}`);
  }
}

function complain(text: string): void {
  try {
    writeFileSync(STDERR, text);
  } catch {
    // There is nobody left to tell.
  }
}

/** What is no device, or the null device, is none, and need not wait until node:tty is loaded. */
function isTerminal(descriptor: number): boolean {
  try {
    const there = fstatSync(descriptor);
    if (!there.isCharacterDevice() || there.rdev === statSync('/dev/null').rdev) return false;
    return isatty(descriptor);
  } catch {
    return false; // closed
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  main();
} catch (error) {
  const isExpected = error instanceof Failure || error instanceof UsageError;
  const bug = `this is a bug of gen-backup, please report it:\n${error instanceof Error ? error.stack : error}`;
  const message = isExpected ? error.message : bug;
  if (message !== '') complain(`${message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
