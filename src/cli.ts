import { fstatSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { asksForScript, type Command, HELP, readCommand, UsageError } from './arguments.ts';
import { plan, renderCrontab, renderScript } from './generate.ts';
import { isSameFile, writeOutput } from './output.ts';
import type { Machine } from './plan/plan.ts';
import {
  decode,
  isatty,
  renderDifference,
  renderExplanation,
  renderJsonSchema,
  renderReport,
  renderStarter,
} from './questions.ts';
import { syntaxOf } from './read/parse.ts';
import { visible } from './read/problems.ts';
import { CRON_TAKES, longestCommand } from './script/crontab.ts';
import { renderStandIn } from './script/stand-in.ts';
import type { Findings } from './tell/report.ts';
import { renderSummary } from './tell/summary.ts';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** What was asked for cannot be done: a message for the user. */
class Failure extends Error {
  /** Has it been said already, in more words? */
  readonly isSaid: boolean;

  constructor(message: string, isSaid = false) {
    super(message);
    this.isSaid = isSaid;
  }
}

/** Has standard output been written to? */
let isBegun = false;

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
  if (to.output !== undefined && isSameFile(to.output, file === '-' ? STDIN : file)) {
    throw new UsageError(`--output: '${to.output}' is the environment file itself; name another`);
  }
  const text = readInput(file === '-' ? STDIN : file);
  const outcome = plan(file, text, installPath);
  report(file, text, { problems: [], ...outcome });
  if (!outcome.ok) throw new Failure(`${nameOf(file)} is wrong`, true);
  const machine = outcome.value;
  if (longestCommand(machine).length > CRON_TAKES) {
    throw new UsageError(
      `--install-path: too long: cron takes commands of ${CRON_TAKES} characters, and this makes one of ${longestCommand(machine).length}`,
    );
  }
  const made = RENDERERS[product](machine);
  if (to.check !== undefined) return check(to.check, made, file);
  if (to.output === undefined || to.output === '-') print(made);
  else write(to.output, made, product === 'script' ? 0o755 : 0o644);
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
  const there = readInput(file === '-' ? STDIN : file);
  if (there === made) return;
  const name = `from ${environment}`;
  const difference = renderDifference({ name: file, text: there }, { name, text: made });
  print(isTerminal(STDOUT) ? seen(difference) : difference);
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
  const bytes = readBytes(file);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!bytes.subarray(0, 4).includes(0)) return text;
  } catch {
    // Why, is said below.
  }
  const decoded = decode(bytes, file === STDIN ? 'standard input' : file);
  if (decoded.ok) return decoded.text;
  throw new Failure(decoded.message);
}

function readBytes(file: string | typeof STDIN): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Failure(`cannot read ${nameOf(file)}: ${messageOf(error)}`);
  }
}

function write(file: string, text: string, mode: number): void {
  try {
    writeOutput(file, text, mode);
  } catch (error) {
    throw new Failure(`cannot write '${file}': ${messageOf(error)}`);
  }
}

/** An input, in a sentence. */
function nameOf(file: string | typeof STDIN): string {
  return file === STDIN || file === '-' ? 'standard input' : `'${file}'`;
}

/** By descriptor: process.stdout would make a pipe non-blocking, and a large text fail half-way. */
function print(text: string): void {
  if (isClosed(STDOUT)) throw new Failure('cannot write to standard output: it is closed');
  isBegun = true;
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

/** Who sent the script to a file or a pipe gets one that fails, instead of an empty one. */
function standIn(why: string): void {
  try {
    if (isBegun || fstatSync(STDOUT).isCharacterDevice()) return;
    writeFileSync(STDOUT, renderStandIn(visible(why.split('\n')[0] ?? '')));
  } catch {
    // It is closed, or full.
  }
}

/** What is no device, or the null device, is none; what asks about others sleeps. */
function isTerminal(descriptor: number): boolean {
  try {
    const there = fstatSync(descriptor);
    if (!there.isCharacterDevice() || there.rdev === statSync('/dev/null').rdev) return false;
    return isatty(descriptor);
  } catch {
    return false; // closed
  }
}

/**
 * Node opens /dev/null, for reading too, in the place of a standard stream that is
 * closed, and what goes there is lost in silence. Who throws it away by intent writes
 * `>/dev/null`, which is for writing alone.
 */
function isClosed(descriptor: number): boolean {
  try {
    if (fstatSync(descriptor).rdev !== statSync('/dev/null').rdev) return false;
    const info = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1');
    const flags = /^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? '';
    return (Number.parseInt(flags, 8) & 0o3) === 0o2;
  } catch {
    return false; // no such thing to ask here
  }
}

/** Text of many lines as a terminal may show it. */
function seen(text: string): string {
  return text.split('\n').map(visible).join('\n');
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
  if (!(error instanceof Failure && error.isSaid)) complain(`${seen(message)}\n`);
  if (asksForScript(process.argv.slice(2))) standIn(message);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
