import * as z from 'zod/mini';
import { absolutePath, code, matching, name, schedule, size } from '../read/fields.ts';
import { REQUIRED, table } from '../read/row.ts';
import { PLAN } from './plan.ts';

export const HOOKS = table(
  {
    title: 'Hooks',
    header: 'backup.hooks',
    about: 'Shell commands: the only code of yours in the script.',
  },
  {
    before: {
      type: code,
      about: 'before each run of a plan',
      example: 'logger "backup begins"',
    },
    after: {
      type: code,
      about: 'after each run, whatever became of it',
      example: 'logger "backup ended"',
    },
    on_success: {
      type: code,
      about: 'after a complete backup was published; when it fails, the run ends with 1',
      example: 'curl -fsS https://ping.example/ok',
    },
    on_failure: {
      type: code,
      about: 'after a failure, a refusal or a partial backup, with GEN_BACKUP_MESSAGE',
      example: 'curl -fsS https://ping.example/fail',
    },
    quiesce: {
      type: code,
      about: 'right before the snapshots, to make writers pause',
      example: 'docker pause app',
    },
    resume: {
      type: code,
      about: 'right after the snapshots, on every way out',
      example: 'docker unpause app',
    },
    before_restore: {
      type: code,
      about: 'before a restore in place',
      example: 'docker stop app',
    },
    after_restore: {
      type: code,
      about: 'after a restore in place',
      example: 'docker start app',
    },
  },
);

/** Besides the keys of a plan, which stand here as defaults. */
export const BACKUP = table(
  { title: 'Backups', header: 'backup', about: 'Where backups go, and how they are made.' },
  {
    path: {
      type: absolutePath,
      about: 'the destination: any directory; the first run makes it, with mode 0700',
      example: '/backups/tracker',
      unset: REQUIRED,
    },
    require_mount: {
      type: z.boolean(),
      about: 'refuse to run unless path is on a filesystem other than /',
      example: true,
      unset: false,
    },
    min_free: {
      type: size,
      about: 'refuse a run that would leave less room than this',
      example: '2GiB',
      unset: '(5 % of the volume, at most 1GiB)',
    },
    log: {
      type: matching(/^(\/[A-Za-z0-9/._-]+)?$/, 'an absolute path of A-Z, a-z, 0-9 and /._-').check(
        z.regex(/^$|[^/.]\.*$/, "expected a file, such as '/var/log/gen-backup/my-vm.log'"),
      ),
      about:
        'the crontab lines append what the script says to this file; "": cron mails it, as it does for a user other than root who leaves the default',
      example: '/var/log/gen-backup/tracker-demo.log',
      unset: '(/var/log/gen-backup/NAME.log)',
    },
    metrics: {
      type: absolutePath,
      about: "a directory for metrics, as Prometheus' textfile collector reads them",
      example: '/var/lib/node_exporter/textfile',
      unset: '(off)',
    },
    state: {
      type: absolutePath,
      about: 'the state directory, on a local disk: locks, and results of runs',
      example: '/var/lib/gen-backup/tracker-demo',
      unset: '(/var/lib/gen-backup/NAME; for a user other than root below ~/.local/state)',
    },
    drill_schedule: {
      type: schedule,
      about: 'when to test a restore (drill): five fields, as schedule',
      example: '0 5 * * 0',
      unset: '(off)',
    },
    plans: {
      type: z.record(name, PLAN.type),
      about: 'plans by name; without them there is one, named default',
      example: {},
    },
    hooks: {
      type: HOOKS.type,
      about: 'shell commands, run as they are',
      example: { on_failure: 'logger failed' },
    },
  },
);
