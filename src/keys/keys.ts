import { DEFAULTS } from './defaults.ts';
import type {
  BackupTable,
  Environment,
  HooksTable,
  KeepTable,
  MysqlTable,
  PlanTable,
  SqliteTable,
} from './schema.ts';

/** What a person is told of a key: in messages, the starter, the reference and editors. */
export interface KeyDoc {
  readonly about: string;
  readonly example: Example;
  /** What it is when unset: a value; or words in brackets. Without it, nothing. */
  readonly unset?: string | number | boolean;
}

export type Example =
  string | number | boolean | readonly string[] | { readonly [key: string]: Example };

type Docs<Table> = Readonly<Record<keyof Table, KeyDoc>>;

/** `unset` of a key that must be there. */
export const REQUIRED = '(required)';

const ENVIRONMENT: Docs<Environment['environment']> = {
  name: {
    about: 'a-z, 0-9 and -; labels messages and the crontab',
    example: 'tracker-demo',
    unset: REQUIRED,
  },
  description: { about: 'not used', example: 'the public tracker' },
};

const STORAGE: Docs<NonNullable<Environment['storage']>> = {
  path: {
    about: 'the directory that relative paths start at, and that a complete plan archives',
    example: '/opt/torrust/storage',
    unset: REQUIRED,
  },
};

const SQLITE: Docs<SqliteTable> = {
  driver: {
    about: '"sqlite3", or "mysql" for MySQL and MariaDB',
    example: 'sqlite3',
    unset: REQUIRED,
  },
  path: {
    about: 'the database file: absolute, or relative to storage.path',
    example: 'tracker/lib/database/tracker.db',
    unset: REQUIRED,
  },
  busy_timeout: {
    about: 'how long to wait for a lock',
    example: '60s',
    unset: DEFAULTS.busy_timeout,
  },
  max_write_stall: {
    about:
      'the longest that its writers may be held up; matters for rollback-journal databases only',
    example: '2s',
    unset: DEFAULTS.max_write_stall,
  },
};

const MYSQL: Docs<MysqlTable> = {
  driver: {
    about: '"mysql" for MySQL and MariaDB, or "sqlite3"',
    example: 'mysql',
    unset: REQUIRED,
  },
  name: {
    about: 'the schema',
    example: 'torrust_index',
    unset: '(with its own account, the MYSQL_DATABASE of the container; else required)',
  },
  container: { about: 'run the clients there, by docker exec -i', example: 'mysql' },
  container_command: {
    about: 'the words before a command that make it run where the clients are: any other way in',
    example: 'docker compose -f /opt/torrust/docker-compose.yml exec -T mysql',
  },
  host: { about: 'the server, by TCP', example: '127.0.0.1' },
  port: { about: 'the port of host', example: 3306, unset: "(the clients' own)" },
  socket: {
    about: 'the server, by its socket, as the clients see it',
    example: '/run/mysqld/mysqld.sock',
  },
  user: {
    about: 'the account; in a container without a password here only "root"',
    example: 'backup',
    unset: "(the container's own)",
  },
  password_file: {
    about: 'a file of one line, with the password',
    example: '/etc/backup/mysql.password',
  },
  env_file: {
    about: 'a .env file as Docker Compose reads it, with the password',
    example: '/opt/torrust/.env',
  },
  password_key: { about: 'the variable in env_file', example: 'MYSQL_PASSWORD' },
  defaults_file: {
    about:
      "an option file of MySQL's clients; its group [client] may hold user and host too, and no more than how to reach the server",
    example: '/etc/mysql/backup.cnf',
  },
  data_dir: { about: "the server's files, left out of archives", example: 'mysql/data' },
};

const KEEP: Docs<KeepTable> = {
  last: {
    about: 'the newest ones, which stay whatever the other rules say',
    example: 3,
    unset: DEFAULTS.keep_last,
  },
  hourly: { about: 'the newest one of each hour (UTC), so many hours', example: 24 },
  daily: { about: 'the newest one of each day (UTC), so many days', example: 7 },
  weekly: { about: 'the newest one of each week, from Monday, so many weeks', example: 4 },
  monthly: { about: 'the newest one of each month, so many months', example: 6 },
  yearly: { about: 'the newest one of each year, so many years', example: 2 },
};

const HOOKS: Docs<HooksTable> = {
  before: { about: 'before each run of a plan', example: 'logger "backup begins"' },
  after: { about: 'after each run, whatever became of it', example: 'logger "backup ended"' },
  on_success: {
    about: 'after a whole backup was published; when it fails, the run ends with 1',
    example: 'curl -fsS https://ping.example/ok',
  },
  on_failure: {
    about: 'after a failure, a refusal or a partial backup, with GEN_BACKUP_MESSAGE',
    example: 'curl -fsS https://ping.example/fail',
  },
  quiesce: {
    about: 'right before the snapshots, to make writers pause',
    example: 'docker pause app',
  },
  resume: {
    about: 'right after the snapshots, on every way out',
    example: 'docker unpause app',
  },
  before_restore: { about: 'before a restore in place', example: 'docker stop app' },
  after_restore: { about: 'after a restore in place', example: 'docker start app' },
};

const PLAN: Docs<PlanTable> = {
  type: {
    about:
      'complete: every database, and everything under storage.path; database: databases only; selective: the files that include names',
    example: 'database',
    unset: DEFAULTS.type,
  },
  schedule: {
    about: 'five fields as cron(8) takes them, or @daily and the like',
    example: '0 3 * * *',
    unset: DEFAULTS.schedule,
  },
  enabled: {
    about: 'false: no crontab line; run still works',
    example: true,
    unset: DEFAULTS.enabled,
  },
  retention_days: {
    about: 'keep everything younger',
    example: 14,
    unset: `(${DEFAULTS.retention_days}, if keep is unset too)`,
  },
  keep: {
    about:
      'the union of these rules, and of retention_days; calendar rules keep the newest backup of each UTC period that has one. A plan that sets keep or retention_days inherits neither',
    example: { last: 3, daily: 7, weekly: 4 },
  },
  compression: {
    about: 'auto (zstd, else gzip), zstd, gzip, xz or none',
    example: 'zstd',
    unset: DEFAULTS.compression,
  },
  compression_level: {
    about: '1 to 9, zstd to 19',
    example: 6,
    unset: '(zstd 2, gzip and xz 6)',
  },
  verify: {
    about:
      'the check of each copied database: full (integrity_check), quick (quick_check), auto (full up to 2 GiB)',
    example: 'quick',
    unset: DEFAULTS.verify,
  },
  nice: {
    about: 'check and compress at low priority',
    example: false,
    unset: DEFAULTS.nice,
  },
  shrink_limit: {
    about: 'a backup that shrank by more stops retention until a person looks',
    example: '80%',
    unset: DEFAULTS.shrink_limit,
  },
  databases: {
    about: 'of a database plan: which ones',
    example: ['tracker'],
    unset: '(all)',
  },
  tables: {
    about: 'of a database plan with one database: which tables',
    example: ['keys', 'whitelist'],
    unset: '(all)',
  },
  include: {
    about: 'more paths to archive; all there is for a selective plan',
    example: ['/opt/torrust/.env'],
  },
  exclude: {
    about: 'paths, or shell patterns; a pattern without a slash matches a name at any depth',
    example: ['prometheus/data', '*.log'],
  },
};

const BACKUP: Docs<Omit<BackupTable, keyof PlanTable>> = {
  path: {
    about: 'where backups go: any directory; made with mode 0700 by the first run',
    example: '/backups/tracker',
    unset: REQUIRED,
  },
  require_mount: {
    about: 'refuse to run unless path is on a filesystem other than /',
    example: true,
    unset: DEFAULTS.require_mount,
  },
  min_free: {
    about: 'refuse to start with less than this left over afterwards',
    example: '2GiB',
    unset: DEFAULTS.min_free,
  },
  log: {
    about: 'the crontab lines append what the script says to this file',
    example: '/var/log/gen-backup/tracker-demo.log',
    unset: '(off)',
  },
  metrics: {
    about: "a directory for metrics, as Prometheus' textfile collector reads them",
    example: '/var/lib/node_exporter/textfile',
    unset: '(off)',
  },
  state: {
    about: 'local directory for locks and run state',
    example: '/var/lib/gen-backup/tracker-demo',
    unset: '(/var/lib/gen-backup/NAME; for a user other than root below ~/.local/state)',
  },
  drill_schedule: {
    about: 'when to restore into a scratch place and compare',
    example: '0 5 * * 0',
    unset: '(off)',
  },
  plans: {
    about: 'plans by name; without them there is one, named default',
    example: {},
  },
  hooks: { about: 'shell commands, run as they are', example: { on_failure: 'logger failed' } },
};

export interface TableDoc {
  /** As a heading. */
  readonly title: string;
  /** As it stands in a file; NAME is any name. */
  readonly header: string;
  readonly about: string;
  readonly keys: Readonly<Record<string, KeyDoc>>;
}

/** Every table of ours, in the order of a file. */
export const TABLE_DOCS = {
  environment: {
    title: 'The environment',
    header: 'environment',
    about: 'Which VM this is.',
    keys: ENVIRONMENT,
  },
  storage: {
    title: 'The storage directory',
    header: 'storage',
    about: 'Needed by relative paths, and by plans with files.',
    keys: STORAGE,
  },
  sqlite: {
    title: 'SQLite databases',
    header: 'databases.NAME',
    about: 'An SQLite database.',
    keys: SQLITE,
  },
  mysql: {
    title: 'MySQL and MariaDB databases',
    header: 'databases.NAME',
    about: 'A schema of MySQL or MariaDB.',
    keys: MYSQL,
  },
  backup: {
    title: 'Backups',
    header: 'backup',
    about: 'Where backups go, and how they are made.',
    keys: BACKUP,
  },
  plan: {
    title: 'Plans',
    header: 'backup.plans.NAME',
    about: 'A plan. The same keys in [backup] are the defaults of every plan.',
    keys: PLAN,
  },
  keep: {
    title: 'What is kept',
    header: 'backup.plans.NAME.keep',
    about: 'Which backups stay.',
    keys: KEEP,
  },
  hooks: {
    title: 'Hooks',
    header: 'backup.hooks',
    about: 'Shell commands: the only code of yours in the script.',
    keys: HOOKS,
  },
} as const satisfies Readonly<Record<string, TableDoc>>;
