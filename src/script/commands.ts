import { hasDatabases, isFollowing, type Need, needsSource } from './needs.ts';

/** In the place of an ID: the newest complete backup that is older. */
const BEFORE: Option = { name: '--before', value: 'TIME', sets: 'BEFORE' };

/** An instant: it chooses the base. */
const AT: Option = { name: '--at', value: 'TIME', sets: 'AT', isNeeded: isFollowing };

/**
 * The command line of the script: a row a command. From here are unrolled the parser,
 * the help and what each command needs and calls.
 */
export const COMMANDS: readonly Command[] = [
  {
    name: 'run',
    words: 'plans',
    options: [{ name: '--dry-run', sets: 'REHEARSE', instead: 'each_plan rehearse_plan' }],
    needs: ['require_script', 'open_state'],
    call: 'each_plan run_plan',
    help: 'make backups; all plans by default',
  },
  {
    name: 'list',
    words: 'plans',
    options: [
      { name: '--json', sets: 'JSON' },
      { name: '--rows', value: 'TABLE', sets: 'ROWS', help: 'how many it has in each backup' },
    ],
    needs: ['open_state', 'look_at_destination'],
    call: 'show_list "$JSON"',
    help: 'the backups that are there',
  },
  {
    name: 'show',
    words: 'one plan, id, pattern',
    options: [BEFORE, AT],
    needs: ['open_state', 'look_at_destination'],
    call: 'show_backup "${CHOSEN# }" "${WHICH:-latest}"',
    whenFollowing: 'choose_instant && show_backup "${CHOSEN# }" "${WHICH:-latest}"',
    help: 'what is in a backup',
    helpOfFiles: '; with PATTERN the files that match',
  },
  {
    name: 'diff',
    words: 'one plan, two ids',
    options: [BEFORE],
    needs: ['open_state', 'look_at_destination'],
    call: 'diff_backups "${CHOSEN# }" "$WHICH" "${OTHER:-latest}"',
    help: 'what changed between two backups',
  },
  ...(['pin', 'unpin'] as const).map((name) => ({
    name,
    words: 'one plan, one id' as const,
    options: [BEFORE],
    needs: ['require_script', 'require_state', 'look_at_destination'] as const,
    call: `set_pin "\${CHOSEN# }" "$WHICH" ${name}`,
    help:
      name === 'pin' ? 'keep this backup, whatever retention says' : 'leave it to retention again',
  })),
  {
    name: 'verify',
    words: 'plan, id or all',
    options: [],
    needs: ['open_state', 'look_at_destination'],
    call: 'each_plan verify_plan "${WHICH:-latest}"',
    whenFollowing: 'each_plan verify_base "${WHICH:-latest}"',
    help: 'compare checksums, and unpack',
  },
  {
    name: 'drill',
    words: 'plan, id',
    options: [BEFORE],
    needs: ['open_state', 'look_at_destination'],
    call: 'each_plan drill_plan "${WHICH:-latest}"',
    help: 'test a restore, in a temporary directory',
  },
  {
    name: 'restore',
    words: 'one plan, id',
    options: [
      {
        ...BEFORE,
        help: 'the newest complete backup before this time (UTC), in the place of an ID',
      },
      {
        ...AT,
        help: "of a continuous plan: the state of that time, as 2026-11-26T14:05:10Z, or 'latest'",
      },
      {
        name: '--to',
        value: 'DIR',
        sets: 'TO',
        help: 'below DIR, new or empty, as if that were /; without it in place, and what is replaced is set aside',
      },
      {
        name: '--only',
        value: 'WHAT',
        repeats: true,
        sets: 'ONLY',
        help: "a database, 'files', a path, or a pattern as include takes them",
      },
      {
        name: '--table',
        value: 'NAME',
        repeats: true,
        sets: 'TABLES',
        isNeeded: hasDatabases,
        help: 'its rows alone, of the database that --only names; of SQLite, with --to a new file of it',
      },
      {
        name: '--as',
        value: 'SCHEMA',
        sets: 'AS',
        onlyKind: 'mysql',
        isNeeded: needsSource('mysql'),
        help: 'into a new schema of the server',
      },
      {
        name: '--mysql-defaults',
        value: 'FILE',
        sets: 'MYSQL_DEFAULTS',
        isNeeded: needsSource('mysql'),
        help: 'an option file with an account that may write',
      },
      { name: '--dry-run', sets: 'DRY_RUN' },
      { name: '--yes', sets: 'YES' },
    ],
    needs: ['open_state', 'look_at_destination'],
    call: 'restore "${CHOSEN# }" "${WHICH:-latest}"',
    whenFollowing: 'choose_instant && restore "${CHOSEN# }" "${WHICH:-latest}"',
    help: 'restore a backup, or a part of it',
  },
  {
    name: 'follow',
    words: 'one plan',
    options: [],
    needs: ['require_script', 'require_state'],
    isNeeded: isFollowing,
    call: 'follow "${CHOSEN# }"',
    help: 'archive each transaction; cron starts it every minute',
  },
  {
    name: 'pause',
    words: 'one plan, duration',
    options: [],
    needs: ['require_script', 'require_state'],
    isNeeded: isFollowing,
    call: 'pause_plan "${CHOSEN# }" "$WHICH"',
    help: 'let go of the database, for a time such as 10m, or until resume',
  },
  {
    name: 'resume',
    words: 'one plan',
    options: [],
    needs: ['require_script', 'require_state'],
    isNeeded: isFollowing,
    call: 'resume_plan "${CHOSEN# }"',
    help: 'follow again',
  },
  {
    name: 'prune',
    words: 'plans',
    options: [{ name: '--dry-run', sets: 'DRY_RUN' }],
    needs: ['require_script', 'require_state'],
    call: 'each_plan prune_plan "$DRY_RUN"',
    whenFollowing: 'each_plan prune_base "$DRY_RUN"',
    help: 'apply retention now: remove what has expired',
  },
  {
    name: 'status',
    words: 'none',
    options: [{ name: '--json', sets: 'JSON' }],
    needs: ['require_script', 'open_state', 'look_at_destination'],
    call: 'show_status "$JSON"',
    help: 'the state of each plan; ends with 1 if any needs attention',
  },
  {
    name: 'check',
    words: 'none',
    options: [],
    needs: ['require_script', 'require_state'],
    call: 'check',
    help: 'what could fail at night, and what to do',
  },
  {
    name: 'install',
    words: 'none',
    options: [{ name: '--adopt', sets: 'ADOPT' }],
    needs: ['require_script', 'require_state'],
    call: 'install_all "$ADOPT"',
    help: 'destination, script and schedule; --adopt: take over a destination',
  },
  {
    name: 'adopt',
    words: 'one plan',
    options: [
      {
        name: '--from',
        value: 'DIRECTORY',
        sets: 'FROM',
        help: 'backups in it, of a former plan, environment or path',
      },
    ],
    needs: ['require_script', 'require_state', 'look_at_destination'],
    call: 'adopt_backups "${CHOSEN# }" "$FROM"',
    help: 'they count for this plan, so that retention goes on',
  },
  {
    name: 'uninstall',
    words: 'none',
    options: [],
    needs: ['require_script', 'require_state'],
    call: 'uninstall',
    help: 'remove the schedule, and nothing else',
  },
  {
    name: 'crontab',
    words: 'none',
    options: [],
    needs: [],
    call: `fit_crontab && { [ -z "$CRONTAB" ] || printf '%s\\n' "$CRONTAB"; }`,
    help: 'the lines that install writes',
  },
  {
    name: 'version',
    aliases: ['--version'],
    words: 'none',
    options: [],
    needs: [],
    call: 'echo "$GENERATOR, $ENVIRONMENT, $DIGEST"',
    help: 'of the generator, and of this environment',
  },
  {
    name: 'help',
    aliases: ['--help', '-h'],
    words: 'none',
    options: [],
    needs: [],
    call: 'show_help',
    help: 'this text',
  },
];

export interface Command {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly words: Words;
  readonly options: readonly Option[];
  readonly needs: Needs;
  /** What main runs, when all that it needs is there. */
  readonly call: string;
  /** The same where a database is followed. */
  readonly whenFollowing?: string;
  readonly isNeeded?: Need;
  readonly help: string;
  /** More of it, where files are backed up. */
  readonly helpOfFiles?: string;
}

/** What stands behind a command, but options. */
export type Words =
  | 'none'
  | 'plans'
  | 'plan, id'
  | 'plan, id or all'
  | 'one plan, id'
  | 'one plan, one id'
  | 'one plan, two ids'
  | 'one plan, id, pattern'
  | 'one plan'
  | 'one plan, duration';

export interface Option {
  readonly name: string;
  /** What its value is called in the help; without one it takes none. */
  readonly value?: string;
  /** May it be given more than once? Its values are lines then. */
  readonly repeats?: true;
  /** The variable that gets the value, or the option itself. */
  readonly sets: string;
  /** Of what kind the one artifact must be that it is for. */
  readonly onlyKind?: string;
  /** What main runs then, and not what it runs without. */
  readonly instead?: string;
  readonly isNeeded?: Need;
  readonly help?: string;
}

/**
 * What main calls first: require_script, the script as a file and not the copy beside a
 * backup; open_state, the state directory, which may be full; require_state, one that can
 * be written to; look_at_destination, if it is ours.
 */
export type Needs = readonly (
  'require_script' | 'open_state' | 'require_state' | 'look_at_destination'
)[];
