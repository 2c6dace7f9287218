import { jsonEntries } from './locate-json.ts';
import { tomlEntries } from './locate-toml.ts';
import type { Syntax } from './parse.ts';
import { keyOf, type Path } from './problems.ts';
import type { Entry, Span } from './span.ts';

export interface Place {
  readonly span: Span;
  /** Is it the key asked for, and not the table that it should stand in? */
  readonly isExact: boolean;
}

/** Where every key of a text stands that parses; of one that does not, none. */
export function placesOf(text: string, syntax: Syntax): Places {
  const places = new Map<string, Entry>();
  for (const entry of entriesOf(text, syntax)) {
    const key = keyOf(entry.path);
    if (!places.has(key)) places.set(key, entry);
  }
  return places;
}

export type Places = ReadonlyMap<string, Entry>;

/** Where a path stands, or what is nearest to it from above; undefined when nothing is. */
export function locate(places: Places, path: Path, mark: 'key' | 'value'): Place | undefined {
  const found = places.get(keyOf(path));
  if (found !== undefined) return { span: found[mark], isExact: true };
  if (path.length === 0) return undefined;
  const above = locate(places, path.slice(0, -1), 'key');
  return above === undefined ? undefined : { ...above, isExact: false };
}

function entriesOf(text: string, syntax: Syntax): Entry[] {
  try {
    return syntax === 'json' ? jsonEntries(text) : tomlEntries(text);
  } catch {
    return [];
  }
}
