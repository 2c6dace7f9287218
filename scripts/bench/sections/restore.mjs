// A restore of a database to another place.
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDatabase } from '../data.mjs';
import { alternate, median, observed, sh, timed } from '../measure.mjs';
import { backUp, makeScript, sqlite } from '../ours.mjs';
import { place } from '../place.mjs';
import { bytes, ratioGoal, seconds, times } from '../words.mjs';
import { costTable } from './sqlite.mjs';

export const title = 'Restore';

export async function measure({ megabytes, rounds }) {
  const database = await makeDatabase(join(place, 'restore.db'), megabytes(1000));
  const ours = await makeScript(
    'restore',
    sqlite(database),
    'compression = "zstd"\nverify = "full"',
  );
  const { directory } = await backUp(ours);
  const artifact = join(directory, 'databases/main.sqlite3.zst');
  const [plain, to] = [join(place, 'plain.db'), join(place, 'restored')];
  const bare = sh`zstd -q -d ${artifact} -o ${plain} && sync ${plain} && sqlite3 -init /dev/null ${plain} ${'PRAGMA integrity_check'}`;
  const restore = sh`sh ${ours.script} restore default --to ${to}`;
  const cleanly = async (step) => {
    const result = await step();
    rmSync(plain, { force: true });
    rmSync(to, { recursive: true, force: true });
    return result;
  };
  const measured = await alternate({
    bare: { rounds: rounds(3), seconds: () => cleanly(() => timed(bare)) },
    ours: { rounds: rounds(3), seconds: () => cleanly(() => timed(restore)) },
  });
  const [theirs, our] = [median(measured.bare), median(measured.ours)];
  const cost = await cleanly(() => observed(restore));
  const size = bytes(statSync(database).size);
  return {
    goals: [
      ratioGoal(
        `restore of ${size} SQLite`,
        1.2,
        [our, 'ours'],
        [theirs, '(`zstd -d` + integrity_check)'],
      ),
    ],
    tables: [
      {
        caption: `\`restore default --to DIR\`, of a plan with \`verify = "full"\`: sha256 of the artifact, decompression, integrity_check, sync, against decompression, sync and integrity_check by hand. Medians of ${measured.bare.length}.`,
        head: ['what', 'time', 'ratio'],
        rows: [
          ['`zstd -d`, sync, integrity_check', seconds(theirs), '1'],
          ['our restore', seconds(our), times(our / theirs)],
        ],
      },
      costTable([['our restore', cost]]),
    ],
  };
}
