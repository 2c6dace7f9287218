// `--profile`: where the wall time of one run goes, as a diagram in text.
import { join } from 'node:path';
import { largeFiles, makeDatabase, smallFiles, startMariadb } from './data.mjs';
import { run, settle } from './measure.mjs';
import { files, makeScript, mysql, nextSecond, sqlite } from './ours.mjs';
import { place } from './place.mjs';
import { trace } from './trace.mjs';
import { seconds } from './words.mjs';

const WIDTH = 50;
const ZSTD = 'compression = "zstd"';

const database = (context, megabytes) =>
  makeDatabase(join(place, 'profile.db'), context.megabytes(megabytes));

/** What can be profiled; each gives the words of a command. */
const PROFILES = {
  sqlite: async (context) =>
    ranOnce('profile', sqlite(await database(context, 1000)), `${ZSTD}\nverify = "quick"`),
  full: async (context) =>
    ranOnce('profile', sqlite(await database(context, 1000)), `${ZSTD}\nverify = "full"`),
  fixed: async (context) => ranOnce('profile', sqlite(await database(context, 1)), ''),
  files: async ({ small }) =>
    ranOnce('profile', files(await smallFiles(small ? 1000 : 100_000)), ZSTD),
  tree: async ({ small }) => ranOnce('profile', files(await largeFiles(small ? 10 : 500)), ZSTD),
  mysql: async ({ small, later }) => {
    const { socket, stop } = await startMariadb(small ? 30 : 3000);
    later(stop);
    return ranOnce('profile', mysql('large', socket), ZSTD);
  },
  restore: async (context) => {
    const words = await PROFILES.sqlite(context);
    return [...words.slice(0, -1), 'restore', 'default', '--to', join(place, 'restored')];
  },
};

export const profiles = Object.keys(PROFILES);

/** A first run makes the destination, and fills the caches. */
async function ranOnce(name, sources, backup) {
  const { script, command } = await makeScript(name, sources, backup);
  await run(command);
  await nextSecond();
  await new Promise((resolve) => setTimeout(resolve, 1000));
  return ['sh', script, 'run'];
}

export async function profile(name, context) {
  const after = [];
  try {
    const words = await PROFILES[name]({ ...context, later: (step) => after.push(step) });
    await settle();
    return renderProfile(name, await trace(words));
  } finally {
    for (const step of after) await step();
  }
}

function renderProfile(name, { seconds: total, programs, forks }) {
  const inner = programs.filter(({ pid }) => pid !== programs[0].pid);
  const long = inner.filter(({ from, to }) => to - from >= total / 100);
  const short = inner.filter((program) => !long.includes(program));
  const lines = long.map((program) => {
    const from = Math.min(WIDTH - 1, Math.floor((WIDTH * program.from) / total));
    const to = Math.max(from + 1, Math.round((WIDTH * program.to) / total));
    const bar = `${' '.repeat(from)}${'#'.repeat(to - from)}`.padEnd(WIDTH);
    return `${column(program.from)} ${column(program.to - program.from)} |${bar}| ${words(program)}`;
  });
  const covered = union(inner);
  return `
${name}: ${seconds(total)}, ${forks} processes started, ${programs.length} programs executed

  begin     took ${`|0 s${' '.repeat(WIDTH - 4 - seconds(total).length)}${seconds(total)}|`}
${lines.join('\n')}

${seconds(covered)} while at least one program ran; ${seconds(total - covered)} the shell alone
${seconds(union(long))} of it in the ${long.length} programs above, each at least a hundredth of the run;
${short.length} shorter ones took ${seconds(sum(short))} together: ${tally(short)}
`;
}

function column(value) {
  return value.toFixed(3).padStart(8);
}

function words(program) {
  const text = [program.name, ...program.words.slice(1)].join(' ').replaceAll('\\n', ' ');
  return text
    .replace(/[^ ]*\/\.incomplete-[\w-]+/g, '$WORK')
    .replaceAll(place, '.')
    .replace(/\s+/g, ' ')
    .slice(0, 90);
}

function sum(programs) {
  return programs.reduce((total, { from, to }) => total + to - from, 0);
}

/** Seconds in which at least one of them ran. */
function union(programs) {
  let [covered, until] = [0, 0];
  for (const { from, to } of [...programs].sort((a, b) => a.from - b.from)) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  return covered;
}

function tally(programs) {
  const times = {};
  for (const { name, from, to } of programs) (times[name] ??= []).push(to - from);
  return Object.entries(times)
    .map(([name, list]) => [name, list.length, list.reduce((a, b) => a + b, 0)])
    .sort((a, b) => b[2] - a[2])
    .map(([name, count, total]) => `${count} ${name} ${seconds(total)}`)
    .join(', ');
}
