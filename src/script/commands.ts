import type { Machine } from '../plan/plan.ts';
import { always, type Need, needsSource } from './needs.ts';

/**
 * The command line of the script: a row a command. From here are unrolled the parser,
 * the help and what each command needs and calls.
 */
export const COMMANDS: readonly Command[] = [
  {
    name: 'run',
    words: 'plans',
    options: [],
    needs: ['require_script', 'open_state'],
    call: 'each_plan run_plan',
    help: 'make backups; all plans by default',
  },
  {
    name: 'list',
    words: 'plans',
    options: [{ name: '--json', sets: 'JSON' }],
    needs: ['open_state', 'look_at_destination'],
    call: 'show_list "$JSON"',
    help: 'what there is',
  },
  {
    name: 'verify',
    words: 'plan, id or all',
    options: [],
    needs: ['open_state', 'look_at_destination'],
    call: 'each_plan verify_plan "${WHICH:-latest}"',
    help: 'do the checksums match, does it unpack?',
  },
  {
    name: 'drill',
    words: 'plan, id',
    options: [],
    needs: ['open_state', 'look_at_destination'],
    call: 'each_plan drill_plan "${WHICH:-latest}"',
    help: 'does it restore? In a scratch place',
  },
  {
    name: 'restore',
    words: 'one plan, id',
    options: [
      {
        name: '--to',
        value: 'DIR',
        sets: 'TO',
        help: 'as if DIR, new or empty, were /; else in place, and what is replaced is set aside',
      },
      {
        name: '--only',
        value: 'WHAT',
        repeats: true,
        sets: 'ONLY',
        help: "a database, 'files', or a path that begins with / or ./",
      },
      {
        name: '--as',
        value: 'SCHEMA',
        sets: 'AS',
        onlyKind: 'mysql',
        isNeeded: needsSource('mysql'),
        help: 'into a new schema of the server',
      },
      {
        name: '--mysql-defaults',
        value: 'FILE',
        sets: 'MYSQL_DEFAULTS',
        isNeeded: needsSource('mysql'),
        help: 'an option file with an account that may write',
      },
      { name: '--dry-run', sets: 'DRY_RUN' },
      { name: '--yes', sets: 'YES' },
    ],
    needs: ['open_state', 'look_at_destination'],
    call: 'restore "${CHOSEN# }" "${WHICH:-latest}"',
    help: 'all of it, or a part',
  },
  {
    name: 'prune',
    words: 'plans',
    options: [{ name: '--dry-run', sets: 'DRY_RUN' }],
    needs: ['require_script', 'require_state'],
    call: 'each_plan prune_plan "$DRY_RUN"',
    help: 'remove what is kept for too long',
  },
  {
    name: 'status',
    words: 'none',
    options: [{ name: '--json', sets: 'JSON' }],
    needs: ['require_script', 'open_state', 'look_at_destination'],
    call: 'show_status "$JSON"',
    help: 'ends with 1 when a person should look',
  },
  {
    name: 'check',
    words: 'none',
    options: [],
    needs: ['require_script', 'require_state'],
    call: 'check',
    help: 'what could go wrong tonight',
  },
  {
    name: 'install',
    words: 'none',
    options: [{ name: '--adopt', sets: 'ADOPT' }],
    needs: ['require_script', 'require_state'],
    call: 'install_all "$ADOPT"',
    help: 'the schedule; --adopt: take over a destination',
  },
  {
    name: 'uninstall',
    words: 'none',
    options: [],
    needs: ['require_script', 'require_state'],
    call: 'uninstall',
    help: 'take the schedule away, and nothing else',
  },
  {
    name: 'crontab',
    words: 'none',
    options: [],
    needs: [],
    call: `[ -z "$CRONTAB" ] || printf '%s\\n' "$CRONTAB"`,
    help: 'the lines that install installs',
  },
  {
    name: 'version',
    words: 'none',
    options: [],
    needs: [],
    call: 'echo "$GENERATOR, $ENVIRONMENT, $DIGEST"',
    help: 'of the generator, and of this environment',
  },
  {
    name: 'help',
    aliases: ['--help', '-h'],
    words: 'none',
    options: [],
    needs: [],
    call: 'show_help',
    help: 'this text',
  },
];

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly words: Words;
  readonly options: readonly Option[];
  readonly needs: Needs;
  /** What main runs, when all that it needs is there. */
  readonly call: string;
  readonly help: string;
}

/** What stands behind a command, but options. */
export type Words = 'none' | 'plans' | 'plan, id' | 'plan, id or all' | 'one plan, id';

export interface Option {
  readonly name: string;
  /** What its value is called in the help; without one it takes none. */
  readonly value?: string;
  /** May it be given more than once? Its values are lines then. */
  readonly repeats?: true;
  /** The variable that gets the value, or the option itself. */
  readonly sets: string;
  /** Of what kind the one artifact must be that it is for. */
  readonly onlyKind?: string;
  readonly isNeeded?: Need;
  readonly help?: string;
}

/**
 * What main calls first: require_script, the script as a file and not the copy beside a
 * backup; open_state, the state directory, which may be full; require_state, one that can
 * be written to; look_at_destination, if it is ours.
 */
export type Needs = readonly (
  'require_script' | 'open_state' | 'require_state' | 'look_at_destination'
)[];

/** Patterns of `case`, and lines of the help: all that the template needs. */
export function viewCommands(machine: Machine) {
  const commands = COMMANDS.map((command) => ({
    ...command,
    options: command.options.filter(({ isNeeded = always }) => isNeeded(machine)),
  }));
  const patternOf = (isOne: (command: Command) => boolean) =>
    commands.filter(isOne).flatMap(namesOf).join(' | ');
  const optionsOf = (isOne: (option: Option) => boolean) => {
    const found = commands.flatMap(({ name, options }) =>
      options.filter(isOne).map((option) => ({ ...option, pattern: `${name}:${option.name}` })),
    );
    return [...new Set(found.map(({ sets }) => sets))].map((sets) => {
      const same = found.filter((option) => option.sets === sets);
      return {
        sets,
        repeats: same.some(({ repeats }) => repeats),
        onlyKind: same.find(({ onlyKind }) => onlyKind !== undefined)?.onlyKind ?? '',
        pattern: same.map(({ pattern }) => pattern).join(' | '),
      };
    });
  };
  const wordsOf = (...kinds: readonly Words[]) =>
    commands
      .filter(({ words }) => kinds.includes(words))
      .map(({ name }) => `${name}:*`)
      .join(' | ');
  const needs = [...new Set(commands.map(({ needs }) => needs.join(' ')))].map((all) => ({
    needs: all,
    pattern: patternOf(({ needs }) => needs.join(' ') === all),
  }));
  return {
    needs,
    ofOnePlan: commands.filter(({ words }) => words === 'one plan, id').flatMap(namesOf),
    calls: commands.map((command) => ({
      pattern: namesOf(command).join(' | '),
      call: command.call,
    })),
    variables: [...new Set(commands.flatMap(({ options }) => options.map(({ sets }) => sets)))],
    flags: optionsOf(({ value }) => value === undefined),
    values: optionsOf(({ value }) => value !== undefined),
    plans: wordsOf('plans'),
    planAndId: wordsOf('plan, id', 'plan, id or all', 'one plan, id'),
    all: patternOf(({ words }) => words === 'plan, id or all'),
    help: commands.flatMap(helpOf),
  };
}

const namesOf = ({ name, aliases = [] }: Command) => [name, ...aliases];

const WORDS: Readonly<Record<Words, string>> = {
  none: '',
  plans: ' [PLAN...]',
  'plan, id': ' [PLAN [ID|latest]]',
  'plan, id or all': ' [PLAN [ID|latest|all]]',
  'one plan, id': ' PLAN [ID|latest]',
};

/** The words of its usage, each with what belongs to it. */
export function usageOf({ name, words, options }: Command): string[] {
  return [`${name}${WORDS[words]}`, ...options.map(optionUsage)];
}

/** Its usage, what it does, and what its options say of themselves, in 80 columns. */
function helpOf(command: Command): string[] {
  const { options, help } = command;
  const [call = '', ...wishes] = usageOf(command);
  const usage = fold(call, wishes, '    ');
  const width = Math.max(...options.map((option) => optionUsage(option).length));
  const about = options.flatMap((option) =>
    option.help === undefined || option.value === undefined
      ? []
      : fold(
          `    ${`${option.name} ${option.value}`.padEnd(width - 2)}`,
          option.help.split(' '),
          ' '.repeat(width + 3),
        ),
  );
  const [first = '', ...more] = usage;
  return more.length === 0 && first.length < 31
    ? [`${first.padEnd(31)} ${help}`, ...about]
    : [...usage, `    ${help}`, ...about];
}

const optionUsage = ({ name, value, repeats }: Option) =>
  `[${name}${value === undefined ? '' : ` ${value}`}]${repeats ? '...' : ''}`;

function fold(first: string, words: readonly string[], indent: string): string[] {
  const lines = [first];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= 80) lines[lines.length - 1] = line;
    else lines.push(`${indent}${word}`);
  }
  return lines;
}
