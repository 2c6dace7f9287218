import { describePattern, isWithin } from '../../read/paths.ts';
import { type AnyStep, type Loss, only, type Source } from '../source.ts';
import { FILES_PARTS } from './parts.ts';
import { type FilesStep, isFiles, needsFiles } from './plan.ts';

export const FILES_SOURCE: Source = {
  isNeeded: needsFiles,
  commands: only(isFiles, (step) => [
    ...step.leftOutDatabases.map((path) => ['leave_out_sqlite', path]),
    ...step.leftOutPaths.map((path) => ['leave_out', path]),
    ...step.leftOutPatterns.map(({ directory, pattern }) => [
      'leave_out_pattern',
      directory,
      pattern,
    ]),
    ...step.paths.map((path) => ['include', path]),
    ...step.patterns.map(({ directory, pattern }) => ['include_pattern', directory, pattern]),
    FOUND_DATABASES[step.foundDatabases],
    'save archive_files',
  ]),
  checks: only(isFiles, ({ paths }) =>
    paths.map((path) => [['examine', 'files', 'examine_files', path]]),
  ),
  places: only(isFiles, ({ paths }) => paths),
  parts: FILES_PARTS,
  uses: ['warnings', 'pipes', 'owner', 'aside'],
  restorers: [{ artifact: 'tar', nouns: ['files'], isNeeded: needsFiles }],
  tools: (steps) => (needsFiles(steps) ? ['tar (GNU tar for access lists and attributes)'] : []),
  explain: only(isFiles, (step) => {
    const out = [...step.leftOutPaths, ...step.leftOutPatterns.map(describePattern)];
    return [
      `files: an archive of ${[...step.paths, ...step.patterns.map(describePattern)].join(', ')}`,
      ...(out.length === 0 ? [] : [`  without ${out.join(', ')}`]),
      ...(step.leftOutDatabases.length === 0
        ? []
        : ['  without live database files, which are never copied raw']),
    ];
  }),
  writers: only(isFiles, () => [
    'files: they go on; a warning names each file that changes while it is read',
  ]),
  losses: only(isFiles, ({ paths, patterns }) => [
    ...paths.map((path) =>
      loss(`files in ${path}`, (other) => other.paths.some((tree) => isWithin(path, tree))),
    ),
    ...patterns.map((pattern) => {
      const label = describePattern(pattern);
      return loss(
        `files ${label}`,
        (other) =>
          other.patterns.some((same) => describePattern(same) === label) ||
          other.paths.some((tree) => isWithin(pattern.directory, tree)),
      );
    }),
  ]),
};

const FOUND_DATABASES = {
  keep: 'keep_found_databases',
  'pass over': 'pass_over_found_databases',
} as const;

function loss(label: string, isSaved: (step: FilesStep) => boolean): Loss {
  return { label, isIn: (step: AnyStep) => isFiles(step) && isSaved(step) };
}
