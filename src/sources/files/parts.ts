import checkFiles from '../../../templates/sources/files/check.sh';
import files from '../../../templates/sources/files/archive.sh';
import found from '../../../templates/sources/files/found.sh';
import keepFound from '../../../templates/sources/files/keep_found.sh';
import passOverFound from '../../../templates/sources/files/pass_over_found.sh';
import putFiles from '../../../templates/sources/files/put_files.sh';
import restorePatterns from '../../../templates/sources/files/restore_patterns.sh';
import rehearseFiles from '../../../templates/sources/files/rehearse.sh';
import showFiles from '../../../templates/sources/files/show.sh';
import restoreFiles from '../../../templates/sources/files/restore.sh';
import { type Parts, printed } from '../source.ts';
import { keepsFound, needsFiles, passesOverFound } from './plan.ts';

export const FILES_PARTS: Parts = {
  night: [
    { title: 'Files', text: files, isNeeded: needsFiles },
    { title: 'Databases among the files', text: found, isNeeded: needsFiles },
    {
      title: 'Found databases, kept',
      text: keepFound,
      isNeeded: (steps) => steps.some(keepsFound),
    },
    {
      title: 'Found databases, passed over',
      text: passOverFound,
      isNeeded: (steps) => steps.some(passesOverFound),
    },
  ],
  check: [
    { title: 'Files of a run that only looks', text: rehearseFiles, isNeeded: needsFiles },
    { title: 'Check files', text: checkFiles, isNeeded: needsFiles },
  ],
  restore: [
    { title: 'Patterns of --only', text: restorePatterns, isNeeded: needsFiles },
    { title: 'Show files', text: showFiles, isNeeded: needsFiles },
    { title: 'Restore files', text: restoreFiles, isNeeded: needsFiles },
    {
      title: 'Restore files: a program for many directories',
      text: printed('print_put_files', putFiles),
      isNeeded: needsFiles,
    },
  ],
};
