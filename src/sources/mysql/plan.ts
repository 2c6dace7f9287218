import { absolute, type Located } from '../../read/paths.ts';
import { words } from '../../read/words.ts';
import type { AnyStep } from '../source.ts';
import type { MysqlTable } from './keys.ts';

export interface MysqlDatabase {
  readonly name: string;
  /** Empty: the MYSQL_DATABASE of its container. */
  readonly schema: string;
  /** Words before a command that make it run where the clients are; none: here. */
  readonly enter: readonly string[];
  /** Whose account: the container's own, its root's, or the one given by options and secret. */
  readonly account: 'own' | 'root' | 'given';
  /** Of the clients' option file: how to reach the server. */
  readonly options: Readonly<Record<string, string>>;
  readonly secret: Secret;
}

/** Where a password is. It is never here. */
export type Secret =
  | { readonly kind: 'none' }
  | { readonly kind: 'defaults_file'; readonly path: string }
  | { readonly kind: 'password_file'; readonly path: string }
  | { readonly kind: 'env_file'; readonly path: string; readonly key: string };

export type MysqlStep =
  | { readonly kind: 'mysql'; readonly database: MysqlDatabase }
  | {
      readonly kind: 'mysql-tables';
      readonly database: MysqlDatabase;
      readonly tables: readonly string[];
    };

export function isMysql(step: AnyStep): step is MysqlStep {
  return step.kind === 'mysql' || step.kind === 'mysql-tables';
}

export function needsMysql(steps: readonly AnyStep[]): boolean {
  return steps.some(isMysql);
}

/** Those that steps back up, by name, each once. */
export function mysqlDatabases(steps: readonly AnyStep[]): MysqlDatabase[] {
  const all = steps.filter(isMysql).map(({ database }) => [database.name, database] as const);
  return [...new Map(all).values()].sort((one, other) => (one.name < other.name ? -1 : 1));
}

/** A table `[databases.NAME]` of driver mysql that keeps the rules, with every decision made. */
export function planMysql(
  name: string,
  table: MysqlTable,
  tables: readonly string[] | undefined,
  at: Located,
): MysqlStep {
  const secret = secretOf(table, at);
  const enter = enterWords(table);
  const database = {
    name,
    schema: table.name ?? '',
    enter,
    account: accountOf(secret, table, enter),
    options: {
      ...(table.host === undefined ? {} : { host: table.host, protocol: 'tcp' }),
      ...(table.port === undefined ? {} : { port: String(table.port) }),
      ...(table.socket === undefined ? {} : { socket: table.socket }),
      ...(table.user === undefined ? {} : { user: table.user }),
    },
    secret,
  };
  return tables === undefined
    ? { kind: 'mysql', database }
    : { kind: 'mysql-tables', database, tables };
}

function enterWords({ container, container_command: command }: MysqlTable): string[] {
  if (container !== undefined) return ['docker', 'exec', '-i', container];
  return command === undefined ? [] : words(command);
}

function accountOf(
  secret: Secret,
  { user }: MysqlTable,
  enter: readonly string[],
): MysqlDatabase['account'] {
  if (secret.kind !== 'none' || enter.length === 0) return 'given';
  return user === 'root' ? 'root' : 'own';
}

function secretOf(table: MysqlTable, at: Located): Secret {
  const path = (file: string) => absolute(file, at);
  if (table.defaults_file !== undefined) {
    return { kind: 'defaults_file', path: path(table.defaults_file) };
  }
  if (table.password_file !== undefined) {
    return { kind: 'password_file', path: path(table.password_file) };
  }
  return table.env_file === undefined
    ? { kind: 'none' }
    : { kind: 'env_file', path: path(table.env_file), key: table.password_key ?? '' };
}
