// Time, memory and bytes of real shell commands.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { adopt } from './place.mjs';

/** sh`cp ${from} ${to}`: shell text, in which each value is one quoted word. */
export function sh(texts, ...values) {
  return String.raw({ raw: texts }, ...values.map((value) => quote(String(value))));
}

function quote(word) {
  return /^[\w/.:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Runs shell text. Gives seconds and standard output; any status but those allowed is an error. */
export async function run(text, { allow = [0], shell = 'sh' } = {}) {
  const begun = performance.now();
  const child = adopt(spawn(shell, ['-c', text], { stdio: ['ignore', 'pipe', 'pipe'] }));
  return { ...(await finished(child, text, allow)), seconds: (performance.now() - begun) / 1000 };
}

/** Only the seconds. */
export async function timed(text, options) {
  return (await run(text, options)).seconds;
}

async function finished(child, text, allow) {
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr = (stderr + data).slice(-2000)));
  const status = await new Promise((resolve) => child.on('close', resolve));
  if (!allow.includes(status)) throw new Error(`${text}\nended with ${status}: ${stderr}`);
  return { status, stdout };
}

/** As little left to be written as can be, for whoever comes next. */
export async function settle() {
  await run('sync');
  await sleep(200);
}

/**
 * The contenders in turn, and in the opposite order every second round, after a sync each.
 * `{ name: { rounds, seconds } }`, where `seconds()` runs it once and gives its seconds, or
 * those of several steps: `{ first: 1.2, second: 0.3 }`, then named 'name, first'.
 * @returns `{ name: seconds[] }`
 */
export async function alternate(contenders) {
  const measured = {};
  const most = Math.max(...Object.values(contenders).map(({ rounds }) => rounds));
  for (let round = 0; round < most; round += 1) {
    const names = Object.keys(contenders).filter((name) => contenders[name].rounds > round);
    for (const name of round % 2 === 0 ? names : names.reverse()) {
      await settle();
      const seconds = await contenders[name].seconds();
      const steps = typeof seconds === 'number' ? { '': seconds } : seconds;
      for (const [step, value] of Object.entries(steps)) {
        (measured[step === '' ? name : `${name}, ${step}`] ??= []).push(value);
      }
    }
  }
  return measured;
}

export function median(numbers) {
  const sorted = numbers.toSorted?.((a, b) => a - b) ?? [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * What a command takes, in a run of its own that is not timed.
 * - peak: the largest sum of PSS over all its processes (a page that n processes share
 *   counts 1/n in each), sampled every 20 ms; peakAnonymous: of that, what is no page of a file
 * - written: bytes of file pages that it and all its descendants dirtied, and removed: those
 *   whose file was removed before they reached the disk (/proc/PID/io, which takes over the
 *   numbers of every child waited for)
 */
export async function observed(text) {
  const child = adopt(
    spawn('sh', ['-c', `${text}\nstatus=$?\ncat /proc/$$/io >&3\nexit $status`], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    }),
  );
  let io = '';
  child.stdio[3].on('data', (data) => (io += data));
  let [peak, peakAnonymous, isRunning] = [0, 0, true];
  const end = finished(child, text, [0]).finally(() => (isRunning = false));
  end.catch(() => {}); // told by the await below
  while (isRunning) {
    const memory = memoryOf(child.pid);
    peak = Math.max(peak, memory.total);
    peakAnonymous = Math.max(peakAnonymous, memory.anonymous);
    await sleep(20);
  }
  await end;
  const field = (name) => Number(new RegExp(`^${name}: (\\d+)$`, 'm').exec(io)?.[1] ?? NaN);
  return {
    peak,
    peakAnonymous,
    written: field('write_bytes'),
    removed: field('cancelled_write_bytes'),
  };
}

/** Of a process and all below it, in bytes. */
function memoryOf(pid) {
  let [total, anonymous] = [0, 0];
  for (const [, name, kilobytes] of read(`/proc/${pid}/smaps_rollup`).matchAll(
    /^(Pss|Pss_Anon|Pss_Shmem):\s+(\d+) kB$/gm,
  )) {
    if (name === 'Pss') total += 1024 * kilobytes;
    else anonymous += 1024 * kilobytes;
  }
  for (const child of read(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean)) {
    const below = memoryOf(child);
    total += below.total;
    anonymous += below.anonymous;
  }
  return { total, anonymous };
}

function read(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended
  }
}

/** Bytes below a directory, or of a file. */
export async function diskUse(path) {
  return Number((await run(sh`du -sk ${path}`)).stdout.split('\t')[0]) * 1024;
}

/** Whether a program is there. */
export async function has(program) {
  return (await run(sh`command -v ${program}`, { allow: [0, 1, 127] })).status === 0;
}
