// Time and memory against the size of an SQLite database.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDatabase } from '../data.mjs';
import { alternate, median, observed } from '../measure.mjs';
import { backUp, makeScript, nextSecond, sqlite } from '../ours.mjs';
import * as peers from '../peers.mjs';
import { place } from '../place.mjs';
import { bytes, limitGoal, seconds, times } from '../words.mjs';

export const title = 'Growth';

const MEMORY_LIMIT = 300e6;

export async function measure({ small, large, rounds, before }) {
  const points = [];
  for (const megabytes of small ? [5, 20] : [100, 300, 1000, ...(large ? [8000] : [])]) {
    points.push(await measureOne(megabytes, megabytes > 1000 ? 1 : rounds(3)));
  }
  // What only --large measures stays until it is measured again.
  const kept = (before?.points ?? []).filter(
    ({ megabytes }) => !points.some((point) => point.megabytes === megabytes),
  );
  return render([...points, ...kept].sort((a, b) => a.megabytes - b.megabytes));
}

async function measureOne(megabytes, rounds) {
  const database = await makeDatabase(join(place, 'growth.db'), megabytes);
  const { size } = statSync(database);
  const ours = await makeScript(
    `growth-${megabytes}`,
    sqlite(database),
    'compression = "zstd"\nverify = "quick"',
  );
  const measured = await alternate({
    'cp+zstd': { rounds, seconds: () => peers.cpZstd(database) },
    ours: { rounds, seconds: async () => (await backUp(ours)).seconds },
    restic: { rounds: 1, seconds: async () => (await peers.restic(database)).first },
    '.backup': { rounds, seconds: () => peers.plainBackup(database) },
  });
  await nextSecond();
  const cost = await observed(ours.command);
  rmSync(database);
  rmSync(ours.backups, { recursive: true });
  const medians = Object.entries(measured).map(([name, list]) => [name, median(list)]);
  return {
    megabytes,
    bytes: size,
    rounds,
    date: new Date().toISOString().slice(0, 10),
    ...Object.fromEntries(medians),
    peak: cost.peak,
    peakAnonymous: cost.peakAnonymous,
    written: cost.written,
  };
}

function render(points) {
  const one = points.findLast(({ megabytes }) => megabytes <= 1000);
  const last = points.at(-1);
  const peak = Math.max(...points.map((point) => point.peak));
  const isLarge = last.megabytes === 8000;
  const ratio = last.ours / one.ours / (last.bytes / one.bytes);
  return {
    goals: [
      limitGoal(
        'growth from 1 GB to 8 GB: time',
        'linear: at most 1.1 × as many seconds for each byte',
        isLarge
          ? `${times(ratio)}: ${seconds(one.ours)} and ${seconds(last.ours)}`
          : 'not measured: needs `--large`',
        isLarge ? ratio <= 1.1 : null,
      ),
      limitGoal(
        'growth from 1 GB to 8 GB: memory',
        'flat, all told under 300 MB',
        `${points.map((point) => `${bytes(point.peak)} at ${bytes(point.bytes)}`).join(', ')}`,
        peak > MEMORY_LIMIT ? false : isLarge ? true : null,
      ),
    ],
    tables: [
      {
        caption:
          'A whole run of ours with quick_check and zstd (as in the section on SQLite), nobody writing; `.backup` is idle and not compressed. Medians; restic once, its first backup. Memory: the largest sum of PSS over all processes of our run, and how much of that is not a page of a file.',
        head: [
          'database',
          'ours',
          '`cp` + `zstd -T0`',
          'restic',
          '`.backup`',
          'our peak memory',
          'without file pages',
          'written',
          'runs',
          'date',
        ],
        rows: points.map((point) => [
          bytes(point.bytes),
          ...['ours', 'cp+zstd', 'restic', '.backup'].map((name) => seconds(point[name])),
          ...['peak', 'peakAnonymous', 'written'].map((name) => bytes(point[name])),
          point.rounds,
          point.date,
        ]),
      },
    ],
    series: { points },
    charts: ['growth'],
  };
}
