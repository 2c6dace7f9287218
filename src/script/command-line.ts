import type { Machine } from '../plan/plan.ts';
import { type Command, COMMANDS, type Option, type Words } from './commands.ts';
import { always, isFollowing, needsSource } from './needs.ts';

/** One plan needs no loop over plans. */
function callOf(call: string, machine: Machine): string {
  return machine.plans.length > 1 ? call : call.replace(/^each_plan (\w+)/, '$1 "$PLANS"');
}

/** Patterns of `case`, and lines of the help: all that the template needs. */
export function viewCommands(machine: Machine) {
  const hasFiles = needsSource('files')(machine);
  const commands = COMMANDS.filter(({ isNeeded = always }) => isNeeded(machine)).map((command) => ({
    ...command,
    words: hasFiles || command.words !== 'one plan, id, pattern' ? command.words : 'one plan, id',
    help: `${command.help}${hasFiles ? (command.helpOfFiles ?? '') : ''}`,
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
        name: same[0]?.name,
        repeats: same.some(({ repeats }) => repeats),
        onlyKind: same.find(({ onlyKind }) => onlyKind !== undefined)?.onlyKind ?? '',
        pattern: same.map(({ pattern }) => pattern).join(' | '),
      };
    });
  };
  const values = optionsOf(({ value }) => value !== undefined);
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
    names: commands.flatMap(namesOf).join(' '),
    ofOnePlan: patternOf(({ words }) => words.startsWith('one plan')),
    calls: commands.flatMap((command) => [
      {
        pattern: namesOf(command).join(' | '),
        call: callOf(
          isFollowing(machine) ? (command.whenFollowing ?? command.call) : command.call,
          machine,
        ),
      },
      ...command.options.flatMap(({ name, instead }) =>
        instead === undefined
          ? []
          : [{ pattern: `${command.name}${name}`, call: callOf(instead, machine) }],
      ),
    ]),
    instead: [
      ...new Set(
        commands.flatMap(({ options }) =>
          options.flatMap(({ instead, sets }) => (instead === undefined ? [] : [`$${sets}`])),
        ),
      ),
    ].join(''),
    variables: [
      'GIVEN',
      ...(hasFiles ? ['PATTERN'] : []),
      'ONLY_KIND',
      ...new Set(commands.flatMap(({ options }) => options.map(({ sets }) => sets))),
    ],
    flags: optionsOf(({ value }) => value === undefined),
    values,
    once: foldPattern(values.filter(({ repeats }) => !repeats)),
    repeated: foldPattern(values.filter(({ repeats }) => repeats)),
    plans: wordsOf('plans'),
    planAndId: wordsOf(...PLAN_AND_ID),
    onePlan: wordsOf('one plan'),
    pattern: patternOf(({ words }) => words === 'one plan, id, pattern'),
    twoIds: patternOf(({ words }) => words === 'one plan, two ids'),
    all: [
      ...commands
        .filter(({ words }) => words === 'plan, id or all')
        .map(({ name }) => `${name}:all`),
      ...commands
        .filter(({ words }) => words === 'one plan, duration')
        .map(({ name }) => `${name}:*`),
    ].join(' | '),
    help: [
      ...fold(
        'Plans:',
        machine.plans.map(({ name }) => name),
        '    ',
      ),
      ...commands.flatMap(helpOf),
    ],
  };
}

/** A pattern of `case` that is longer than a line. */
function foldPattern(options: readonly { pattern: string }[]): string {
  const words = options.flatMap(({ pattern }) => pattern.split(' | '));
  const lines = words.reduce<string[]>((lines, word) => {
    const longer = [lines.at(-1), word].filter(Boolean).join(' | ');
    return longer.length > 68 ? [...lines, word] : [...lines.slice(0, -1), longer];
  }, []);
  return lines.join(` | \\\n${' '.repeat(16)}`);
}

const PLAN_AND_ID = [
  'plan, id',
  'plan, id or all',
  'one plan, id',
  'one plan, one id',
  'one plan, two ids',
  'one plan, id, pattern',
  'one plan',
  'one plan, duration',
] as const;

const namesOf = ({ name, aliases = [] }: Command) => [name, ...aliases];

const WORDS: Readonly<Record<Words, string>> = {
  none: '',
  plans: ' [PLAN...]',
  'plan, id': ' [PLAN [ID|latest]]',
  'plan, id or all': ' [PLAN [ID|latest|all]]',
  'one plan, id': ' PLAN [ID|latest]',
  'one plan, one id': ' PLAN ID',
  'one plan, two ids': ' PLAN ID [ID|latest]',
  'one plan, id, pattern': ' PLAN [ID|latest] [PATTERN]',
  'one plan': ' PLAN',
  'one plan, duration': ' PLAN [DURATION]',
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
