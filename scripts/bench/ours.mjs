// Our side of each comparison: an environment, the script made of it, a run.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, sh } from './measure.mjs';
import { place } from './place.mjs';

/** Of zstd, where the environment says nothing. */
export const OUR_LEVEL = 2;

/**
 * The script of an environment that keeps the last backup only, and does not run at low
 * priority, as what it is compared with does not.
 * @param sources TOML of [storage] and [databases.NAME]
 * @param backup more lines of [backup]
 */
export async function makeScript(
  name,
  sources,
  backup = '',
  { keep = 'keep = { last = 1 }', nice = false } = {},
) {
  const toml = join(place, `${name}.toml`);
  const script = join(place, `${name}.sh`);
  const backups = join(place, `${name}.backups`);
  writeFileSync(
    toml,
    `[environment]
name = "${name}"
${sources}
[backup]
path = "${backups}"
state = "${join(place, `${name}.state`)}"
min_free = "10MiB"
nice = ${nice}
type = "${sources.includes('[storage]') ? 'complete' : 'database'}"
${keep}
${backup}
`,
  );
  await run(sh`node dist/gen-backup.cjs ${toml} -o ${script}`);
  return { script, backups, command: sh`sh ${script} run` };
}

export function sqlite(path, more = '') {
  return `[databases.main]\ndriver = "sqlite3"\npath = "${path}"\n${more}`;
}

export function files(path) {
  return `[storage]\npath = "${path}"`;
}

export function mysql(schema, socket) {
  return `[databases.main]\ndriver = "mysql"\nname = "${schema}"\nsocket = "${socket}"\nuser = "root"`;
}

let lastBegun = 0;

/**
 * Runs it. Gives when it began, seconds, the new backup's directory and its manifest's values;
 * of a run that ended with another status of `allow`, only when it began and the status.
 */
export async function backUp({ command }, allow = [0]) {
  await nextSecond(); // a taken id would wait for it
  lastBegun = Date.now();
  const { seconds, status, stdout } = await run(command, { allow });
  if (status !== 0) return { begun: lastBegun, status };
  const directory = stdout.trim().split('\n').at(-1);
  return { seconds, status, directory, begun: lastBegun, manifest: readManifest(directory) };
}

/** Waits until an id of the last run cannot be taken again. */
export async function nextSecond() {
  await sleep(Math.max(0, lastBegun + 1050 - Date.now()));
}

function readManifest(directory) {
  const lines = readFileSync(join(directory, 'MANIFEST'), 'utf8').split('\n');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}
