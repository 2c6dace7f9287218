import backup from '../templates/parts/backup.sh';
import beyondAscii from '../templates/parts/beyond_ascii.sh';
import catalog from '../templates/parts/catalog.sh';
import commands from '../templates/parts/commands.sh';
import compression from '../templates/parts/compression.sh';
import destination from '../templates/parts/destination.sh';
import files from '../templates/parts/files.sh';
import messages from '../templates/parts/messages.sh';
import onePlan from '../templates/parts/one_plan.sh';
import processes from '../templates/parts/processes.sh';
import restore from '../templates/parts/restore.sh';
import restoreFiles from '../templates/parts/restore_files.sh';
import restoreSqlite from '../templates/parts/restore_sqlite.sh';
import restoreTables from '../templates/parts/restore_tables.sh';
import retention from '../templates/parts/retention.sh';
import severalPlans from '../templates/parts/several_plans.sh';
import sqlite from '../templates/parts/sqlite.sh';
import sqliteTables from '../templates/parts/sqlite_tables.sh';
import state from '../templates/parts/state.sh';
import verify from '../templates/parts/verify.sh';
import type { Machine, StepKind } from './plan.ts';
import { isBeyondAscii } from './quote.ts';

export interface Part {
  readonly title: string;
  readonly text: string;
  readonly isNeeded: (machine: Machine) => boolean;
}

const always = () => true;

const has =
  (...kinds: readonly StepKind[]) =>
  ({ plans }: Machine) =>
    plans.some(({ steps }) => steps.some(({ kind }) => kinds.includes(kind)));

const hasSqlite = has('sqlite', 'sqlite-tables');

/** Every part, in the order of the script. */
export const PARTS: readonly Part[] = [
  {
    title: 'Names beyond ASCII',
    text: beyondAscii,
    isNeeded: (machine) => isBeyondAscii(JSON.stringify(machine)),
  },
  { title: 'Messages', text: messages, isNeeded: always },
  { title: 'Processes', text: processes, isNeeded: always },
  { title: 'Local state', text: state, isNeeded: always },
  { title: 'Destination', text: destination, isNeeded: always },
  { title: 'Compression', text: compression, isNeeded: always },
  { title: 'Backup', text: backup, isNeeded: always },
  { title: 'SQLite', text: sqlite, isNeeded: hasSqlite },
  { title: 'SQLite tables', text: sqliteTables, isNeeded: has('sqlite-tables') },
  { title: 'Files', text: files, isNeeded: has('files') },
  { title: 'Catalog', text: catalog, isNeeded: always },
  { title: 'Retention', text: retention, isNeeded: always },
  { title: 'Verify', text: verify, isNeeded: always },
  { title: 'Restore', text: restore, isNeeded: always },
  { title: 'Restore SQLite', text: restoreSqlite, isNeeded: hasSqlite },
  { title: 'Restore SQLite tables', text: restoreTables, isNeeded: has('sqlite-tables') },
  { title: 'Restore files', text: restoreFiles, isNeeded: has('files') },
  { title: 'One plan', text: onePlan, isNeeded: ({ plans }) => plans.length === 1 },
  { title: 'Several plans', text: severalPlans, isNeeded: ({ plans }) => plans.length > 1 },
  { title: 'Commands', text: commands, isNeeded: always },
];

/** The parts that this machine's script needs. */
export function partsFor(machine: Machine): Part[] {
  return PARTS.filter(({ isNeeded }) => isNeeded(machine));
}
