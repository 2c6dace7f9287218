// Breaks the shell parts on purpose, one place at a time, and shows that a test
// notices: docs/mutation.md. Linux, as root: each mutant runs in a sandbox of its own.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { mutantsOf } from './mutants.mjs';

/** Part -> the bats files that concern it, the fastest and likeliest first. */
const TESTS = {
  'sources/sqlite/snapshot': 'shells sources destination manifest',
  'night/backup': 'shells destination manifest',
  'night/catalog': 'retention restore shells security',
  'night/retention': 'retention',
  'night/destination': 'destination parts',
  'night/state': 'kills parts destination shells',
  'night/processes': 'parts shells kills',
  'day/verify': 'restore shells security',
  'day/restore': 'restore shells restore_files',
  'sources/sqlite/restore': 'restore shells',
  'day/aside': 'restore_files tables unattended',
  'sources/files/archive': 'files tree manifest',
  'sources/files/found': 'tree files',
  'sources/files/restore': 'restore_files files',
  'sources/files/put_files': 'restore_files',
  'night/pipes': 'parts files restore_files',
  'night/compression': 'parts shells restore files',
  'night/results': 'unattended shells destination',
  'day/status': 'unattended',
  'night/hooks': 'unattended hold',
  'night/quiesce': 'hold unattended kills',
  'night/messages': 'parts shells unattended',
  'day/drill': 'unattended',
  'night/metrics': 'unattended',
  'day/log_file': 'unattended',
  'day/install': 'cron unattended destination',
  'day/check': 'unattended cron destination',
  'sources/sqlite/check': 'unattended',
  'sources/files/check': 'unattended',
  'night/several_plans': 'kills unattended hold shells',
  'day/command_line': 'shells unattended restore emitted destination',
  'night/warnings': 'tree files',
  'sources/files/keep_found': 'tree',
  'sources/files/pass_over_found': 'tree files',
  'night/beyond_ascii': 'sources',
  'sources/sqlite/tables': 'tables hot',
  'sources/sqlite/restore_tables': 'tables hot',
  'sources/mysql/dump': 'mysql mysql_passwords',
  'sources/mysql/client': 'mysql mysql_passwords',
  'sources/mysql/rights': 'mysql',
  'sources/mysql/dotenv': 'mysql_passwords',
  'sources/mysql/password_file': 'mysql_passwords mysql',
  'sources/mysql/restore': 'mysql_restore mysql_drill',
  'sources/mysql/restore_tables': 'mysql_restore mysql_drill',
  'sources/mysql/check': 'mysql_drill',
  'night/strange': 'security manifest',
  'night/self': 'restore destination',
  'night/mount': 'destination world',
  'night/time_limit': 'deadline',
  'night/owner': 'owner security',
  'day/state_for_people': 'trouble unattended',
  'day/find': 'restore retention shells',
  'day/prune': 'retention',
  'day/show_status': 'unattended trouble',
  'day/links': 'restore_files',
  'day/check_metrics': 'bounds unattended',
  'sources/mysql/compare': 'mysql_tables',
  'sources/mysql/options': 'mysql_options',
  'sources/mysql/rows': 'mysql_drill mysql_session',
  'sources/mysql/private': 'mysql_passwords',
  'sources/mysql/trial': 'mysql_trial mysql_drill',
  'sources/mysql/trial_server': 'mysql_trial mysql_drill',
};

/** Functions that need other files than their part. */
const TESTS_OF_FUNCTION = {
  can_clone: 'hold',
  clone_sqlite: 'hold',
  remove_clone: 'hold',
};

/** With --few: of these parts just these tests, for a machine that is busy. What survives them may not
 * survive all of them. */
const FEW = {
  'night/backup': {
    shells: 'on dash',
    emitted: 'replaced while',
    destination:
      'what a killed|no room|what cannot|a copy whose|a backup and its|a disk that fills|a tool that fails',
    retention: 'a taken id',
    manifest: '',
  },
  'sources/sqlite/snapshot': {
    shells: 'on dash',
    sources:
      'missing database|empty database|no database|another user|damaged index|holds up|WAL mode|someone holds|hot journal|without sqlite3',
    destination: 'what a killed|no room|a tool that fails',
    hold: 'a resume that fails',
    unattended: 'drill: what',
    manifest: 'two',
  },
  'sources/sqlite/restore': {
    restore: 'in place|no room|sums that|drill',
    unattended: 'drill: what',
    sources: 'without sqlite3',
  },
  'day/restore': {
    restore: 'restore',
    unattended: 'words that',
  },
  'night/retention': { retention: 'a run keeps|damaged, foreign|behind|shrank|prune|cannot tell' },
  'night/destination': {
    destination:
      'written to|unmounted|another|require_mount|min_free|first run|eyes|no room|another user|what cannot|a backup and its|marking a',
  },
  'night/state': {
    parts: 'is_lock_dead',
    destination: 'a state|disk that fills',
    shells: 'on dash',
    kills: 'second run|lock of a dead|one plan',
  },
  'day/verify': { restore: 'verify|every', security: 'manifest|verify' },
  'night/catalog': {
    shells: 'on dash',
    retention: 'damaged, foreign|behind',
    restore: 'verify',
    security: 'forged id',
  },
  'night/processes': { parts: '', shells: 'on dash', kills: 'TERM|one plan|second run' },
  'sources/files/archive': {
    files: '',
    manifest: 'MANIFEST',
    tree: 'changes|sockets|cannot be read|selective|patterns:',
  },
  'sources/files/restore': {
    restore_files: 'onto|a link|escapes|half-way|only',
    files: 'complete',
  },
  'night/results': { unattended: 'status: nothing|failed run|torn|killed run' },
  'day/drill': { unattended: 'drill' },
  'night/compression': { parts: 'choose', shells: 'on dash', files: 'compressor' },
};

// What compares the text of the script, and not what it does: it would notice every
// mutant, and prove nothing.
const TEXT_ONLY = [
  'gen-backup',
  'the package',
  'a script of ours',
  'emitted scripts',
  'every function',
  'a script for SQLite alone',
];

// Their files are marked long as a whole, and nothing shorter tests these parts.
const LONG = ['cron', 'hold', 'mysql_restore', 'mysql_drill'];

// Tests of ten seconds and more, and the parts that they are worth it for.
const SLOW = {
  'a tool that fails': ['night/backup', 'sources/sqlite/snapshot'],
  'restore in place: a tool that fails': ['day/restore', 'sources/sqlite/restore'],
  'restore to a directory: a tool that fails': [
    'day/restore',
    'sources/sqlite/restore',
    'sources/files/restore',
  ],
  'random histories': ['night/catalog', 'night/retention'],
  'a clock that jumps far ahead': ['night/catalog', 'night/retention'],
  'the time to come': ['night/catalog', 'night/retention', 'day/status'],
  'every compressor': ['night/compression'],
  '30 runs killed': ['night/state', 'night/processes'],
  'a restore in place that is killed': ['sources/sqlite/restore'],
  'a hook hands the finished directory to restic': ['night/hooks'],
};

// A private view of the machine: what is written goes to memory and is thrown away, and
// no process outside can be seen or ended.
const SANDBOX = `set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work /mnt/root
for place in proc sys dev; do mount --rbind "/$place" "/mnt/root/$place"; done
for place in tmp dev/shm; do mount -t tmpfs -o mode=1777 tmpfs "/mnt/root/$place"; done
chroot /mnt/root env -C "$PWD" "$@"`;

// A test that says nothing for so long hangs.
const SILENCE_S = 120;

const root = resolve(import.meta.dirname, '..');
const RESULTS = join(root, 'tmp/mutants.jsonl');
const ACCEPTED = join(root, 'test/mutants-accepted.txt');

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean' },
    jobs: { type: 'string', default: '1' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    operator: { type: 'string', multiple: true },
    minutes: { type: 'string' },
    'all-shells': { type: 'boolean' },
    survivors: { type: 'boolean' },
    summary: { type: 'boolean' },
    few: { type: 'boolean' },
  },
});
const unknown = positionals.filter((part) => !(part in TESTS));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(' ')}; there are: ${Object.keys(TESTS).join(' ')}`);
  process.exit(2);
}

const files = readdirSync(join(root, 'templates'), { recursive: true })
  .filter((file) => file.endsWith('.sh'))
  .map((file) => file.slice(0, -3));
for (const part of files.filter((name) => !(name in TESTS)))
  console.error(`warning: no tests are named for the part '${part}' in scripts/mutate.mjs`);
const parts = (positionals.length > 0 ? positionals : Object.keys(TESTS)).filter((part) =>
  files.includes(part),
);

const mutants = parts.flatMap((part) => chosen(readMutants(part)));
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
  const text = readFileSync(partFile(root, part), 'utf8');
  return mutantsOf(text).map((mutant) => ({
    part,
    ...mutant,
    // What is on both sides of the place, not its number: it survives other changes.
    key: [part, mutant.operator, mutant.owner, mutant.before, mutant.after].join(' | '),
    hash: hash(text, mutant.text),
    tests: hash(testTexts(part)),
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
  const waiting = mutants.filter((mutant) =>
    options.survivors
      ? known.get(mutant.key)?.verdict === 'survived' && !accepted.has(mutant.key)
      : !isJudged(mutant),
  );
  console.log(`${mutants.length} mutants, ${waiting.length} to be judged`);
  const trees = await Promise.all(Array.from({ length: Number(options.jobs) }, () => makeTree()));
  try {
    await guard(trees, waiting);
    let number = 0;
    await Promise.all(
      trees.map(async (tree) => {
        for (let mutant; Date.now() < deadline && (mutant = waiting.shift());) {
          const begun = Date.now();
          const verdict = await judge(tree, mutant);
          const { key, hash, tests, part, operator, owner, line, before, after } = mutant;
          const seconds = (Date.now() - begun) / 1000;
          const result = { key, hash, tests, part, operator, owner, line, before, after, seconds };
          record({ ...result, ...verdict });
          console.log(`${++number} ${verdict.verdict} ${seconds.toFixed(1)}s ${describe(mutant)}`);
        }
      }),
    );
  } finally {
    for (const tree of trees) rmSync(tree, { recursive: true, force: true });
  }
}

/** The same text, and the test that noticed is still there, or none is new. */
function isJudged({ key, hash, tests }) {
  const result = known.get(key);
  if (result?.hash !== hash) return false;
  return result.verdict === 'survived' || !result.file
    ? result.tests === tests
    : hasTest(result.file, result.by);
}

/** A tree of its own, where nothing but one part will change. */
async function makeTree() {
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const tree = mkdtempSync(join(root, 'tmp/mutants.'));
  for (const name of ['src', 'templates', 'test', 'scripts', 'docs', 'README.md', 'package.json'])
    cpSync(join(root, name), join(tree, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
  if (!options['all-shells']) {
    // One shell is enough to notice; what survives is tried again on all of them.
    const helpers = join(tree, 'test/helpers.bash');
    const text = readFileSync(helpers, 'utf8');
    writeFileSync(helpers, text.replace(/^ALL_SHELLS=.*$/m, "ALL_SHELLS=('dash')"));
  }
  return tree;
}

/** Without a mutant the tests must pass, or they prove nothing. */
async function guard(trees, mutants) {
  const all = mutants.flatMap(selection).map((some) => [some.join('\n'), some]);
  const waiting = [...new Map(all).values()];
  for (const tree of trees) build(tree);
  await Promise.all(
    trees.map(async (tree) => {
      for (let file; (file = waiting.shift());) await guardFile(tree, ...file);
    }),
  );
}

async function guardFile(tree, file, slow) {
  const id = `green ${file} ${options['all-shells'] ? 'all' : 'dash'} ${slow ?? ''}`;
  const state = hash(allParts(), testText(file), readFileSync(join(root, 'test/helpers.bash')));
  if (known.get(id)?.hash === state) return;
  const begun = Date.now();
  const { verdict, by, output } = await runTests(tree, file, undefined, slow);
  if (verdict !== 'survived') throw new Error(`${file} fails without a mutant: ${by}\n${output}`);
  record({ key: id, hash: state, seconds: (Date.now() - begun) / 1000 });
  console.log(`green without a mutant: ${file}`);
}

async function judge(tree, mutant) {
  const file = partFile(tree, mutant.part);
  writeFileSync(file, mutant.text);
  try {
    if (!build(tree)) return { verdict: 'killed', by: 'the build' };
    for (const { file, name } of likelyKillers(mutant).slice(0, options.few ? 1 : 3)) {
      const { verdict, by } = await runTests(tree, file, name);
      if (verdict !== 'survived') return { verdict, by, file };
    }
    for (const [file, slow] of selection(mutant)) {
      const { verdict, by } = await runTests(tree, file, undefined, slow);
      if (verdict !== 'survived') return { verdict, by, file };
    }
    return { verdict: 'survived', few: options.few };
  } finally {
    cpSync(partFile(root, mutant.part), file);
  }
}

/** The tests that noticed others in the same function, or the same part. */
function likelyKillers({ part, owner }) {
  const count = new Map();
  for (const result of known.values()) {
    if (result.part !== part || result.verdict !== 'killed' || !result.file) continue;
    const id = `${result.file}\n${result.by}`;
    count.set(id, (count.get(id) ?? 0) + (result.owner === owner ? 10 : 1));
  }
  return [...count]
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([id]) => ({ file: id.split('\n')[0], name: id.split('\n')[1] }));
}

function build(tree) {
  return spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: tree }).status === 0;
}

/** Run a bats file, or one test of it, until the first failure. */
async function runTests(tree, file, name, slow) {
  const bats = ['node_modules/bats/bin/bats', '--tap', '--abort'];
  if (name) bats.push('--filter', `^${name.replace(/[^A-Za-z0-9 ]/g, '.')}$`);
  else if (file === 'shells' && !slow && !options['all-shells']) bats.push('--filter', 'on dash$');
  else if (slow) bats.push('--filter', slow);
  else bats.push('--negative-filter', `^(${[...TEXT_ONLY, ...Object.keys(SLOW)].join('|')})`);
  if (!LONG.includes(file)) bats.push('--filter-tags', '!long');
  bats.push(testFile(file).replace(`${root}/`, ''));
  const env = { ...process.env, TMPDIR: '/tmp', FAST: '1' };
  const child = spawn(
    'unshare',
    ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--']
      .concat(['bash', '-c', SANDBOX, 'bash'])
      .concat(bats),
    { cwd: tree, env, stdio: ['ignore', 'pipe', 'pipe'] },
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
  if (status === 0 && !late) return { verdict: 'survived', output };
  const by = /^not ok \d+ (.*?)( # .*)?$/m.exec(output)?.[1];
  if (late) return { verdict: 'timeout', by, output };
  if (by === undefined)
    return name ? { verdict: 'survived', output } : { verdict: 'killed', by: 'no result', output };
  return { verdict: 'killed', by, output };
}

/** What must notice a mutant of this part: [file], then [file, a slow test of it]. */
function selection({ part, owner }) {
  if (options.few && part in FEW)
    return Object.entries(FEW[part]).map(([file, names]) => [file, `(${names})`]);
  const names = (TESTS_OF_FUNCTION[owner] ?? TESTS[part]).split(' ');
  const slow = Object.keys(SLOW).filter((name) => SLOW[name].includes(part));
  return [
    ...names.map((file) => [file]),
    ...names.flatMap((file) =>
      slow.filter((name) => hasTest(file, name)).map((name) => [file, name]),
    ),
  ];
}

function hasTest(file, name) {
  return testText(file).includes(`@test "${name}`);
}

function summarize() {
  const rows = parts.map((part) => {
    const results = readMutants(part).map(({ key }) => known.get(key));
    const judged = results.filter((result) => result?.verdict);
    const survived = judged.filter(({ verdict }) => verdict === 'survived');
    const fine = survived.filter(({ key }) => accepted.has(key));
    return {
      part,
      all: results.length,
      judged,
      fine,
      open: survived.filter((r) => !fine.includes(r)),
    };
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
  for (const key of accepted.keys())
    if (parts.includes(key.split(' | ')[0]) && !mutants.some((mutant) => mutant.key === key))
      if (options.sample === undefined && !options.operator)
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

function testFile(name) {
  return join(root, 'test', name === 'parts' ? 'parts' : 'script', `${name}.bats`);
}

function testText(name) {
  return readFileSync(testFile(name), 'utf8');
}

function testTexts(part) {
  return TESTS[part].split(' ').map(testText).join('\n');
}

function allParts() {
  return files.map((part) => readFileSync(partFile(root, part), 'utf8')).join('\n');
}

function hash(...texts) {
  return createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16);
}
