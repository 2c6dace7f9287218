import { tomlValue } from './examples.ts';
import { type KeyDoc, REQUIRED, TABLE_DOCS, type TableDoc } from './keys.ts';

/** Every key of an environment file, as a page of Markdown. */
export function renderReference(): string {
  const tables: readonly TableDoc[] = Object.values(TABLE_DOCS);
  return `${[...HEAD, ...tables.flatMap(section)].join('\n')}\n`;
}

const HEAD = [
  '# Configuration',
  '',
  'Made from `src/keys.ts` by `npm run docs`; do not edit.',
  '',
  'TOML, or JSON of the same shape. Tables of other tools are passed over; in ours, an',
  'unknown key is an error. Durations are `90s`, `5m`, `2h`, `7d`; sizes `500MiB`, `2GiB`.',
  'Names of plans and databases are made of a-z, 0-9, `-` and `_`, up to 63 long; `files`,',
  '`all` and `latest` are reserved.',
];

function section({ title, header, about, keys }: TableDoc): string[] {
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

function row(key: string, { about, example, unset }: KeyDoc): string {
  const cells = [`\`${key}\``, unsetText(unset), about, `\`${tomlValue(example)}\``];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function unsetText(unset: KeyDoc['unset']): string {
  if (unset === undefined) return '';
  if (unset === REQUIRED) return 'required';
  const words = /^\((.*)\)$/.exec(String(unset))?.[1];
  return words ?? `\`${tomlValue(unset)}\``;
}
