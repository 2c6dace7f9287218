// The tables in docs/reliability.md, from what the cells of the fault matrix recorded:
//
//   node scripts/matrix.mjs docs/reliability.md RESULTS TAP...
//
// A line of RESULTS is subject, step, fault, shell and what happened, with tabs between.
// A cell that failed, or did not run, is shown as such, and the exit status is 1.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const [page, results, ...taps] = process.argv.slice(2);

/** Test names are `subject: step x fault, shell`: the plan, and what became of it. */
const tests = taps
  .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
  .map((line) => /^(not ok|ok) \d+ ([\w-]+): (\S+) x (\S+), (.*?)( # skip.*)?$/.exec(line))
  .filter((match) => match !== null)
  .map(([, ok, subject, step, fault, shell, skip]) => ({ ok, subject, step, fault, shell, skip }));
const recorded = new Map(
  readFileSync(results, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'))
    .map((words) => [words.slice(0, 4).join('\t'), words[4]]),
);

const steps = unique(tests, ({ subject, step }) => `${subject}\t${step}`);
const faults = unique(tests, ({ fault }) => fault);
const failed = tests.filter(({ ok }) => ok !== 'ok').length;
const skipped = tests.filter(({ skip }) => skip !== undefined).length;
// A file that broke before its cells has none of its own names.
const planned = taps
  .flatMap((file) => [...readFileSync(file, 'utf8').matchAll(/^1\.\.(\d+)$/gm)])
  .reduce((sum, [, count]) => sum + Number(count), 0);

const text = readFileSync(page, 'utf8');
writeFileSync(
  page,
  between(
    between(text, 'matrix', [about(), ...table(/^(run|mysql)$/)]),
    'restore-matrix',
    table(/^restore-/),
  ),
);
console.log(`${planned} cells, ${failed} broken, ${skipped} skipped: ${page}`);
process.exit(failed === 0 && planned === tests.length && planned > 0 ? 0 : 1);

function table(subjects) {
  const rows = steps
    .map((row) => row.split('\t'))
    .filter(([subject]) => subjects.test(subject))
    .map(([subject, step]) => [
      subject === 'run' ? step : `${step} (${subject.replace('restore-', '')})`,
      ...faults.map((fault) => cell(subject, step, fault)),
    ]);
  return [
    `| step | ${faults.join(' | ')} |`,
    `| --- |${' --- |'.repeat(faults.length)}`,
    ...rows.map((words) => `| ${words.join(' | ')} |`),
  ];
}

/** What happened, under each shell; one word where all agree. */
function cell(...place) {
  const here = tests.filter(
    (test) => [test.subject, test.step, test.fault].join() === place.join(),
  );
  if (here.length === 0) return 'NOT RUN';
  const words = here.map(({ ok, skip, shell }) =>
    skip !== undefined
      ? 'skipped'
      : ok === 'ok'
        ? (recorded.get([...place, shell].join('\t')) ?? 'NOT RUN')
        : `**BROKEN** (${shell})`,
  );
  return [...new Set(words)].join(' / ');
}

function about() {
  const day = new Date().toISOString().slice(0, 10);
  const shells = unique(tests, ({ shell }) => shell).join(', ');
  return (
    `Run on ${day} by \`npm run matrix\`: ${planned} cells, ${failed} broken, ${skipped} skipped. ` +
    `Linux ${version('uname', '-r')}, sqlite3 ${version('sqlite3', '--version')}, ` +
    `MariaDB ${version('mariadbd', '--version')}, zstd ${version('zstd', '--version')}, ` +
    `${version('tar', '--version')}; under ${shells}.\n`
  );
}

/** The first thing like a version that a program says. */
function version(program, option) {
  try {
    const said = execFileSync(program, [option], { encoding: 'utf8' });
    return program === 'tar' ? said.split('\n')[0] : (/\d+(\.\d+)+[^\s]*/.exec(said)?.[0] ?? said);
  } catch {
    return 'missing';
  }
}

function between(whole, name, lines) {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const [before, rest] = whole.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`matrix: '${page}' lacks '${begin}' or '${end}'`);
  return `${before}${begin}\n${lines.join('\n')}\n${end}${after}`;
}

function unique(list, key) {
  return [...new Set(list.map(key))];
}
