import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { parseArgs } from 'node:util';
import { plan, renderCrontab, renderScript } from './generate.ts';
import { renderProblem } from './problems.ts';
import { renderSummary } from './summary.ts';

const HELP = `gen-backup: from an environment file to a backup script for its VM

usage: gen-backup [options] <env.toml | env.json | ->

  -o, --output FILE      write the script to FILE (mode 0755) instead of standard output
      --crontab          print only the crontab lines
      --install-path P   where the script will live on the VM
                         (default /usr/local/sbin/backup-<name>.sh)
  -h, --help             this text
      --version          the version

exit status: 0 done, 1 the environment is wrong, 2 wrong usage
`;

const STDOUT = 1;

/** A message for the user, and the exit status that goes with it. */
class Failure extends Error {
  readonly status: 1 | 2;
  constructor(status: 1 | 2, message: string) {
    super(message);
    this.status = status;
  }
}

function main(): void {
  const { values, positionals } = readArguments();
  if (values.help) print(HELP);
  else if (values.version) print(`${GEN_BACKUP_VERSION}\n`);
  else generate(values, positionals);
}

type Options = ReturnType<typeof readArguments>['values'];

function generate(values: Options, positionals: readonly string[]): void {
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    throw new Failure(2, 'expected one environment file; see --help');
  }
  const outcome = plan(file, readInput(file), checkedInstallPath(values['install-path']));
  const name = file === '-' ? 'standard input' : file;
  if (!outcome.ok) {
    throw new Failure(
      1,
      outcome.problems.map((problem) => renderProblem(name, problem)).join('\n'),
    );
  }
  for (const warning of outcome.warnings) complain(`warning: ${renderProblem(name, warning)}`);
  const machine = outcome.value;
  const text = values.crontab ? renderCrontab(machine) : renderScript(machine);
  if (values.output === undefined) print(text);
  else writeOutput(values.output, text, values.crontab ? 0o644 : 0o755);
  if (!isatty(STDOUT) && !values.crontab) process.stderr.write(renderSummary(machine));
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        output: { type: 'string', short: 'o' },
        crontab: { type: 'boolean' },
        'install-path': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new Failure(2, `${messageOf(error)}; see --help`);
  }
}

function checkedInstallPath(path: string | undefined): string | undefined {
  if (path === undefined || /^\/[A-Za-z0-9/._-]+$/.test(path)) return path;
  throw new Failure(
    2,
    `--install-path: expected an absolute path of A-Z, a-z, 0-9 and /._-, got '${path}'`,
  );
}

function readInput(file: string): string {
  try {
    // A byte that is not UTF-8 must not turn into another name without a word.
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file === '-' ? 0 : file));
  } catch (error) {
    throw new Failure(1, `cannot read '${file}': ${messageOf(error)}`);
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
    throw new Failure(1, `cannot write '${file}': ${messageOf(error)}`);
  }
}

/** By descriptor: process.stdout would make a pipe non-blocking, and a large text fail half-way. */
function print(text: string): void {
  try {
    writeFileSync(STDOUT, text);
  } catch (error) {
    throw new Failure(1, `cannot write to standard output: ${messageOf(error)}`);
  }
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  main();
} catch (error) {
  if (error instanceof Failure) {
    complain(error.message);
    process.exitCode = error.status;
  } else {
    complain(
      `this is a bug of gen-backup, please report it:\n${error instanceof Error ? error.stack : error}`,
    );
    process.exitCode = 1;
  }
}
