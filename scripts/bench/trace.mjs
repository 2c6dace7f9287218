// Which programs a run executes, and when: strace, told to look at nothing else, so
// that the run is hardly slower.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, sh } from './measure.mjs';
import { place } from './place.mjs';

/**
 * @returns begun and ended, in seconds; `programs`: `{ pid, name, words, from, to }`, in
 * seconds since the begin; `forks`: how many processes were started, subshells included
 */
export async function trace(words) {
  const file = join(place, 'trace');
  const command = words.map((word) => sh`${word}`).join(' ');
  await run(
    sh`strace -f -q --seccomp-bpf -ttt -s 300 -e trace=execve,clone,clone3,fork,vfork -e signal=none -o ${file} ` +
      command,
  );
  return readTrace(readFileSync(file, 'utf8'));
}

function readTrace(text) {
  const [programs, running, halves] = [[], new Map(), new Map()];
  let forks = 0;
  const lines = text.trimEnd().split('\n');
  const at = (line) => Number(/^\d+ +([\d.]+) /.exec(line)?.[1]);
  const begun = at(lines[0]);
  for (const line of lines) {
    let [, pid, , call] = /^(\d+) +([\d.]+) (.*)$/.exec(line) ?? [];
    if (pid === undefined) continue;
    const when = at(line) - begun;
    if (call.endsWith('<unfinished ...>')) {
      halves.set(pid, call.slice(0, -' <unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/s.exec(call);
    if (resumed) call = halves.get(pid) + resumed[1];
    if (call.startsWith('execve(') && call.endsWith(' = 0')) {
      end(running.get(pid), when);
      const program = { pid, ...parseExec(call), from: when, to: undefined };
      programs.push(program);
      running.set(pid, program);
    } else if (call.startsWith('+++')) {
      end(running.get(pid), when);
      running.delete(pid);
    } else if (/^(clone|clone3|fork|vfork)\(/.test(call) && !call.includes('CLONE_THREAD')) {
      forks += 1;
    }
  }
  const ended = at(lines.at(-1)) - begun;
  for (const program of programs) end(program, ended);
  return { seconds: ended, programs, forks };
}

function end(program, when) {
  if (program !== undefined) program.to ??= when;
}

function parseExec(call) {
  const [, path, list] = /^execve\("([^"]*)", \[(.*)\](?:, |$)/s.exec(call) ?? [, '?', ''];
  const words = [...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word);
  return { name: path.split('/').at(-1), words };
}

/** `[name, times]`, the most frequent first. */
export function countPrograms({ programs }) {
  const counts = {};
  for (const { name } of programs) counts[name] = (counts[name] ?? 0) + 1;
  return Object.entries(counts).sort(([a, n], [b, m]) => m - n || a.localeCompare(b));
}
