// A continuous plan beside a writer: what its commits take, how far behind the archive is,
// what it costs; beside it Litestream, where `litestream` is in PATH (npm has 0.3.13:
// @flydotio/litestream-linux-x64).
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeDatabase } from '../data.mjs';
import { diskUse, has, run, settle, sh, timed } from '../measure.mjs';
import { makeScript } from '../ours.mjs';
import { adopt, place } from '../place.mjs';
import { bytes, milliseconds, seconds } from '../words.mjs';
import { during, latencies, startWriter } from '../writers.mjs';

export const title = 'A continuous plan';

export async function measure({ megabytes, small }) {
  const time = small ? 6 : 20;
  const followers = { 'no archive': nobody, 'ours, interval 5 s': ours(5), 'ours, 1 s': ours(1) };
  if (await has('litestream')) followers['litestream, 1 s'] = litestream;
  const points = [];
  for (const rate of [100, 500]) {
    for (const [name, follow] of Object.entries(followers)) {
      const database = await makeDatabase(join(place, 'live.db'), megabytes(100), 'wal');
      const follower = await follow(database);
      await sleep(3000); // the first base
      await settle();
      const writer = await startWriter(database, 30_000, rate);
      const before = follower.processorTime();
      const [begun, ages] = [Date.now(), []];
      while (Date.now() < begun + 1000 * time) {
        ages.push((Date.now() - follower.newest()) / 1000);
        await sleep(50);
      }
      const processor = follower.processorTime() - before;
      const { commits } = await writer.stop();
      const commitsThen = during(commits, begun, begun + 1000 * time);
      await sleep(8000); // what is left
      const idleBefore = follower.processorTime();
      await sleep(500 * time);
      const idle = (follower.processorTime() - idleBefore) / (time / 2);
      const archived = await follower.archived();
      points.push({
        name,
        rate,
        reached: commitsThen.length / time,
        ...latencies(commitsThen),
        behind: follower === none ? undefined : Math.max(...ages),
        processor: processor / time,
        idle,
        archived,
        restore: await follower.restore(),
      });
      await follower.end();
      for (const side of ['', '-wal', '-shm']) rmSync(`${database}${side}`, { force: true });
    }
  }
  const percent = (value) => `${(100 * value).toFixed(1)} %`;
  return {
    goals: [],
    tables: [
      {
        caption: `A database of ${bytes(megabytes(100) * 1e6)} and a writer, ${time} s each. "Behind": the longest that the archive was not written to while the writer wrote; a commit is archived at the next write. Processor time is of one core, of all that the archive runs; idle: while nobody writes. Restore: of the last state, and a check of it.`,
        head: [
          'commits/s',
          'archive',
          'reached',
          'p50',
          'p99',
          'longest',
          'behind',
          'processor',
          'idle',
          'archived',
          'restore',
        ],
        rows: points.map((point) => [
          `${point.rate}`,
          point.name,
          `${Math.round(point.reached)}/s`,
          ...['p50', 'p99', 'max'].map((key) => milliseconds(point[key])),
          ...(point.behind === undefined
            ? ['', '', '', '', '']
            : [
                seconds(point.behind),
                percent(point.processor),
                percent(point.idle),
                bytes(point.archived),
                seconds(point.restore),
              ]),
        ]),
      },
    ],
    series: { points },
    charts: [],
  };
}

const none = {
  processorTime: () => 0,
  newest: () => Date.now(),
  archived: () => 0,
  restore: () => 0,
  end: () => {},
};
const nobody = () => none;

let made = 0; // a destination that was removed is missed

const ours = (interval) => async (database) => {
  const { script, backups } = await makeScript(
    `continuous-${interval}-${(made += 1)}`,
    `[databases.main]\ndriver = "sqlite3"\npath = "${database}"`,
    `[backup.plans.live]\ntype = "continuous"\ndatabases = ["main"]\ninterval = "${interval}s"`,
    { keep: 'keep = { last = 2 }' },
  );
  const child = adopt(spawn('sh', [script, 'follow', 'live'], { stdio: 'ignore' }));
  const changes = join(backups, 'live', 'changes');
  const to = join(place, 'restored');
  return {
    processorTime: () => processorTime(child.pid),
    newest: () => newest(changes),
    archived: () => diskUse(join(backups, 'live')),
    restore: () => timed(sh`sh ${script} restore live --at latest --to ${to}; rm -r ${to}`),
    end: async () => {
      await ended(child);
      rmSync(backups, { recursive: true });
    },
  };
};

async function litestream(database) {
  const replica = join(place, 'replica');
  mkdirSync(replica);
  const child = adopt(
    spawn('litestream', ['replicate', database, `file://${replica}`], { stdio: 'ignore' }),
  );
  const to = join(place, 'restored.db');
  return {
    processorTime: () => processorTime(child.pid),
    newest: () => newest(replica),
    archived: () => diskUse(replica),
    restore: () =>
      timed(
        sh`litestream restore -o ${to} file://${replica} && sqlite3 ${to} 'PRAGMA integrity_check' && rm ${to}`,
      ),
    end: async () => {
      await ended(child);
      await run(sh`rm -rf ${replica} ${join(place, '.live.db-litestream')}`);
    },
  };
}

async function ended(child) {
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.kill('SIGTERM');
  await closed;
}

/** When a file below was written last, in ms since 1970. */
function newest(directory) {
  let last = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.name.startsWith('.')) continue;
    try {
      last = Math.max(last, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
    } catch {
      // it was compressed, or has expired
    }
  }
  return last;
}

/** Of a process, all that it waited for, and what runs below it, in seconds. */
function processorTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const own = stat.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
    const below = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return below.filter(Boolean).reduce((sum, child) => sum + processorTime(child), own);
  } catch {
    return 0; // it has ended
  }
}
