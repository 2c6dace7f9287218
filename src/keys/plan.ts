import * as z from 'zod/mini';
import {
  count,
  days,
  duration,
  history,
  interval,
  schedule,
  share,
  size,
  text,
} from '../read/fields.ts';
import { table } from '../read/row.ts';

/** Where keep and retention_days are both unset, everywhere. */
export const RETENTION_DAYS = 7;

export const KEEP = table(
  { title: 'What is kept', header: 'backup.plans.NAME.keep', about: 'Which backups stay.' },
  {
    last: {
      type: count,
      about: 'the newest ones, which stay whatever the other rules say',
      example: 3,
      unset: 3,
    },
    hourly: {
      type: count,
      about: 'the newest one of each hour (UTC), so many hours',
      example: 24,
    },
    daily: {
      type: count,
      about: 'the newest one of each day (UTC), so many days',
      example: 7,
    },
    weekly: {
      type: count,
      about: 'the newest one of each week, from Monday, so many weeks',
      example: 4,
    },
    monthly: {
      type: count,
      about: 'the newest one of each month, so many months',
      example: 6,
    },
    yearly: {
      type: count,
      about: 'the newest one of each year, so many years',
      example: 2,
    },
  },
  z.refine<object>(
    (written) => Object.keys(written).length > 0,
    'keeps nothing, expected at least one of last, hourly, daily, weekly, monthly and yearly',
  ),
);

export const PLAN = table(
  {
    title: 'Plans',
    header: 'backup.plans.NAME',
    about: 'A plan. The same keys in [backup] are the defaults of every plan.',
  },
  {
    type: {
      type: z.enum(['complete', 'database', 'selective', 'continuous']),
      about:
        'complete: every database, and everything under storage.path; database: databases only; selective: the files that include names; continuous: every transaction of one SQLite database in WAL mode, schedule makes bases',
      example: 'database',
      unset: 'complete',
    },
    schedule: {
      type: schedule,
      about: 'five fields as cron(8) takes them, or @daily and the like',
      example: '0 3 * * *',
      unset: '0 3 * * *',
    },
    enabled: {
      type: z.boolean(),
      about: 'false: no crontab line; run by hand still works',
      example: true,
      unset: true,
    },
    retention_days: {
      type: days,
      about: 'keep every backup that is younger, in days',
      example: 14,
      unset: `(${RETENTION_DAYS}, if keep is unset too)`,
    },
    keep: {
      type: KEEP.type,
      about:
        'the union of these rules, and of retention_days; calendar rules keep the newest backup of each UTC period that has one. A plan that sets keep or retention_days inherits neither',
      example: { last: 3, daily: 7, weekly: 4 },
    },
    compression: {
      type: z.enum(['auto', 'zstd', 'gzip', 'xz', 'none']),
      about: 'auto (zstd, else gzip), zstd, gzip, xz or none',
      example: 'zstd',
      unset: 'auto',
    },
    compression_level: {
      type: z.int().check(z.minimum(1), z.maximum(19)),
      about: '1 to 9, zstd to 19',
      example: 6,
      unset: '(zstd 2, gzip and xz 6)',
    },
    differential: {
      type: z.boolean(),
      onlyFor: ['complete', 'database', 'continuous'],
      about:
        'true: between full backups, of an SQLite database only what has changed since the last full one; needs zstd 1.4.5 or later on the VM, and makes full backups without it',
      example: true,
      unset: false,
    },
    full_every: {
      type: history,
      onlyFor: ['complete', 'database', 'continuous'],
      about: 'with differential: a full backup at least that often, from 1h',
      example: '14d',
      unset: '7d',
    },
    verify: {
      type: z.enum(['auto', 'full', 'quick']),
      about:
        'the check of each copied database: full (integrity_check), quick (quick_check), auto (full up to 2 GiB)',
      example: 'quick',
      unset: 'auto',
    },
    nice: {
      type: z.boolean(),
      about: 'check and compress at low priority',
      example: false,
      unset: true,
    },
    max_duration: {
      type: duration,
      about: 'a run, a drill or a verify that goes on for longer is ended, as a failure',
      example: '12h',
      unset: '(the longest gap of the schedule, at least 6h)',
    },
    shrink_limit: {
      type: share,
      about: 'a backup that shrank by more stops retention until a person looks',
      example: '80%',
      unset: '50%',
    },
    databases: {
      type: z.array(text).check(z.minLength(1)),
      onlyFor: ['database', 'continuous'],
      about: 'of a database plan: which ones; of a continuous plan: which one',
      example: ['tracker'],
      unset: '(all)',
    },
    tables: {
      type: z.array(text).check(z.minLength(1)),
      onlyFor: ['database'],
      about: 'of a database plan with one database: which tables',
      example: ['keys', 'whitelist'],
      unset: '(all)',
    },
    interval: {
      type: interval,
      onlyFor: ['continuous'],
      about: 'of a continuous plan: how far behind the archive may be, from 1s to 5m',
      example: '10s',
      unset: '5s',
    },
    changes: {
      type: history,
      onlyFor: ['continuous'],
      about: 'of a continuous plan: how far back each instant can be restored, at least 1h',
      example: '7d',
      unset: '48h',
    },
    max_wal: {
      type: size,
      onlyFor: ['continuous'],
      about:
        'of a continuous plan: when the archive cannot be written to, let go of the write-ahead log at this size; what follows is a gap, and a new base',
      example: '4GiB',
      unset: '1GiB',
    },
    include: {
      type: z.array(text).check(z.minLength(1)),
      onlyFor: ['complete', 'selective'],
      about:
        'paths to archive: besides storage.path in a complete plan, and nothing else in a selective one',
      example: ['/opt/torrust/.env'],
    },
    exclude: {
      type: z.array(text),
      onlyFor: ['complete', 'selective'],
      about:
        'what is left out: paths, or shell patterns; a pattern without a slash matches a name at any depth',
      example: ['prometheus/data', '*.log'],
    },
  },
);
