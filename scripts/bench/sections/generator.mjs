// The generator against the start of node.
import { alternate, median, sh, timed } from '../measure.mjs';
import { ratioGoal, seconds, times } from '../words.mjs';

export const title = 'Generator';

export async function measure({ rounds }) {
  const generate = (name) =>
    sh`exec node dist/gen-backup.cjs ${`test/fixtures/${name}.toml`} >/dev/null`;
  const measured = await alternate({
    '`node -e 0`': { rounds: rounds(21), seconds: () => timed('exec node -e 0 >/dev/null') },
    'minimal.toml': { rounds: rounds(21), seconds: () => timed(generate('minimal')) },
    'complete.toml': { rounds: rounds(21), seconds: () => timed(generate('complete')) },
  });
  const node = median(measured['`node -e 0`']);
  return {
    goals: [
      ratioGoal(
        '`gen-backup`',
        1.3,
        [median(measured['minimal.toml']), 'ours'],
        [node, '`node -e 0`'],
      ),
    ],
    tables: [
      {
        caption: `\`gen-backup\` of the tests' fixtures. Medians of ${rounds(21)}.`,
        head: ['what', 'time', 'ratio'],
        rows: Object.entries(measured).map(([name, list]) => [
          name,
          seconds(median(list)),
          times(median(list) / node),
        ]),
      },
    ],
  };
}
