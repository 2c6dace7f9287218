import type * as z from 'zod/mini';
import { hint } from '../read/nearest.ts';
import type { Path, Problem } from '../read/problems.ts';

/** What zod found, in our words: what was expected, what was there, what may have been meant. */
export function describeIssue(
  issue: z.core.$ZodIssue,
  keysOf: (path: Path) => readonly string[],
): Problem[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: [...path, key],
      mark: 'key',
      message: PASSWORD_KEY.test(key) ? NO_PASSWORD : `unknown key${meant(key, keysOf(path))}`,
    }));
  }
  // Every number has bounds of its own, which the next issue is about.
  if ('note' in issue && issue.code !== 'invalid_union') return [];
  const message = messageOf(issue);
  return [issue.code === 'invalid_key' ? { path, mark: 'key', message } : { path, message }];
}

function messageOf(issue: z.core.$ZodIssue): string {
  const got = issue.input === undefined ? '' : `, got ${shown(issue.input)}`;
  switch (issue.code) {
    case 'invalid_type':
      return `${got === '' ? 'missing, ' : ''}expected ${TYPES[issue.expected] ?? issue.expected}${got}`;
    case 'invalid_value': {
      const values = issue.values.map(String);
      const list = values.map((value) => `'${value}'`).join(' or ');
      return `expected ${list}${got}${hint(String(issue.input), values)}`;
    }
    case 'invalid_union':
      return unionMessage(issue);
    case 'invalid_key':
      return `not a good name: ${issue.issues[0]?.message ?? ''}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `expected at least ${issue.minimum}${got}`
        : `is empty, expected ${issue.origin === 'array' ? 'a list of at least one' : 'text'}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${got}`;
    case 'custom':
      return issue.message;
    default:
      return `${issue.message}${got}`;
  }
}

/** Of a union that one key decides: no known value of that key. */
function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  const { discriminator = '', options = [] } = issue as {
    discriminator?: string;
    options?: unknown[];
  };
  const values = options.map(String);
  const input: unknown = Object(issue.input)[discriminator];
  const list = values.map((value) => `'${value}'`).join(' or ');
  return input === undefined
    ? `missing, expected ${list}`
    : `expected ${list}, got ${shown(input)}${hint(String(input), values)}`;
}

/** The key that was probably meant; else all, where they are not too many to read. */
function meant(key: string, known: readonly string[]): string {
  const list =
    known.length > 8 ? "'gen-backup schema' prints every key" : `there are ${known.join(', ')}`;
  return hint(key, known) || `; ${list}`;
}

const PASSWORD_KEY = /^(\w*_)?(pass(word|wd|phrase)?|pwd)$/i;

const NO_PASSWORD =
  'a password does not go into a file that others read; name its place with password_file,' +
  ' env_file and password_key, or defaults_file; or set container alone, and the' +
  " container's own is used";

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a table',
  record: 'a table',
};

function shown(input: unknown): string {
  if (typeof input === 'string') return `'${shortened(input)}'`;
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : 'a list';
  if (typeof input === 'number' && Math.abs(input) > Number.MAX_SAFE_INTEGER) {
    return 'a number beyond 2^53';
  }
  return typeof input === 'object' && input !== null && !(input instanceof Date)
    ? 'a table'
    : String(input instanceof Date ? input.toISOString() : input);
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
