import { readdirSync, readFileSync } from 'node:fs';

/** A message that the script ends with or warns of: as it reads, `…` for what varies. */
export interface Message {
  readonly file: string;
  readonly text: string;
}

const PARTS = 'templates';

/** What says something, and how many words stand before the message. */
const SAYING: Readonly<Record<string, number>> = {
  die: 0,
  refuse: 0,
  fail: 1, // its status
  fail_damaged: 0,
  fail_late: 0,
  misuse: 0,
  warn: 0,
  worry: 0,
  worry_late: 0,
  miss: 2, // a status, a source
  log: 0, // with a level
};

const CALL = new RegExp(`(?<![\\w-])(${Object.keys(SAYING).join('|')}) `, 'g');

/** Of all parts, the skeleton and the hooks, each once. */
export function messagesOfTheScript(): Message[] {
  const files = [
    ...readdirSync(PARTS, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.sh'))
      .map((name) => `${PARTS}/${name}`),
    'templates/backup.sh.ejs',
    'src/script/occasions.ts',
  ];
  return files.flatMap((file) => messagesOf(file, readFileSync(file, 'utf8')));
}

function messagesOf(file: string, source: string): Message[] {
  const code = source.replace(/^\s*(#|\/\/).*$/gm, '').replace(/\\\n\s*/g, '');
  return [...code.matchAll(CALL)].flatMap(({ 0: call, 1: name = '', index }) => {
    const words = wordsFrom(code, index + call.length).slice(SAYING[name]);
    const said = words.join(' ').replace(/…+/g, '…').trim();
    const text = name === 'log' ? (/^warning: (.*)/.exec(said)?.[1] ?? '') : said;
    // What is nothing but another's message is said, and documented, there.
    return /[a-z]/i.test(text) ? [{ file, text }] : [];
  });
}

/** The words of a shell command, to its end, with `…` for each expansion. */
function wordsFrom(code: string, start: number): string[] {
  const words: string[] = [];
  let at = start;
  while (at < code.length && !/[\n;&|)}`]/.test(code.charAt(at))) {
    if (code.charAt(at) === ' ') {
      at++;
      continue;
    }
    let word = '';
    while (at < code.length && !/[\s;&|)}`]/.test(code.charAt(at))) {
      const [piece, end] = pieceAt(code, at);
      word += piece;
      at = end;
    }
    words.push(word);
  }
  return words;
}

/** A quoted string, an expansion or a character, and where it ends. */
function pieceAt(code: string, at: number): [piece: string, end: number] {
  const first = code.charAt(at);
  if (first === "'") {
    const end = code.indexOf("'", at + 1);
    return [code.slice(at + 1, end), end + 1];
  }
  if (first === '"') return quotedAt(code, at + 1);
  if (first === '$') return ['…', endOfExpansion(code, at)];
  return [first, at + 1];
}

function quotedAt(code: string, start: number): [piece: string, end: number] {
  let piece = '';
  let at = start;
  while (at < code.length && code.charAt(at) !== '"') {
    if (code.charAt(at) === '\\') {
      piece += code.charAt(at + 1);
      at += 2;
    } else if (code.charAt(at) === '$') {
      piece += '…';
      at = endOfExpansion(code, at);
    } else {
      piece += code.charAt(at);
      at++;
    }
  }
  return [piece, at + 1];
}

/** `$name`, `${...}` or `$(...)`, whatever is quoted in it. */
function endOfExpansion(code: string, start: number): number {
  const open = code.charAt(start + 1);
  const close = { '{': '}', '(': ')' }[open];
  if (close === undefined) {
    const [name = '$'] = /^\$(\w+|.)/.exec(code.slice(start, start + 80)) ?? [];
    return start + name.length;
  }
  let at = start + 2;
  for (let depth = 1; depth > 0 && at < code.length;) {
    const character = code.charAt(at);
    if (character === "'" || character === '"' || character === '$') [, at] = pieceAt(code, at);
    else {
      if (character === open) depth++;
      if (character === close) depth--;
      at++;
    }
  }
  return at;
}
