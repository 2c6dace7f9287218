import { absolute } from '../read/paths.ts';
import type { MysqlDatabase, Secret } from '../plan/plan.ts';
import type { Environment, MysqlTable } from '../keys/schema.ts';
import { words } from '../read/words.ts';

/** A table `[databases.NAME]` of driver mysql that keeps the rules, with every decision made. */
export function planMysql(
  name: string,
  table: MysqlTable,
  environment: Environment,
): MysqlDatabase {
  const secret = secretOf(table, environment);
  const enter = enterWords(table);
  return {
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

function secretOf(table: MysqlTable, environment: Environment): Secret {
  const path = (file: string) => absolute(file, environment);
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
