// The writer beside a backup, and what its commits took.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { median } from './measure.mjs';
import { adopt, place } from './place.mjs';

/** Commits until it is stopped; then these: `{ from, to, ms }`, in ms since 1970. */
export async function startWriter(database, busyTimeoutMs = 30_000, rate = 100) {
  const file = join(place, 'latencies');
  rmSync(file, { force: true });
  const words = ['--db', database, '--latencies', file, '--rate', String(rate)];
  words.push('--busy-timeout', String(busyTimeoutMs));
  const writer = adopt(
    spawn('node', ['scripts/writer.mjs', ...words], { stdio: ['ignore', 'ignore', 'ignore'] }),
  );
  const ended = new Promise((resolve) => writer.on('close', resolve));
  while (!existsSync(file)) {
    if (writer.exitCode !== null) throw new Error(`the writer ended with ${writer.exitCode}`);
    await sleep(10);
  }
  await sleep(300); // its first commits find nothing in any cache
  const readyAt = Date.now();
  return {
    readyAt,
    /** `failed`: it lost its patience with a lock. */
    async stop() {
      writer.kill('SIGTERM');
      const status = await ended;
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      const commits = lines.map((line) => {
        const [to, ms] = line.split(' ').map(Number);
        return { from: to - ms, to, ms };
      });
      return { commits, failed: status !== 0 };
    },
  };
}

/** Those that overlap a time. */
export function during(commits, from, to) {
  return commits.filter((commit) => commit.to >= from && commit.from <= to);
}

export function latencies(commits) {
  const sorted = commits.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** The median, over rounds, of the longest commit. */
export function medianOfLongest(rounds) {
  return median(rounds.map((commits) => latencies(commits).max));
}
