import type { Path } from './problems.ts';

/** From one offset in a text up to another. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A key of the file, or a value in a list, and where it stands. */
export interface Entry {
  readonly path: Path;
  readonly key: Span;
  /** Of a table that has lines of its own: its header. */
  readonly value: Span;
}
