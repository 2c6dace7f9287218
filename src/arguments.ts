import { posix } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import type { Wishes } from './tell/starter.ts';

/** What a command line asks for. */
export type Command =
  | { readonly kind: 'help' | 'version' | 'schema' }
  | { readonly kind: 'init'; readonly wishes: Wishes }
  | {
      readonly kind: 'generate';
      /** An environment file; `-` is standard input. */
      readonly file: string;
      readonly product: 'script' | 'crontab' | 'explanation';
      readonly to: { readonly output?: string | undefined; readonly check?: string | undefined };
      readonly installPath: string | undefined;
    };

export class UsageError extends Error {}

export const HELP = `gen-backup: from an environment file to a backup script for its VM

usage: gen-backup [options] <env.toml | env.json | ->

  -o, --output FILE      write the script to FILE (mode 0755) instead of standard
                         output; a link is followed, - is standard output
      --crontab          print only the crontab lines
      --explain          print the plans in plain words
      --check FILE       end with 1, and print the difference, when FILE is not what
                         the environment gives now
      --install-path P   where the script will live on the VM
                         (default /usr/local/sbin/backup-<name>.sh)
  -h, --help             this text
      --version          the version

usage: gen-backup init [--sqlite PATH]... [--mysql-container NAME]... | --torrust
       an environment file to start from

usage: gen-backup schema
       the JSON Schema of environment files, for editors

exit status: 0 done, 1 the environment is wrong or FILE differs, 2 wrong usage
`;

/** The words of a command line, without node and script. Throws UsageError. */
export function readCommand(words: readonly string[]): Command {
  const [first, ...others] = words;
  if (first === 'init') return readInit(others);
  return first === 'schema' ? readSchema(others) : readGenerate(words);
}

/** Would it print a script, if its words, or its environment, were right? */
export function asksForScript(words: readonly string[]): boolean {
  const isElsewhere = /^(-o|--(output|check|crontab|explain)$|--(output|check)=)/;
  return !/^(init|schema)$/.test(words[0] ?? '') && !words.some((word) => isElsewhere.test(word));
}

const HELP_OPTION = { help: { type: 'boolean', short: 'h' } } as const;

function readInit(args: readonly string[]): Command {
  const { values } = parsed({
    args: [...args],
    options: {
      ...HELP_OPTION,
      sqlite: { type: 'string', multiple: true },
      'mysql-container': { type: 'string', multiple: true },
      torrust: { type: 'boolean' },
    },
  });
  const { help, sqlite = [], 'mysql-container': containers = [], torrust = false } = values;
  if (help) return { kind: 'help' };
  if (torrust && sqlite.length + containers.length > 0) {
    throw new UsageError('init: --torrust names its database itself; leave the other options out');
  }
  return { kind: 'init', wishes: { sqlite, containers, torrust } };
}

function readSchema(args: readonly string[]): Command {
  const { values } = parsed({ args: [...args], options: HELP_OPTION });
  return { kind: values.help ? 'help' : 'schema' };
}

function readGenerate(args: readonly string[]): Command {
  const { values, positionals } = parsed({
    args: [...args],
    allowPositionals: true,
    options: {
      ...HELP_OPTION,
      output: { type: 'string', short: 'o' },
      crontab: { type: 'boolean' },
      explain: { type: 'boolean' },
      check: { type: 'string' },
      'install-path': { type: 'string' },
      version: { type: 'boolean' },
    },
  });
  if (values.help) return { kind: 'help' };
  if (values.version) return { kind: 'version' };
  const [file, ...others] = positionals;
  if (file === undefined || others.length > 0) {
    throw new UsageError('expected one environment file; see --help');
  }
  const { crontab = false, explain = false, output, check } = values;
  if (crontab && explain) throw new UsageError('expected --crontab or --explain, got both');
  if (output !== undefined && check !== undefined) {
    throw new UsageError('expected --output or --check, got both');
  }
  if (explain && check !== undefined) {
    throw new UsageError('--check compares a script or a crontab, not an explanation');
  }
  if (file === '-' && check === '-') {
    throw new UsageError(
      'expected one of the environment and --check from standard input, got both',
    );
  }
  return {
    kind: 'generate',
    file,
    product: crontab ? 'crontab' : explain ? 'explanation' : 'script',
    to: { output, check },
    installPath: checkedInstallPath(values['install-path']),
  };
}

function parsed<T extends ParseArgsConfig>(config: T) {
  try {
    return parseArgs(config);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${message.charAt(0).toLowerCase()}${message.slice(1)}; see --help`);
  }
}

function checkedInstallPath(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  if (!/^\/[A-Za-z0-9/._-]+$/.test(path)) {
    throw new UsageError(
      `--install-path: expected an absolute path of A-Z, a-z, 0-9 and /._-, got '${path}'`,
    );
  }
  if (/\/\.{0,2}$/.test(path)) {
    throw new UsageError(
      `--install-path: expected the path of a file, such as '/usr/local/sbin/backup.sh', got the directory '${path}'`,
    );
  }
  return posix.normalize(path).replace(/^\/+/, '/');
}
