import { crontabLines } from './crontab.ts';
import type { Machine } from './plan.ts';
import { describeKeep } from './render.ts';

/** A few lines for the person whose standard output went into a file. */
export function renderSummary(machine: Machine): string {
  const kinds = new Set(machine.plans.flatMap(({ steps }) => steps.map(({ kind }) => kind)));
  const tools = [
    'sh and base tools',
    ...(kinds.has('sqlite') || kinds.has('sqlite-tables') ? ['sqlite3'] : []),
    ...clientTools(machine),
    ...(kinds.has('files') ? ['tar with --exclude-from'] : []),
  ];
  return `${[
    ...machine.plans.map(
      ({ name, type, keep }) => `plan ${name}: ${type}, keeps ${describeKeep(keep)}`,
    ),
    `the VM needs: ${tools.join(', ')}; zstd is used where it is there`,
    `copy it there:  scp backup.sh VM:${machine.installPath} && ssh VM chmod 755 ${machine.installPath}`,
    'crontab lines:',
    ...crontabLines(machine).map((line) => `  ${line}`),
  ].join('\n')}\n`;
}

/** What MySQL databases need on the VM itself; clients in a container are there already. */
function clientTools({ mysql }: Machine): string[] {
  const here = mysql.some(({ enter }) => enter.length === 0) ? ['mysql and mysqldump'] : [];
  const enter = mysql.flatMap(({ enter: [command] }) => (command === undefined ? [] : [command]));
  return [...here, ...new Set(enter)];
}
