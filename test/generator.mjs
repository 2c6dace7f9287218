// The generator for all files of one run of scripts/test.sh, so that not every test starts
// a node: dist/gen-backup.cjs as it is, run once a request, each time from its beginning.
// Its command line and its exit status are what test/unit/cli.test.ts is about.
//
//   node generator.mjs FIFO      makes it when it is ready, and reads requests from it
//
// A request is a line: log, reply, argument...; tabs between. The reply, the exit status,
// goes into the fifo that the request names, when all is written.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';

const [, , requests = ''] = process.argv;
const bundle = new URL('../dist/gen-backup.cjs', import.meta.url).pathname;
const text = fs.readFileSync(bundle, 'utf8').replace(/^#!.*/, '');
const start = new Script(`(function (require, module, exports, process) {${text}\n})`, {
  filename: bundle,
}).runInThisContext();
const load = createRequire(bundle);

function generate(log, words) {
  const told = fs.openSync(log, 'w');
  const own = {
    __proto__: fs,
    writeFileSync: (file, ...rest) => fs.writeFileSync(file === 2 ? told : file, ...rest),
  };
  const itself = { __proto__: process, argv: [process.execPath, bundle, ...words], exitCode: 0 };
  const require = (name) => (/^(node:)?fs$/.test(name) ? own : load(name));
  const module = { exports: {} };
  start(require, module, module.exports, itself);
  fs.closeSync(told);
  return itself.exitCode ?? 0;
}

const unfinished = `${requests}.new`;
execFileSync('mkfifo', ['-m', '600', unfinished]);
// For reading and writing, so that it is never at its end.
const lines = fs.createReadStream(unfinished, { flags: 'r+' }).setEncoding('utf8');
lines.on('open', () => fs.renameSync(unfinished, requests));
process.on('exit', () => fs.rmSync(requests, { force: true })); // nobody waits for an answer
let rest = '';
lines.on('data', (more) => {
  const all = (rest + more).split('\n');
  rest = all.pop() ?? '';
  for (const [log, reply, ...words] of all.map((line) => line.split('\t'))) {
    // Without a reply, whoever asks starts one of his own.
    try {
      const status = generate(log, words);
      const to = fs.openSync(reply, fs.constants.O_RDWR | fs.constants.O_NONBLOCK);
      fs.writeSync(to, `${status}\n`);
      fs.closeSync(to);
    } catch (error) {
      console.error(error);
    }
  }
});
