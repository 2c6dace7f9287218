import { describe, expect, test } from 'vitest';
import { excerpt, positionOf } from '../../src/tell/excerpt.ts';
import { painter } from '../../src/tell/paint.ts';

const shown = (text: string, start: number, end: number) =>
  excerpt(text, { start, end }, '^', painter(false));

describe('excerpt', () => {
  test.each([
    ['password = "hunter2"', 'password = *********'],
    ["db_password='hunter2' # x", 'db_password=********* # x'],
    ['password = """hunter2"""', 'password = *************'],
    ["password = '''hunter2'''", 'password = *************'],
    ['password = hunter2 x', 'password = *********'],
    ['password = "hunter2', 'password = ********'],
    ['{"password": "hunt\\"er2", "host": "h"}', '{"password": ***********, "host": "h"}'],
    ['"admin_token" : "hunter2"', '"admin_token" : *********'],
    ['password_file = "/etc/p"', 'password_file = "/etc/p"'],
    ['url = "mysql://u:hunter2@h/db"', 'url = "mysql://u:*******@h/db"'],
  ])('%s: shows no password', (line, want) => expect(shown(line, 0, 1)[0]).toBe(`    1 | ${want}`));

  test('underlines as wide as the text is, after tabs too', () => {
    expect(shown('a = 1\n\tü = "é\ud83d\ude00"\n', 11, 16)).toEqual([
      '    2 | \tü = "é\ud83d\ude00"',
      '      | \t    ^^^^',
    ]);
  });

  test('of a long line shows what is around', () => {
    const [line = '', marks = ''] = shown(`${'a'.repeat(500)}X${'b'.repeat(500)}`, 500, 501);
    expect(line.length).toBeLessThan(110);
    expect(line.indexOf('X')).toBe(marks.indexOf('^'));
  });

  test('control characters do not reach the terminal', () => {
    expect(shown('a = \x1b[2J', 0, 1)[0]).toBe('    1 | a = \u241b[2J');
  });

  test('lines and columns count from one, in characters', () => {
    expect(positionOf('\ud83d\ude00\n\ud83d\ude00x', 5)).toEqual({ line: 2, column: 2 });
  });
});
