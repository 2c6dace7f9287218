// A schema of a private MariaDB server.
import { startMariadb } from '../data.mjs';
import { alternate, has, median, observed, run } from '../measure.mjs';
import { backUp, makeScript, mysql, nextSecond, OUR_LEVEL } from '../ours.mjs';
import * as peers from '../peers.mjs';
import { atOurLevel, bytes, ratioGoal, seconds, times } from '../words.mjs';
import { costTable } from './sqlite.mjs';

export const title = 'MySQL (MariaDB), 1 GB';

const BARE = '`mysqldump | zstd -T0`';
const SAME_LEVEL = `\`mysqldump | zstd -T0 -${OUR_LEVEL}\``;

export async function measure({ small, rounds }) {
  const { socket, stop } = await startMariadb(small ? 30 : 3000);
  try {
    return await measureServed(socket, rounds);
  } finally {
    await stop();
  }
}

async function measureServed(socket, rounds) {
  const lines = 'compression = "zstd"';
  const ours = await makeScript('large', mysql('large', socket), lines);
  const tenth = await makeScript('tenth', mysql('small', socket), lines);
  await peers.mysqldump(socket, 'large'); // so that the server has read it
  const contenders = {
    [BARE]: { rounds: rounds(5), seconds: () => peers.mysqldump(socket, 'large') },
    [SAME_LEVEL]: {
      rounds: rounds(3),
      seconds: () => peers.mysqldump(socket, 'large', OUR_LEVEL),
    },
    'our run': { rounds: rounds(5), seconds: async () => (await backUp(ours)).seconds },
    'mydumper, 2 threads, gzip': { rounds: 1, seconds: () => peers.mydumper(socket, 'large') },
    'automysqlbackup (gzip)': { rounds: 1, seconds: () => peers.automysqlbackup(socket, 'large') },
  };
  if (!(await has('mydumper'))) delete contenders['mydumper, 2 threads, gzip'];
  if (!(await has('automysqlbackup'))) delete contenders['automysqlbackup (gzip)'];
  const measured = await alternate(contenders);
  const [bare, run_] = [median(measured[BARE]), median(measured['our run'])];

  peers.openOut();
  const costs = [[BARE, await observed(peers.mysqldumpText(socket, 'large'))]];
  const dump = await dumpBytes(socket);
  await nextSecond();
  costs.push([`our run, ${bytes(dump)}`, await observed(ours.command)]);
  costs.push(['our run, a tenth of the rows', await observed(tenth.command)]);
  peers.openOut();
  return {
    goals: [
      ratioGoal(`MySQL run, ${bytes(dump)} of dump`, 1.05, [run_, 'ours'], [bare, BARE], {
        more: atOurLevel(run_, median(measured[SAME_LEVEL])),
      }),
    ],
    tables: [
      {
        caption: `A dump of ${bytes(dump)}. Ours is a whole run: the dump by the same flags, compression, reading it back, sha256, sync, publishing. The bare pipe ends with a sync of its result; as many threads. Medians.`,
        head: ['what', 'time', 'ratio', 'runs'],
        rows: Object.entries(measured).map(([name, list]) => [
          name,
          seconds(median(list)),
          times(median(list) / bare),
          list.length,
        ]),
      },
      costTable(costs, " The server's own are not in it."),
    ],
  };
}

async function dumpBytes(socket) {
  const text = peers.mysqldumpText(socket, 'large').replace(/zstd -q[^&]*&&.*/s, 'wc -c');
  return Number((await run(text)).stdout);
}
