import type { Machine } from './plan.ts';

/** What the VM must have, in words. */
export function toolsOf(machine: Machine): string[] {
  const kinds = new Set(machine.plans.flatMap(({ steps }) => steps.map(({ kind }) => kind)));
  return [
    'sh and base tools',
    ...(kinds.has('sqlite') || kinds.has('sqlite-tables') ? ['sqlite3'] : []),
    ...clientTools(machine),
    ...(kinds.has('files') ? ['tar with --exclude-from'] : []),
  ];
}

/** What MySQL databases need on the VM itself; clients in a container are there already. */
function clientTools({ mysql }: Machine): string[] {
  const here = mysql.some(({ enter }) => enter.length === 0) ? ['mysql and mysqldump'] : [];
  const enter = mysql.flatMap(({ enter: [command] }) => (command === undefined ? [] : [command]));
  return [...here, ...new Set(enter)];
}
