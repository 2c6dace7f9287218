import type { Path, Problem } from './problems.ts';

/** Keys that stand twice in one table of a good JSON text: a parser takes the last without a word. */
export function repeatedKeys(text: string): Problem[] {
  const found: Problem[] = [];
  const open: Table[] = [];
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const table = open.at(-1);
    switch (token[0]) {
      case '{':
        open.push({ keys: new Set(), key: '', isKeyNext: true });
        break;
      case '[':
        open.push({ keys: undefined, key: 0, isKeyNext: false });
        break;
      case '}':
      case ']':
        open.pop();
        break;
      case ',':
        if (table?.keys !== undefined) table.isKeyNext = true;
        else if (table !== undefined) table.key = Number(table.key) + 1;
        break;
      default:
        if (table?.keys === undefined || !table.isKeyNext) break;
        table.key = String(JSON.parse(token));
        table.isKeyNext = false;
        if (table.keys.has(table.key)) {
          found.push({
            path: pathOf(open),
            message: 'stands twice; remove or rename one of the two',
            at: { start: index, end: index + token.length },
          });
        }
        table.keys.add(table.key);
    }
  }
  return found;
}

interface Table {
  /** Undefined: a list. */
  readonly keys: Set<string> | undefined;
  key: string | number;
  isKeyNext: boolean;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

function pathOf(open: readonly Table[]): Path {
  return open.map(({ key }) => key);
}
