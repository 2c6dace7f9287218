// A snapshot beside a writer, a whole run, a run with the full check.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { changeDatabase, makeDatabase } from '../data.mjs';
import { alternate, diskUse, has, median, observed, run, settle, sh, timed } from '../measure.mjs';
import { backUp, makeScript, nextSecond, OUR_LEVEL, sqlite } from '../ours.mjs';
import * as peers from '../peers.mjs';
import { place } from '../place.mjs';
import {
  atOurLevel,
  bytes,
  limitGoal,
  milliseconds,
  ratioGoal,
  seconds,
  times,
} from '../words.mjs';
import { during, latencies, startWriter } from '../writers.mjs';

export const title = 'SQLite, 1 GB';

const BARE = '`cp` + `zstd -T0`';
const SAME_LEVEL = `\`cp\` + \`zstd -T0 -${OUR_LEVEL}\``;

export async function measure(context) {
  const database = await makeDatabase(join(place, 'sqlite.db'), context.megabytes(1000));
  const size = bytes(statSync(database).size);
  const snapshot = await measureSnapshot(database, size, context);
  const whole = await measureWhole(database, size, context);
  const full = await measureFull(database, size, whole.quick, context);
  return {
    goals: [...snapshot.goals, ...whole.goals, ...full.goals],
    tables: [...snapshot.tables, ...whole.tables, ...full.tables],
  };
}

async function measureSnapshot(database, size, { rounds, small }) {
  const ours = await makeScript(
    'snapshot',
    sqlite(database),
    'compression = "none"\nverify = "quick"',
  );
  const copies = [];
  const holds = [];
  const commits = { baseline: [], snapshot: [], rest: [] };
  for (let round = 0; round < rounds(5); round += 1) {
    await settle();
    copies.push(await timed(sh`cp ${database} ${place}/copy.db`));
    rmSync(join(place, 'copy.db'));
    await settle();
    const writer = await startWriter(database);
    await sleep(small ? 500 : 3000);
    const { directory, begun, manifest } = await backUp(ours);
    const ended = Date.now();
    await sleep(300);
    const done = await writer.stop();
    if (done.failed) throw new Error('the writer failed beside our run');
    const held = Number(manifest['main.held_s']);
    holds.push(held);
    // The copy was made under its own name, by the hold: it began then.
    const from = statSync(join(directory, 'databases/main.sqlite3')).birthtimeMs || begun;
    const to = from + 1000 * held;
    commits.baseline.push(...during(done.commits, writer.readyAt, begun));
    commits.snapshot.push(...during(done.commits, from - 50, to + 50));
    commits.rest.push(...during(done.commits, to + 50, ended));
  }
  const writer = await startWriter(database);
  const plain = await peers.plainBackupWithin(database, small ? 2 : 10);
  await writer.stop();

  const stalls = Object.entries(commits).map(([when, list]) => [when, latencies(list)]);
  const [baseline, snapshot] = [stalls[0][1].max, stalls[1][1].max];
  const names = {
    baseline: 'no backup',
    snapshot: 'the snapshot',
    rest: 'the rest of the run (check, checksums, sync)',
  };
  return {
    goals: [
      ratioGoal(
        `snapshot of ${size}, 100 commits/s, WAL`,
        1.5,
        [median(holds), 'held for'],
        [median(copies), '`cp` idle'],
      ),
      limitGoal(
        "the writer's longest commit during it",
        '100 ms above baseline',
        `${milliseconds(snapshot)}; ${milliseconds(baseline)} without a backup`,
        snapshot <= baseline + 100,
      ),
    ],
    tables: [
      {
        caption: `The snapshot alone (\`held_s\` of the manifest: from the pinned read to the end of the copy), a writer of 100 commits/s beside it, against \`cp\` of the same file without a writer; neither synced. Medians of ${holds.length}.`,
        head: ['what', 'time', 'ratio'],
        rows: [
          ['`cp`, idle', seconds(median(copies)), '1'],
          [
            'our snapshot, the writer going on',
            seconds(median(holds)),
            times(median(holds) / median(copies)),
          ],
          [
            'plain `sqlite3 .backup`, the writer going on',
            plain === undefined ? `not finished after ${small ? 2 : 10} s` : seconds(plain),
            '',
          ],
        ],
      },
      {
        caption: "The writer's commits meanwhile.",
        head: ['during', 'commits', 'p50', 'p99', 'max'],
        rows: stalls.map(([when, { count, p50, p99, max }]) => [
          names[when],
          count,
          ...[p50, p99, max].map(milliseconds),
        ]),
      },
    ],
  };
}

async function measureWhole(database, size, { rounds }) {
  const ours = await makeScript(
    'whole',
    sqlite(database),
    'compression = "zstd"\nverify = "quick"',
  );
  const change = () => changeDatabase(database, 4000, 1000);
  const contenders = {
    [BARE]: { rounds: rounds(3), seconds: () => peers.cpZstd(database) },
    [SAME_LEVEL]: { rounds: rounds(3), seconds: () => peers.cpZstd(database, OUR_LEVEL) },
    'our run, `verify = "quick"`': {
      rounds: rounds(3),
      seconds: async () => (await backUp(ours)).seconds,
    },
    restic: { rounds: rounds(3), seconds: () => peers.restic(database, change) },
    '`VACUUM INTO` + `zstd -T0 -3`': { rounds: 1, seconds: () => peers.vacuumInto(database) },
    'borgmatic, `.backup` as hook': {
      rounds: 1,
      seconds: () => peers.borgmatic(database, { isDatabase: true, change }),
    },
    'the deployment: bash, `.backup`, `gzip`': {
      rounds: 1,
      seconds: () => peers.deployment(database),
    },
  };
  if (!(await has('borgmatic'))) delete contenders['borgmatic, `.backup` as hook'];
  const measured = await alternate(contenders);
  const middle = (name) => median(measured[name]);
  const [bare, quick] = [middle(BARE), middle('our run, `verify = "quick"`')];
  const [first, second] = [middle('restic, first'), middle('restic, second')];

  await nextSecond();
  const costs = [['our run, `verify = "quick"`', await observed(ours.command)]];
  peers.openOut();
  costs.push([BARE, await observed(peers.cpZstdText(database))]);
  peers.openOut();
  await run(`${peers.RESTIC} init`);
  costs.push(['restic, first', await observed(`(${peers.RESTIC} backup ${sh`${database}`})`)]);
  peers.openOut();
  return {
    quick,
    goals: [
      ratioGoal(
        `whole run, ${size}, quick check, zstd`,
        1.15,
        [quick, 'ours'],
        [bare, '`cp` + `zstd -T0`'],
        { more: atOurLevel(quick, middle(SAME_LEVEL)) },
      ),
      limitGoal(
        'the same against restic',
        "faster than restic's first and second backup",
        `ours ${seconds(quick)}, restic ${seconds(first)} and ${seconds(second)}`,
        quick < Math.min(first, second),
      ),
    ],
    tables: [
      {
        caption: `A whole run on ${size}, nobody writing. Ours is from start to exit: snapshot, quick_check, row counts, compression, reading the archive back byte for byte, sha256 of it, sync, publishing, removing the backup before. \`cp\` + \`zstd\` syncs its result and checks nothing; as many threads. restic, borgmatic: 4,000 rows changed and 1,000 added between first and second backup. Medians.`,
        head: ['what', 'time', 'ratio', 'runs'],
        rows: Object.entries(measured).map(([name, list]) => [
          name,
          seconds(median(list)),
          times(median(list) / bare),
          list.length,
        ]),
      },
      costTable(costs),
      {
        head: ['', 'bytes'],
        rows: [
          ['the database', size],
          ['our backup', bytes(await diskUse(ours.backups))],
        ],
      },
    ],
  };
}

/** Memory and bytes written of one more run each. */
export function costTable(costs, more = '') {
  return {
    caption: `Memory and writes of one more run each. Memory: the largest sum of PSS over all processes that it started, and how much of that is not a page of a file; sampled every 20 ms. Writes: bytes of file pages made dirty, and those of them whose file was removed before they reached the disk.${more}`,
    head: ['what', 'peak memory', 'without file pages', 'written', 'never reached the disk'],
    rows: costs.map(([name, { peak, peakAnonymous, written, removed }]) => [
      name,
      ...[peak, peakAnonymous, written, removed].map(bytes),
    ]),
  };
}

async function measureFull(database, size, quick, { rounds }) {
  const ours = await makeScript('full', sqlite(database), 'compression = "zstd"\nverify = "full"');
  const measured = await alternate({
    check: {
      rounds: rounds(3),
      seconds: () => timed(sh`sqlite3 -init /dev/null ${database} ${'PRAGMA integrity_check'}`),
    },
    ours: { rounds: rounds(3), seconds: async () => (await backUp(ours)).seconds },
  });
  const [check, full] = [median(measured.check), median(measured.ours)];
  const longer = check > quick ? [check, 'integrity_check'] : [quick, 'a run with quick_check'];
  return {
    goals: [
      ratioGoal(`whole run, ${size}, full check`, 1.05, [full, 'ours'], longer, {
        goalIs: 'the longer of integrity_check and the rest',
      }),
    ],
    tables: [
      {
        caption: `With the full check, against the longer of the bare check and the rest (the run with quick_check above). Medians of ${measured.check.length}.`,
        head: ['what', 'time', 'ratio'],
        rows: [
          ['bare `PRAGMA integrity_check`', seconds(check), times(check / longer[0])],
          ['our run, `verify = "quick"`', seconds(quick), times(quick / longer[0])],
          ['our run, `verify = "full"`', seconds(full), times(full / longer[0])],
        ],
      },
    ],
  };
}
