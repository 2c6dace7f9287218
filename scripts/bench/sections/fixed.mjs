// What a run costs where there is next to nothing to back up.
import { join } from 'node:path';
import { makeDatabase } from '../data.mjs';
import { alternate, has, median, sh, timed } from '../measure.mjs';
import { makeScript, nextSecond, sqlite } from '../ours.mjs';
import { place } from '../place.mjs';
import { countPrograms, trace } from '../trace.mjs';
import { limitGoal, seconds } from '../words.mjs';

export const title = 'Fixed cost of a run';

const SHELLS = ['dash', 'bash', 'busybox sh', 'ksh93', 'mksh'];

export async function measure({ rounds, small }) {
  const database = await makeDatabase(join(place, 'fixed.db'), 1);
  const { script } = await makeScript('fixed', sqlite(database), '', { nice: true });
  await timed(sh`dash ${script} run`); // the first one makes the destination
  const contenders = {};
  for (const shell of SHELLS) {
    if (!(await has(shell.split(' ')[0]))) continue;
    contenders[shell] = {
      rounds: shell === 'dash' ? rounds(11) : rounds(3),
      seconds: async () => {
        await new Promise((resolve) => setTimeout(resolve, 900)); // or its id were taken
        await nextSecond();
        return timed(`${shell} ${sh`${script}`} run`);
      },
    };
  }
  const measured = await alternate(small ? { dash: contenders.dash } : contenders);
  const dash = median(measured.dash);
  await new Promise((resolve) => setTimeout(resolve, 1100));
  const traced = (await has('strace')) ? await trace(['dash', script, 'run']) : undefined;
  const programs = traced && countPrograms(traced);
  return {
    goals: [
      limitGoal('`run` on 1 MB, dash', '0.3 s', seconds(dash), dash <= 0.3),
      ...(traced === undefined
        ? []
        : [
            limitGoal(
              'processes that it starts',
              'counted',
              `${traced.forks} processes, ${traced.programs.length} programs executed`,
              null,
            ),
          ]),
    ],
    tables: [
      {
        caption:
          'A whole run with the default settings (every check, zstd, `nice`) on a database of 1 MB. Medians.',
        head: ['shell', 'time', 'runs'],
        rows: Object.entries(measured).map(([shell, list]) => [
          shell,
          seconds(median(list)),
          list.length,
        ]),
      },
      ...(programs === undefined
        ? []
        : [
            {
              caption: 'The programs that it executes (strace, dash).',
              head: ['program', 'times'],
              rows: programs,
            },
          ]),
    ],
  };
}
