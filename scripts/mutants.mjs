// The ways to break a shell part, and every place where each applies.
import { spawnSync } from 'node:child_process';

/**
 * A row each: what is done, why a test should notice, and where: [from, to, instead].
 * `code` is the text with comments blanked; `bare` with quoted words blanked too.
 */
const OPERATORS = [
  {
    name: 'ignore-failure',
    why: 'a step that failed must end the run, not pass for done',
    places: ({ code, text }) =>
      all(code, /\|\|\s*(?:\\\n\s*)?(?:die|refuse|fail|exit|return)\b/g).map(({ index }) => [
        index,
        endOfCommand(text, index + 2),
        '|| :',
      ]),
  },
  {
    name: 'drop-sync',
    why: 'what is published must be on the disk',
    places: ({ bare, text }) =>
      all(bare, /^ *(sync\b|find \. -exec sync\b)/gm).map((match) => wholeCommand(match, text)),
  },
  {
    name: 'drop-call',
    why: 'every check and every step is there for a reason',
    places: ({ bare, text, functions }) =>
      all(bare, /^ *([a-z][a-z_0-9]+)\b(?! *=|\()/gm)
        .filter(([, name]) => functions.includes(name))
        .map((match) => wholeCommand(match, text)),
  },
  {
    name: 'drop-file-step',
    why: 'what is removed, moved, made or marked is so for a reason',
    places: ({ bare, text }) =>
      all(
        bare,
        /^ *(?:rm|mv|cp|ln|mkdir|rmdir|chmod|chown|kill|wait|trap|cat|printf|echo|exec|export|unset|cd|set|shift)\b/gm,
      ).map((match) => wholeCommand(match, text)),
  },
  {
    name: 'drop-assignment',
    why: 'a value that is reset or remembered is used later',
    places: ({ bare, text }) =>
      all(bare, /^ *(?:[A-Za-z_]+=\S* ?)+$/gm).map((match) => wholeCommand(match, text)),
  },
  {
    name: 'negate',
    why: 'a condition must be tested both ways',
    places: ({ code, bare }) => [
      ...all(bare, /(?<=\[ )! /g).map(cut),
      ...all(bare, /(?<=(?:^|if|while|until|&&|\|\||;|\{) *)! (?=[a-z(])/gm).map(cut),
      ...all(bare, /(?<=\[ )(?=-[a-z] |" *" |" *\S)/g).map((m) => swap(m, '! ')),
      ...all(bare, /(?<=\[ [^\]\n]*) = /g).map((m) => swap(m, ' != ')),
      ...all(bare, / != /g).map((m) => swap(m, ' = ')),
      ...all(bare, /(?<=\[ [^\]\n]*) -eq /g).map((m) => swap(m, ' -ne ')),
      ...all(code, / == /g).map((m) => swap(m, ' != ')),
    ],
  },
  {
    name: 'boundary',
    why: 'the limit itself belongs to one side',
    places: ({ code, bare }) => [
      ...all(bare, /(?<= )-(lt|le|gt|ge)(?= )/g).map((m) =>
        swap(m, { lt: '-le', le: '-lt', gt: '-ge', ge: '-gt' }[m[1]]),
      ),
      ...all(code, / ([<>]=?) (?=[$\w])/g)
        .filter(({ index }) => bare[index] !== ' ' || bare.slice(index, index + 4).trim() === '')
        .map((m) => swap(m, ` ${m[1].length === 2 ? m[1][0] : `${m[1]}=`} `)),
    ],
  },
  {
    name: 'and-or',
    why: 'what follows, follows on success or on failure',
    places: ({ code }) => [
      ...all(code, / && /g).map((m) => swap(m, ' || ')),
      ...all(code, / \|\| (?!:|die|refuse|fail|exit|return)/g).map((m) => swap(m, ' && ')),
    ],
  },
  {
    name: 'unquote',
    why: 'names hold blanks, patterns and worse',
    places: ({ code, bare }) =>
      all(code, /(?<=[ (])"[^"\n ]*\$[^"\n ]*"(?=[\s;)])/g)
        .filter(({ 0: word, index }) => bare[index] === '"' && !isNumber(word))
        .map((m) => swap(m, m[0].slice(1, -1))),
  },
  {
    name: 'drop-dashdash',
    why: 'a name may begin with a dash',
    places: ({ bare }) => all(bare, / --(?= )/g).map(cut),
  },
  {
    name: 'number',
    why: 'a status, a field, a limit',
    places: ({ code }) =>
      all(code, /(?<![\w$.\-{>&*%\\#'])[01](?![\w.>\]}'])/g).map((m) =>
        swap(m, m[0] === '0' ? '1' : '0'),
      ),
  },
  {
    name: 'drop-flag',
    why: 'an option of a tool is there for a reason',
    places: ({ bare }) =>
      all(bare, / --?[a-zA-Z][\w-]*(?:=\w+)?(?=[ \n;)])/g)
        .filter(({ index }) => !/\[(?: [^\]]*)?$/.test(lineUpTo(bare, index)))
        .map(cut),
  },
  {
    name: 'drop-word',
    why: 'a command to sqlite3 or SQL is there for a reason',
    places: ({ code, bare }) =>
      all(code, / '[.A-Z][^'\n]*'(?=[\s;)])/g)
        .filter(({ index }) => bare[index + 1] === "'")
        .map(cut),
  },
  {
    name: 'overwrite',
    why: 'a second line must not replace the first',
    places: ({ bare }) => all(bare, />>/g).map((m) => swap(m, '>')),
  },
  {
    name: 'foreground',
    why: 'a child that nobody awaits, or that cannot be ended',
    places: ({ bare }) => all(bare, / &$/gm).map(cut),
  },
  {
    name: 'return-early',
    why: 'a function that does nothing',
    places: ({ bare }) =>
      all(bare, /^[a-z_0-9]+\(\) [({]$/gm).map(({ 0: head, index }) => [
        index + head.length,
        index + head.length,
        '\n    return 0',
      ]),
  },
];

const HEAD = /^([a-z_0-9]+)\(\)/gm;

/** The functions that a part defines. */
export function functionsOf(text) {
  return [...masks(text).bare.matchAll(HEAD)].map(([, name]) => name);
}

/** The text, of which each function, where $REACHED is a directory, leaves its name there; but for one that
 * begins with the status of what was before it. */
export function withTraces(text) {
  return text.replace(
    /^([a-z_0-9]+)\(\) ([({])(?!\n.*=\$\?)/gm,
    '$1() $2 [ ! -d "${REACHED-}" ] || (true >"$REACHED/$1") 2>/dev/null || :;',
  );
}

/** Every mutant of a part that still parses and differs; `functions` are those of all parts. */
export function mutantsOf(text, functions) {
  const { code, bare } = masks(text);
  const seen = new Set([text]);
  const mutants = [];
  for (const { name, places } of OPERATORS) {
    for (const [from, to, instead] of places({ text, code, bare, functions })) {
      const mutated = text.slice(0, from) + instead + text.slice(to);
      if (seen.has(mutated)) continue;
      seen.add(mutated);
      mutants.push({ operator: name, text: mutated, ...placeOf(text, mutated, from) });
    }
  }
  return mutants.filter(({ text: mutated }) => parses(mutated)).sort((a, b) => a.line - b.line);
}

export const operators = OPERATORS.map(({ name, why }) => ({ name, why }));

/** Line, function, and the changed lines before and after, each as one line. */
function placeOf(text, mutated, from) {
  const a = text.split('\n');
  const b = mutated.split('\n');
  let first = 0;
  while (a[first] === b[first]) first++;
  let same = 0;
  while (same < Math.min(a.length, b.length) - first && a.at(-1 - same) === b.at(-1 - same)) same++;
  const joined = (lines) => lines.map((line) => line.trim()).join(' ');
  const head = text.slice(0, from + 1).match(/^[a-z_0-9]+(?=\(\))/gm);
  return {
    line: first + 1,
    owner: head === null ? '-' : head.at(-1),
    before: joined(a.slice(first, a.length - same)),
    after: joined(b.slice(first, b.length - same)),
  };
}

function parses(text) {
  return spawnSync('dash', ['-n'], { input: text }).status === 0;
}

const all = (text, pattern) => [...text.matchAll(pattern)];
const cut = ({ 0: found, index }) => [index, index + found.length, ''];
const swap = ({ 0: found, index }, instead) => [index, index + found.length, instead];
const lineUpTo = (text, index) => text.slice(text.lastIndexOf('\n', index) + 1, index);

/** Words that cannot hold anything but digits. */
function isNumber(word) {
  return /^"\$(#|\?|SHELL_PID|[a-z]*_status|[a-zA-Z_]*_(s|kb|KB|MS|S|bytes)|tries|status|number|CHILD|WATCHER|snapshot)"$/.test(
    word,
  );
}

/** From the first letter of the line on: the command and what hangs on it. */
function wholeCommand({ 0: head, index }, text) {
  const from = index + head.length - head.trimStart().length;
  let to = endOfCommand(text, from);
  // `a || die`, and what follows on further lines, belongs to it
  for (let rest; (rest = /^ ?(?:\|\||&&|\|)(?!\|)\s*/.exec(text.slice(to)));)
    to = endOfCommand(text, to + rest[0].length);
  return [from, to, ':'];
}

/** The end of the simple command at this place: an unquoted newline, ; & | or bracket. */
function endOfCommand(text, start) {
  let i = start;
  while (/[ \n\\]/.test(text[i])) i++;
  for (; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === "'") i = text.indexOf("'", i + 1);
    else if (char === '"') i = endOfString(text, i);
    else if (text.startsWith('$(', i)) i = endOfSubstitution(text, i);
    else if (text.startsWith('${', i)) i = text.indexOf('}', i);
    else if (char === '>' && text[i + 1] === '&') i++;
    else if ('\n;)|&'.includes(char)) break;
  }
  return text.slice(start, i).trimEnd().length + start;
}

function endOfString(text, start) {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text.startsWith('$(', i)) i = endOfSubstitution(text, i);
    else if (text[i] === '"') return i;
  }
  return text.length;
}

function endOfSubstitution(text, start) {
  let depth = 0;
  for (let i = start + 1; i < text.length; i++) {
    const char = text[i];
    if (char === '\\') i++;
    else if (char === "'") i = text.indexOf("'", i + 1);
    else if (char === '"') i = endOfString(text, i);
    else if (char === '(') depth++;
    else if (char === ')' && --depth === 0) return i;
  }
  return text.length;
}

/** The text with comments as blanks, and with what is in quotes as blanks too. */
function masks(text) {
  const code = [...text];
  const bare = [...text];
  const blank = (target, from, to) => {
    for (let i = from; i < to; i++) if (target[i] !== '\n') target[i] = ' ';
  };
  const scan = (from, close) => {
    for (let i = from; i < text.length; i++) {
      const char = text[i];
      if (char === '\\') i++;
      else if (char === '#' && /[\s;]/.test(text[i - 1] ?? '\n')) {
        const end = (text.indexOf('\n', i) + 1 || text.length + 1) - 1;
        blank(code, i, end);
        blank(bare, i, end);
        i = end - 1;
      } else if (char === "'") {
        const end = text.indexOf("'", i + 1);
        blank(bare, i + 1, end);
        i = end;
      } else if (char === '"') i = string(i);
      else if (text.startsWith('$(', i)) i = scan(i + 2, ')');
      else if (text.startsWith('${', i)) i = text.indexOf('}', i);
      else if (char === '(' && close) i = scan(i + 1, ')');
      else if (char === close) return i;
    }
    return text.length;
  };
  const string = (start) => {
    for (let i = start + 1; i < text.length; i++) {
      if (text[i] === '\\') i++;
      else if (text[i] === '"') return i;
      else if (text.startsWith('$(', i)) i = scan(i + 2, ')');
      else if (text[i] !== '\n') bare[i] = text[i] === '$' ? '$' : ' ';
    }
    return text.length;
  };
  scan(0);
  return { code: code.join(''), bare: bare.join('') };
}
