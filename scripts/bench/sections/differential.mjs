// Patches against the last full backup: room and time over a month of a tracker's database,
// beside full copies, restic and borg.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { changeDatabase, makeDatabase } from '../data.mjs';
import { diskUse, has, median, run, settle, sh, timed } from '../measure.mjs';
import { backUp, makeScript, sqlite } from '../ours.mjs';
import { place } from '../place.mjs';
import { bytes, limitGoal, ratioGoal, seconds, times } from '../words.mjs';

export const title = 'Patches over thirty days';

/** A full backup each week, of which one is needed at a time; a day is no time here. */
const WEEK = 7;

/** BENCH_MB and BENCH_DAYS: less than all of it. */
export async function measure({ small, megabytes }) {
  const mb = Number(process.env.BENCH_MB ?? megabytes(2000));
  const days = Number(process.env.BENCH_DAYS ?? (small ? 3 : 30));
  const database = await makeDatabase(join(place, 'differential.db'), mb);
  const ways = [await ourWay(database), await fullWay(database)];
  if (await has('restic')) ways.push(await resticWay(database));
  if (await has('borg')) ways.push(await borgWay(database));
  const room = Object.fromEntries(ways.map(({ name }) => [name, []]));
  const took = Object.fromEntries(ways.map(({ name }) => [name, []]));
  for (let day = 0; day < days; day += 1) {
    if (day > 0) await changeDatabase(database, mb * 43, mb * 5);
    // In turn, so that whatever else goes on here meets all of them.
    for (const way of day % 2 === 0 ? ways : [...ways].reverse()) {
      await settle();
      took[way.name].push(await way.backUp(day));
      room[way.name].push(await diskUse(way.directory));
    }
  }
  const [ours, full] = ways;
  const kept = readdirSync(join(ours.directory, 'default')).sort();
  const kinds = await Promise.all(kept.map((id) => look(join(ours.directory, 'default', id))));
  await run(`${ours.script} drill`);
  const restores = {
    patch: await restored(ours, kept.at(-1)),
    full: await restored(full, 'latest'),
  };
  rmSync(database);
  const patches = took[ours.name].filter((_, day) => day % WEEK !== 0);
  const [patch, whole] = [median(patches), median(took[full.name])];
  const fullBytes = kinds.find(({ isFull }) => isFull)?.bytes ?? NaN;
  const most = Math.max(...room[ours.name]);
  const second = median(took.restic?.slice(1) ?? [NaN]);
  return {
    goals: [
      limitGoal(
        'patches: room, a full backup a week and seven kept',
        '1.5 × a full one, for each week that is kept',
        `${times(most / fullBytes)} at most: ${bytes(most)}, a full one ${bytes(fullBytes)}`,
        most <= 1.5 * fullBytes * Math.ceil(Math.min(days, 2 * WEEK) / WEEK),
      ),
      ratioGoal('patches: a run', 1.3, [patch, 'with a patch'], [whole, 'our own full run']),
      ratioGoal('patches: a run', 1, [patch, 'with a patch'], [second, "restic's second"]),
      ratioGoal(
        'patches: restore',
        1.5,
        [restores.patch, 'of a patch'],
        [restores.full, 'of a full one'],
      ),
    ],
    tables: [
      {
        caption: `${bytes(mb * 1e6)} at the first day; each day ${mb * 43} rows are changed at random and ${mb * 5} added. Ours with quick_check, seven backups kept, a full one each seventh day; restic and borg keep all.`,
        head: ['way', 'after 1 day', `after ${days} days`, 'first run', 'median of the others'],
        rows: ways.map(({ name }) => [
          name,
          bytes(room[name][0]),
          bytes(room[name].at(-1)),
          seconds(took[name][0]),
          seconds(median(name === ours.name ? patches : took[name].slice(1))),
        ]),
      },
      {
        caption: 'What is there of ours at the end.',
        head: ['kind', 'bytes'],
        rows: kinds.map(({ isFull, bytes: size }) => [isFull ? 'full' : 'patch', bytes(size)]),
      },
    ],
    series: { days, room },
    charts: ['differential'],
  };
}

async function ourWay(database) {
  const made = await makeScript(
    'differential',
    sqlite(database),
    'compression = "zstd"\nverify = "quick"\ndifferential = true',
    { keep: 'keep = { last = 7 }' },
  );
  const weekly = made.script.replace(/sh$/, 'weekly.sh');
  await run(sh`sed ${'s/FULL_EVERY_S=[0-9]*/FULL_EVERY_S=600/'} ${made.script} >${weekly}`);
  return {
    name: 'ours, patches',
    script: sh`sh ${made.script}`,
    directory: made.backups,
    backUp: async (day) =>
      (await backUp(day % WEEK === 0 ? { command: sh`sh ${weekly} run` } : made)).seconds,
  };
}

async function fullWay(database) {
  const made = await makeScript(
    'fulls',
    sqlite(database),
    'compression = "zstd"\nverify = "quick"',
    { keep: 'keep = { last = 7 }' },
  );
  return {
    name: 'ours, full',
    script: sh`sh ${made.script}`,
    directory: made.backups,
    backUp: async () => (await backUp(made)).seconds,
  };
}

/** Of the file itself, which nobody writes meanwhile. */
async function resticWay(database) {
  const directory = join(place, 'differential-restic');
  const restic = sh`export RESTIC_PASSWORD=x RESTIC_CACHE_DIR=${place}/restic-cache; restic -q -r ${directory}`;
  await run(`${restic} init`);
  return { name: 'restic', directory, backUp: () => timed(`${restic} backup ${sh`${database}`}`) };
}

async function borgWay(database) {
  const directory = join(place, 'differential-borg');
  mkdirSync(directory);
  const borg = sh`export BORG_BASE_DIR=${place}/borg BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK=yes; borg`;
  await run(`${borg} init -e none ${sh`${directory}`}`);
  return {
    name: 'borg',
    directory,
    backUp: (day) => timed(`${borg} create -C zstd,3 ${sh`${directory}::${day} ${database}`}`),
  };
}

async function look(directory) {
  const { stdout } = await run(sh`cat ${directory}/MANIFEST`);
  return {
    isFull: !/^[a-z]+[.]base=/m.test(stdout),
    bytes: Number(/^main[.]bytes=(\d+)$/m.exec(stdout)?.[1]),
  };
}

async function restored({ script }, id) {
  const to = join(place, 'restored');
  await settle();
  const time = await timed(`${script} restore default ${id} --to ${sh`${to}`}`);
  rmSync(to, { recursive: true });
  return time;
}
