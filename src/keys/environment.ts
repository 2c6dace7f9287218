import { absolutePath, lines, matching } from '../read/fields.ts';
import { REQUIRED, table } from '../read/row.ts';

export const ENVIRONMENT = table(
  { title: 'The environment', header: 'environment', about: 'Which VM this is.' },
  {
    name: {
      type: matching(/^[a-z0-9][a-z0-9-]{0,62}$/, 'a name of a-z, 0-9 and -, up to 63 long'),
      about:
        'a-z, 0-9 and -; labels messages and the crontab, and names the script: backup-NAME.sh',
      example: 'tracker-demo',
      unset: REQUIRED,
    },
    description: {
      type: lines,
      about: 'a note for people; ignored',
      example: 'the public tracker',
    },
  },
);

export const STORAGE = table(
  {
    title: 'The storage directory',
    header: 'storage',
    about: 'Needed by relative paths, and by plans with files.',
  },
  {
    path: {
      type: absolutePath,
      about: 'the directory that relative paths start at, and that a complete plan archives',
      example: '/opt/torrust/storage',
      unset: REQUIRED,
    },
  },
);
