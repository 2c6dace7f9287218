import { crontabLines } from './crontab.ts';
import { hasStep, needsSqlite } from './needs.ts';
import type { Machine } from './plan.ts';
import { describeKeep } from './render.ts';

/** A few lines for the person whose standard output went into a file. */
export function renderSummary(machine: Machine): string {
  const tools = [
    'sh and base tools',
    ...(needsSqlite(machine) ? ['sqlite3'] : []),
    ...clientTools(machine),
    ...(hasStep('files')(machine) ? ['tar (GNU tar for access lists and attributes)'] : []),
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
