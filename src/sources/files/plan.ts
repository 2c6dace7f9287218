import {
  absolute,
  type FilePattern,
  isPattern,
  isWithin,
  literalDirectory,
  type Located,
} from '../../read/paths.ts';
import type { AnyStep } from '../source.ts';

export interface FilesStep {
  readonly kind: 'files';
  /** What must be there, absolute. */
  readonly paths: readonly string[];
  readonly patterns: readonly FilePattern[];
  readonly leftOutPaths: readonly string[];
  readonly leftOutPatterns: readonly FilePattern[];
  /** Every live database: never copied raw, wherever symbolic links may lead. */
  readonly leftOutDatabases: readonly string[];
  /** Other SQLite files among them: snapshots of their own, or left out with a warning. */
  readonly foundDatabases: 'keep' | 'pass over';
}

export function isFiles(step: AnyStep): step is FilesStep {
  return step.kind === 'files';
}

/** A complete plan makes snapshots of every SQLite file that it finds. */
export function keepsFound(step: AnyStep): boolean {
  return isFiles(step) && step.foundDatabases === 'keep';
}

/** A selective plan leaves them to others. */
export function passesOverFound(step: AnyStep): boolean {
  return isFiles(step) && step.foundDatabases === 'pass over';
}

export function needsFiles(steps: readonly AnyStep[]): boolean {
  return steps.some(isFiles);
}

/** What goes into an archive, and what stays out. */
export interface Wanted {
  /** Paths, whatever is in their names. */
  readonly trees: readonly string[];
  /** Paths and patterns. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** The destination, and directories of servers; absolute. */
  readonly notRead: readonly string[];
  /** Files of live databases, absolute. */
  readonly databases: readonly string[];
  readonly foundDatabases: FilesStep['foundDatabases'];
}

export function planFiles(wanted: Wanted, at: Located): FilesStep {
  const { trees, include, exclude } = wanted;
  const all = [...trees, ...include.filter((entry) => !isPattern(entry))];
  const paths = [...new Set(all.map((path) => absolute(path, at)))];
  const isRead = (path: string) => paths.some((tree) => isWithin(path, tree));
  const patterns = include
    .filter(isPattern)
    .map((pattern) => filePattern(pattern, at))
    .filter(({ directory }) => !isRead(directory));
  const mayBeRead = (path: string) =>
    isRead(path) || patterns.some(({ directory }) => isWithin(path, directory));
  return {
    kind: 'files',
    // A path below another one is read with it.
    paths: paths.filter((path) => !paths.some((tree) => tree !== path && isWithin(path, tree))),
    patterns,
    leftOutPaths: [
      ...wanted.notRead.filter(mayBeRead),
      ...exclude.filter((entry) => !isPattern(entry)).map((entry) => absolute(entry, at)),
    ],
    leftOutPatterns: [
      // What a restore, or a snapshot by a clone, has left beside a source.
      { directory: '/', pattern: '.gen-backup-*' },
      { directory: '/', pattern: '*.before-restore-[0-9]*Z*' },
      ...exclude.filter(isPattern).map((pattern) => filePattern(pattern, at)),
    ],
    leftOutDatabases: wanted.databases,
    foundDatabases: wanted.foundDatabases,
  };
}

/** One without a slash matches names at any depth; others start where paths do. */
function filePattern(pattern: string, at: Located): FilePattern {
  if (!pattern.includes('/')) return { directory: absolute('', at), pattern };
  const path = absolute(pattern, at);
  return { directory: literalDirectory(path), pattern: `.${path}` };
}
