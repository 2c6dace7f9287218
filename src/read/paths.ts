import { posix } from 'node:path';

/** A shell pattern, for names at any depth or, where it begins with `./`, for whole paths. */
export interface FilePattern {
  /** Where to look, absolute. */
  readonly directory: string;
  readonly pattern: string;
}

/** Where relative paths start. */
export interface Located {
  readonly storage?: { readonly path: string } | undefined;
}

const WILDCARD = /[*?[\]]/;

/** Is it a shell pattern, or a plain path? */
export function isPattern(text: string): boolean {
  return WILDCARD.test(text);
}

/** The directory that everything that an absolute pattern matches lies in. */
export function literalDirectory(pattern: string): string {
  const names = pattern.split('/').slice(1, -1);
  const end = names.findIndex(isPattern);
  return `/${names.slice(0, end < 0 ? names.length : end).join('/')}`;
}

/** Does `path` lie at or below `directory`? Both absolute. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

/** An absolute path without double, trailing or dotted parts; relative ones start at the storage directory. */
export function absolute(path: string, { storage }: Located): string {
  return stripped(posix.resolve(storage?.path ?? '/', path));
}

function stripped(path: string): string {
  // POSIX leaves two leading slashes to the system; here they mean one.
  return path.replace(/^\/+/, '/');
}

/** As a person would write it: a name at any depth, or a path. */
export function describePattern({ directory, pattern }: FilePattern): string {
  if (pattern.startsWith('./')) return pattern.slice(1);
  return directory === '/' ? pattern : `${pattern} in ${directory}`;
}
