import type { Found } from '../source.ts';
import type { MysqlTable } from './keys.ts';

/** What the keys of a MySQL database must be together. */
export const MYSQL_RULES: Readonly<Record<string, (table: MysqlTable) => Found | undefined>> = {
  'one-way-to-the-server': ({
    container,
    container_command,
    host,
    socket,
    port,
    defaults_file,
  }) => {
    if (container !== undefined && container_command !== undefined) {
      return [
        'container_command',
        'expected container or container_command, got both',
        'container',
      ];
    }
    if (host !== undefined && socket !== undefined) {
      return ['socket', 'expected host or socket, got both', 'host'];
    }
    if (port !== undefined && host === undefined) return ['port', 'needs a host', 'host'];
    const isThere = [container, container_command, host, socket, defaults_file].some(
      (value) => value !== undefined,
    );
    return isThere
      ? undefined
      : [
          'driver',
          "'mysql' needs a way to its server: container, container_command, host or socket",
          'container',
          'container_command',
          'host',
          'socket',
          'defaults_file',
        ];
  },

  'one-account': (table) => {
    const { user, host, password_file, env_file, password_key } = table;
    const given = CREDENTIALS.filter((key) => table[key] !== undefined);
    const last = given.at(-1);
    if (given.length > 1 && last !== undefined) {
      return [
        last,
        `expected one of ${CREDENTIALS.join(', ')}, got ${given.length}`,
        ...given.slice(0, -1),
      ];
    }
    if ((env_file === undefined) !== (password_key === undefined)) {
      return env_file === undefined
        ? ['password_key', 'needs the env_file that it is in', 'env_file']
        : ['env_file', 'needs password_key, the variable to take', 'password_key'];
    }
    if ((password_file ?? env_file) !== undefined && user === undefined) {
      return [password_file === undefined ? 'env_file' : 'password_file', 'needs a user', 'user'];
    }
    if (given.length > 0) return undefined;
    if (isEntered(table)) {
      return user === undefined || user === 'root'
        ? undefined
        : [
            'user',
            `the container knows no password of '${user}', only of its own user and of 'root'; ${FOUR_WAYS}`,
            'container',
            'container_command',
            ...CREDENTIALS,
          ];
    }
    return host === undefined
      ? undefined
      : [
          'host',
          `needs a user and a password: ${FOUR_WAYS}`,
          'user',
          ...CREDENTIALS,
          'container',
          'container_command',
        ];
  },

  'schema-is-known': (table) =>
    table.name === undefined &&
    (!isEntered(table) || CREDENTIALS.some((key) => table[key] !== undefined))
      ? [
          'name',
          'missing, expected the schema\'s name, such as name = "shop"',
          'container',
          'container_command',
          ...CREDENTIALS,
        ]
      : undefined,

  'schema-is-yours': ({ name }) =>
    name !== undefined && SERVERS_OWN.test(name)
      ? [
          'name',
          `'${name}' is the server's own or a drill's, and a restore would drop it first; expected a schema of an application`,
        ]
      : undefined,
};

/** Schemas that a server needs to run, and those that a drill makes and drops. */
const SERVERS_OWN = /^(mysql|sys|information_schema|performance_schema|gen_backup_trial_.*)$/is;

const CREDENTIALS = ['defaults_file', 'password_file', 'env_file'] as const;

const FOUR_WAYS =
  "use password_file, env_file with password_key, defaults_file, or the container's own account";

function isEntered({ container, container_command: command }: MysqlTable): boolean {
  return (container ?? command) !== undefined;
}
