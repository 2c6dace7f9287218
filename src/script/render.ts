import template from '../../templates/backup.sh.ejs';
import { type Keep, type Machine, type Plan, stepsOf } from '../plan/plan.ts';
import { visible } from '../read/problems.ts';
import type { MysqlDatabase } from '../sources/mysql/plan.ts';
import { reachMysql } from '../sources/mysql/reach.ts';
import { functionName } from '../sources/source.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';
import { viewCommands } from './command-line.ts';
import { crontabLines } from './crontab.ts';
import { written } from './lines.ts';
import { hasAnyHook, isUsed, needsSource } from './needs.ts';
import { afterRunOf, beforeRunOf, occasionsOf, reportRunOf } from './occasions.ts';
import { onlyNeeded } from './only.ts';
import { BEYOND_ASCII, COMMAND_LINE, DAY, NIGHT, type Part, partsFor } from './parts.ts';
import { quote } from './quote.ts';
import { moreSettings, viewSettings } from './settings.ts';
import { toolsOf } from './tools.ts';

/** The text of the script. The template decides nothing: `<%= %>` is one shell word, `<%- %>` our own text. */
export function render(machine: Machine): string {
  return template(
    {
      machine,
      generator: `gen-backup ${GEN_BACKUP_VERSION}`,
      crontab: crontabLines(machine),
      inComment,
      more: moreSettings(machine),
      settings: viewSettings(machine.plans),
      occasions: occasionsOf(machine).filter(({ commands }) => commands.length > 0),
      plans: machine.plans.map(viewPlan),
      needs: needsOf(machine),
      night: nightOf(machine),
      first: partsFor(machine, [BEYOND_ASCII]).map(({ text }) => text),
      beforeRun: beforeRunOf(machine),
      afterRun: afterRunOf(machine),
      nightParts: partsFor(machine, NIGHT).map((part) => viewPart(part, machine)),
      reportRun: reportRunOf(machine),
      dayParts: partsFor(machine, DAY).map((part) => viewPart(part, machine)),
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

function restorersOf(machine: Machine) {
  const steps = stepsOf(machine);
  return EVERY_SOURCE.flatMap(({ restorers }) => restorers).filter(({ isNeeded }) =>
    isNeeded(steps),
  );
}

function viewPart({ title, text }: Part, machine: Machine): string {
  return `${ruler(title)}\n${onlyNeeded(text, machine)}`;
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
    `Cron runs main, at the end: read the settings, the plans, NIGHT and THE COMMAND LINE${
      drillSchedule === '' ? '' : ', and of DAY the drill'
    }. NIGHT writes below ${places.slice(0, -1).join(', ')} and ${places.at(-1)}, and nowhere else${
      beside
        ? ', but for what SQLite itself keeps beside a database that is read (-wal, -shm), and the clone that lies there for a moment where the filesystem can clone'
        : ''
    }. It removes what is unfinished and, behind a new backup, those that have expired; never to make room.${
      needsSource('mysql')(machine) || hasAnyHook(machine) ? '' : ' It talks to no network.'
    } DAY is what a person runs.`,
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
export function describeKeep({ last, ...others }: Keep): string {
  const kept = Object.entries(others).filter(([, count]) => count > 0);
  const rules = kept.map(([rule, count]) =>
    rule === 'days' ? `${count} days` : `${count} ${rule}`,
  );
  return `${rules.join(', ')}${rules.length === 0 ? '' : ' and always '}the last ${last}`;
}
