import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quote } from '../../src/script/quote.ts';

describe('quote', () => {
  const table: readonly [name: string, { given: string; want: string }][] = [
    ['leaves a plain path alone', { given: '/opt/a-b_c.db', want: '/opt/a-b_c.db' }],
    ['quotes the empty word', { given: '', want: "''" }],
    ['quotes blanks and dollars', { given: 'a $(b)', want: "'a $(b)'" }],
    ['closes and reopens around a quote', { given: "it's", want: "'it'\\''s'" }],
    ['writes other bytes in octal', { given: 'caf\u00e9', want: '"$(printf \'caf\\303\\251\')"' }],
  ];
  test.each(table)('%s', (_, { given, want }) => expect(quote(given)).toBe(want));

  test('gives ASCII that a shell turns back into the same bytes, whatever the text', () => {
    const word = fc
      .string({ unit: 'binary', maxLength: 12 })
      .map((text) => text.replaceAll('\0', ''));
    fc.assert(
      fc.property(fc.array(word, { minLength: 20, maxLength: 60 }), (words) => {
        const script = words.map((text) => `printf '%s\\0' ${quote(text)}`).join('\n');
        expect(script).toMatch(/^\p{ASCII}*$/u);
        const printed = execFileSync('dash', ['-c', script]).toString('utf8');
        // $(...) cuts newlines at the end; the schema refuses control characters before that.
        const want = words.map((text) =>
          /\P{ASCII}/u.test(text) ? text.replace(/\n+$/, '') : text,
        );
        expect(printed.split('\0').slice(0, -1)).toEqual(want);
      }),
      { numRuns: 40 },
    );
  });
});
