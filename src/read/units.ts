/** Durations as they are written: `90s`, `5m`, `2h`, `7d`. */
export const DURATION = /^[1-9][0-9]{0,6}[smhd]$/;

/** Sizes as they are written: `500MiB`, `2GiB`. */
export const SIZE = /^(0|[1-9][0-9]{0,6})(KiB|MiB|GiB|TiB)$/;

/** Shares as they are written: `50%`. */
export const PERCENT = /^([1-9]?[0-9]|100)%$/;

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86400 };
const KIBIBYTES: Readonly<Record<string, number>> = {
  KiB: 1,
  MiB: 2 ** 10,
  GiB: 2 ** 20,
  TiB: 2 ** 30,
};

/** `5m` to 300. The text must match DURATION. */
export function seconds(duration: string): number {
  return Number.parseInt(duration, 10) * (SECONDS[duration.slice(-1)] ?? Number.NaN);
}

/** `2GiB` to 2097152. The text must match SIZE. */
export function kibibytes(size: string): number {
  return Number.parseInt(size, 10) * (KIBIBYTES[size.slice(-3)] ?? Number.NaN);
}

/** `50%` to 50. */
export function percent(share: string): number {
  return Number.parseInt(share, 10);
}

/** So many seconds to `5 minutes`, `7 days` or `2 days 13 hours 30 minutes`. */
export function describeDuration(seconds: number): string {
  const parts = UNITS.flatMap(([size, noun], i) => {
    const larger = UNITS[i - 1]?.[0];
    const count = Math.floor((larger === undefined ? seconds : seconds % larger) / size);
    return count === 0 ? [] : [counted(count, noun)];
  });
  return parts.length === 0 ? '0 seconds' : parts.join(' ');
}

const UNITS: readonly (readonly [number, string])[] = [
  [86400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
