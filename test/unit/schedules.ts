import fc from 'fast-check';

/** Some thousand schedules, good, odd and wrong, always the same ones. */
export function randomSchedules(count: number): string[] {
  return fc.sample(schedule, { numRuns: count, seed: 18 });
}

const field = (min: number, max: number, names: readonly string[]) => {
  const number = fc.oneof(
    { weight: 60, arbitrary: fc.integer({ min, max }).map(String) },
    {
      weight: 5,
      arbitrary: fc.constantFrom(`0${min}`, `00${max}`, String(max + 1), String(min - 1)),
    },
    ...(names.length === 0 ? [] : [{ weight: 20, arbitrary: fc.constantFrom(...names) }]),
  );
  const step = fc.oneof(
    { weight: 15, arbitrary: fc.constant('') },
    { weight: 10, arbitrary: fc.integer({ min: 1, max: max + 1 }).map((n) => `/${n}`) },
  );
  const item = fc.oneof(
    { weight: 20, arbitrary: number },
    { weight: 15, arbitrary: fc.tuple(number, number, step).map(([a, b, s]) => `${a}-${b}${s}`) },
    { weight: 10, arbitrary: step.map((s) => `*${s}`) },
    {
      weight: 5,
      arbitrary: fc.tuple(fc.constantFrom(`${min}-${max}`), step).map((all) => all.join('')),
    },
    { weight: 1, arbitrary: fc.tuple(number, step).map((all) => all.join('')) },
  );
  return fc.oneof(
    { weight: 15, arbitrary: fc.constant('*') },
    { weight: 20, arbitrary: item },
    {
      weight: 5,
      arbitrary: fc.array(item, { minLength: 2, maxLength: 3 }).map((all) => all.join(',')),
    },
  );
};

const MONTHS = 'jan FEB Mar apr may jun jul aug sep oct nov dec'.split(' ');
const DAYS = 'sun MON Tue wed thu fri sat'.split(' ');

const schedule = fc.oneof(
  {
    weight: 150,
    arbitrary: fc
      .tuple(
        field(0, 59, []),
        field(0, 23, []),
        field(1, 31, []),
        field(1, 12, MONTHS),
        field(0, 7, DAYS),
      )
      .map((all) => all.join(' ')),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      ...'@yearly @annually @monthly @weekly @daily @midnight @hourly @reboot @Daily'.split(' '),
    ),
  },
);
