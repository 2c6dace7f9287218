import type { Follow, Machine, Plan } from '../plan/plan.ts';
import { visible } from '../read/problems.ts';
import { nextRuns } from '../read/schedule.ts';
import { describeDuration } from '../read/units.ts';
import { describeKeep } from '../script/render.ts';
import { toolsOf } from '../script/tools.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';
import { explainLoss } from './explain-loss.ts';
import { countKept } from './kept.ts';
import { clockNote } from './schedule-clock.ts';
import { describeSchedule } from './schedule-words.ts';

/** What the script of a machine will do, in plain words. `now` is where its next runs are counted from. */
export function renderExplanation(machine: Machine, now: Date): string {
  const sections = [
    [`${machine.name}: backups go to ${machine.backupPath} on the VM`],
    ...machine.plans.map((plan) => explainPlan(plan, now)),
    ...explainMore(machine),
    ...explainClock(machine),
    [
      'What can be lost at most, besides what is written while a run takes:',
      ...explainLoss(machine),
    ],
    ['What happens to writers:', ...explainWriters(machine)],
    [`The VM needs ${toolsOf(machine).join(', ')}; zstd is used where it is there.`],
  ];
  return `${sections.map((lines) => lines.map(visible).join('\n')).join('\n\n')}\n`;
}

function explainMore({ hooks, drillSchedule, otherSchedule }: Machine): string[][] {
  const named = Object.entries(hooks).filter(([, code]) => code !== '');
  return [
    ...(drillSchedule === ''
      ? []
      : [[`A drill runs ${describeSchedule(drillSchedule)} ('${drillSchedule}')`]]),
    ...(otherSchedule === ''
      ? []
      : [
          [
            `${otherSchedule} on the VM, if it is there, is the schedule of the deployer's own backups:`,
            '  it goes on beside this one, and stops the tracker. Remove it when a drill has proved a backup;',
            "  'check' says whether it is there.",
          ],
        ]),
    ...(named.length === 0
      ? []
      : [['Your own commands:', ...named.map(([name, code]) => `  ${name}: ${code}`)]]),
  ];
}

/** Of schedules at hours that some night lacks, or has twice. */
function explainClock({ plans, drillSchedule }: Machine): string[][] {
  const jobs = [
    ...plans
      .filter(({ enabled }) => enabled)
      .map(({ name, schedule }) => ({ label: `plan ${name}`, schedule })),
    ...(drillSchedule === '' ? [] : [{ label: 'the drill', schedule: drillSchedule }]),
  ];
  const notes = jobs.flatMap(({ label, schedule }) => {
    const note = clockNote(schedule);
    return note === undefined ? [] : [{ label, note }];
  });
  if (notes.length === 0) return [];
  const texts = [...new Set(notes.map(({ note }) => note))];
  return [
    [
      "If the VM's clock is not UTC:",
      ...texts.map((text) => {
        const labels = notes.filter(({ note }) => note === text).map(({ label }) => label);
        return `  ${labels.join(', ')}: ${text}`;
      }),
      '  A run that is left out is made up for by the next one; status is overdue only after twice the longest gap. Where it is made twice, there are two backups.',
      '  From 04:00 on, or with the clock at UTC, every day has each run once.',
    ],
  ];
}

function explainPlan(plan: Plan, now: Date): string[] {
  return [
    `Plan ${plan.name} (${plan.type})`,
    ...rows(
      'copies',
      plan.steps.flatMap((step) => EVERY_SOURCE.flatMap(({ explain }) => explain(step))),
    ),
    ...rows('when', explainSchedule(plan, now)),
    ...rows('keeps', [explainKeep(plan)]),
    ...rows('patches', explainPatches(plan)),
    ...rows('follows', plan.follows.flatMap(explainFollow)),
  ];
}

/** Of a differential plan: when a backup is full, and what the others need. */
function explainPatches({ fullEveryS }: Plan): string[] {
  return fullEveryS === 0
    ? []
    : [
        `of SQLite databases, only what has changed since the last full backup, which is made at least every ${describeDuration(fullEveryS)}, and stays while a kept one needs it`,
        'needs zstd 1.4.5 or later on the VM; without it every backup is full',
      ];
}

/** What is archived in between, what it costs, and what the application notices. */
function explainFollow({ intervalS, changesS, maxWalKb }: Follow): string[] {
  const maxWal = maxWalKb % 1024 === 0 ? `${maxWalKb / 1024} MiB` : `${maxWalKb} KiB`;
  return [
    `every transaction, ${describeDuration(intervalS)} behind at most; each instant of the last ${describeDuration(changesS)} can be restored`,
    'cron starts it every minute, and it ends at once where it runs already',
    `room: all pages that a transaction changes; with 20 KB each, compressed to a quarter, one a second makes ${Math.round((changesS * 5) / 1024)} MB in ${describeDuration(changesS)}`,
    `when the destination cannot be written to, the write-ahead log grows to ${maxWal}; then there is a gap, and a new base`,
    `the application: a checkpoint of its own with TRUNCATE may wait for ${describeDuration(intervalS)}; commits wait for some milliseconds when the log has reached 24 MB`,
  ];
}

/** A label, and lines beside it. */
function rows(label: string, lines: readonly string[]): string[] {
  return lines.map((line, i) => `  ${(i === 0 ? label : '').padEnd(8)} ${line}`);
}

function explainSchedule({ enabled, schedule, name }: Plan, now: Date): string[] {
  if (!enabled) return [`switched off: only when a person says 'run ${name}'`];
  const next = nextRuns(schedule, now, 3).map((run) =>
    run.toISOString().slice(0, 16).replace('T', ' '),
  );
  return [
    `${describeSchedule(schedule)} ('${schedule}', by the VM's clock)`,
    `next: ${next.join(', ')}, where that clock is UTC`,
  ];
}

function explainKeep({ keep, schedule }: Plan): string {
  const { count, isMore } = countKept(keep, schedule);
  const total = isMore ? `more than ${count}` : String(count);
  return `${describeKeep(keep)}: ${total} backup${total === '1' ? '' : 's'} in the long run`;
}

function explainWriters({ plans }: Machine): string[] {
  const lines = plans.flatMap(({ steps }) =>
    steps.flatMap((step) => EVERY_SOURCE.flatMap(({ writers }) => writers(step))),
  );
  return [...new Set(lines)].map((line) => `  ${line}`);
}
