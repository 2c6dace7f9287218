// Where the bench works: a directory of its own that is removed at the end, a cache
// for data that takes long to make, and what must not outlive it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** On the disk that is measured: BENCH_DIR, or TMPDIR, or /tmp. */
export const place = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'gen-backup-bench.'));

const children = new Set();
const mounts = [];

/** A process that must end with us. */
export function adopt(child) {
  children.add(child);
  child.on('close', () => children.delete(child));
  return child;
}

/** An image of a filesystem, mounted by a loop device; needs root. Returns where. */
export function mountImage(filesystem, gigabytes) {
  const directory = join(place, filesystem);
  const image = `${directory}.img`;
  mkdirSync(directory);
  must('truncate', '-s', `${gigabytes}G`, image);
  must(`mkfs.${filesystem}`, '-q', image);
  must('mount', '-o', 'loop', image, directory);
  mounts.push(directory);
  return directory;
}

export function unmountAll() {
  while (mounts.length > 0) {
    const directory = mounts.pop();
    must('umount', directory);
    rmSync(`${directory}.img`);
    rmSync(directory, { recursive: true });
  }
}

/**
 * What `make(path)` makes, from the cache when it was made before. It appears there by
 * rename, so that half of it is never taken for all.
 */
export async function cached(name, make) {
  const path = join(cacheDirectory(), name);
  if (existsSync(path)) return path;
  console.error(`making ${path}`);
  const unfinished = `${path}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  await make(unfinished);
  renameSync(unfinished, path);
  return path;
}

function cacheDirectory() {
  const directory = join(process.env.GEN_BACKUP_CACHE ?? '/var/cache/gen-backup-test', 'bench');
  try {
    mkdirSync(directory, { recursive: true });
    return directory;
  } catch {
    return place; // not root: made anew each time
  }
}

/** Ends what still runs and removes what was made, however the bench ends. */
export function cleanUp() {
  for (const child of children) child.kill('SIGTERM');
  const until = Date.now() + 5000;
  while ([...children].some(isAlive) && Date.now() < until) spawnSync('sleep', ['0.1']);
  for (const child of children) child.kill('SIGKILL');
  try {
    unmountAll();
  } catch (error) {
    console.error(`bench: ${error.message}`);
    return; // never remove through a mount
  }
  rmSync(place, { recursive: true, force: true });
}

function isAlive(child) {
  return existsSync(`/proc/${child.pid}/exe`) && child.exitCode === null;
}

function must(command, ...words) {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
}
