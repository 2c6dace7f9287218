import * as z from 'zod/mini';
import { scheduleProblem } from './schedule.ts';
import { DURATION, PERCENT, seconds, SIZE } from './units.ts';

/** What a single value may be, and what is said of one that is not. */

const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** What is no name of a plan or database. */
export const RESERVED = ['files', 'all', 'latest'];

export const matching = (pattern: RegExp, expected: string) =>
  z.string().check(z.regex(pattern, `expected ${expected}`));

// Patterns are also of the JSON Schema: in words that the regular expressions of
// JavaScript and of Rust (Taplo) share.

/** Half a character, as JSON may write it, would become another one. */
const wholeCharacters = z.refine<string>(
  (value) => !/\p{Cs}/u.test(value),
  'expected whole characters, got half of a pair',
);

/** Text that may go over lines. What else there is would hide from `cat` what it does. */
export const lines = z
  .string()
  .check(
    z.regex(
      /^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$/,
      "expected no control characters but tabs and line breaks; a command may write one as $(printf '\\033')",
    ),
    wholeCharacters,
  );

/** The value of a hook is shell code: as it is. */
export const code = lines.check(z.minLength(1));

/** Control characters would reach the crontab, manifest lines and messages. */
export const text = z
  .string()
  .check(
    z.minLength(1),
    z.regex(/^[^\x00-\x1f\x7f-\x9f]*$/, 'expected text without control characters'),
    wholeCharacters,
  );

export const absolutePath = text.check(
  z.regex(/^\//, "expected an absolute path, such as '/backups/tracker'"),
);

export const name = matching(NAME, 'a name of a-z, 0-9, - and _, up to 63 long').check(
  z.refine((value) => !RESERVED.includes(value), "'files', 'all' and 'latest' are reserved"),
);

export const duration = matching(DURATION, "a duration, such as '90s', '5m', '2h' or '7d'");
export const interval = duration.check(
  z.refine((value) => seconds(value) >= 1 && seconds(value) <= 300, 'expected 1s to 5m'),
);
export const history = duration.check(
  z.refine((value) => seconds(value) >= 3600, 'expected at least 1h'),
);
export const size = matching(SIZE, "a size, such as '500MiB' or '2GiB'");
export const share = matching(PERCENT, "a share from '0%' to '100%'");
export const days = z.int().check(z.minimum(1), z.maximum(36500));
export const count = z.int().check(z.minimum(1), z.maximum(100000));

export const schedule = z.string().check(
  z.minLength(1),
  z.superRefine((value, context) => {
    const problem = scheduleProblem(value);
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  }),
  // For editors; whatever breaks it has been told by then.
  z.regex(/^(@[a-z]+|[0-9A-Za-z*\/,-]+( +[0-9A-Za-z*\/,-]+){4})$/),
);
