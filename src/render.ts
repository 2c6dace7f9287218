import template from '../templates/backup.sh.ejs';
import { crontabLines } from './crontab.ts';
import { hasStep, type Need, needsMysql, needsSqlite } from './needs.ts';
import { type Part, partsFor } from './parts.ts';
import type { Keep, Machine, MysqlDatabase, Plan, Secret, Step } from './plan.ts';
import { optionValue, quote } from './quote.ts';

/** The text of the script. The template decides nothing: `<%= %>` is one shell word, `<%- %>` our own text. */
export function render(machine: Machine): string {
  return template(
    {
      machine,
      generator: `gen-backup ${GEN_BACKUP_VERSION}`,
      crontab: crontabLines(machine),
      plans: machine.plans.map(viewPlan),
      parts: partsFor(machine).map(viewPart),
      mysql: machine.mysql.map(viewMysql),
      restorers: RESTORERS.filter(({ isNeeded }) => isNeeded(machine)),
      restoreOptions: machine.mysql.length > 0 ? MYSQL_RESTORE_OPTIONS : [],
      yesNo: (value: boolean) => (value ? 'yes' : 'no'),
      ruler,
    },
    quote,
  );
}

/** The kind that a manifest names, and the noun of the functions that restore it. */
const RESTORERS: readonly {
  readonly artifact: string;
  readonly noun: string;
  readonly isNeeded: Need;
}[] = [
  { artifact: 'sqlite3', noun: 'sqlite', isNeeded: needsSqlite },
  { artifact: 'sqlite3-tables', noun: 'tables', isNeeded: hasStep('sqlite-tables') },
  { artifact: 'mysql', noun: 'mysql', isNeeded: needsMysql },
  { artifact: 'mysql-tables', noun: 'mysql_tables', isNeeded: hasStep('mysql-tables') },
  { artifact: 'tar', noun: 'files', isNeeded: hasStep('files') },
];

/** Options of restore that only MySQL needs, what they set, and their line in the help. */
const MYSQL_RESTORE_OPTIONS = [
  {
    option: '--as',
    assignment: 'AS=$2 ONLY_KIND=mysql',
    help: '--as SCHEMA  into a new schema of the server',
  },
  {
    option: '--mysql-defaults',
    assignment: 'MYSQL_DEFAULTS=$2',
    help: '--mysql-defaults FILE  an option file with an account that may write',
  },
] as const;

function viewPart({ title, text }: Part): string {
  return `${ruler(title)}\n${text}`;
}

/** The only decoration: `# --- Title ---…`, 80 columns. */
function ruler(title: string): string {
  return `# --- ${title} `.padEnd(80, '-');
}

function viewPlan(plan: Plan) {
  const off = plan.enabled ? '' : ' (switched off)';
  return {
    ...plan,
    functionName: functionName('plan', plan.name),
    summary: `${plan.type}, '${plan.schedule}'${off}; keeps ${describeKeep(plan.keep)}`,
    commands: plan.steps.flatMap(commandsOf),
  };
}

function viewMysql({ name, schema, account, enter, options, secret }: MysqlDatabase) {
  const lines = Object.entries(options).map(([key, value]) => `${key}=${optionValue(value)}`);
  return {
    name,
    functionName: functionName('use_mysql', name),
    schema,
    account,
    enter: enter.map((word) => `${quote(word)} `).join(''),
    options: ['[client]', ...lines].join('\n'),
    secret: secretCommand(secret),
  };
}

/** The command that prints the option with the password. */
function secretCommand(secret: Secret): string {
  switch (secret.kind) {
    case 'none':
      return ':';
    case 'defaults_file':
      return `print_private ${quote(secret.path)}`;
    case 'password_file':
      return `print_password ${quote(secret.path)}`;
    case 'env_file':
      return `print_dotenv ${quote(secret.path)} ${quote(secret.key)}`;
  }
}

/** In plain words; shared with the summary on the terminal. */
export function describeKeep({ last, ...rules }: Keep): string {
  const kept = Object.entries(rules).filter(([, count]) => count > 0);
  return [
    ...kept.map(([rule, count]) => (rule === 'days' ? `${count} days` : `${count} ${rule}`)),
    `the last ${last}`,
  ].join(', ');
}

/** The lines of a plan's function. */
function commandsOf(step: Step): string[] {
  switch (step.kind) {
    case 'sqlite':
    case 'sqlite-tables': {
      const { name, path, busyTimeoutS, maxWriteStallS } = step.database;
      const tables = step.kind === 'sqlite-tables' ? step.tables : [];
      return [
        `BUSY_TIMEOUT_MS=${busyTimeoutS * 1000} MAX_WRITE_STALL_S=${maxWriteStallS}`,
        command(FUNCTIONS[step.kind], name, path, ...tables),
      ];
    }
    case 'mysql':
    case 'mysql-tables': {
      const { name } = step.database;
      const tables = step.kind === 'mysql-tables' ? step.tables : [];
      return [functionName('use_mysql', name), command('backup_mysql', name, ...tables)];
    }
    case 'files':
      return [
        ...step.leftOutDatabases.map((path) => command('leave_out_sqlite', path)),
        ...step.leftOutPaths.map((path) => command('leave_out', path)),
        ...step.leftOutPatterns.map(({ directory, pattern }) =>
          command('leave_out_pattern', directory, pattern),
        ),
        ...step.paths.map((path) => command('include', path)),
        ...step.patterns.map(({ directory, pattern }) =>
          command('include_pattern', directory, pattern),
        ),
        FOUND_DATABASES[step.foundDatabases],
        'archive_files',
      ];
  }
}

const FOUND_DATABASES = {
  keep: 'keep_found_databases',
  'pass over': 'pass_over_found_databases',
} as const;

const FUNCTIONS = { sqlite: 'backup_sqlite', 'sqlite-tables': 'backup_sqlite_tables' } as const;

/** A plan's or database's name in that of a shell function, which knows no dash. */
function functionName(prefix: string, name: string): string {
  return `${prefix}_${name.replaceAll('-', '_')}`;
}

/** On one line where it fits in 80 columns, else a word per line. */
function command(name: string, ...words: readonly string[]): string {
  const all = [name, ...words.map(quote)];
  const line = all.join(' ');
  return line.length <= 76 ? line : all.join(' \\\n        ');
}
