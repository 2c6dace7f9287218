import {
  chmodSync,
  fstatSync,
  lstatSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

/**
 * Text to a file. A regular file, or none, all or nothing: beside it first, then one
 * rename. Into a device or pipe it writes, and a link leads to what it names.
 */
export function writeOutput(file: string, text: string, mode: number): void {
  const place = followed(file);
  // Where it is this process' own open file, as /dev/stdout is.
  if (typeof place === 'number') return writeFileSync(place, text);
  const there = statSync(place, { throwIfNoEntry: false });
  if (there !== undefined && !there.isFile()) return writeFileSync(place, text);
  const unfinished = `${place}.${process.pid}.tmp`;
  try {
    writeFileSync(unfinished, text, { flag: 'wx', mode });
    chmodSync(unfinished, mode);
    renameSync(unfinished, place);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** Do both lead to one regular file? A number is an open file. */
export function isSameFile(one: string, other: string | number): boolean {
  try {
    const a = statSync(one);
    const b = typeof other === 'number' ? fstatSync(other) : statSync(other);
    return b.isFile() && a.dev === b.dev && a.ino === b.ino;
  } catch {
    return false; // what is not there, or not to be seen, is told when it is opened
  }
}

/** Where links lead, even to nothing; a number where that is an open file of this process. */
function followed(file: string): string | number {
  if (file.endsWith('/')) throw new Error('is a directory');
  let place = resolve(file);
  for (let i = 0; i < 40; i += 1) {
    const own = new RegExp(`^/(?:dev|proc/(?:self|${process.pid}))/fd/([0-9]+)$`).exec(place);
    if (own !== null) return Number(own[1]);
    if (!lstatSync(place, { throwIfNoEntry: false })?.isSymbolicLink()) return place;
    place = resolve(dirname(place), readlinkSync(place));
  }
  throw new Error('too many links');
}
