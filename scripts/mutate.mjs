// Breaks the shell parts on purpose, one place at a time, and shows that a test
// notices: docs/mutation.md. Linux, as root: each mutant runs in a sandbox of its own.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { functionsOf, mutantsOf, withTraces } from './mutants.mjs';

// A private view of the machine: what is written goes to memory and is thrown away, and
// no process outside can be seen or ended. $1 alone is written through to the disk.
const SANDBOX = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
for place in proc sys dev; do mount --rbind "/$place" "/mnt/root/$place"; done
for place in tmp var/tmp dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "/mnt/root/$place"; done
mkdir -p "/mnt/root$1" && mount --bind "$1" "/mnt/root$1"
shift
exec chroot /mnt/root env -C "$PWD" "$@"`;

// A test that says nothing for so long hangs.
const SILENCE_S = 120;

const root = resolve(import.meta.dirname, '..');
const TEMPLATES = join(root, 'templates');
const RESULTS = join(root, 'tmp/mutants.jsonl');
const REACHED = join(root, 'tmp/reached.json');
const ACCEPTED = join(root, 'test/mutants-accepted.txt');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean' },
    reach: { type: 'boolean' },
    jobs: { type: 'string', default: '1' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    operator: { type: 'string', multiple: true },
    minutes: { type: 'string' },
    seconds: { type: 'string', default: '60' },
    survivors: { type: 'boolean' },
    summary: { type: 'boolean' },
  },
});

const everyPart = readdirSync(TEMPLATES, { recursive: true })
  .filter((file) => file.endsWith('.sh'))
  .map((file) => file.slice(0, -3))
  .sort();
const texts = new Map(everyPart.map((part) => [part, readFileSync(partFile(root, part), 'utf8')]));
const functions = [...texts.values()].flatMap(functionsOf);
const parts = everyPart.filter(
  (part) =>
    positionals.length === 0 || positionals.some((word) => `${part}/`.startsWith(`${word}/`)),
);
if (parts.length === 0) {
  console.error(`no such part: ${positionals.join(' ')}; there are: ${everyPart.join(' ')}`);
  process.exit(2);
}

const mutants = chosen(parts.flatMap(readMutants));
if (options.list) {
  for (const mutant of mutants) console.log(describe(mutant));
  console.log(`${mutants.length} mutants`);
  process.exit(0);
}

const accepted = readAccepted();
const known = readResults();
const deadline = options.minutes ? Date.now() + options.minutes * 60_000 : Infinity;
if (!options.summary) await judgeAll();
process.exit(summarize());

function readMutants(part) {
  const text = texts.get(part);
  return mutantsOf(text, functions).map((mutant) => ({
    part,
    ...mutant,
    // What is on both sides of the place, not its number: it survives other changes.
    key: [part, mutant.operator, mutant.owner, mutant.before, mutant.after].join(' | '),
    hash: hash(text, mutant.text),
  }));
}

/** All, or a sample that the seed determines; of some operators where they are named. */
function chosen(all) {
  let some = all;
  if (options.operator) some = some.filter(({ operator }) => options.operator.includes(operator));
  if (options.sample === undefined) return some;
  const order = (mutant) => hash(options.seed, mutant.key);
  return some
    .map((mutant) => [order(mutant), mutant])
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, Number(options.sample))
    .map(([, mutant]) => mutant);
}

async function judgeAll() {
  const waiting = mutants.filter(({ key, hash }) =>
    options.survivors
      ? known.get(key)?.verdict === 'survived' && !accepted.has(key)
      : known.get(key)?.hash !== hash,
  );
  console.log(`${mutants.length} mutants, ${waiting.length} to be judged`);
  const reached = await readReached();
  const clean = makeTree();
  const trees = Array.from({ length: Number(options.jobs) }, () => makeTree());
  try {
    build(clean);
    let number = 0;
    await Promise.all(
      trees.map(async (tree) => {
        for (let mutant; Date.now() < deadline && (mutant = waiting.shift());) {
          const begun = Date.now();
          const verdict = await judge(tree, clean, mutant, testsOf(mutant, reached));
          const { key, hash, part, operator, owner, line, before, after } = mutant;
          const seconds = (Date.now() - begun) / 1000;
          record({ key, hash, part, operator, owner, line, before, after, seconds, ...verdict });
          console.log(
            `${++number} ${verdict.verdict} ${seconds.toFixed(1)}s ${describe(mutant)}\n` +
              `    ${verdict.by ?? `after ${verdict.tried} tests`}`,
          );
        }
      }),
    );
  } finally {
    for (const tree of [clean, ...trees]) rmSync(tree, { recursive: true, force: true });
  }
}

/** A tree of its own, where nothing but one part will change. */
function makeTree() {
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const tree = mkdtempSync(join(root, 'tmp/mutants.'));
  for (const name of ['src', 'templates', 'test', 'scripts', 'docs', 'examples'])
    cpSync(join(root, name), join(tree, name), { recursive: true });
  for (const name of readdirSync(root).filter((file) => /[.](md|json)$|^LICENSE$/.test(file)))
    cpSync(join(root, name), join(tree, name));
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  return tree;
}

/**
 * Which tests of `npm test` call which functions of the script, and how long they take: from one run of all,
 * with a script of which each function leaves its name when it is called. { file, name, seconds, functions }[]
 */
async function readReached() {
  if (existsSync(REACHED) && !options.reach) return JSON.parse(readFileSync(REACHED, 'utf8'));
  const tree = makeTree();
  const traces = mkdtempSync('/var/tmp/reached.');
  try {
    chmodSync(traces, 0o1777);
    for (const part of everyPart) writeFileSync(partFile(tree, part), withTraces(texts.get(part)));
    appendFileSync(
      join(tree, 'test/helpers.bash'),
      `\nREACHED=${traces}/\${BATS_TEST_FILENAME##*/}/\${BATS_TEST_NUMBER:-0}
      (umask 0 && mkdir -p "$REACHED") 2>/dev/null || :\nexport REACHED\n`,
    );
    build(tree);
    const files = ['script', 'faults'].flatMap((kind) =>
      readdirSync(join(tree, 'test', kind))
        .filter((file) => file.endsWith('.bats'))
        .map((file) => `test/${kind}/${file}`),
    );
    const reached = [];
    const waiting = [...files];
    const lane = async () => {
      for (let file; (file = waiting.shift());) {
        const { output } = await runTests(tree, file, undefined, traces);
        const some = traced(traces, file, output);
        console.log(`${file}: ${some.length} tests`);
        reached.push(...some);
      }
    };
    await Promise.all(Array.from({ length: Number(options.jobs) }, lane));
    writeFileSync(REACHED, JSON.stringify(reached));
    return reached;
  } finally {
    for (const place of [tree, traces]) rmSync(place, { recursive: true, force: true });
  }
}

/** Of the tests of a file that passed; what setup_file calls, each of them calls. */
function traced(traces, file, output) {
  const namesIn = (number) => {
    const place = join(traces, file.replace(/.*\//, ''), number);
    return existsSync(place) ? readdirSync(place) : [];
  };
  const before = namesIn('0');
  return [...output.matchAll(/^ok (\d+) (.*) in (\d+)ms$/gm)].map(([, number, name, ms]) => ({
    file,
    name,
    seconds: ms / 1000,
    functions: [...new Set([...before, ...namesIn(number)])],
  }));
}

/** The tests that call the function, those first that are quick and call little else; of what stands in none,
 * or leaves no trace, those of all functions of the part. */
function testsOf({ part, owner }, reached) {
  const callersOf = (names) =>
    reached.filter(({ functions }) => names.some((name) => functions.includes(name)));
  const some = callersOf([owner]);
  const cost = ({ seconds, functions }) => (seconds + 0.5) * functions.length;
  return (some.length > 0 ? some : callersOf(functionsOf(texts.get(part)))).sort(
    (a, b) => cost(a) - cost(b),
  );
}

async function judge(tree, clean, mutant, tests) {
  const file = partFile(tree, mutant.part);
  writeFileSync(file, mutant.text);
  let tried = 0;
  try {
    if (!build(tree)) return { verdict: 'noticed', by: 'the build' };
    const begun = Date.now();
    for (const { file, name } of [...likelyFirst(mutant, tests)]) {
      if (Date.now() - begun > options.seconds * 1000) break;
      tried++;
      const { passed, late } = await runTests(tree, file, name);
      if (passed || !(await passesClean(clean, file, name))) continue;
      return { verdict: late ? 'hung' : 'noticed', by: `${file}: ${name}`, tried };
    }
    return { verdict: 'survived', tried };
  } finally {
    writeFileSync(file, texts.get(mutant.part));
  }
}

/** Those that noticed others of the same function come first. */
function likelyFirst({ owner, part }, tests) {
  const killers = new Set();
  for (const result of known.values())
    if (result.part === part && result.owner === owner && result.by) killers.add(result.by);
  const isLikely = ({ file, name }) => killers.has(`${file}: ${name}`);
  return [...tests.filter(isLikely), ...tests.filter((test) => !isLikely(test))];
}

/** Without a mutant the test must pass in the same sandbox, or it proves nothing. */
async function passesClean(clean, file, name) {
  const id = `green ${file}: ${name}`;
  const state = hash(...texts.values(), readFileSync(join(root, file)));
  if (known.get(id)?.hash !== state) {
    const { passed } = await runTests(clean, file, name);
    record({ key: id, hash: state, passed });
  }
  return known.get(id).passed;
}

function build(tree) {
  return spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: tree }).status === 0;
}

/** Run a bats file, or one test of it. What it leaves in the directory `shared` stays. */
async function runTests(tree, file, name, shared = '/var/empty') {
  mkdirSync(shared, { recursive: true });
  const bats = ['node_modules/bats/bin/bats', '--tap', '--timing', '--filter-tags', '!long', file];
  if (name) bats.splice(1, 0, '--filter', `^${name.replace(/[^A-Za-z0-9 ]/g, '.')}$`);
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--']
      .concat(['bash', '-c', SANDBOX, 'bash', shared])
      .concat(bats),
    {
      cwd: tree,
      env: { ...process.env, TMPDIR: '/tmp', QUICK: '1', SEED: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  let late = false;
  // No word of bats's own timeout: its watchdog would be waited for by tests that wait.
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, SILENCE_S * 1000);
  const hear = (data) => {
    output += data;
    timer.refresh();
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const status = await new Promise((done) => child.on('close', done));
  clearTimeout(timer);
  return { passed: status === 0 && !late, late, output };
}

function summarize() {
  const rows = parts.map((part) => {
    const results = mutants.filter((m) => m.part === part).map(({ key }) => known.get(key));
    const judged = results.filter((result) => result?.verdict);
    const survived = judged.filter(({ verdict }) => verdict === 'survived');
    const fine = survived.filter(({ key }) => accepted.has(key));
    const open = survived.filter((result) => !fine.includes(result));
    return { part, all: results.length, judged, fine, open };
  });
  console.log('\n| part | mutants | judged | noticed | accepted | survived | noticed % |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  const total = { part: 'all', all: 0, judged: [], fine: [], open: [] };
  for (const row of rows.filter(({ judged }) => judged.length > 0)) {
    printRow(row);
    total.all += row.all;
    for (const list of ['judged', 'fine', 'open']) total[list].push(...row[list]);
  }
  printRow(total);
  if (total.open.length > 0) console.log('\nSurvivors:');
  for (const mutant of total.open) console.log(describe(mutant));
  const isWhole = options.sample === undefined && !options.operator;
  for (const key of accepted.keys())
    if (isWhole && parts.includes(key.split(' | ')[0]) && !mutants.some((m) => m.key === key))
      console.log(`accepted, but there is no such mutant: ${key}`);
  return total.open.length > 0 ? 1 : 0;
}

function printRow({ part, all, judged, fine, open }) {
  const noticed = judged.length - fine.length - open.length;
  const counted = judged.length - fine.length;
  const percent = counted === 0 ? '' : ((100 * noticed) / counted).toFixed(0);
  const cells = [part, all, judged.length, noticed, fine.length, open.length, percent];
  console.log(`| ${cells.join(' | ')} |`);
}

function describe({ part, line, owner, operator, before, after }) {
  return `${part}.sh:${line} ${owner} [${operator}]\n    - ${before}\n    + ${after}`;
}

/** `# reason` above the keys it is given for. */
function readAccepted() {
  const reasons = new Map();
  if (!existsSync(ACCEPTED)) return reasons;
  let reason = '';
  for (const line of readFileSync(ACCEPTED, 'utf8').split('\n')) {
    if (line.startsWith('# ')) reason = line.slice(2);
    else if (line !== '') reasons.set(line, reason);
  }
  return reasons;
}

function readResults() {
  const lines = existsSync(RESULTS) ? readFileSync(RESULTS, 'utf8').split('\n') : [];
  const results = lines.filter(Boolean).map((line) => JSON.parse(line));
  return new Map(results.map((result) => [result.key, result]));
}

function record(result) {
  known.set(result.key, result);
  mkdirSync(join(root, 'tmp'), { recursive: true });
  appendFileSync(RESULTS, `${JSON.stringify(result)}\n`);
}

function partFile(tree, part) {
  return join(tree, 'templates', `${part}.sh`);
}

function hash(...some) {
  return createHash('sha256').update(some.join('\0')).digest('hex').slice(0, 16);
}
