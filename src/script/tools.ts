import { hasStep, needsSqlite } from './needs.ts';
import type { Machine } from '../plan/plan.ts';

/** What the VM must have, in words. */
export function toolsOf(machine: Machine): string[] {
  return [
    'sh and base tools',
    ...(needsSqlite(machine) ? ['sqlite3'] : []),
    ...clientTools(machine),
    ...(hasStep('files')(machine) ? ['tar (GNU tar for access lists and attributes)'] : []),
  ];
}

/** What MySQL databases need on the VM itself; clients in a container are there already. */
function clientTools({ mysql }: Machine): string[] {
  const here = mysql.some(({ enter }) => enter.length === 0) ? ['mysql and mysqldump'] : [];
  const enter = mysql.flatMap(({ enter: [command] }) => (command === undefined ? [] : [command]));
  return [...here, ...new Set(enter)];
}
