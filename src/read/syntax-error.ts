import {
  type ParseError as JsonError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser/lib/esm/main.js';
import { ParseError, parseTOML } from 'toml-eslint-parser';
import type { Syntax } from './parse.ts';
import type { Span } from './span.ts';

export interface SyntaxError {
  readonly message: string;
  readonly span: Span;
}

/** Where a text stops being TOML or JSON, and why; undefined where only another parser says so. */
export function findSyntaxError(text: string, syntax: Syntax): SyntaxError | undefined {
  return syntax === 'json' ? jsonError(text) : tomlError(text);
}

function tomlError(text: string): SyntaxError | undefined {
  try {
    parseTOML(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof ParseError)) return undefined;
    const { message, index } = error;
    const known = TOML_HELP.find(([said]) => message.startsWith(said))?.[1];
    return {
      message: `not valid TOML: ${lowered(message)}${known === undefined ? '' : `; ${known}`}`,
      span: { start: index, end: index + 1 },
    };
  }
}

/** What a person usually did who is told this. */
const TOML_HELP: readonly (readonly [string, string])[] = [
  ['Unspecified values', 'write a value after ='],
  ['Unexpected character', 'text stands between quotes, such as path = "/backups"'],
  ['Unterminated string', 'a quote is missing at the end'],
  ['Expected equal', "expected 'key = value'"],
  ['Invalid character in escape', 'write \\\\ for a backslash'],
  ['Defining a key multiple times', 'remove or rename one of the two'],
  ['Must be a newline', 'one key on each line'],
];

function jsonError(text: string): SyntaxError | undefined {
  const errors: JsonError[] = [];
  try {
    parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch {
    return undefined; // nested too deep for it
  }
  const [first] = errors;
  return first === undefined
    ? undefined
    : {
        message: `not valid JSON: ${worded(printParseErrorCode(first.error))}`,
        span: { start: first.offset, end: first.offset + Math.max(1, first.length) },
      };
}

/** `CommaExpected` to `comma expected`. */
function worded(code: string): string {
  return code.replace(/\B[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).toLowerCase();
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
