// Bundles the generator and its templates into the one file that is published.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { build } from 'esbuild';
import { templateFunction } from './sources.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

const common = {
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  // CommonJS, because @iarna/toml calls require('stream').
  format: 'cjs',
  logLevel: 'warning',
};

// What a good file seldom needs, and what is used of it: packages, and the answers to
// mistakes and questions. It goes in as text and wakes up when first touched: at every
// start, node reads past text ten times as fast as past code.
const SELDOM = {
  'fastest-levenshtein': ['closest', 'distance'],
  'node:tty': ['isatty'],
  'shell-quote': ['parse'],
  './questions.ts': [
    'decode',
    'renderDifference',
    'renderExplanation',
    'renderJsonSchema',
    'renderReport',
    'renderStarter',
  ],
};

// Modules that questions share with the way to a script.
const SHARED = [
  './keys/defaults.ts',
  './read/nearest.ts',
  './read/paths.ts',
  './read/problems.ts',
  './script/render.ts',
  './read/schedule-fields.ts',
  './read/schedule.ts',
  './keys/schema.ts',
  './script/tools.ts',
  './keys/torrust.ts',
];

// Characters; what is larger is packed.
const LARGE = 50_000;

/** From whatever folder a shared module is asked for, it is the one of the outer bundle. */
const shared = {
  name: 'shared',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => {
      const found = `./${relative('src', join(resolveDir, path))}`;
      return SHARED.includes(found) ? { path: found, external: true } : undefined;
    }),
};

await build({
  ...common,
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/gen-backup.cjs',
  loader: { '.sh': 'text' },
  define: { GEN_BACKUP_VERSION: JSON.stringify(version) },
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'eof',
  plugins: [
    {
      name: 'templates',
      setup: ({ onLoad }) =>
        onLoad({ filter: /\.ejs$/ }, ({ path }) => ({
          contents: `module.exports = ${templateFunction(readFileSync(path, 'utf8'))}`,
        })),
    },
    {
      name: 'seldom',
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /./ }, ({ path }) =>
          SELDOM[path] === undefined ? undefined : { path, namespace: 'seldom' },
        );
        onLoad({ filter: /./, namespace: 'seldom' }, async ({ path }) => ({
          contents: asleep(SELDOM[path], await bundled(path), path.startsWith('.') ? SHARED : []),
          resolveDir: 'src',
        }));
      },
    },
  ],
});

/** A module whose functions and classes evaluate the text when one is first called. */
function asleep(names, text, shared) {
  return `
    ${shared.map((path, i) => `import * as shared${i} from '${path}';`).join('\n')}
    const shared = { ${shared.map((path, i) => `'${path}': shared${i}`)} };
    const text = () => ${text.length < LARGE ? JSON.stringify(text) : packed(text)};
    let awake;
    function wake() {
      if (awake === undefined) {
        awake = { exports: {} };
        Function('module', 'require', text())(awake, (name) => shared[name] ?? require(name));
      }
      return awake.exports;
    }
    ${names.map(forwarded).join('\n')}`;
}

/** An expression that unpacks it: worth a millisecond where it is large. */
function packed(text) {
  const data = deflateRawSync(text, { level: 9 }).toString('base64');
  return `require('node:zlib').inflateRawSync(Buffer.from('${data}', 'base64')).toString()`;
}

function forwarded(name) {
  return `export function ${name}(...values) {
    return new.target ? new (wake().${name})(...values) : wake().${name}(...values);
  }`;
}

async function bundled(path) {
  const contents = `export { ${SELDOM[path].join(', ')} } from '${path}'`;
  const { outputFiles } = await build({
    ...common,
    stdin: { contents, resolveDir: 'src' },
    plugins: path.startsWith('.') ? [shared] : [],
    write: false,
  });
  return outputFiles[0].text;
}
