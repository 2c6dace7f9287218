import { HIDDEN } from '../read/problems.ts';
import type { Span } from '../read/span.ts';
import type { Paint } from './paint.ts';

/** What fits on a line of most terminals, with the number before it. */
const WIDTH = 100;

/** Line and column of an offset, from 1; columns count characters. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const starts = lineStarts(text);
  let [low, high] = [0, starts.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  const start = starts[low] ?? 0;
  // A long line is counted on from where the question before was.
  const from = last.offset >= start && last.offset <= offset ? last : { offset: start, column: 1 };
  const column = from.column + [...text.slice(from.offset, offset)].length;
  last = { ...last, offset, column };
  return { line: low + 1, column };
}

/** Where each line begins. */
function lineStarts(text: string): readonly number[] {
  if (text !== last.text) {
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    last = { text, starts, offset: 0, column: 1 };
  }
  return last.starts;
}

/** A report asks about thousands of places in one text, in their order. */
let last: {
  readonly text: string;
  readonly starts: readonly number[];
  readonly offset: number;
  readonly column: number;
} = { text: '', starts: [0], offset: 0, column: 1 };

/**
 *     14 | schedule = "0 25 * * *"
 *        |            ^^^^^^^^^^^^
 *
 * Of a span of more lines, the first one.
 */
export function excerpt(text: string, span: Span, mark: '^' | '-', paint: Paint): string[] {
  const start = text.lastIndexOf('\n', span.start - 1) + 1;
  const end = endOfLine(text, start);
  const line = withoutPasswords(text.slice(start, end));
  const from = Math.max(0, span.start - start - Math.floor(WIDTH / 2));
  const cut = line.length > WIDTH ? from : 0;
  const shown = line.slice(cut, cut + WIDTH);
  const before = line.slice(cut, span.start - start);
  const marked = text.slice(span.start, Math.min(span.end, end, start + cut + WIDTH));
  const number = String(positionOf(text, span.start).line).padStart(5);
  const gutter = (label: string) => paint('number', `${label} |`);
  return [
    `${gutter(number)} ${printable(shown)}`,
    `${gutter(' '.repeat(5))} ${before.replace(/[^\t]/gu, ' ')}${paint(mark, mark.repeat(Math.max(1, [...marked].length)))}`,
  ];
}

function endOfLine(text: string, start: number): number {
  const found = text.indexOf('\n', start);
  const end = found < 0 ? text.length : found;
  return found > start && text[end - 1] === '\r' ? end - 1 : end;
}

/** A value to its end: a long text, a text, or whatever stands there up to the end of the line. */
const VALUE = /"""[^]*|'''[^]*|"(?:[^"\\]|\\.)*"?|'[^']*'?|\S.*/.source;
const PASSWORD = new RegExp(
  `(\\b\\w*(?:pass(?:word|wd|phrase)?|pwd|secret|token)["']?\\s*[:=]\\s*)(${VALUE})`,
  'gi',
);

/** Messages end up in logs, where no password belongs. */
function withoutPasswords(line: string): string {
  if (line !== hidden.line) hidden = { line, shown: hideIn(line) };
  return hidden.shown;
}

/** A file of one long line is shown again and again. */
let hidden = { line: '', shown: '' };

function hideIn(line: string): string {
  const hide = (_: string, key: string, value: string) => key + '*'.repeat(value.length);
  return line.replace(PASSWORD, hide).replace(/(:\/\/[^\s/:@]*:)([^\s@]+)(?=@)/g, hide);
}

/** What would move the cursor, or not be seen, becomes a picture, one column wide. */
function printable(line: string): string {
  return line.replace(HIDDEN, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (char === '\t') return char;
    return code < 0xa0 ? String.fromCodePoint(0x2400 + Math.min(code, 0x21)) : '\ufffd';
  });
}
