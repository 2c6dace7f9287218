// What the numbers were measured on.
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { run, sh } from './measure.mjs';
import { place } from './place.mjs';

/** One line. */
export async function machine() {
  const filesystem = (await run(sh`df --output=fstype ${place} | tail -n 1`)).stdout.trim();
  const system = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = cpus()[0]?.model.trim() ?? 'unknown';
  return `${cpus().length} cores (${model}), ${memory} GiB, ${filesystem}, ${system}, Linux ${release()}`;
}

const VERSIONS = {
  sqlite3: 'sqlite3 -version',
  zstd: 'zstd --version',
  tar: 'tar --version',
  MariaDB: 'mariadbd --version',
  restic: 'restic version',
  litestream: 'litestream version',
  borg: 'borg --version',
  borgmatic: 'borgmatic --version',
  rsnapshot: 'rsnapshot version_only',
  mydumper: 'mydumper --version',
  node: 'node --version',
};

/** `name version, ...` of what is installed. */
export async function versions() {
  const found = [];
  for (const [name, command] of Object.entries(VERSIONS)) {
    const { status, stdout } = await run(`${command} 2>&1`, { allow: [...Array(256).keys()] });
    const version = /\d+(\.\d+)+/.exec(stdout)?.[0];
    if (status === 0 && version !== undefined) found.push(`${name} ${version}`);
  }
  return found.join(', ');
}

export function load() {
  return loadavg()[0].toFixed(1);
}
