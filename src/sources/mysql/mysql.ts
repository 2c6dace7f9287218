import {
  type AnyTable,
  type DatabaseSource,
  databaseLosses,
  functionName,
  only,
} from '../source.ts';
import { MYSQL, type MysqlTable } from './keys.ts';
import { MYSQL_PARTS } from './parts.ts';
import {
  needsMysql,
  isMysql,
  type MysqlDatabase,
  type MysqlStep,
  mysqlDatabases,
  planMysql,
  type Secret,
} from './plan.ts';
import { MYSQL_RULES } from './rules.ts';

function isTable(table: AnyTable): table is MysqlTable {
  return table.driver === 'mysql';
}

export const MYSQL_SOURCE: DatabaseSource<MysqlStep> = {
  table: MYSQL,
  isNeeded: needsMysql,
  rules: Object.fromEntries(
    Object.entries(MYSQL_RULES).map(([name, rule]) => [
      name,
      only(isTable, (table) => {
        const found = rule(table);
        return found === undefined ? [] : [found];
      }),
    ]),
  ),
  plan: (name, table, tables, at) =>
    only(isTable, (own) => [planMysql(name, own, tables, at)])(table),
  // What a server's files hold is in the dumps.
  live: only(isTable, ({ data_dir: path }) =>
    path === undefined ? [] : [{ key: 'data_dir', path, isTree: true }],
  ),
  waits: () => [],
  commands: only(isMysql, ({ database: { name }, ...step }) => [
    functionName('use_mysql', name),
    ['save', 'backup_mysql', name, ...(step.kind === 'mysql' ? [] : step.tables)],
  ]),
  checks: only(isMysql, ({ database: { name } }) => [
    [functionName('use_mysql', name), ['examine', name, 'examine_mysql', name]],
  ]),
  places: () => [],
  parts: MYSQL_PARTS,
  uses: ['warnings', 'pipes', 'links', 'aside'],
  restorers: [
    { artifact: 'mysql', nouns: ['mysql'], isNeeded: needsMysql },
    { artifact: 'mysql-tables', nouns: ['mysql_tables', 'mysql'], isNeeded: needsMysql },
  ],
  tools: (steps) => clientTools(mysqlDatabases(steps)),
  explain: only(isMysql, ({ database, ...step }) => {
    const what = step.kind === 'mysql' ? '' : `the tables ${step.tables.join(', ')} of `;
    return [`${database.name}: a dump of ${what}${describe(database)}, as of one instant`];
  }),
  writers: only(isMysql, ({ database: { name } }) => [
    `${name}: they go on; tables that are not InnoDB are of another instant`,
  ]),
  losses: databaseLosses(isMysql),
};

/** What is needed on the VM itself; clients in a container are there already. */
function clientTools(databases: readonly MysqlDatabase[]): string[] {
  const isHere = databases.some(({ enter }) => enter.length === 0);
  const ways = databases.flatMap(({ enter: [command] }) =>
    command === undefined ? [] : [command],
  );
  return [...(isHere ? ['mysql and mysqldump'] : []), ...new Set(ways)];
}

function describe({ schema, enter, account, options, secret }: MysqlDatabase): string {
  const name = schema === '' ? "the container's MYSQL_DATABASE" : `the schema ${schema}`;
  const way = enter.length > 0 ? ` by '${enter.join(' ')}'` : '';
  const server = options['host'] ?? options['socket'];
  const at = server === undefined ? '' : ` at ${server}`;
  const who = {
    own: "the container's own account",
    root: "the container's root account",
    given: `the account ${options['user'] ?? 'of the option file'}, ${SECRETS[secret.kind]}`,
  };
  return `${name}${at}${way}, with ${who[account]}`;
}

const SECRETS: Readonly<Record<Secret['kind'], string>> = {
  none: 'without a password',
  defaults_file: 'its password from an option file',
  password_file: 'its password from a file',
  env_file: 'its password from a .env file',
};
