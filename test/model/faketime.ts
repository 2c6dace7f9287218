/** `faketime`, whose semaphores outlive one that was killed and block whoever gets its pid. */
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';

export function underFaketime(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): SpawnSyncReturns<string> {
  const run = () => spawnSync('faketime', words, { encoding: 'utf8', env: environment });
  const first = run();
  if (!first.stderr.startsWith('faketime: sem_open: File exists')) return first;
  forgetDead();
  return run();
}

/** Removes what wrappers that are no more have left. */
export function forgetDead(): void {
  for (const name of readdirSync('/dev/shm')) {
    const [, pid] = /^(?:sem\.)?faketime_(?:sem|shm)_(\d+)$/.exec(name) ?? [];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(`/dev/shm/${name}`, { force: true });
  }
}
