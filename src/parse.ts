// The parser alone: the package's face also loads streams, which take longer than the work.
import parseToml from '@iarna/toml/parse-string.js';
import type { Outcome } from './problems.ts';

export type Syntax = 'toml' | 'json';

/** `.json` files are JSON; everything else is TOML, standard input too unless it begins with `{`. */
export function syntaxOf(file: string, text: string): Syntax {
  if (file.endsWith('.json')) return 'json';
  return file === '-' && text.trimStart().startsWith('{') ? 'json' : 'toml';
}

/** Text of an environment file to plain data. */
export function parse(text: string, syntax: Syntax): Outcome<unknown> {
  try {
    const value: unknown = syntax === 'json' ? JSON.parse(text) : parseToml(text);
    return { ok: true, value, warnings: [] };
  } catch (error) {
    const message = error instanceof Error ? firstLine(error.message) : String(error);
    return {
      ok: false,
      problems: [{ path: [], message: `not valid ${syntax.toUpperCase()}: ${message}` }],
      warnings: [],
    };
  }
}

function firstLine(text: string): string {
  return text.replace(/\n[\s\S]*/, '').replace(/:$/, '');
}
