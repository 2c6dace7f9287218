// Bundles the generator and its templates into the one file that is published.
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import { templateFunction } from './sources.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const templates = {
  name: 'templates',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ejs$/ }, ({ path }) => ({
      contents: `module.exports = ${templateFunction(readFileSync(path, 'utf8'))}`,
    })),
};

const common = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  // CommonJS, because @iarna/toml calls require('stream').
  format: 'cjs',
  logLevel: 'warning',
  loader: { '.sh': 'text' },
  define: { GEN_BACKUP_VERSION: JSON.stringify(version) },
  plugins: [templates],
};

// What a good file on its way to a script does not need: the answers to mistakes and
// questions. At every start node reads past text ten times as fast as past code, so it
// goes in as text, and wakes up when one of its functions is first called.
const SELDOM = 'src/questions.ts';

const way = await build({
  ...common,
  entryPoints: ['src/cli.ts'],
  write: false,
  metafile: true,
  plugins: [templates, instead((path) => (path === SELDOM ? { path, external: true } : undefined))],
});
const shared = Object.keys(way.metafile.inputs).filter((file) => file.startsWith('src/'));

const seldom = await build({
  ...common,
  entryPoints: [SELDOM],
  write: false,
  plugins: [
    templates,
    instead((path) => (shared.includes(path) ? { path, external: true } : undefined)),
  ],
});
const { metafile } = await build({
  entryPoints: [SELDOM],
  format: 'esm',
  write: false,
  metafile: true,
});
const [{ exports: names }] = Object.values(metafile.outputs);
// Only what it asks for: the rest of the way may lose what is not used.
const asked = shared.filter((path) => seldom.outputFiles[0].text.includes(JSON.stringify(path)));

await build({
  ...common,
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/gen-backup.cjs',
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'eof',
  plugins: [
    templates,
    {
      name: 'asleep',
      setup: ({ onLoad }) =>
        onLoad({ filter: /\/questions\.ts$/ }, () => ({
          contents: asleep(seldom.outputFiles[0].text),
          resolveDir: '.',
        })),
    },
  ],
});

/** Another place for modules of ours, by their path. */
function instead(placeOf) {
  return {
    name: 'instead',
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) =>
        placeOf(relative('.', resolve(resolveDir, path))),
      ),
  };
}

/** A module whose functions evaluate the text when one is first called. */
function asleep(text) {
  const data = brotliCompressSync(text).toString('base64');
  return `
    ${asked.map((path, i) => `import * as shared${i} from './${path}';`).join('\n')}
    const shared = { ${asked.map((path, i) => `'${path}': shared${i}`)} };
    let awake;
    function wake() {
      if (awake === undefined) {
        awake = { exports: {} };
        const text = require('node:zlib').brotliDecompressSync(Buffer.from('${data}', 'base64'));
        Function('module', 'require', text)(awake, (name) => shared[name] ?? require(name));
      }
      return awake.exports;
    }
    ${names.map((name) => `export function ${name}(...values) { return wake().${name}(...values); }`).join('\n')}`;
}
