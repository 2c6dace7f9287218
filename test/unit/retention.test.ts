import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { plan, renderScript } from '../../src/generate.ts';
import { underFaketime } from '../model/faketime.ts';
import {
  afterPrune,
  afterRun,
  type Backup,
  floor,
  FRESH,
  idOf,
  type Memory,
  type Rules,
} from '../model/retention.ts';

/**
 * Backups laid out by hand, of any past and future, among what is not ours; then real
 * runs, prunes and jumps of the clock, by the emitted script under each shell. What is
 * there afterwards is what the model says, and the floor holds.
 */

const RUNS = Number(process.env['RUNS'] ?? (process.env['FAST'] ? 2 : 12));
const ALL_SHELLS = [
  'dash',
  'busybox ash',
  'bash',
  'ksh93',
  'mksh',
  'yash',
  'posh',
  'zsh --emulate sh',
];
/** In `npm test`, dash and another one each day. */
const DAY = Number(process.env['SEED'] ?? 0);
const SHELLS = process.env['FAST']
  ? ['dash', ALL_SHELLS[1 + (DAY % (ALL_SHELLS.length - 1))] ?? 'bash']
  : ALL_SHELLS;
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
/** Some noon; histories lie around it. */
const NOON = Date.UTC(2027, 2, 3, 12) / 1000;

const root = mkdtempSync(`${tmpdir()}/retention-`);
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Plan {
  readonly rules: Rules;
  readonly schedule: string;
}

type Step =
  | { readonly kind: 'run' | 'prune' | 'dry-run'; readonly afterS: number }
  | { readonly kind: 'jump'; readonly byS: number }
  | { readonly kind: 'damage'; readonly which: number };

const SCHEDULES = [
  ['*/5 * * * *', 300],
  ['0 * * * *', HOUR_S],
  ['0 3 * * *', DAY_S],
  ['0 3 * * 1', 7 * DAY_S],
] as const;

const plans: fc.Arbitrary<Plan> = fc
  .record({
    last: fc.integer({ min: 1, max: 5 }),
    days: sometimes(20),
    hourly: sometimes(30),
    daily: sometimes(10),
    weekly: sometimes(6),
    monthly: sometimes(8),
    yearly: sometimes(3),
    shrinkLimitPercent: fc.constantFrom(0, 50, 100),
    schedule: fc.constantFrom(...SCHEDULES),
  })
  .map(({ schedule: [schedule, longestGapS], ...rules }) => ({
    schedule,
    rules: { ...rules, longestGapS },
  }));

function sometimes(max: number): fc.Arbitrary<number> {
  return fc.oneof(fc.constant(0), fc.integer({ min: 1, max }));
}

/** Steps back from one to the next: dense, regular, with gaps of weeks and years. */
const gaps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(300, HOUR_S, DAY_S, 7 * DAY_S) },
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 2 * DAY_S }) },
    { weight: 2, arbitrary: fc.integer({ min: DAY_S, max: 60 * DAY_S }) },
    { weight: 1, arbitrary: fc.integer({ min: 100 * DAY_S, max: 900 * DAY_S }) },
  ),
  { minLength: 1, maxLength: 40 },
);

/** Now and then there is a backup at the very end of a period, or from the future. */
const begins = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -3 * DAY_S, max: 0 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(-12 * HOUR_S, -12 * HOUR_S - 1, -60 * HOUR_S, -60 * HOUR_S - 1),
  },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 5000 * DAY_S }) },
);

const histories: fc.Arbitrary<readonly Backup[]> = fc
  .tuple(
    begins,
    gaps,
    fc.infiniteStream(
      fc.tuple(fc.integer({ max: 9, min: 0 }), fc.integer({ min: 100, max: 9999 })),
    ),
  )
  .map(([begin, steps, details]) => {
    let at = NOON + begin;
    const backups: Backup[] = [];
    for (const step of steps) {
      const [damage, bytes] = details.next().value ?? [0, 0];
      backups.unshift({ at, bytes, isDamaged: damage === 0 });
      at -= step;
    }
    return backups;
  });

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('run' as const),
        afterS: fc.oneof(
          fc.constantFrom(300, HOUR_S, DAY_S),
          fc.integer({ min: 1, max: 3 * DAY_S }),
        ),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('prune' as const, 'dry-run' as const),
        afterS: fc.integer({ min: 1, max: HOUR_S }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('jump' as const),
        byS: fc.constantFrom(-40 * DAY_S, -DAY_S, -HOUR_S, 30 * DAY_S, 5000 * DAY_S),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('damage' as const), which: fc.nat({ max: 3 }) }),
    },
  ),
  { minLength: 1, maxLength: 5 },
);

class Vm {
  readonly #place = mkdtempSync(`${root}/vm-`);
  readonly #script = `${this.#place}/backup.sh`;
  readonly #destination = `${this.#place}/dest/default`;
  readonly #shell: readonly string[];
  /** Not ours, and not to be touched. */
  readonly #strangers: readonly string[];

  constructor(shell: string, { rules, schedule }: Plan, history: readonly Backup[]) {
    this.#shell = shell.split(' ');
    const { last, days, hourly, daily, weekly, monthly, yearly } = rules;
    const keep = Object.entries({ last, hourly, daily, weekly, monthly, yearly })
      .filter(([, count]) => count > 0)
      .map(([rule, count]) => `${rule} = ${count}`);
    const outcome = plan(
      'env.toml',
      `[environment]
name = "test"
[storage]
path = "${this.#place}/storage"
[backup]
path = "${this.#place}/dest"
state = "${this.#place}/state"
type = "selective"
include = ["a.toml"]
compression = "none"
min_free = "0KiB"
nice = false
schedule = "${schedule}"
shrink_limit = "${rules.shrinkLimitPercent}%"
keep = { ${keep.join(', ')} }
${days > 0 ? `retention_days = ${days}` : ''}
`,
    );
    if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
    mkdirSync(`${this.#place}/storage`);
    mkdirSync(this.#destination, { recursive: true });
    writeFileSync(`${this.#place}/storage/a.toml`, 'a = 1\n');
    writeFileSync(this.#script, renderScript(outcome.value));
    for (const backup of history) this.#lay(idOf(backup.at), backup);
    this.#strangers = this.#laySome();
  }

  run(now: number): string {
    return this.#call(now, 'run');
  }

  prune(now: number, ...words: string[]): string {
    return this.#call(now, 'prune', ...words);
  }

  damage({ at }: Backup): void {
    writeFileSync(`${this.#destination}/${idOf(at)}/DAMAGED`, '');
  }

  /** The size that a manifest names. */
  bytes({ at }: Backup): number {
    const manifest = `${this.#destination}/${idOf(at)}/MANIFEST`;
    return Number(execFileSync('sed', ['-n', 's/^files[.]bytes=//p', manifest]).toString());
  }

  /** Ids of ours; fails when one that is not has gone. */
  ids(): readonly string[] {
    const names = readdirSync(this.#destination).sort();
    expect(names).toEqual(expect.arrayContaining([...this.#strangers]));
    return names.filter((name) => !this.#strangers.includes(name));
  }

  hasStopped(now: number): boolean {
    const { stdout, stderr, status } = this.#spawn(now, 'status', '--json');
    const [about] = stdout === '' ? [] : (JSON.parse(stdout) as { trouble: string | null }[]);
    if (about === undefined) throw new Error(`status at ${idOf(now)}: ${status}\n${stderr}`);
    return about.trouble?.includes('retention has stopped') ?? false;
  }

  remove(): void {
    rmSync(this.#place, { recursive: true });
  }

  #call(now: number, ...words: string[]): string {
    const { status, stdout, stderr } = this.#spawn(now, ...words);
    if (status !== 0) throw new Error(`${words.join(' ')} at ${idOf(now)}: ${status}\n${stderr}`);
    return stdout;
  }

  #spawn(now: number, ...words: string[]) {
    // A clock that stands still, so that the test knows every id.
    const clock = new Date(now * 1000).toISOString().slice(0, 19).replace('T', ' ');
    const command = ['-f', clock, ...this.#shell, this.#script, ...words];
    return underFaketime(command, { PATH: process.env['PATH'], TZ: 'UTC' });
  }

  #lay(
    name: string,
    { at, bytes, isDamaged }: Backup,
    environment = 'test',
    plan = 'default',
  ): void {
    mkdirSync(`${this.#destination}/${name}`);
    const lines = ['format=1', `environment=${environment}`, `plan=${plan}`, `id=${idOf(at)}`];
    lines.push('type=selective', 'artifact=files', `files.bytes=${bytes}`, 'finished=x', '');
    writeFileSync(`${this.#destination}/${name}/MANIFEST`, lines.join('\n'));
    const sums = ['MANIFEST', 'backup.sh'].map((file) => `${'0'.repeat(64)}  ${file}\n`);
    writeFileSync(`${this.#destination}/${name}/SHA256SUMS`, sums.join(''));
    if (isDamaged) writeFileSync(`${this.#destination}/${name}/DAMAGED`, 'x\n');
  }

  /** What looks like ours and is not, older and newer than all that is. */
  #laySome(): readonly string[] {
    const old = { at: Date.UTC(2001, 8, 9) / 1000, bytes: 5, isDamaged: false };
    const ahead = { ...old, at: Date.UTC(2101, 8, 9) / 1000 };
    for (const backup of [old, ahead]) {
      this.#lay(idOf(backup.at), backup, 'another');
      this.#lay(idOf(backup.at + 1), backup); // a manifest of another id
      this.#lay(idOf(backup.at + 2), { ...backup, at: backup.at + 2 }, 'test', 'nightly');
      this.#lay(`${idOf(backup.at)}.copy`, backup);
      mkdirSync(`${this.#destination}/${idOf(backup.at + 3)}`); // without one
      writeFileSync(`${this.#destination}/${idOf(backup.at + 4)}`, 'a file');
      symlinkSync('/etc', `${this.#destination}/${idOf(backup.at + 5)}`);
    }
    return readdirSync(this.#destination).filter((name) => /^2[01]01|copy/.test(name));
  }
}

/** One life of a VM: the script and the model, step by step. */
function live(shell: string, given: Plan, history: readonly Backup[], todo: readonly Step[]): void {
  const vm = new Vm(shell, given, history);
  const { rules } = given;
  let backups = history;
  let memory: Memory = FRESH;
  let now = NOON;
  let before: readonly Backup[] = [];
  for (const step of todo) {
    before = backups;
    switch (step.kind) {
      case 'jump':
        now += step.byS;
        continue;
      case 'damage': {
        const found = backups[backups.length - 1 - step.which];
        if (found === undefined || found.isDamaged) continue;
        vm.damage(found);
        backups = backups.map((backup) =>
          backup === found ? { ...found, isDamaged: true } : backup,
        );
        continue;
      }
      case 'run': {
        now += step.afterS;
        while (backups.some(({ at }) => at === now)) now++;
        const unmeasured = { at: now, bytes: 0, isDamaged: false };
        vm.run(now);
        const made = { ...unmeasured, bytes: vm.bytes(unmeasured) };
        before = [...backups, made].sort((one, other) => one.at - other.at);
        ({ memory, left: backups } = afterRun(rules, before, made, memory));
        expect(vm.hasStopped(now), `stopped after a run at ${idOf(now)}`).toBe(memory.hasStopped);
        break;
      }
      case 'dry-run': {
        now += step.afterS;
        const stays = afterPrune(rules, backups, now).left;
        const lines = vm.prune(now, '--dry-run').split('\n');
        const named = lines.flatMap((line) => /^default\/(\w+) kept/.exec(line)?.[1] ?? []);
        expect(named.sort()).toEqual(stays.map(({ at }) => idOf(at)));
        break;
      }
      case 'prune':
        now += step.afterS;
        vm.prune(now);
        ({ memory, left: backups } = afterPrune(rules, backups, now));
        expect(vm.hasStopped(now), 'stopped after prune').toBe(false);
        break;
    }
    const ids = vm.ids();
    expect(ids, `${step.kind} at ${idOf(now)}`).toEqual(backups.map(({ at }) => idOf(at)));
    const untouchable = floor(rules, before, now).map(({ at }) => idOf(at));
    expect(ids).toEqual(expect.arrayContaining(untouchable));
  }
  vm.remove();
}

const isThere = (command: string) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

describe('retention is what the model says, step by step', () => {
  for (const shell of SHELLS) {
    test.skipIf(!isThere(shell.split(' ')[0] ?? '') || !isThere('faketime'))(
      `${shell}`,
      () => {
        // A failure prints its seed, and the shortest life that shows it.
        fc.assert(
          fc.property(plans, histories, steps, (given, history, todo) =>
            live(shell, given, history, todo),
          ),
          { numRuns: RUNS, endOnFailure: true },
        );
      },
      300_000,
    );
  }
});
