import type { Machine } from '../plan/plan.ts';
import { visible } from '../read/problems.ts';
import { crontabLines } from '../script/crontab.ts';
import { describeKeep } from '../script/render.ts';
import { toolsOf } from '../script/tools.ts';

/** A few lines for the person whose standard output went into a file. */
export function renderSummary(machine: Machine): string {
  return `${[
    ...machine.plans.map(
      ({ name, type, keep }) => `plan ${name}: ${type}, keeps ${describeKeep(keep)}`,
    ),
    `the VM needs: ${toolsOf(machine).join(', ')}; zstd is used where it is there`,
    `copy it there:  scp backup.sh VM:${machine.installPath}`,
    `install it:     ssh VM 'chmod 755 ${machine.installPath} && ${machine.installPath} install'`,
    'crontab lines:',
    ...crontabLines(machine).map((line) => `  ${line}`),
  ]
    .map(visible)
    .join('\n')}\n`;
}
