import aside from '../../templates/parts/aside.sh';
import check from '../../templates/parts/check.sh';
import backup from '../../templates/parts/backup.sh';
import beyondAscii from '../../templates/parts/beyond_ascii.sh';
import catalog from '../../templates/parts/catalog.sh';
import commands from '../../templates/parts/command_line.sh';
import compression from '../../templates/parts/compression.sh';
import continuousStatus from '../../templates/parts/continuous_status.sh';
import destination from '../../templates/parts/destination.sh';
import drill from '../../templates/parts/drill.sh';
import hooks from '../../templates/parts/hooks.sh';
import install from '../../templates/parts/install.sh';
import links from '../../templates/parts/links.sh';
import logFile from '../../templates/parts/log_file.sh';
import messages from '../../templates/parts/messages.sh';
import metrics from '../../templates/parts/metrics.sh';
import noQuiesce from '../../templates/parts/no_quiesce.sh';
import owner from '../../templates/parts/owner.sh';
import onePlan from '../../templates/parts/one_plan.sh';
import pipes from '../../templates/parts/pipes.sh';
import processes from '../../templates/parts/processes.sh';
import quiesce from '../../templates/parts/quiesce.sh';
import restore from '../../templates/parts/restore.sh';
import results from '../../templates/parts/results.sh';
import retention from '../../templates/parts/retention.sh';
import severalPlans from '../../templates/parts/several_plans.sh';
import state from '../../templates/parts/state.sh';
import status from '../../templates/parts/status.sh';
import verify from '../../templates/parts/verify.sh';
import warnings from '../../templates/parts/warnings.sh';
import checkMetrics from '../../templates/parts/check_metrics.sh';
import find from '../../templates/parts/find.sh';
import mount from '../../templates/parts/mount.sh';
import prune from '../../templates/parts/prune.sh';
import self from '../../templates/parts/self.sh';
import showStatus from '../../templates/parts/show_status.sh';
import stateForPeople from '../../templates/parts/state_for_people.sh';
import strange from '../../templates/parts/strange.sh';
import timeLimit from '../../templates/parts/time_limit.sh';
import { type Machine, stepsOf } from '../plan/plan.ts';
import type { Parts } from '../sources/source.ts';
import { EVERY_SOURCE } from '../sources/sources.ts';
import {
  always,
  both,
  hasAnyHook,
  hasHook,
  hasMetrics,
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
  { title: 'One plan', text: onePlan, isNeeded: ({ plans }) => plans.length === 1 },
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
  { title: 'Writers go on', text: noQuiesce, isNeeded: not(hasHook('quiesce', 'resume')) },
  { title: 'Pipes', text: pipes, isNeeded: isUsed('pipes') },
  {
    title: "Other users' directories",
    text: owner,
    isNeeded: isUsed('owner'),
  },
  ...ofSources('night'),
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
  { title: 'Log', text: logFile, isNeeded: ({ logPath }) => logPath !== '' },
  { title: 'Check', text: check, isNeeded: always },
  { title: 'Check metrics', text: checkMetrics, isNeeded: hasMetrics },
  ...ofSources('check'),
  { title: 'Restore', text: restore, isNeeded: always },
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
