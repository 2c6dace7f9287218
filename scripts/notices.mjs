// The licences of what is in the bundle, as THIRD-PARTY-NOTICES.md has them. A test
// compares the two; `npm run docs` writes the file.
import { readdirSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';

/** The text of THIRD-PARTY-NOTICES.md, from what esbuild says it has bundled. */
export async function renderNotices() {
  const { metafile } = await build({
    entryPoints: ['src/cli.ts', 'src/questions.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outdir: 'dist',
    write: false,
    metafile: true,
    logLevel: 'error',
    loader: { '.sh': 'text', '.ejs': 'text' },
    define: { GEN_BACKUP_VERSION: '""' },
  });
  // ejs renders at build time; what it renders to holds a few lines of its own.
  const names = new Set(['ejs']);
  for (const file of Object.keys(metafile.inputs)) {
    const [, name] = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
    if (name !== undefined) names.add(name);
  }
  const head = [
    '# Third-party notices',
    '',
    'Made by `npm run docs` from the packages that are in `dist/gen-backup.cjs`; do not edit.',
    'A generated script holds nothing of them.',
  ];
  return `${[...head, ...[...names].sort().flatMap(notice)].join('\n')}\n`;
}

function notice(name) {
  const place = `node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${place}/package.json`, 'utf8'));
  const files = readdirSync(place).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  if (files.length === 0) throw new Error(`${name} has no file with its licence`);
  const texts = files.map((file) => readFileSync(`${place}/${file}`, 'utf8'));
  const lines = texts.join('\n').replaceAll('\r', '').trimEnd().split('\n');
  return ['', `## ${name} ${version} (${license})`, '', '```text', ...lines, '```'];
}
