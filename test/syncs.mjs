// Reads `strace -f -y` of a whole run and says what was not on the disk in time:
//
//   node test/syncs.mjs TRACE PLAN_DIRECTORY
//
// For each rename that makes an id appear: every file and directory below it was
// synced after it was last written to, or entries in it changed, before the rename;
// and the directory above it after the rename, before the trace ends. Prints a line
// for each that was not, and last what it saw; ends with 1 when there is one.
import { readFileSync } from 'node:fs';

const [trace, plan] = process.argv.slice(2);

const WRITES =
  /^(write|pwrite64|writev|pwritev2?|ftruncate|sendfile|copy_file_range|fallocate|splice)$/;
const SYNCS = /^(fsync|fdatasync)$/;

/** Paths written to, or directories with new entries, that no sync has covered. */
const dirty = new Map();
const known = new Set();
const unfinished = new Map();
/** Of each process, as `-y` shows it beside AT_FDCWD, by its loader's calls at least. */
const directories = new Map();
const faults = [];
const published = [];
const awaitingParent = new Set();

for (const line of readFileSync(trace, 'utf8').split('\n')) {
  const call = callOf(line);
  if (call !== undefined) see(call);
}
for (const id of awaitingParent) faults.push(`${plan}: not synced after ${id} appeared`);
if (published.length === 0) faults.push('nothing was published');
for (const fault of faults) console.log(fault);
console.log(`${published.length} published, ${known.size} paths seen`);
process.exit(faults.length > 0 ? 1 : 0);

/** A system call that succeeded; strace tears it in two where processes interleave. */
function callOf(line) {
  const [, pid, rest] = /^(?:\[pid +)?(\d+)\]? +(.*)$/.exec(line) ?? [];
  if (pid === undefined) return undefined;
  let text = rest;
  if (text.endsWith('<unfinished ...>')) {
    unfinished.set(pid, text.slice(0, -'<unfinished ...>'.length));
    return undefined;
  }
  const [, tail] = /^<\.\.\. \w+ resumed>(.*)$/.exec(text) ?? [];
  if (tail !== undefined) text = (unfinished.get(pid) ?? '') + tail;
  const [, name, words, result] = /^(\w+)\((.*)\) += (-?\d+)/.exec(text) ?? [];
  return name === undefined || result.startsWith('-') ? undefined : { pid, name, words };
}

function see({ pid, name, words: bare }) {
  const [, here] = /AT_FDCWD<([^>]*)>/.exec(bare) ?? [];
  if (here !== undefined) directories.set(pid, here);
  // Older calls have no directory of their own: busybox's rename, mkdir, unlink.
  const words = !/(?:AT_FDCWD|\b\d+)</.test(bare)
    ? `AT_FDCWD<${directories.get(pid)}>, ${bare}`
    : bare;
  if (name === 'chdir') {
    directories.set(pid, absolute(quoted(words)[0], words));
    return;
  }
  const paths = pathsOf(bare);
  if (name === 'sync' || name === 'syncfs') {
    dirty.clear();
    awaitingParent.clear();
  } else if (SYNCS.test(name)) {
    dirty.delete(paths[0]);
    if (paths[0] === plan) awaitingParent.clear();
  } else if (WRITES.test(name)) {
    // what is written to: the first, of copying calls the second
    touch(name === 'copy_file_range' || name === 'splice' ? paths[1] : paths[0]);
  } else if (/^open/.test(name)) {
    const path = quoted(words)[0];
    if (/O_CREAT|O_TRUNC/.test(words)) make(path, words);
  } else if (/^(mkdir|link|symlink|mknod)/.test(name)) {
    make(quoted(words).at(-1), words);
  } else if (/^(unlink|rmdir)/.test(name)) {
    const path = absolute(quoted(words)[0], words);
    forget(path);
    touch(parentOf(path));
  } else if (/^rename/.test(name)) {
    const [from, to] = quoted(words);
    rename(absolute(from, words), absolute(to, words, 1));
  }
}

function rename(from, to) {
  if (parentOf(to) === plan && /\/\d{8}T\d{6}Z$/.test(to)) {
    published.push(to);
    for (const [path, why] of dirty)
      if (path === from || path.startsWith(`${from}/`))
        faults.push(`${path}: ${why}, not synced before ${to} appeared`);
    for (const file of ['MANIFEST', 'SHA256SUMS', 'backup.sh'])
      if (!known.has(`${from}/${file}`)) faults.push(`${from}/${file}: never seen`);
    awaitingParent.add(to);
  }
  // What was written under one name lies under the other.
  for (const path of [...known])
    if (path === from || path.startsWith(`${from}/`)) {
      known.delete(path);
      known.add(to + path.slice(from.length));
    }
  for (const [path, why] of [...dirty])
    if (path === from || path.startsWith(`${from}/`)) {
      dirty.delete(path);
      dirty.set(to + path.slice(from.length), why);
    }
  if (!awaitingParent.has(to)) {
    touch(parentOf(from), 'an entry left it');
    touch(parentOf(to), 'an entry came');
  }
}

function make(name, words) {
  const path = absolute(name, words);
  touch(path, 'made');
  touch(parentOf(path), 'an entry came');
}

function touch(path, why = 'written to') {
  if (path === undefined || !path.startsWith(`${plan}/`)) return;
  known.add(path);
  dirty.set(path, why);
}

function forget(path) {
  known.delete(path);
  dirty.delete(path);
}

/** Of `-y`: the paths of the descriptors in a call, in order. */
function pathsOf(words) {
  return [...words.matchAll(/\b\d+<([^>]*)>/g)].map(([, path]) => path);
}

function quoted(words) {
  return [...words.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text]) => text);
}

/** A name is relative to the directory that `-y` shows before it. */
function absolute(name, words, index = 0) {
  if (name === undefined || name.startsWith('/')) return clean(name ?? '');
  const bases = [...words.matchAll(/(?:AT_FDCWD|\b\d+)<([^>]*)>/g)].map(([, path]) => path);
  return clean(`${bases[index] ?? bases[0] ?? ''}/${name}`);
}

function clean(path) {
  return path
    .replace(/\/(\.\/)+/g, '/')
    .replace(/\/{2,}/g, '/')
    .replace(/(.)\/$/, '$1');
}

function parentOf(path) {
  return path.slice(0, path.lastIndexOf('/'));
}
