import { posix } from 'node:path';
import { BACKUP, HOOKS } from '../keys/backup.ts';
import { ENVIRONMENT } from '../keys/environment.ts';
import { PLAN } from '../keys/plan.ts';
import { RESERVED } from '../read/fields.ts';
import { type Example, REQUIRED, type Row, type Rows, type TableWords } from '../read/row.ts';
import { MYSQL } from '../sources/mysql/keys.ts';
import { SQLITE } from '../sources/sqlite/keys.ts';
import { tomlValue } from './examples.ts';

/** What the options of `init` say about the new file. */
export interface Wishes {
  readonly sqlite: readonly string[];
  readonly containers: readonly string[];
  readonly torrust: boolean;
}

/**
 * A commented environment file to start from: what is needed is set, the rest stands
 * behind `#`, and each such line is good as it is when that is taken away.
 */
export function renderStarter(wishes: Wishes): string {
  return [...HEAD, ...(wishes.torrust ? torrust() : databases(wishes))].join('\n') + '\n';
}

const HEAD = [
  '#:schema ./gen-backup.schema.json',
  '# (npx gen-backup schema > gen-backup.schema.json; editors then complete the keys)',
  '#',
  '# What to back up on one VM. To get its script: npx gen-backup -o backup.sh THIS_FILE',
  '# In plain words what it will do: npx gen-backup --explain THIS_FILE',
  '',
];

function torrust(): string[] {
  return [
    ...table('environment', ENVIRONMENT, { name: 'tracker-demo' }),
    "# As Torrust's deployer writes it: the rest follows its layout.",
    '[tracker.core.database]',
    'driver = "sqlite3"             # or "mysql"',
    'database_name = "tracker.db"   # of mysql the schema, such as "tracker"',
    '',
    ...backupTables(
      { schedule: '0 3 * * *', retention_days: 7 },
      ['databases', 'tables', ...OF_CONTINUOUS],
      'tracker',
      'tracker',
    ),
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
  const [first = ''] = names;
  const unfit = ['include', 'exclude', ...OF_CONTINUOUS, ...(names.length === 1 ? [] : ['tables'])];
  return [
    '# Where relative paths start, and what a complete plan archives:',
    commented('storage', { path: '/srv/app' }),
    '# More databases, and ways to their servers:',
    ...MORE_DATABASES.map((more, i) => {
      const before = [...names, ...MORE_DATABASES.slice(0, i).map(({ name }) => name)];
      return commented(`databases.${freeName(more.name, before)}`, more);
    }),
    '',
    ...table('environment', ENVIRONMENT, { name: 'my-vm' }),
    ...wanted.flatMap((path, i) =>
      table(`databases.${names[i]}`, SQLITE, { driver: 'sqlite3', path }),
    ),
    ...containers.flatMap((container, i) =>
      table(
        `databases.${names[wanted.length + i]}`,
        MYSQL,
        { driver: 'mysql', container },
        OTHER_WAYS,
      ),
    ),
    ...backupTables(
      { path: '/backups/my-vm', type: 'database' },
      unfit,
      first,
      wanted.length > 0 ? first : '',
    ),
    // In the examples, too, it is this VM.
  ].map((line) =>
    line.replaceAll('tracker-demo', 'my-vm').replace('the public tracker', 'the shop'),
  );
}

/** Keys of a type that is not the one chosen. */
const OF_CONTINUOUS = ['interval', 'changes', 'max_wal'];

const MORE_DATABASES = [
  {
    driver: 'mysql',
    name: 'shop',
    host: '127.0.0.1',
    port: 3306,
    user: 'backup',
    password_file: '/etc/backup/shop.password',
  },
  {
    driver: 'mysql',
    name: 'wiki',
    socket: '/run/mysqld/mysqld.sock',
    defaults_file: '/etc/mysql/backup.cnf',
  },
  {
    driver: 'mysql',
    name: 'forum',
    container_command: 'docker compose -f /opt/forum/docker-compose.yml exec -T mysql',
    user: 'forum',
    env_file: '/opt/forum/.env',
    password_key: 'MYSQL_PASSWORD',
  },
] as const;

/** Keys that do not go with `container` alone; the databases above show them. */
const OTHER_WAYS = [
  'container_command',
  'host',
  'port',
  'socket',
  'password_file',
  'env_file',
  'password_key',
  'defaults_file',
];

/** `[backup]`, without the keys that its type cannot use. */
function backupTables(
  set: Settings,
  unfit: readonly string[],
  database: string,
  followed: string,
): string[] {
  const chosen = { ...PLAN.keys.databases, example: [database] };
  const all = { ...BACKUP.keys, ...PLAN.keys, databases: chosen };
  return [
    ...table('backup', { ...BACKUP, keys: all }, set, ['plans', 'hooks', ...unfit]),
    '# Plans, side by side, with any of the keys from type on. Where there are some, the',
    '# keys above are what they inherit, and make no plan by themselves.',
    commented('plans.nightly', {
      schedule: '0 3 * * *',
      keep: { last: 3, daily: 7, weekly: 4, monthly: 6 },
    }),
    commented('plans.keys', {
      type: 'database',
      databases: [database],
      tables: ['keys', 'whitelist'],
      schedule: '*/5 * * * *',
      keep: { last: 288 },
    }),
    ...(followed === ''
      ? []
      : [
          commented('plans.live', {
            type: 'continuous',
            databases: [followed],
            interval: '5s',
            changes: '48h',
          }),
        ]),
    commented('plans.config', {
      type: 'selective',
      include: ['/etc/app', '/opt/app/.env'],
      exclude: ['*.log'],
      schedule: '@hourly',
    }),
    '',
    `# ${HOOKS.about}`,
    ...Object.entries(HOOKS.keys).flatMap(([key, doc]) => keyLines(`hooks.${key}`, doc, undefined)),
    '',
    '# Bells that are ready but for their address: pings as healthchecks.io takes them, ntfy, mail.',
    '# Each key stands once: of two commands for it, join them by a semicolon.',
    ...BELLS.map(([key, command]) => `#   hooks.${key} = ${tomlValue(command)}`),
  ];
}

const PING = 'curl -fsS -m 10 --retry 3 -o /dev/null';
const MESSAGE = '"$GEN_BACKUP_MESSAGE"';

/** What fails here must not fail a good backup, hence `|| :`. A text that begins with @ is no file. */
const BELLS: readonly (readonly [key: string, command: string])[] = [
  ['before', `${PING} https://hc-ping.com/UUID/start || :`],
  ['on_success', `${PING} https://hc-ping.com/UUID || :`],
  ['on_failure', `${PING} --data-raw ${MESSAGE} https://hc-ping.com/UUID/fail`],
  [
    'on_failure',
    `${PING} -H "Title: backup $GEN_BACKUP_PLAN failed" --data-raw ${MESSAGE} https://ntfy.sh/TOPIC`,
  ],
  [
    'on_failure',
    `printf "%s\\n" ${MESSAGE} | mail -s "backup $GEN_BACKUP_ENVIRONMENT $GEN_BACKUP_PLAN failed" root`,
  ],
];

type Settings = Readonly<Record<string, string | number>>;

/** A table with every key that it knows but some, and what each one means. */
function table(
  header: string,
  { about, keys }: Pick<TableWords, 'about'> & { readonly keys: Rows },
  set: Settings,
  without: readonly string[] = [],
): string[] {
  const lines = Object.entries(keys)
    .filter(([key]) => !without.includes(key))
    .map(([key, doc]) => keyLines(key, doc, set[key]));
  return [`# ${about}`, `[${header}]`, ...lines.flat(), ''];
}

function keyLines(key: string, doc: Row, value: string | number | undefined): string[] {
  const about = `# ${doc.about}`;
  if (value !== undefined) return [about, `${key} = ${tomlValue(value)}`];
  const isValue = doc.unset !== undefined && !/^\(/.test(String(doc.unset));
  const example = EXAMPLES[key] ?? doc.example;
  const shown = isValue && doc.unset !== REQUIRED ? (doc.unset ?? '') : example;
  return [about, `${commented(key, shown)}${isValue ? '   # the default' : ''}`];
}

/** Where the usual example would need another key beside it. */
const EXAMPLES: Readonly<Record<string, string>> = {
  user: 'root',
  data_dir: '/srv/mysql/data',
};

/** A line that is good as it is when its `# ` is taken away. */
function commented(key: string, value: Example): string {
  return `# ${key} = ${tomlValue(value)}`;
}

/** A name made of another one's good characters, that no database has yet. */
function freeName(base: string, taken: readonly string[]): string {
  const good = base
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '-')
    .replace(/^[-_]+/, '')
    .slice(0, 50);
  const name = good === '' || RESERVED.includes(good) ? 'main' : good;
  const isTaken = (one: string) => taken.includes(one);
  return isTaken(name) ? `${name}-${taken.length + 1}` : name;
}
