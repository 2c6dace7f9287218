import { functionName, type Line } from '../source.ts';
import type { MysqlDatabase, Secret } from './plan.ts';

/** How a server is reached: what the function of a database sets and defines. */
export function reachMysql({ name, schema, account, enter, options, secret }: MysqlDatabase) {
  const lines = Object.entries(options).map(([key, value]) => `${key}=${optionValue(value)}`);
  return {
    name,
    functionName: functionName('use_mysql', name),
    schema,
    account,
    enter,
    options: ['[client]', ...lines].join('\n'),
    secret: secretCommand(secret),
  };
}

/** A value in an option file of MySQL's clients. Tried with 29 odd ones on MariaDB 10.11 and MySQL 9.7. */
function optionValue(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** What prints the option with the password. */
function secretCommand(secret: Secret): Line {
  switch (secret.kind) {
    case 'none':
      return ':';
    case 'defaults_file':
      return ['print_private', secret.path];
    case 'password_file':
      return ['print_password', secret.path];
    case 'env_file':
      return ['print_dotenv', secret.path, secret.key];
  }
}
