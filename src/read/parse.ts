// The parser alone: the package's face also loads streams, which take longer than the work.
import parseToml from '@iarna/toml/parse-string.js';
import { repeatedKeys } from './repeated-keys.ts';
import type { Outcome, Path, Problem } from './problems.ts';

export type Syntax = 'toml' | 'json';

/** Deeper than anybody writes, and far from where a walk through the data would end in a crash. */
const DEEPEST = 50;

/** `.json` files are JSON; everything else is TOML, standard input too unless it begins with `{`. */
export function syntaxOf(file: string, text: string): Syntax {
  if (file.endsWith('.json')) return 'json';
  return file === '-' && text.trimStart().startsWith('{') ? 'json' : 'toml';
}

/** Text of an environment file to plain data. */
export function parse(text: string, syntax: Syntax): Outcome<unknown> {
  const parsed = parseAs(text, syntax);
  if (!parsed.ok) return parsed;
  const repeated = syntax === 'json' ? repeatedKeys(text) : [];
  const problems = [...repeated, ...shapeProblems(parsed.value)];
  return problems.length === 0 ? parsed : { ok: false, problems, warnings: [] };
}

function parseAs(text: string, syntax: Syntax): Outcome<unknown> {
  try {
    // What ends a line in a file of Windows' is not part of a text that goes over lines.
    const value: unknown =
      syntax === 'json' ? JSON.parse(text) : parseToml(text.replaceAll('\r\n', '\n'));
    return { ok: true, value, warnings: [] };
  } catch (error) {
    const message =
      error instanceof RangeError
        ? TOO_DEEP
        : `not valid ${syntax.toUpperCase()}: ${error instanceof Error ? firstLine(error.message) : error}`;
    return { ok: false, problems: [{ path: [], message }], warnings: [] };
  }
}

const TOO_DEEP = `nested more than ${DEEPEST} deep; an environment needs five`;

/**
 * What no check could look at safely: nesting without an end, and names that mean
 * something else in JavaScript, where the parser of TOML puts a function for a table.
 */
function shapeProblems(data: unknown): Problem[] {
  const found: Problem[] = [];
  const open: { readonly value: unknown; readonly path: Path }[] = [{ value: data, path: [] }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, path } = next;
    if (typeof value !== 'object' || value === null) continue;
    if (path.length > DEEPEST) {
      found.push({ path: path.slice(0, 2), mark: 'key', message: TOO_DEEP });
      continue;
    }
    for (const [key, inner] of Object.entries(value)) {
      const deeper = [...path, Array.isArray(value) ? Number(key) : key];
      if (key === '__proto__' || typeof inner === 'function') {
        found.push({
          path: deeper,
          mark: 'key',
          message: `'${key}' is no name; choose another`,
        });
      } else if (typeof inner === 'bigint') {
        Object.assign(value, { [key]: Number(inner) });
      } else {
        open.push({ value: inner, path: deeper });
      }
    }
  }
  return found.slice(0, 20);
}

function firstLine(text: string): string {
  return text.replace(/\n[\s\S]*/, '').replace(/:$/, '');
}
