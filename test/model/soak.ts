/**
 * Months of a VM in minutes: the nights of test/script/soak.bats, with a faked clock.
 *
 *   soak.mjs toml                     the plans, for the environment file
 *   soak.mjs live SCRIPT DEST DAYS       live so many days; prints what it did
 *
 * Of one day both plans are at work at once, each by its own clock.
 */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { forgetDead } from './faketime.ts';
import {
  afterPrune,
  afterRun,
  type Backup,
  FRESH,
  idOf,
  type Memory,
  type Rules,
} from './retention.ts';

const [, , verb, script = '', dest = '', days = '0'] = process.argv;

const SHELLS = ['dash', 'busybox ash', 'bash', 'ksh93', 'mksh', 'yash', 'posh', 'zsh --emulate sh'];
const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;

/** The end of summer time, a year's end, a leap day and four more ends of months lie ahead. */
const BEGIN = Date.UTC(2027, 9, 30) / 1000;
const SUMMER_ENDS = Date.UTC(2027, 9, 31, 1) / 1000;
const SUMMER_BEGINS = Date.UTC(2028, 2, 26, 1) / 1000;

const BERLIN = { ...process.env, TZ: 'CET-1CEST,M3.5.0,M10.5.0/3' };

const NONE = {
  days: 0,
  hourly: 0,
  daily: 0,
  weekly: 0,
  monthly: 0,
  yearly: 0,
  shrinkLimitPercent: 50,
};

interface Plan {
  readonly name: string;
  readonly schedule: string;
  readonly toml: string;
  readonly rules: Rules;
}

const NIGHTLY: Plan = {
  name: 'nightly',
  schedule: '30 2 * * *',
  toml: 'type = "complete"\nkeep = { last = 3, daily = 7, weekly = 4, monthly = 3, yearly = 1 }',
  rules: { ...NONE, last: 3, daily: 7, weekly: 4, monthly: 3, yearly: 1, longestGapS: DAY_S },
};

/** From 55 minutes past three to three. */
const KEYS: Plan = {
  name: 'keys',
  schedule: '*/5 3 * * *',
  toml: `type = "database"
tables = ["accounts_a", "accounts_b", "ledger", "meta"]
retention_days = 2
keep = { last = 4, hourly = 6, daily = 10 }`,
  rules: { ...NONE, last: 4, days: 2, hourly: 6, daily: 10, longestGapS: DAY_S - 55 * 60 },
};

interface Life {
  readonly plan: Plan;
  backups: readonly Backup[];
  memory: Memory;
}

const counts = { runs: 0, kills: 0, published: 0, removed: 0, stops: 0, days: 0, off: 0 };

async function live(days: number): Promise<void> {
  const lives = [NIGHTLY, KEYS].map((plan): Life => ({ plan, backups: [], memory: FRESH }));
  const [nightly, keys] = lives as [Life, Life];
  for (let day = 0; day < days; day++) {
    counts.days++;
    // Now and then the VM is off for a night, which is nothing, or for three.
    if (day % 23 === 11 || (day % 31 >= 20 && day % 31 <= 22)) {
      counts.off++;
      continue;
    }
    const midnight = BEGIN + day * DAY_S;
    const three = midnight + 3 * HOUR_S - summer(midnight + 3 * HOUR_S);
    await Promise.all([liveNight(nightly, day, midnight), liveHour(keys, day, three)]);
    await look(lives, three + HOUR_S);
    for (const one of lives)
      if (one.memory.hasStopped) {
        await prune(one, three + 5 * HOUR_S);
        await look(lives, three + 5 * HOUR_S);
      }
  }
  console.log(JSON.stringify(counts));
}

async function liveNight(one: Life, day: number, midnight: number): Promise<void> {
  const half = midnight + 2.5 * HOUR_S - summer(midnight + 2.5 * HOUR_S);
  if (day % 9 === 4) await killed(one, half - 600);
  await run(one, half);
  // The hour that is there twice; Debian's cron would pass over one, busybox's runs it twice.
  if (half < SUMMER_ENDS && half + HOUR_S >= SUMMER_ENDS) await run(one, half + HOUR_S);
}

async function liveHour(one: Life, day: number, three: number): Promise<void> {
  const minutes = day % 14 === 0 ? [0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55] : [10, 15];
  for (const minute of minutes) await run(one, three + minute * 60);
  if (day % 9 === 7) await killed(one, three + 58 * 60);
}

/** Berlin's clock, here in seconds as if it were UTC's, is ahead of that by this. */
function summer(local: number): number {
  return local < SUMMER_ENDS + 2 * HOUR_S || local >= SUMMER_BEGINS + 2 * HOUR_S
    ? 2 * HOUR_S
    : HOUR_S;
}

async function run(one: Life, at: number): Promise<void> {
  const { status, stdout, stderr } = await call(at, 'run', one.plan.name);
  counts.runs++;
  const [, id = ''] = /\/(\d{8}T\d{6}Z)\n$/.exec(stdout) ?? [];
  if (status !== 0 || id === '') fail(`run ${one.plan.name} at ${idOf(at)}: ${status}\n${stderr}`);
  const late = atOf(id) - at;
  if (late < -1 || late > 120) fail(`run at ${idOf(at)} made ${id}`);
  counts.published++;
  const made = { at: atOf(id), bytes: bytesOf(one, id), isDamaged: false };
  const all = [...one.backups, made];
  const { memory, left } = afterRun(one.plan.rules, all, made, one.memory);
  if (memory.hasStopped && !one.memory.hasStopped) counts.stops++;
  counts.removed += all.length - left.length;
  one.backups = left;
  one.memory = memory;
  agree(one, at, readdirSync(`${dest}/${one.plan.name}`).sort());
}

/** As its own manifest says. */
function bytesOf(one: Life, id: string): number {
  const manifest = readFileSync(`${dest}/${one.plan.name}/${id}/MANIFEST`, 'utf8');
  return [...manifest.matchAll(/^.*[.]bytes=(\d+)$/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

/** Killed with all that it started: what it published may be there, what expired may be gone. */
async function killed(one: Life, at: number): Promise<void> {
  const words = command(at, 'run', one.plan.name);
  const child = spawn('faketime', words, { detached: true, stdio: 'ignore', env: BERLIN });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await sleep(Math.random() * 500);
  counts.runs++;
  try {
    process.kill(-(child.pid ?? fail('no process')), 'SIGKILL');
    counts.kills++;
  } catch {
    // It has ended.
  }
  await ended;
  await gone(child.pid ?? 0);
  forgetDead();
  const there = await listed(one, at);
  const made = there.filter((backup) => one.backups.every((known) => known.at !== backup.at));
  if (made.length > 1) fail(`a killed run made ${made.map(({ at }) => idOf(at)).join(' ')}`);
  const [published] = made;
  const all = [...one.backups, ...made];
  const due = published ? afterRun(one.plan.rules, all, published, one.memory).left : one.backups;
  const lost = due.filter(({ at }) => there.every((backup) => backup.at !== at));
  if (lost.length > 0) fail(`a killed run removed ${lost.map(({ at }) => idOf(at)).join(' ')}`);
  // It may have come as far as to write down that retention stops.
  if (published && (await stopped(at)).has(one.plan.name))
    one.memory = afterRun(one.plan.rules, all, published, one.memory).memory;
  counts.published += made.length;
  counts.removed += all.length - there.length;
  one.backups = there;
}

/** A zombie looks alive, to the script's lock too, until somebody reaps it. */
async function gone(group: number): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    try {
      process.kill(-group, 0);
    } catch {
      return;
    }
    await sleep(100);
  }
}

async function prune(one: Life, at: number): Promise<void> {
  const { status, stderr } = await call(at, 'prune', one.plan.name);
  if (status !== 0) fail(`prune at ${idOf(at)}: ${status}\n${stderr}`);
  const { memory, left } = afterPrune(one.plan.rules, one.backups, at);
  counts.removed += one.backups.length - left.length;
  one.backups = left;
  one.memory = memory;
}

/** What `list` and `status` say is what the model says. */
async function look(lives: readonly Life[], at: number): Promise<void> {
  const says = await stopped(at);
  const rows = await list(at);
  for (const one of lives) {
    const mine = rows.filter(({ plan }) => plan === one.plan.name);
    agree(
      one,
      at,
      mine.map(({ id }) => id),
    );
    const odd = mine.filter(
      ({ id, state, bytes }) =>
        state !== 'ok' || bytes !== one.backups.find(({ at }) => idOf(at) === id)?.bytes,
    );
    if (odd.length > 0) fail(`${one.plan.name} at ${idOf(at)}: ${JSON.stringify(odd)}`);
    if (says.has(one.plan.name) !== one.memory.hasStopped)
      fail(`${one.plan.name} at ${idOf(at)}: stopped, or not, other than the model`);
  }
}

function agree(one: Life, at: number, ids: readonly string[]): void {
  const want = one.backups.map((backup) => idOf(backup.at));
  if (ids.join() !== want.join())
    fail(`${one.plan.name} at ${idOf(at)}\n has ${ids.join(' ')}\n wants ${want.join(' ')}`);
}

/** The plans of which `status` says that their retention has stopped. */
async function stopped(at: number): Promise<ReadonlySet<string>> {
  const { stdout } = await call(at, 'status', '--json');
  const all = JSON.parse(stdout) as { plan: string; ok: boolean; trouble: string | null }[];
  return new Set(
    all
      .filter(({ trouble }) => trouble?.includes('retention has stopped') ?? false)
      .map(({ plan }) => plan),
  );
}

interface Row {
  readonly plan: string;
  readonly id: string;
  readonly state: string;
  readonly bytes: number;
}

async function list(at: number, ...plans: string[]): Promise<readonly Row[]> {
  const { status, stdout, stderr } = await call(at, 'list', ...plans, '--json');
  if (status !== 0) fail(`list at ${idOf(at)}: ${status}\n${stderr}`);
  return JSON.parse(stdout) as Row[];
}

async function listed(one: Life, at: number): Promise<readonly Backup[]> {
  const rows = await list(at, one.plan.name);
  return rows.map(({ id, state, bytes }) => ({ at: atOf(id), bytes, isDamaged: state !== 'ok' }));
}

let calls = 0;

/** By an offset, which no zone can change; the clock goes on from there. */
function command(at: number, ...words: string[]): string[] {
  const shell = SHELLS[calls++ % SHELLS.length] ?? 'sh';
  const offset = at - Math.ceil(Date.now() / 1000);
  return ['-f', `+${offset}s`, ...shell.split(' '), script, ...words];
}

async function call(at: number, ...words: string[]): Promise<Ended> {
  const run = () => ended(command(at, ...words));
  const first = await run();
  if (!first.stderr.startsWith('faketime: sem_open: File exists')) return first;
  forgetDead();
  return run();
}

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function ended(words: readonly string[]): Promise<Ended> {
  const child = spawn('faketime', words, { stdio: ['ignore', 'pipe', 'pipe'], env: BERLIN });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve) =>
    child.on('close', (status) => resolve({ status, stdout, stderr })),
  );
}

function atOf(id: string): number {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(id)?.map(Number) ?? [];
  return Date.UTC(year ?? NaN, (month ?? NaN) - 1, day, hour, minute, second) / 1000;
}

function fail(message: string): never {
  throw new Error(message);
}

if (verb === 'toml')
  for (const { name, schedule, toml } of [NIGHTLY, KEYS])
    console.log(`[backup.plans.${name}]\nschedule = "${schedule}"\n${toml}`);
else await live(Number(days));
