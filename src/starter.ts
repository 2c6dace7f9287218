import { posix } from 'node:path';
import { tomlValue } from './examples.ts';
import { type KeyDoc, REQUIRED, TABLE_DOCS, type TableDoc } from './keys.ts';

/** What the options of `init` say about the new file. */
export interface Wishes {
  readonly sqlite: readonly string[];
  readonly containers: readonly string[];
  readonly torrust: boolean;
}

/** A commented environment file to start from: what is needed is set, the rest stands behind `#`. */
export function renderStarter(wishes: Wishes): string {
  return [...HEAD, ...(wishes.torrust ? torrust() : databases(wishes))].join('\n') + '\n';
}

const HEAD = [
  '#:schema ./gen-backup.schema.json',
  '# (npx gen-backup schema > gen-backup.schema.json; editors then complete the keys)',
  '#',
  '# What to back up on one VM. To get its script: npx gen-backup THIS_FILE > backup.sh',
  '# In plain words what it will do: npx gen-backup --explain THIS_FILE',
  '',
];

const { environment, sqlite, mysql, backup, plan, hooks } = TABLE_DOCS;

function torrust(): string[] {
  return [
    ...table('environment', environment, { name: 'tracker-demo' }),
    "# As Torrust's deployer writes it: the rest follows its layout.",
    '[tracker.core.database]',
    'driver = "sqlite3"             # or "mysql"',
    'database_name = "tracker.db"   # of mysql the schema, such as "tracker"',
    '',
    ...backupTables({ schedule: '0 3 * * *', retention_days: 7 }),
  ];
}

function databases({ sqlite: paths, containers }: Wishes): string[] {
  const wanted = paths.length + containers.length > 0 ? paths : ['/var/lib/app/app.db'];
  const bases = [
    ...wanted.map((path) => posix.basename(path).replace(/\.[^.]*$/, '')),
    ...containers,
  ];
  const names = bases.reduce<readonly string[]>(
    (before, base) => [...before, freeName(base, before)],
    [],
  );
  return [
    ...table('environment', environment, { name: 'my-vm' }),
    '# Relative paths start there, and a complete plan archives it.',
    '# [storage]',
    '# path = "/srv/app"',
    '',
    ...wanted.flatMap((path, i) =>
      table(`databases.${names[i]}`, sqlite, { driver: 'sqlite3', path }),
    ),
    ...containers.flatMap((container, i) =>
      table(`databases.${names[wanted.length + i]}`, mysql, { driver: 'mysql', container }),
    ),
    ...backupTables({ path: '/backups/my-vm', type: 'database' }),
  ];
}

function backupTables(set: Settings): string[] {
  return [
    ...table('backup', { ...backup, keys: { ...backup.keys, ...plan.keys } }, set),
    '# More plans, side by side, each with any of the keys from type to exclude above:',
    '# [backup.plans.nightly]',
    '# schedule = "0 3 * * *"',
    '# keep = { last = 3, daily = 7, weekly = 4, monthly = 6 }',
    '',
    ...table('backup.hooks', hooks, {}).map((line) => (line === '' ? line : commented(line))),
  ].slice(0, -1);
}

type Settings = Readonly<Record<string, string | number>>;

/** A table with every key that it knows, and what each one means. */
function table(header: string, { about, keys }: TableDoc, set: Settings): string[] {
  const lines = Object.entries(keys)
    .filter(([key]) => !TABLES_OF_THEIR_OWN.includes(key))
    .map(([key, doc]) => keyLines(key, doc, set[key]));
  return [`# ${about}`, `[${header}]`, ...lines.flat(), ''];
}

const TABLES_OF_THEIR_OWN = ['plans', 'hooks'];

function keyLines(key: string, doc: KeyDoc, value: string | number | undefined): string[] {
  const about = `# ${doc.about}`;
  if (value !== undefined) return [about, `${key} = ${tomlValue(value)}`];
  const isValue = doc.unset !== undefined && !/^\(/.test(String(doc.unset));
  const shown = isValue && doc.unset !== REQUIRED ? (doc.unset ?? '') : doc.example;
  return [about, `# ${key} = ${tomlValue(shown)}${isValue ? '   # the default' : ''}`];
}

function commented(line: string): string {
  return line.startsWith('#') ? line : `# ${line}`;
}

/** A name made of another one's good characters, that no database has yet. */
function freeName(base: string, taken: readonly string[]): string {
  const good = base
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 50);
  const name = good === '' || ['files', 'all', 'latest'].includes(good) ? 'main' : good;
  const isTaken = (one: string) => taken.includes(one);
  return isTaken(name) ? `${name}-${taken.length + 1}` : name;
}
