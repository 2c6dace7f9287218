import type { Syntax } from './parse.ts';
import type { Path } from './problems.ts';
import { jsonEntries } from './locate-json.ts';
import { tomlEntries } from './locate-toml.ts';

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

export interface Place {
  readonly span: Span;
  /** Is it the key asked for, and not the table that it should stand in? */
  readonly isExact: boolean;
}

/** Every key of a text that parses; of one that does not, none. */
export function entriesOf(text: string, syntax: Syntax): Entry[] {
  try {
    return syntax === 'json' ? jsonEntries(text) : tomlEntries(text);
  } catch {
    return [];
  }
}

/** Where a path stands, or what is nearest to it from above; undefined when nothing is. */
export function locate(
  entries: readonly Entry[],
  path: Path,
  mark: 'key' | 'value',
): Place | undefined {
  const found = entries.find((entry) => isSame(entry.path, path));
  if (found !== undefined) return { span: found[mark], isExact: true };
  if (path.length === 0) return undefined;
  const above = locate(entries, path.slice(0, -1), 'key');
  return above === undefined ? undefined : { ...above, isExact: false };
}

function isSame(one: Path, other: Path): boolean {
  return one.length === other.length && one.every((key, i) => key === other[i]);
}
