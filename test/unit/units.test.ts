import { describe, expect, test } from 'vitest';
import { DURATION, kibibytes, percent, SIZE, seconds } from '../../src/read/units.ts';

describe('units', () => {
  test.each([
    ['90s', 90],
    ['5m', 300],
    ['2h', 7200],
    ['7d', 604800],
  ])('%s is %i seconds', (text, want) => {
    expect(text).toMatch(DURATION);
    expect(seconds(text)).toBe(want);
  });

  test.each([
    ['0KiB', 0],
    ['500MiB', 512000],
    ['2GiB', 2097152],
    ['1TiB', 1073741824],
  ])('%s is %i KiB', (text, want) => {
    expect(text).toMatch(SIZE);
    expect(kibibytes(text)).toBe(want);
  });

  test('a share is its number', () => expect(percent('50%')).toBe(50));

  test.each(['', '5', '0s', '-5m', '5 m', '5M', '1.5h', '5m\n'])('%j is no duration', (text) => {
    expect(text).not.toMatch(DURATION);
  });

  test.each(['1GB', '1', 'GiB', '01GiB', '1 GiB', '1gib'])('%j is no size', (text) => {
    expect(text).not.toMatch(SIZE);
  });
});
