import { type Node, parseTree } from 'jsonc-parser/lib/esm/main.js';
import type { Path } from './problems.ts';
import type { Entry, Span } from './span.ts';

/** Every key of a JSON text. */
export function jsonEntries(text: string): Entry[] {
  const root = parseTree(text);
  return root === undefined ? [] : inside(root, []);
}

function inside({ type, children = [] }: Node, path: Path): Entry[] {
  if (type === 'array') {
    return children.flatMap((element, i) => [
      { path: [...path, i], key: span(element), value: span(element) },
      ...inside(element, [...path, i]),
    ]);
  }
  return children.flatMap(({ children: [key, value] = [] }) => {
    if (key === undefined || value === undefined) return [];
    const deeper = [...path, String(key.value)];
    return [{ path: deeper, key: span(key), value: span(value) }, ...inside(value, deeper)];
  });
}

function span({ offset, length }: Node): Span {
  return { start: offset, end: offset + length };
}
