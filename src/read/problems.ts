/** Keys and list positions, outermost first; empty when the file as a whole is meant. */
export type Path = readonly (string | number)[];

/** A path in one text, to look it up by. */
export function keyOf(path: Path): string {
  return path.join('\0');
}

/** One mistake in an environment file: where, what, and what was expected. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** What to underline; the value, unless said. */
  readonly mark?: 'key';
  /** Other places that it is about. */
  readonly also?: readonly Path[];
  /** Where exactly, when a path does not say it: from one offset in the text to another. */
  readonly at?: { readonly start: number; readonly end: number };
  /** The name of the rule between fields that is broken. */
  readonly rule?: string;
}

/** What a step of the generator gives: a value, or every reason why not. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      readonly warnings: readonly Problem[];
    };

/** `env.toml: backup.schedule: expected five fields` */
export function renderProblem(place: string, { path, message, rule }: Problem): string {
  const keys = path.filter((key) => typeof key === 'string').map(visible);
  const name = rule === undefined ? '' : ` [${rule}]`;
  return [place, keys.join('.'), visible(message) + name].filter((part) => part !== '').join(': ');
}

/** What moves a terminal's cursor, turns its writing round or is not seen at all. */
export const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]/gu;

/** A user's text in a message: what would not be seen becomes escapes. */
export function visible(text: string): string {
  return text.replace(HIDDEN, (char) => {
    const code = (char.codePointAt(0) ?? 0).toString(16);
    if (code.length <= 2) return `\\x${code.padStart(2, '0')}`;
    return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\u{${code}}`;
  });
}
