import { type AST, parseTOML } from 'toml-eslint-parser';
import type { Path } from './problems.ts';
import type { Entry, Span } from './span.ts';

/** Every key of a TOML text. Those written out come before those that only lead to another. */
export function tomlEntries(text: string): Entry[] {
  const [top] = parseTOML(text).body;
  const all = top.body.flatMap((node) =>
    node.type === 'TOMLTable'
      ? [...keyEntries(node.key, [], span(node.key)), ...pairs(node.body, node.resolvedKey)]
      : pairs([node], []),
  );
  return [...all.filter(({ isLast }) => isLast), ...all.filter(({ isLast }) => !isLast)];
}

type Found = Entry & { readonly isLast: boolean };

function pairs(nodes: readonly AST.TOMLKeyValue[], table: Path): Found[] {
  return nodes.flatMap(({ key, value }) => [
    ...keyEntries(key, table, span(value)),
    ...inside(value, [...table, ...key.keys.map(nameOf)]),
  ]);
}

function inside(value: AST.TOMLContentNode, path: Path): Found[] {
  if (value.type === 'TOMLInlineTable') return pairs(value.body, path);
  if (value.type !== 'TOMLArray') return [];
  return value.elements.flatMap((element, i) => [
    { path: [...path, i], key: span(element), value: span(element), isLast: true },
    ...inside(element, [...path, i]),
  ]);
}

/** `a.b.c`: c is what is written, a and b lead there. */
function keyEntries({ keys }: AST.TOMLKey, table: Path, value: Span): Found[] {
  if (keys.length > 50) return []; // nothing that is taken
  return keys.map((key, i) => {
    const isLast = i === keys.length - 1;
    const path = [...table, ...keys.slice(0, i + 1).map(nameOf)];
    return { path, key: span(key), value: isLast ? value : span(key), isLast };
  });
}

function nameOf(key: AST.TOMLBare | AST.TOMLQuoted): string {
  return key.type === 'TOMLBare' ? key.name : key.value;
}

function span({ range: [start, end] }: { readonly range: readonly [number, number] }): Span {
  return { start, end };
}
