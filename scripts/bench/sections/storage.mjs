// What thirty daily backups of a changing machine take on the disk.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { changeDatabase, makeDatabase } from '../data.mjs';
import { diskUse, has, run, sh } from '../measure.mjs';
import { files, makeScript, sqlite } from '../ours.mjs';
import { place } from '../place.mjs';
import { bytes, times } from '../words.mjs';

export const title = 'Storage over thirty days';

const DAYS = 30;
const FILES = 200;

export async function measure({ small }) {
  const days = small ? 5 : DAYS;
  const megabytes = small ? 2 : 24;
  const tree = join(place, 'storage');
  mkdirSync(tree);
  const database = await makeDatabase(join(tree, 'tracker.db'), megabytes);
  const kilobytes = (megabytes * 1000) / FILES;
  const change = (file) => writeFileSync(join(tree, String(file)), text(kilobytes));
  for (let file = 0; file < FILES; file += 1) change(file);

  const ways = await openWays(tree, database);
  const series = Object.fromEntries(ways.map(({ name }) => [name, []]));
  const sources = [];
  for (let day = 0; day < days; day += 1) {
    if (day > 0) {
      await changeDatabase(database, megabytes * 90, megabytes * 45);
      for (let file = 0; file < FILES / 100; file += 1) change((day * 7 + file) % FILES);
    }
    sources.push(await diskUse(tree));
    for (const { name, backUp, directory } of ways) {
      await backUp(new Date(Date.UTC(2026, 0, 1 + day, 3)));
      series[name].push(await diskUse(directory));
    }
  }
  rmSync(tree, { recursive: true });
  return {
    goals: [],
    tables: [
      {
        caption: `${bytes(sources[0])} at the first day, half an SQLite database (random hashes, which hardly compress), half files of text; each day 1 % of the rows and of the files change and 0.5 % of rows are added. All with their own retention: restic by \`forget --keep-daily 7 --prune\`, the deployment by removing what is older than 7 days.`,
        head: ['way', 'after 1 day', `after ${days} days`, 'times the source'],
        rows: ways.map(({ name }) => [
          name,
          bytes(series[name][0]),
          bytes(series[name].at(-1)),
          times(series[name].at(-1) / sources.at(-1)),
        ]),
      },
    ],
    series: { days, sources, ways: series },
    charts: ['storage'],
  };
}

/** Lines of base64: it compresses to three quarters. */
function text(kilobytes) {
  return randomBytes(kilobytes * 750)
    .toString('base64')
    .replace(/.{76}/g, '$&\n');
}

async function openWays(tree, database) {
  const sources = `${files(tree)}\n${sqlite(database)}`;
  const ours = async (name, keep) => {
    const made = await makeScript(name, sources, 'compression = "zstd"\nverify = "quick"', {
      keep,
    });
    const backUp = (day) => run(`faketime -f ${sh`${`@${clock(day)}`}`} ${made.command}`);
    return { backUp, directory: made.backups };
  };
  const ways = [
    { name: 'ours, 7 days', ...(await ours('week', 'retention_days = 7')) },
    {
      name: 'ours, 7 daily, 4 weekly, 6 monthly',
      ...(await ours('gfs', 'keep = { daily = 7, weekly = 4, monthly = 6 }')),
    },
    deploymentWay(tree, database),
  ];
  if (await has('restic')) ways.push(await resticWay(tree));
  return ways;
}

function deploymentWay(tree, database) {
  const directory = join(place, 'storage-deployment');
  mkdirSync(directory);
  let day = 0;
  const backUp = () => {
    day += 1;
    return run(
      sh`set -e
      cd ${directory}
      sqlite3 -init /dev/null ${database} ${'.backup copy.db'}
      gzip -c copy.db >${`${day}.db.gz`}
      rm copy.db
      tar -czf ${`${day}.tar.gz`} -C ${tree} --exclude ${'tracker.db*'} .
      rm -f -- ${`${day - 7}.db.gz`} ${`${day - 7}.tar.gz`}`,
      { shell: 'bash' },
    );
  };
  return { name: 'the deployment: gzip, 7 days', backUp, directory };
}

async function resticWay(tree) {
  const directory = join(place, 'storage-restic');
  const restic = sh`export RESTIC_PASSWORD=x RESTIC_CACHE_DIR=${place}/restic-cache; restic -q -r ${directory}`;
  await run(`${restic} init`);
  const backUp = (day) =>
    run(
      `${restic} backup --time ${sh`${clock(day)}`} ${sh`${tree}`} &&
      restic -q -r ${sh`${directory}`} forget --keep-daily 7 --prune`,
    );
  return { name: 'restic, 7 daily', backUp, directory };
}

function clock(day) {
  return day.toISOString().slice(0, 19).replace('T', ' ');
}
