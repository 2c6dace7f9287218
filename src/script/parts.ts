import aside from '../../templates/day/aside.sh';
import check from '../../templates/day/check.sh';
import backup from '../../templates/night/backup.sh';
import beyondAscii from '../../templates/night/beyond_ascii.sh';
import catalog from '../../templates/night/catalog.sh';
import commands from '../../templates/day/command_line.sh';
import compression from '../../templates/night/compression.sh';
import destination from '../../templates/night/destination.sh';
import drill from '../../templates/day/drill.sh';
import hooks from '../../templates/night/hooks.sh';
import install from '../../templates/day/install.sh';
import diff from '../../templates/day/diff.sh';
import list from '../../templates/day/list.sh';
import pin from '../../templates/day/pin.sh';
import rehearse from '../../templates/day/rehearse.sh';
import show from '../../templates/day/show.sh';
import links from '../../templates/day/links.sh';
import logFile from '../../templates/day/log_file.sh';
import messages from '../../templates/night/messages.sh';
import others from '../../templates/day/others.sh';
import metrics from '../../templates/night/metrics.sh';
import owner from '../../templates/night/owner.sh';
import pipes from '../../templates/night/pipes.sh';
import processes from '../../templates/night/processes.sh';
import quiesce from '../../templates/night/quiesce.sh';
import restore from '../../templates/day/restore.sh';
import results from '../../templates/night/results.sh';
import retention from '../../templates/night/retention.sh';
import severalPlans from '../../templates/night/several_plans.sh';
import state from '../../templates/night/state.sh';
import status from '../../templates/day/status.sh';
import verify from '../../templates/day/verify.sh';
import warnings from '../../templates/night/warnings.sh';
import checkOtherSchedule from '../../templates/day/check_other_schedule.sh';
import checkMetrics from '../../templates/day/check_metrics.sh';
import find from '../../templates/day/find.sh';
import mount from '../../templates/night/mount.sh';
import prune from '../../templates/day/prune.sh';
import self from '../../templates/night/self.sh';
import someTables from '../../templates/day/some_tables.sh';
import showStatus from '../../templates/day/show_status.sh';
import stateForPeople from '../../templates/day/state_for_people.sh';
import strange from '../../templates/night/strange.sh';
import timers from '../../templates/day/timers.sh';
import timeLimit from '../../templates/night/time_limit.sh';
import differential from '../../templates/sources/sqlite/differential.sh';
import continuousStatus from '../../templates/sources/sqlite/continuous_status.sh';
import { type Machine, stepsOf } from '../plan/plan.ts';
import type { Parts } from '../sources/source.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';
import {
  always,
  both,
  hasAnyHook,
  hasDatabases,
  hasHook,
  hasMetrics,
  isDifferential,
  isFollowing,
  isUsed,
  type Need,
  not,
} from './needs.ts';
import { isBeyondAscii } from './quote.ts';

export interface Part {
  readonly title: string;
  readonly text: string;
  readonly isNeeded: Need;
}

/** Of each source, one after the other. */
function ofSources(where: keyof Parts): Part[] {
  return EVERY_SOURCE.flatMap(({ parts }) => parts[where]).map((part) => ({
    ...part,
    isNeeded: (machine) => part.isNeeded(stepsOf(machine)),
  }));
}

/** Every part of what cron executes, in the order of the script. */
export const NIGHT: readonly Part[] = [
  { title: 'Several plans', text: severalPlans, isNeeded: ({ plans }) => plans.length > 1 },
  { title: 'Messages', text: messages, isNeeded: always },
  { title: 'Processes', text: processes, isNeeded: always },
  { title: 'Time limit', text: timeLimit, isNeeded: always },
  { title: 'Local state', text: state, isNeeded: always },
  { title: 'This script', text: self, isNeeded: always },
  { title: 'Hooks', text: hooks, isNeeded: hasAnyHook },
  { title: 'Destination', text: destination, isNeeded: always },
  { title: 'A volume of its own', text: mount, isNeeded: ({ requireMount }) => requireMount },
  { title: 'Compression', text: compression, isNeeded: always },
  { title: 'Backup', text: backup, isNeeded: always },
  { title: 'What no restore would accept', text: strange, isNeeded: always },
  { title: 'Warnings', text: warnings, isNeeded: isUsed('warnings') },
  { title: 'Writers pause', text: quiesce, isNeeded: hasHook('quiesce', 'resume') },
  { title: 'Pipes', text: pipes, isNeeded: isUsed('pipes') },
  {
    title: "Other users' directories",
    text: owner,
    isNeeded: (machine) => isUsed('owner')(machine) || hasMetrics(machine),
  },
  ...ofSources('night'),
  { title: 'SQLite: patches', text: differential, isNeeded: isDifferential },
  { title: 'Catalog', text: catalog, isNeeded: always },
  { title: 'Retention', text: retention, isNeeded: always },
  { title: 'Results', text: results, isNeeded: always },
  { title: 'Status', text: status, isNeeded: hasMetrics },
  { title: 'Metrics', text: metrics, isNeeded: hasMetrics },
  {
    title: 'Continuous: status',
    text: continuousStatus,
    isNeeded: both(isFollowing, hasMetrics),
  },
];

/** Every part of what a person runs, in the order of the script. */
export const DAY: readonly Part[] = [
  { title: 'Local state, by day', text: stateForPeople, isNeeded: always },
  { title: 'Backups that there are', text: find, isNeeded: always },
  { title: 'Backups that count for no plan', text: others, isNeeded: always },
  { title: 'List', text: list, isNeeded: always },
  { title: 'Show', text: show, isNeeded: always },
  { title: 'Diff', text: diff, isNeeded: always },
  { title: 'Pin', text: pin, isNeeded: always },
  { title: 'A run that only looks', text: rehearse, isNeeded: always },
  { title: 'Prune', text: prune, isNeeded: always },
  { title: 'Verify', text: verify, isNeeded: always },
  { title: 'Drill', text: drill, isNeeded: always },
  { title: 'Status', text: status, isNeeded: not(hasMetrics) },
  {
    title: 'Continuous: status',
    text: continuousStatus,
    isNeeded: both(isFollowing, not(hasMetrics)),
  },
  { title: 'Status, shown', text: showStatus, isNeeded: always },
  { title: 'Install', text: install, isNeeded: always },
  { title: 'Timers of systemd', text: timers, isNeeded: always },
  { title: 'Log', text: logFile, isNeeded: ({ logPath }) => logPath !== '' },
  { title: 'Check', text: check, isNeeded: always },
  { title: 'Check metrics', text: checkMetrics, isNeeded: hasMetrics },
  {
    title: 'Check another schedule',
    text: checkOtherSchedule,
    isNeeded: ({ otherSchedule }) => otherSchedule !== '',
  },
  ...ofSources('check'),
  { title: 'Restore', text: restore, isNeeded: always },
  { title: 'Some tables of a whole', text: someTables, isNeeded: hasDatabases },
  {
    title: 'Links among restored files',
    text: links,
    isNeeded: isUsed('links'),
  },
  { title: 'What is set aside', text: aside, isNeeded: isUsed('aside') },
  ...ofSources('restore'),
];

/** What reads the command line. */
export const COMMAND_LINE = commands;

export const BEYOND_ASCII: Part = {
  title: 'Names beyond ASCII',
  text: beyondAscii,
  isNeeded: (machine) => isBeyondAscii(JSON.stringify(machine)),
};

/** Of some parts, those that this machine's script needs. */
export function partsFor(machine: Machine, parts: readonly Part[]): Part[] {
  return parts.filter(({ isNeeded }) => isNeeded(machine));
}
