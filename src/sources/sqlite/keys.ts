import * as z from 'zod/mini';
import { duration, text } from '../../read/fields.ts';
import { REQUIRED, table } from '../../read/row.ts';

export const SQLITE = table(
  { title: 'SQLite databases', header: 'databases.NAME', about: 'An SQLite database.' },
  {
    driver: {
      type: z.literal('sqlite3'),
      about: '"sqlite3", or "mysql" for MySQL and MariaDB',
      example: 'sqlite3',
      unset: REQUIRED,
    },
    path: {
      type: text,
      isPath: true,
      about: 'the database file: absolute, or relative to storage.path',
      example: 'tracker/lib/database/tracker.db',
      unset: REQUIRED,
    },
    busy_timeout: {
      type: duration,
      about: 'how long to wait for a lock',
      example: '60s',
      unset: '30s',
    },
    max_write_stall: {
      type: duration,
      about:
        'the longest that its writers may be held up; matters for rollback-journal databases only',
      example: '2s',
      unset: '1s',
    },
  },
);

export type SqliteTable = z.infer<typeof SQLITE.type>;
