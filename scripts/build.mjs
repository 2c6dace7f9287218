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
  // import() of what node brings along would start its second loader.
  supported: { 'dynamic-import': false },
  logLevel: 'warning',
};

// Packages that only mistakes and questions need, and what is used of them. They go in
// as text: at every start, reading past a text costs a fraction of reading past code.
const SELDOM = {
  'toml-eslint-parser': 'parseTOML, ParseError',
  'jsonc-parser/lib/esm/main.js': 'parseTree, printParseErrorCode',
  diff: 'createTwoFilesPatch',
  cronstrue: 'toString',
  'zod/v4/core': 'toJSONSchema',
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
          contents: `new Function('module', ${JSON.stringify(await bundled(path))})(module)`,
        }));
      },
    },
  ],
});

async function bundled(path) {
  const contents = `export { ${SELDOM[path]} } from '${path}'`;
  const stdin = { contents, resolveDir: process.cwd() };
  const { outputFiles } = await build({ ...common, stdin, write: false });
  return outputFiles[0].text;
}
