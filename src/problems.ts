/** One mistake in an environment file: where, what, and what was expected. */
export interface Problem {
  /** Key path, outermost first; empty when the file as a whole is meant. */
  readonly path: readonly string[];
  readonly message: string;
}

/** What a step of the generator gives: a value, or every reason why not. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** `env.toml: backup.schedule: expected five fields` */
export function renderProblem(file: string, { path, message }: Problem): string {
  return [file, path.map(visible).join('.'), visible(message)]
    .filter((part) => part !== '')
    .join(': ');
}

/** A user's text in a message: control characters become escapes. */
export function visible(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
