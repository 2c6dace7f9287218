// Bundles the generator and its templates into the one file that is published.
import { readFileSync } from 'node:fs';
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

// Packages that a good file seldom needs, and what is used of them. They go in as text
// and wake up when first touched: at every start, node reads past text ten times as
// fast as past code.
const SELDOM = {
  croner: ['Cron'],
  cronstrue: ['toString'],
  diff: ['createTwoFilesPatch'],
  'fastest-levenshtein': ['closest', 'distance'],
  'jsonc-parser/lib/esm/main.js': ['parseTree', 'printParseErrorCode'],
  'node:tty': ['isatty'],
  'shell-quote': ['parse'],
  'toml-eslint-parser': ['ParseError', 'parseTOML'],
  'zod/v4/core': ['toJSONSchema'],
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
          contents: asleep(SELDOM[path], await bundled(path)),
        }));
      },
    },
  ],
});

/** A module of getters; the first that is asked for evaluates the text. */
function asleep(names, text) {
  const getters = names.map((name) => `get ${name}() { return wake().${name}; }`);
  return `let awake;
    const wake = () => {
      if (awake === undefined) {
        awake = { exports: {} };
        Function('module', 'require', ${JSON.stringify(text)})(awake, require);
      }
      return awake.exports;
    };
    module.exports = { ${getters.join(', ')} };`;
}

async function bundled(path) {
  const contents = `export { ${SELDOM[path].join(', ')} } from '${path}'`;
  const stdin = { contents, resolveDir: process.cwd() };
  const { outputFiles } = await build({ ...common, stdin, write: false });
  return outputFiles[0].text;
}
