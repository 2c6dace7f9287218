import type { EnvironmentRule } from './rules.ts';
import type { MysqlTable } from './schema.ts';

/** What the keys of a MySQL database must be together. */
export const MYSQL_RULES: Readonly<Record<string, EnvironmentRule>> = {
  'one-way-to-the-server': mysqlRule(
    ({ container, container_command, host, socket, port, defaults_file }) => {
      if (container !== undefined && container_command !== undefined) {
        return ['container_command', 'expected container or container_command, got both'];
      }
      if (host !== undefined && socket !== undefined) {
        return ['socket', 'expected host or socket, got both'];
      }
      if (port !== undefined && host === undefined) return ['port', 'needs a host'];
      const isThere = [container, container_command, host, socket, defaults_file].some(
        (value) => value !== undefined,
      );
      return isThere
        ? undefined
        : [
            'driver',
            "'mysql' needs a way to its server: container, container_command, host or socket",
          ];
    },
  ),

  'one-account': mysqlRule((table) => {
    const { user, host, password_file, env_file, password_key } = table;
    const given = CREDENTIALS.filter((key) => table[key] !== undefined);
    const last = given.at(-1);
    if (given.length > 1 && last !== undefined) {
      return [last, `expected one of ${CREDENTIALS.join(', ')}, got ${given.length}`];
    }
    if ((env_file === undefined) !== (password_key === undefined)) {
      return env_file === undefined
        ? ['password_key', 'needs the env_file that it is in']
        : ['env_file', 'needs password_key, the variable to take'];
    }
    if ((password_file ?? env_file) !== undefined && user === undefined) {
      return [password_file === undefined ? 'env_file' : 'password_file', 'needs a user'];
    }
    if (given.length > 0) return undefined;
    if (isEntered(table)) {
      return user === undefined || user === 'root'
        ? undefined
        : [
            'user',
            `the container knows no password of '${user}', only of its own user and of 'root'; ${FOUR_WAYS}`,
          ];
    }
    return host === undefined ? undefined : ['host', `needs a user and a password: ${FOUR_WAYS}`];
  }),

  'schema-is-known': mysqlRule((table) =>
    table.name === undefined &&
    (!isEntered(table) || CREDENTIALS.some((key) => table[key] !== undefined))
      ? ['name', "missing, expected the schema's name"]
      : undefined,
  ),
};

const CREDENTIALS = ['defaults_file', 'password_file', 'env_file'] as const;

const FOUR_WAYS =
  "use password_file, env_file with password_key, defaults_file, or the container's own account";

function isEntered({ container, container_command: command }: MysqlTable): boolean {
  return (container ?? command) !== undefined;
}

/** A rule for each MySQL database: the key that is wrong and why, if one is. */
function mysqlRule(
  rule: (table: MysqlTable) => readonly [string, string] | undefined,
): EnvironmentRule {
  return ({ databases = {} }) =>
    Object.entries(databases).flatMap(([name, table]) => {
      const found = table.driver === 'mysql' ? rule(table) : undefined;
      return found === undefined
        ? []
        : [{ path: ['databases', name, found[0]], message: found[1] }];
    });
}
