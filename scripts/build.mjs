// Bundles the generator and its templates into the one file that is published.
import { readFileSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));

await build({
  entryPoints: ['src/cli.ts'],
  outfile: 'dist/gen-backup.cjs',
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  // CommonJS, because @iarna/toml calls require('stream').
  format: 'cjs',
  loader: { '.ejs': 'text', '.sh': 'text' },
  define: { GEN_BACKUP_VERSION: JSON.stringify(version) },
  banner: { js: '#!/usr/bin/env node' },
  legalComments: 'eof',
  logLevel: 'warning',
});
