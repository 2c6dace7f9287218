import * as z from 'zod/mini';
import { absolutePath, matching, text } from '../../read/fields.ts';
import { REQUIRED, table } from '../../read/row.ts';
import { isWords } from '../../read/words.ts';

export const MYSQL = table(
  {
    title: 'MySQL and MariaDB databases',
    header: 'databases.NAME',
    about: 'A schema of MySQL or MariaDB.',
  },
  {
    driver: {
      type: z.literal('mysql'),
      about: '"mysql" for MySQL and MariaDB, or "sqlite3"',
      example: 'mysql',
      unset: REQUIRED,
    },
    name: {
      type: text,
      about: 'the schema',
      example: 'torrust_index',
      unset: '(with its own account, the MYSQL_DATABASE of the container; else required)',
    },
    container: {
      type: matching(/^[A-Za-z0-9][A-Za-z0-9_.-]*$/, "the name of a container, such as 'mysql'"),
      about: 'run the clients there, by docker exec -i',
      example: 'mysql',
    },
    container_command: {
      type: text.check(
        z.refine(isWords, 'expected a command of plain words that runs another one'),
      ),
      about:
        'a command that runs the words behind it where the clients are: any way into a container but docker exec',
      example: 'docker compose -f /opt/torrust/docker-compose.yml exec -T mysql',
    },
    host: {
      type: text,
      about: 'the server, by TCP',
      example: '127.0.0.1',
    },
    port: {
      type: z.int().check(z.minimum(1), z.maximum(65535)),
      about: 'the port of host',
      example: 3306,
      unset: "(the clients' own)",
    },
    socket: {
      type: absolutePath,
      about: 'the server, by its socket, as the clients see it',
      example: '/run/mysqld/mysqld.sock',
    },
    user: {
      type: text,
      about: 'the account; in a container, unless its password is named here, only "root"',
      example: 'backup',
      unset: "(the container's own)",
    },
    password_file: {
      type: text,
      isPath: true,
      about: 'a file of one line, with the password',
      example: '/etc/backup/mysql.password',
    },
    env_file: {
      type: text,
      isPath: true,
      about: 'a .env file as Docker Compose reads it, with the password',
      example: '/opt/torrust/.env',
    },
    password_key: {
      type: matching(/^[A-Za-z_][A-Za-z0-9_.]*$/, 'the name of a variable'),
      about: 'the variable in env_file',
      example: 'MYSQL_PASSWORD',
    },
    defaults_file: {
      type: text,
      isPath: true,
      about:
        "an option file of MySQL's clients; its group [client] may hold user and host too, and no more than how to reach the server",
      example: '/etc/mysql/backup.cnf',
    },
    data_dir: {
      type: text,
      isPath: true,
      about: "the server's files, left out of archives",
      example: 'mysql/data',
    },
  },
);

export type MysqlTable = z.infer<typeof MYSQL.type>;
