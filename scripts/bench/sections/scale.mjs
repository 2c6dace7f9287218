// list, status and prune where there are many backups.
import { join } from 'node:path';
import { makeBackups, makeDatabase } from '../data.mjs';
import { alternate, median, sh, timed } from '../measure.mjs';
import { backUp, makeScript, sqlite } from '../ours.mjs';
import { place } from '../place.mjs';
import { limitGoal, seconds, times } from '../words.mjs';

export const title = 'Many backups';

const COMMANDS = ['list', 'status', 'prune --dry-run'];

export async function measure({ rounds }) {
  const database = await makeDatabase(join(place, 'scale.db'), 1);
  const ours = await makeScript('scale', sqlite(database), 'schedule = "*/5 * * * *"', {
    keep: '',
  });
  await backUp(ours);
  const measured = {};
  for (const count of [1000, 10_000]) {
    makeBackups(join(ours.backups, 'default'), 'scale', count);
    const contenders = COMMANDS.map((words) => [
      words,
      // status ends with 1 when something is to be looked at
      {
        rounds: rounds(5),
        seconds: () => timed(`${sh`sh ${ours.script}`} ${words}`, { allow: [0, 1] }),
      },
    ]);
    measured[count] = await alternate(Object.fromEntries(contenders));
  }
  const at = (count, words) => median(measured[count][words]);
  return {
    goals: COMMANDS.map((words) =>
      limitGoal(
        `\`${words}\` on 10,000 backups`,
        '1 s, and linear: 10 × that of 1,000 at most',
        `${seconds(at(10_000, words))}; ${times(at(10_000, words) / at(1000, words))} that of 1,000`,
        at(10_000, words) <= 1 && at(10_000, words) <= 10 * at(1000, words),
      ),
    ),
    tables: [
      {
        caption: `Backups of one plan, every five minutes, of which only the manifests exist. Medians of ${rounds(5)}.`,
        head: ['command', '1,000 backups', '10,000 backups', 'ratio'],
        rows: COMMANDS.map((words) => [
          `\`${words}\``,
          seconds(at(1000, words)),
          seconds(at(10_000, words)),
          times(at(10_000, words) / at(1000, words)),
        ]),
      },
    ],
  };
}
