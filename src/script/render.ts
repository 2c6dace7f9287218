import template from '../../templates/backup.sh.ejs';
import { viewCommands } from './commands.ts';
import { crontabLines } from './crontab.ts';
import { isUsed } from './needs.ts';
import { BEYOND_ASCII, COMMAND_LINE, DAY, NIGHT, type Part, partsFor } from './parts.ts';
import type { HookName, Keep, Machine, Plan } from '../plan/plan.ts';
import type { MysqlDatabase } from '../sources/mysql/plan.ts';
import { reachMysql } from '../sources/mysql/reach.ts';
import { functionName, type Line } from '../sources/source.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';
import { visible } from '../read/problems.ts';
import { quote } from './quote.ts';
import { toolsOf } from './tools.ts';

/** The text of the script. The template decides nothing: `<%= %>` is one shell word, `<%- %>` our own text. */
export function render(machine: Machine): string {
  const occasions = occasionsOf(machine);
  return template(
    {
      machine,
      generator: `gen-backup ${GEN_BACKUP_VERSION}`,
      crontab: crontabLines(machine),
      inComment,
      more: moreSettings(machine),
      settings: viewSettings(machine.plans),
      occasions: occasions.filter(({ commands }) => commands.length > 0),
      idle: occasions.filter(({ commands }) => commands.length === 0),
      plans: machine.plans.map(viewPlan),
      needs: needsOf(machine),
      night: nightOf(machine),
      first: partsFor(machine, [BEYOND_ASCII]).map(({ text }) => text),
      beforeRun: beforeRunOf(machine),
      nightParts: partsFor(machine, NIGHT).map(viewPart),
      reportRun: reportRunOf(machine),
      dayParts: partsFor(machine, DAY).map(viewPart),
      commandLine: COMMAND_LINE,
      mysql: machine.mysql.map(viewMysql),
      restorers: restorersOf(machine),
      commands: viewCommands(machine),
      ruler,
      halfRuler,
    },
    quote,
  );
}

/** Settings that not every environment has. */
function moreSettings({ requireMount, drillOverdueMin, logPath, metricsPath, hooks }: Machine) {
  const paths = [
    { name: 'REQUIRE_MOUNT', value: requireMount ? 'yes' : '' },
    { name: 'DRILL_OVERDUE_MIN', value: drillOverdueMin === 0 ? '' : `${drillOverdueMin}` },
    { name: 'LOG_PATH', value: logPath },
    { name: 'METRICS_PATH', value: metricsPath },
  ];
  const pauses = hooks.quiesce !== '' || hooks.resume !== '';
  return [
    ...paths.filter(({ value }) => value !== ''),
    ...Object.entries(hooks)
      .filter(([name, code]) => code !== '' || (pauses && /^(quiesce|resume)$/.test(name)))
      .map(([name, value]) => ({ name: hookSetting(name), value })),
  ];
}

/** Where a hook's code stands: `on_failure` in ON_FAILURE, `quiesce` in ON_QUIESCE. */
function hookSetting(name: string): string {
  return `ON_${name.replace(/^on_/, '').toUpperCase()}`;
}

function restorersOf({ plans }: Machine) {
  const steps = plans.flatMap((plan) => plan.steps);
  return EVERY_SOURCE.flatMap(({ restorers }) => restorers).filter(({ isNeeded }) =>
    isNeeded(steps),
  );
}

function viewPart({ title, text }: Part): string {
  return `${ruler(title)}\n${text}`;
}

/** The only decoration: `# --- Title ---…`, 80 columns. */
function ruler(title: string): string {
  return `# --- ${title} `.padEnd(80, '-');
}

/** Between the halves of the script. */
function halfRuler(title: string): string {
  return `# === ${title} `.padEnd(80, '=');
}

/** Of the header: the tools that must be there. */
function needsOf(machine: Machine): string[] {
  return fold(
    `Needs ${toolsOf(machine).map(inComment).join(', ')}; zstd is used where it is there.`,
  );
}

/** Of the header: what root runs without anybody watching, and what that may touch. */
function nightOf(machine: Machine): string[] {
  const { drillSchedule, logPath, metricsPath } = machine;
  const places = [
    'BACKUP_PATH',
    'the state directory',
    ...(logPath === '' ? [] : ['LOG_PATH']),
    ...(metricsPath === '' ? [] : ['METRICS_PATH']),
  ];
  const beside = isUsed('owner')(machine);
  return fold(
    `NIGHT is all that cron executes${
      drillSchedule === '' ? '' : ', but for the drill, which stands in DAY'
    }: read that. It writes below ${places.slice(0, -1).join(', ')} and ${places.at(-1)}, and nowhere else${
      beside
        ? ', but for the clone of a database that lies beside it for a moment where the filesystem can clone, and what a restore that was killed left there, which it takes away'
        : ''
    }. DAY is what a person runs.`,
  );
}

/** A user's text where it cannot be code. */
const inComment = (text: string) => visible(text).replace(/[^ -~]/g, '?');

/** Words in lines of a comment. */
function fold(text: string): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = `${lines.at(-1)} ${word}`.trimStart();
    if (line.length <= 78) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines;
}

/** Settings of a plan, a line each. */
function settingsOf(plan: Plan, plans: readonly Plan[]): string[] {
  const { keep } = plan;
  return [
    `TYPE=${quote(plan.type)}`,
    ...(plans.some(({ enabled }) => !enabled) ? [`ENABLED=${plan.enabled ? 'yes' : 'no'}`] : []),
    `LONGEST_GAP_S=${plan.longestGapS} OVERDUE_AFTER_MIN=${plan.overdueAfterMin} # ${plan.schedule}`,
    `KEEP_LAST=${keep.last} KEEP_DAYS=${keep.days}`,
    ...(plans.some(hasCalendar) ? [`KEEP_CALENDAR=${quote(calendarOf(plan).join(' '))}`] : []),
    `SHRINK_LIMIT_PERCENT=${plan.shrinkLimitPercent}`,
    `COMPRESSION=${quote(plan.compression)} COMPRESSION_LEVEL=${quote(plan.compressionLevel)}`,
    `VERIFY=${quote(plan.verify)}`,
    `MAX_DURATION_S=${plan.maxDurationS} # of a run, a drill or a verify`,
    `NICE=${plan.nice ? 'yes' : 'no'}`,
  ];
}

/** The rules of retention that go by the calendar, and how much each keeps. */
function calendarOf({ keep }: Plan): string[] {
  return (['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const)
    .filter((rule) => keep[rule] > 0)
    .map((rule) => `${rule} ${keep[rule]}`);
}

const hasCalendar = (plan: Plan) => calendarOf(plan).length > 0;

/** What all plans have alike stands once. */
function viewSettings(plans: readonly Plan[]) {
  const all = plans.map((plan) => settingsOf(plan, plans));
  const common = (all[0] ?? []).filter((line) => all.every((lines) => lines.includes(line)));
  return {
    common,
    own: (plan: Plan) => settingsOf(plan, plans).filter((line) => !common.includes(line)),
  };
}

/** A hook's call. */
const hook = (name: HookName) => `run_hook ${name} "$${hookSetting(name)}"`;

/** Commands where there is such a hook. */
function ifSet({ hooks }: Machine, name: HookName, ...commands: readonly string[]): string[] {
  return hooks[name] === '' ? [] : [...commands];
}

const metricsOf = (machine: Machine) => (machine.metricsPath === '' ? [] : ['write_metrics']);

const onFailureOf = (machine: Machine) =>
  ifSet(
    machine,
    'on_failure',
    `[ "$exit_status" = 0 ] || ${hook('on_failure')} ||
        worry_late "the hook 'on_failure' failed"`,
  );

/** When the lock is taken, and nothing else done. */
function beforeRunOf(machine: Machine): string[] {
  const { hooks } = machine;
  return [
    ...(hooks.quiesce + hooks.resume === '' ? [] : ['resume_after_kill']),
    ...ifSet(machine, 'before', `${hook('before')} || die "the hook 'before' failed: no backup"`),
  ];
}

/** After a run. */
function reportRunOf(machine: Machine): string[] {
  const { hooks } = machine;
  return [
    'record_result run',
    ...metricsOf(machine),
    ...ifSet(
      machine,
      'on_success',
      `[ "$exit_status" != 0 ] || ${hook('on_success')} ||
        fail_late "the hook 'on_success' failed; '$DIRECTORY' itself is whole"`,
    ),
    ...onFailureOf(machine),
    ...ifSet(
      machine,
      'after',
      `[ -z "$REASON" ] || ${hook('after')} ||
        worry_late "the hook 'after' failed"`,
    ),
    ...(hooks.on_success + hooks.on_failure + hooks.after === ''
      ? []
      : [`[ -z "$TOLD_LATE" ] || record_result run again`, ...metricsOf(machine)]),
  ];
}

/** Functions that are of this machine alone, as lists of commands. */
function occasionsOf(machine: Machine) {
  const { hooks, metricsPath, logPath } = machine;
  const metrics = metricsOf(machine);
  return [
    {
      name: 'report_drill',
      about: 'after a drill, whatever became of it.',
      commands: ['record_result drill', ...metrics, ...onFailureOf(machine)],
    },
    {
      name: 'refresh_metrics',
      about: 'after a verify, or a prune by hand.',
      commands: metrics,
    },
    {
      name: 'before_restore',
      about: 'when a person has agreed to a restore in place.',
      commands: [
        ...ifSet(machine, 'after_restore', 'REPORT=after_restore'),
        ...ifSet(
          machine,
          'before_restore',
          `${hook('before_restore')} || die "the hook 'before_restore' failed"`,
        ),
      ],
    },
    ...(hooks.after_restore === ''
      ? []
      : [
          {
            name: 'after_restore',
            about: 'when it has ended, whatever became of it.',
            commands: [`${hook('after_restore')} || :`],
          },
        ]),
    {
      name: 'install_reports',
      about: 'what they need.',
      commands: logPath === '' ? [] : ['install_log'],
    },
    {
      name: 'check_reports',
      about: 'can they be written?',
      commands: [
        ...(logPath === '' ? [] : ['examine log look_at_log']),
        ...(metricsPath === '' ? [] : ['examine metrics look_at_metrics']),
      ],
    },
    {
      name: 'check_sources',
      about: 'all that is backed up.',
      commands: checksOf(machine),
    },
  ];
}

/** Each source once, whatever the number of its plans. */
function checksOf({ plans }: Machine): string[] {
  const steps = plans.flatMap((plan) => plan.steps);
  const places = new Set(EVERY_SOURCE.flatMap((source) => steps.flatMap(source.places)));
  return [
    ...new Set(
      steps.flatMap((step) =>
        EVERY_SOURCE.flatMap(({ checks }) => checks(step)).map((lines) =>
          lines.map(written).join('\n    '),
        ),
      ),
    ),
    ...(places.size === 0 ? [] : [command('examine', 'disk', 'look_at_disk', ...places)]),
  ];
}

function viewPlan(plan: Plan) {
  const off = plan.enabled ? '' : ' (switched off)';
  return {
    ...plan,
    functionName: functionName('plan', plan.name),
    summary: `${plan.type}, '${plan.schedule}'${off}; keeps ${describeKeep(plan.keep)}`,
    commands: plan.steps.flatMap((step) =>
      EVERY_SOURCE.flatMap((source) => source.commands(step)).map(written),
    ),
  };
}

function viewMysql(database: MysqlDatabase) {
  const { enter, secret, ...reach } = reachMysql(database);
  return {
    ...reach,
    enter: enter.map((word) => `${quote(word)} `).join(''),
    // In the middle of a line.
    secret: typeof secret === 'string' ? secret : secret.map(quote).join(' '),
  };
}

/** In plain words; shared with the summary on the terminal. */
export function describeKeep({ last, ...rules }: Keep): string {
  const kept = Object.entries(rules).filter(([, count]) => count > 0);
  return [
    ...kept.map(([rule, count]) => (rule === 'days' ? `${count} days` : `${count} ${rule}`)),
    `the last ${last}`,
  ].join(', ');
}

function written(line: Line): string {
  if (typeof line === 'string') return line;
  const [name = '', ...words] = line;
  return command(name, ...words);
}

/** On lines of up to 80 columns, where the words allow it. */
function command(name: string, ...words: readonly string[]): string {
  const lines = [name];
  for (const word of words.map(quote)) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= 70) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.join(' \\\n        ');
}
