// Trees of files.
import { largeFiles, smallFiles } from '../data.mjs';
import { alternate, diskUse, has, median, observed } from '../measure.mjs';
import { backUp, files, makeScript, nextSecond, OUR_LEVEL } from '../ours.mjs';
import * as peers from '../peers.mjs';
import { bytes, ratioGoal, seconds, times } from '../words.mjs';
import { costTable } from './sqlite.mjs';

export const title = 'Files';

const BARE = '`tar | zstd -T0`';
const AS_OURS = { level: OUR_LEVEL, options: "--sparse --xattrs '--xattrs-include=*'" };
const SAME = `\`tar --sparse --xattrs | zstd -T0 -${OUR_LEVEL}\``;

/** The program that it needs, what it is called, how it backs up a tree. */
const ALL_PEERS = [
  ['tar', 'the deployment: `tar -czf`', peers.deploymentFiles],
  ['restic', 'restic', peers.restic],
  ['borgmatic', 'borgmatic', peers.borgmatic],
  ['rsnapshot', 'rsnapshot', peers.rsnapshot],
];

export async function measure({ small, rounds }) {
  const trees = [
    {
      name: `${small ? 1000 : 100_000} small files`,
      tree: await smallFiles(small ? 1000 : 100_000),
      rounds: rounds(5),
      others: ALL_PEERS,
    },
    {
      name: `${small ? 10 : 500} files of 4 MB`,
      tree: await largeFiles(small ? 10 : 500),
      rounds: rounds(3),
      // The rest take minutes and tell nothing new.
      others: ALL_PEERS.filter(([program]) => ['restic', 'rsnapshot'].includes(program)),
    },
  ];
  const result = { goals: [], tables: [] };
  for (const [index, about] of trees.entries()) {
    const { goal, tables } = await measureTree(`tree${index}`, about);
    result.goals.push(goal);
    result.tables.push(...tables);
  }
  return result;
}

async function measureTree(environment, { name, tree, rounds, others }) {
  const ours = await makeScript(environment, files(tree), 'compression = "zstd"');
  await peers.tarZstd(tree); // so that it is in the page cache for all
  const contenders = {
    [BARE]: { rounds, seconds: () => peers.tarZstd(tree) },
    [SAME]: { rounds, seconds: () => peers.tarZstd(tree, AS_OURS) },
    'our run': { rounds, seconds: async () => (await backUp(ours)).seconds },
  };
  for (const [program, label, backUpBy] of others) {
    if (await has(program)) contenders[label] = { rounds: 1, seconds: () => backUpBy(tree) };
  }
  const measured = await alternate(contenders);
  const [bare, run] = [median(measured[BARE]), median(measured['our run'])];
  peers.openOut();
  const costs = [[BARE, await observed(peers.tarZstdText(tree))]];
  await nextSecond();
  costs.push(['our run', await observed(ours.command)]);
  peers.openOut();
  const size = bytes(await diskUse(tree));
  return {
    goal: ratioGoal(`${name}, ${size}`, 1.1, [run, 'ours'], [bare, BARE]),
    tables: [
      {
        caption: `${name}, ${size} on disk, in the page cache. Ours is a whole run: looking for SQLite files in the tree, archive, reading it back, sha256, sync, publishing; the bare pipe ends with a sync of its result; as many threads. Nothing has changed before a second backup. Medians.`,
        head: ['what', 'time', 'ratio', 'runs'],
        rows: Object.entries(measured).map(([what, list]) => [
          what,
          seconds(median(list)),
          times(median(list) / bare),
          list.length,
        ]),
      },
      costTable(costs),
    ],
  };
}
