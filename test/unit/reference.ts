import { TABLES } from '../../src/keys/file.ts';
import { REQUIRED, type Row, type Table } from '../../src/read/row.ts';
import { tomlValue } from '../../src/tell/examples.ts';

/** Every key of an environment file, as a page of Markdown. */
export function renderReference(): string {
  return `${[...HEAD, ...TABLES.flatMap(section)].join('\n')}\n`;
}

const HEAD = [
  '# Configuration',
  '',
  'Made from `src/keys/` by `npm run docs`; do not edit.',
  '',
  'TOML, or JSON of the same shape. Tables of other tools are ignored; in ours, an',
  'unknown key is an error. Durations are `90s`, `5m`, `2h`, `7d`; sizes `500MiB`, `2GiB`.',
  'Names of plans and databases are made of a-z, 0-9, `-` and `_`, up to 63 long; `files`,',
  '`all` and `latest` are reserved. The order of databases and plans does not matter.',
  '',
  "A schedule is taken when Debian's cron, RHEL's cronie and Alpine's busybox crond make the",
  'same of it; else the message says what to write instead: Sunday is `0` or `sun`, never',
  '`7`; no `*/N` in day of month, but `1-31/N`. It is read by the clock of the VM. In the',
  'night when that clock changes, one hour between 1 and 4 is skipped or comes twice:',
  "Debian's cron and cronie still make one run of a schedule such as `30 2 * * *`, but leave",
  'out or repeat those with a star in minute or hour (`0 */2 * * *`); busybox crond does so',
  'with all. A run that is left out is no alarm (overdue is two gaps), and two are two',
  'backups: ids and retention count in UTC. Run from 04:00 on, or keep the VM at UTC, and',
  'every day has each run once.',
];

function section({ title, header, about, keys }: Table): string[] {
  return [
    '',
    `## ${title}: [${header}]`,
    '',
    about,
    '',
    '| key | default | meaning | example |',
    '| --- | --- | --- | --- |',
    ...Object.entries(keys).map(([key, doc]) => row(key, doc)),
  ];
}

function row(key: string, { about, example, unset }: Row): string {
  const cells = [`\`${key}\``, unsetText(unset), about, `\`${tomlValue(example)}\``];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function unsetText(unset: Row['unset']): string {
  if (unset === undefined) return '';
  if (unset === REQUIRED) return 'required';
  const words = /^\((.*)\)$/.exec(String(unset))?.[1];
  return words ?? `\`${tomlValue(unset)}\``;
}
