// Measures against bare tools and against others, A and B in turn in the same run, and
// writes docs/benchmarks.md. Never part of the tests.
//
//   npm run bench                        all sections but storage and differential, in some 20 minutes
//   npm run bench -- sqlite files        these; the others stay as they were measured
//   npm run bench -- --large             with 8 GB of SQLite (section growth)
//   npm run bench -- --small             tiny sizes, to develop with; docs stay as they are
//   npm run bench -- --render            write docs/benchmarks.md from benchmarks.json again
//   npm run bench -- --profile sqlite    where the time of one run goes
//
// BENCH_DIR is where it works (/tmp); GEN_BACKUP_CACHE keeps what takes long to make.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CHARTS } from './charts.mjs';
import { load, machine, versions } from './machine.mjs';
import { cleanUp } from './place.mjs';
import { profile, profiles } from './profile.mjs';
import { renderReport, renderSection } from './report.mjs';

/** In the order of the page. */
const SECTIONS = [
  'sqlite',
  'stall',
  'continuous',
  'mysql',
  'files',
  'fixed',
  'scale',
  'restore',
  'growth',
  'differential',
  'generator',
  'storage',
];

/** What is stored changes only with the format: measured when it is asked for. */
const DEFAULT_SECTIONS = SECTIONS.filter((name) => !/^(storage|differential)$/.test(name));

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    large: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    render: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  },
});

/** Where the results go. */
const docs = options.small ? join(tmpdir(), 'gen-backup-bench-small') : 'docs';
const recordFile = join(docs, 'benchmarks.json');

const sizes = {
  small: options.small,
  large: options.large,
  megabytes: (wanted) => (options.small ? Math.max(1, Math.round(wanted / 50)) : wanted),
  rounds: (wanted) => (options.small ? Math.min(2, wanted) : wanted),
};

for (const [signal, status] of Object.entries({ SIGHUP: 129, SIGINT: 130, SIGTERM: 143 })) {
  process.on(signal, () => {
    cleanUp();
    process.exit(status);
  });
}

try {
  await main();
} finally {
  cleanUp();
}

async function main() {
  const known = options.profile ? profiles : SECTIONS;
  const unknown = positionals.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    console.error(`bench: there is no '${unknown}'; there are: ${known.join(', ')}`);
    process.exitCode = 2;
  } else if (options.render) {
    writeReport(readRecord());
  } else if (options.profile) {
    for (const name of positionals.length > 0 ? positionals : ['sqlite']) {
      console.log(await profile(name, sizes));
    }
  } else {
    await measureAll(positionals.length > 0 ? positionals : DEFAULT_SECTIONS);
  }
}

/** A section that fails leaves its old numbers, and does not stop the others. */
async function measureAll(names) {
  const about = { machine: await machine(), versions: await versions() };
  for (const name of names) {
    console.error(`${new Date().toISOString()} ${name}`);
    try {
      // Read again: nothing of what was measured meanwhile is lost.
      const record = readRecord();
      record.sections[name] = await measureSection(name, about, record.sections[name]);
      writeRecord(record);
    } catch (error) {
      console.error(`bench: ${name}: ${error.stack}`);
      process.exitCode = 1;
    }
  }
}

async function measureSection(name, about, before) {
  const { title, measure } = await import(`./sections/${name}.mjs`);
  const [begun, loadBefore] = [Date.now(), load()];
  const result = await measure({ ...sizes, before: before?.series });
  const section = {
    title,
    measured: {
      date: new Date(begun).toISOString().slice(0, 10),
      command: ['npm run bench', ...commandWords()].join(' '),
      seconds: (Date.now() - begun) / 1000,
      load: loadBefore,
      ...about,
    },
    ...result,
  };
  console.log(renderSection(section));
  for (const { what, goal, measured, met } of section.goals) {
    console.log(
      `${{ true: 'met   ', false: 'MISSED' }[met] ?? '      '} ${what}: ${measured} (${goal})`,
    );
  }
  console.error(`${name}: ${Math.round(section.measured.seconds)} s`);
  return section;
}

function commandWords() {
  const words = [...positionals, ...(options.large ? ['--large'] : [])];
  return words.length > 0 ? ['--', ...words] : [];
}

function readRecord() {
  return existsSync(recordFile) ? JSON.parse(readFileSync(recordFile, 'utf8')) : { sections: {} };
}

function writeRecord(record) {
  mkdirSync(docs, { recursive: true });
  writeFileSync(recordFile, `${JSON.stringify(record, null, 1)}\n`);
  writeReport(record);
}

function writeReport(record) {
  mkdirSync(join(docs, 'charts'), { recursive: true });
  const charts = {};
  for (const section of Object.values(record.sections)) {
    for (const name of section.charts ?? []) {
      const { title, svg } = CHARTS[name](section.series);
      charts[name] = { title, file: `charts/${name}.svg` };
      writeFileSync(join(docs, charts[name].file), svg);
    }
  }
  const page = renderReport(record, SECTIONS, readNote, (name) => charts[name]);
  writeFileSync(join(docs, 'benchmarks.md'), page);
  console.error(`written: ${join(docs, 'benchmarks.md')}`);
}

/** What a person wrote about a section. */
function readNote(name) {
  const file = join('docs/benchmarks-notes', `${name}.md`);
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
