/** Keys and list positions, outermost first; empty when the file as a whole is meant. */
export type Path = readonly (string | number)[];

/** One mistake in an environment file: where, what, and what was expected. */
export interface Problem {
  readonly path: Path;
  readonly message: string;
  /** What to underline; the value, unless said. */
  readonly mark?: 'key';
  /** Other places that it is about. */
  readonly also?: readonly Path[];
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

/** Is `path` at `place`, or below it? */
export function isBelow(path: Path, place: Path): boolean {
  return place.every((key, i) => path[i] === key);
}

/** A user's text in a message: control characters become escapes. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
