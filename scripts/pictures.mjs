// The pictures of README and docs, as SVG: each by its name. `npm run docs` writes them.
// `node scripts/pictures.mjs record` runs the demo, and keeps what it prints, with times, as
// docs/pictures/demo.txt, of which the recording is drawn.
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { argv } from 'node:process';

const RECORD = 'docs/pictures/demo.txt';

export const PICTURES = { snapshot, life, demo };

/** In the colours of the page's reader, on a ground of its own. */
function svg(title, width, height, body, style = '') {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="t">
<title id="t">${escaped(title)}</title>
<style>
  .ground { fill: #ffffff } .ink { fill: #1f2328 } .dim { fill: #59636e } .line { stroke: #818b98; fill: none }
  .good { fill: #1a7f37 } .bad { fill: #bc4c00 } .tick { stroke: #818b98 } .box { fill: #f6f8fa; stroke: #818b98 }
  .pin { stroke: #1a7f37; stroke-dasharray: 4 3 } text { font: 14px system-ui, 'DejaVu Sans', sans-serif }
  .small { font-size: 12px } .code { font: 12px ui-monospace, 'DejaVu Sans Mono', monospace; white-space: pre }
  .strong { font-weight: 600 } .middle { text-anchor: middle }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } .ink { fill: #f0f6fc } .dim { fill: #9198a1 } .box { fill: #151b23 }
    .good { fill: #3fb950 } .bad { fill: #f0883e } .pin { stroke: #3fb950 }
  }
${style}</style>
<rect class="ground" width="${width}" height="${height}" rx="6"/>
${body.flat(9).join('\n')}
</svg>
`;
}

function text(x, y, words, classes = 'ink') {
  return `<text x="${x}" y="${y}" class="${classes}">${escaped(words)}</text>`;
}

function bar(x, y, width, height, classes) {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="2" class="${classes}"/>`;
}

function line(x1, y1, x2, y2, classes = 'line') {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${classes}"/>`;
}

function arrow(x1, x2, y) {
  return `<path class="line" d="M${x1} ${y} H${x2} m-6 -4 l6 4 l-6 4"/>`;
}

function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Why plain `.backup` does not finish, and a pinned snapshot does. */
function snapshot() {
  const commits = [70, 148, 205, 290, 352, 436, 498, 585, 644, 715];
  const begun = 148 + 14; // between two commits
  return svg(
    'Plain .backup starts over at each commit of another process; a pinned snapshot is the state at one instant',
    760,
    300,
    [
      text(20, 30, 'the application commits', 'ink strong'),
      line(20, 60, 740, 60),
      commits.map((x) => line(x, 46, x, 74, 'tick')),
      text(20, 110, "sqlite3 app.db '.backup copy'", 'ink code'),
      [20, ...commits].map((x, i, all) => {
        const end = all[i + 1] ?? 740;
        return bar(x + 3, 122, end - x - 6, 18, 'bad');
      }),
      commits.map((x) => line(x, 118, x, 144, 'tick')),
      text(
        20,
        164,
        'another process has committed: it starts over, and does not finish',
        'dim small',
      ),
      text(begun + 8, 212, 'BEGIN; SELECT ...; .backup copy', 'ink code'),
      bar(begun, 224, 436 - begun, 18, 'good'),
      line(begun, 46, begun, 250, 'pin'),
      text(begun + 6, 264, 'the copy is the state at this instant', 'ink small'),
      text(444, 238, 'finished; in WAL mode no commit waited', 'ink small'),
      text(20, 286, 'time', 'dim small'),
      arrow(52, 740, 282),
    ],
  );
}

/** What a backup is called from its beginning to its end. */
function life() {
  const box = (x, name, notes) => [
    bar(x, 70, 226, 128, 'box'),
    text(x + 113, 96, name, 'ink code middle strong'),
    notes.map((note, i) => text(x + 10, 122 + i * 20, note, 'ink small')),
  ];
  return svg(
    'The life of a backup: unfinished, published by one rename, removed by another',
    760,
    260,
    [
      text(20, 36, '/backups/app/default/', 'ink code'),
      box(12, '.incomplete-20261123T030000Z', [
        'snapshot, archive, compress',
        'read back, checksums, MANIFEST',
        'written to the disk (sync)',
        'not listed, not restored',
      ]),
      box(267, '20261123T030000Z', [
        'MANIFEST  SHA256SUMS',
        'databases/app.sqlite3.zst',
        'files.tar.zst  backup.sh',
        'listed; restores itself',
      ]),
      box(522, '.incomplete-20261123T030000Z', [
        'expired, and a newer one',
        'was published',
        'is being removed',
      ]),
      arrow(240, 265, 134),
      text(253, 60, 'one rename', 'dim small middle'),
      arrow(495, 520, 134),
      text(508, 60, 'one rename', 'dim small middle'),
      text(125, 222, 'killed, no space, unmounted:', 'dim small middle'),
      text(125, 240, 'the next run removes it', 'dim small middle'),
      text(380, 222, 'kept as long as a rule or a pin says', 'dim small middle'),
      text(635, 222, 'killed: the next run', 'dim small middle'),
      text(635, 240, 'removes the rest', 'dim small middle'),
    ],
  );
}

/** The demo, as it was recorded: its lines appear one by one, pauses of more than a second cut. */
function demo() {
  const lines = readFileSync(RECORD, 'utf8')
    .trimEnd()
    .split('\n')
    .map((row) => [Number(row.slice(0, row.indexOf('\t'))), row.slice(row.indexOf('\t') + 1)]);
  // What it sets up before is not of interest.
  lines.splice(
    0,
    lines.findIndex(([, words]) => words.startsWith('$ npx')),
  );
  const height = 17;
  let shown = 0;
  let before = lines[0]?.[0] ?? 0;
  const rows = lines.map(([at, words], i) => {
    shown += Math.min(at - before, 1.2) + (words.startsWith('$') ? 0.6 : 0.05);
    before = at;
    const kind = words.startsWith('$') ? 'ink strong' : words.startsWith('#') ? 'good' : 'dim';
    const style = `style="animation-delay:${shown.toFixed(2)}s"`;
    return `<text x="16" y="${50 + i * height}" class="code row ${kind}" ${style}>${escaped(words.slice(0, 120))}</text>`;
  });
  return svg(
    'A recording of npm run demo',
    900,
    62 + lines.length * height,
    [
      ['bad', 'dim', 'good'].map(
        (kind, i) => `<circle cx="${20 + i * 18}" cy="18" r="5" class="${kind}"/>`,
      ),
      text(450, 22, 'npm run demo', 'dim small middle'),
      rows,
    ],
    `  .row { animation: appear 0.01s backwards }
  @keyframes appear { from { opacity: 0 } to { opacity: 1 } }
  @media (prefers-reduced-motion: reduce) { .row { animation: none } }
`,
  );
}

/** What the demo prints, a line with the seconds since it began; its directory is /tmp/demo. */
function record() {
  const begun = Date.now();
  const rows = [];
  const run = spawn('sh', ['scripts/demo.sh'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TMPDIR: '/tmp' },
  });
  createInterface({ input: run.stdout }).on('line', (words) => {
    const shown = words.replace(/\/tmp\/gen-backup-demo\.\w+/g, '/tmp/demo');
    rows.push(`${((Date.now() - begun) / 1000).toFixed(2)}\t${shown}`);
    console.log(words);
  });
  run.on('close', (status) => {
    process.exitCode = status;
    const first = rows.findIndex((row) => row.includes('\t# '));
    if (status === 0) writeFileSync(RECORD, `${rows.slice(first).join('\n')}\n`);
  });
}

if (argv[1]?.endsWith('pictures.mjs') && argv[2] === 'record') record();
