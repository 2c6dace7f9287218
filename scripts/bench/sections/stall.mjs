// Rollback journal: how long writers wait, by our way and by stopping the application.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDatabase } from '../data.mjs';
import { median, settle, sh, timed } from '../measure.mjs';
import { backUp, makeScript, sqlite } from '../ours.mjs';
import { mountImage, unmountAll } from '../place.mjs';
import { bytes, milliseconds, seconds } from '../words.mjs';
import { during, latencies, startWriter } from '../writers.mjs';

export const title = 'Rollback journal: how long writers wait';

const BUSY_TIMEOUT_MS = 5000;

export async function measure({ megabytes, rounds, small }) {
  const points = [];
  for (const filesystem of ['ext4', 'xfs']) {
    const mounted = mountImage(filesystem, 4);
    for (const size of small ? [1000] : [100, 300, 1000]) {
      const database = await makeDatabase(join(mounted, 'live.db'), megabytes(size), 'delete');
      points.push(await measureOne(filesystem, database, rounds(3)));
      rmSync(database);
    }
    unmountAll();
  }
  return {
    goals: [],
    tables: [
      {
        caption: `A writer of 100 commits/s whose patience with a lock ends after ${BUSY_TIMEOUT_MS / 1000} s; \`max_write_stall = "4s"\`. Ours copies under the lock on ext4, and clones under it where the filesystem clones (XFS, by a loop device). "Stopped": the application is stopped for a \`cp\`, besides its own stop and start. Medians over ${points[0].rounds} runs of each one's longest commit; without a backup: in the second before it.`,
        head: [
          'database',
          'filesystem',
          'no backup: p50, p99, max',
          'during the run: p50, p99',
          'longest',
          'worst run',
          'stopped for `cp`',
          'our run',
          'writer gave up',
        ],
        rows: points.map((point) => [
          bytes(point.bytes),
          point.filesystem,
          ['p50', 'p99', 'max'].map((key) => milliseconds(point.baseline[key])).join(', '),
          ['p50', 'p99'].map((key) => milliseconds(point.during[key])).join(', '),
          milliseconds(point.longest),
          milliseconds(point.worst),
          seconds(point.stopped),
          point.isCutOff ? 'cut off after 4 s' : 'done',
          point.failed === 0 ? 'never' : `${point.failed} ×`,
        ]),
      },
    ],
    series: { points },
    charts: ['stall'],
  };
}

async function measureOne(filesystem, database, rounds) {
  const { size } = statSync(database);
  const ours = await makeScript(
    `stall-${filesystem}-${size}`,
    sqlite(database, 'max_write_stall = "4s"'),
    'compression = "none"\nverify = "quick"',
  );
  const all = { baseline: [], during: [] };
  const [longest, stopped] = [[], []];
  let [failed, isCutOff] = [0, false];
  for (let round = 0; round < rounds; round += 1) {
    await settle();
    stopped.push(await timed(sh`cp ${database} ${database}-copy`));
    rmSync(`${database}-copy`);
    await settle();
    const writer = await startWriter(database, BUSY_TIMEOUT_MS);
    await sleep(1000);
    const { begun, status } = await backUp(ours, [0, 3]);
    await sleep(200);
    const done = await writer.stop();
    failed += done.failed ? 1 : 0;
    const commits = during(done.commits, begun, Infinity);
    all.baseline.push(...during(done.commits, writer.readyAt, begun));
    all.during.push(...commits);
    longest.push(latencies(commits).max);
    isCutOff = status === 3;
    if (isCutOff && longest.at(-1) < 3000) throw new Error('our run was refused');
    if (isCutOff) break; // it does not try the same again
  }
  rmSync(ours.backups, { recursive: true, force: true });
  return {
    filesystem,
    bytes: size,
    rounds,
    baseline: latencies(all.baseline),
    during: latencies(all.during),
    longest: median(longest),
    worst: Math.max(...longest),
    stopped: median(stopped),
    failed,
    isCutOff,
  };
}
