// Numbers as people read them, and the rows of the goal table.

export function seconds(value) {
  if (value < 0.0995) return `${(1000 * value).toFixed(0)} ms`;
  return `${value.toFixed(value < 9.95 ? 2 : 1)} s`;
}

export function milliseconds(value) {
  return `${value.toFixed(value < 10 ? 1 : 0)} ms`;
}

export function bytes(value) {
  if (value >= 0.9995e9) return `${(value / 1e9).toFixed(2)} GB`;
  return `${(value / 1e6).toFixed(value < 10e6 ? 1 : 0)} MB`;
}

export function times(value) {
  return `${value.toFixed(2)} ×`;
}

/**
 * A row of the goal table: at most so many times of what it is compared with.
 * @param more said of it too, which no goal speaks of
 */
export function ratioGoal(
  what,
  limit,
  [ours, oursAre],
  [theirs, theirsAre],
  { goalIs = theirsAre, more = '' } = {},
) {
  return {
    what,
    goal: `${limit} × ${goalIs}`,
    measured: `${times(ours / theirs)}: ${oursAre} ${seconds(ours)}, ${theirsAre} ${seconds(theirs)}${more}`,
    met: ours <= limit * theirs,
  };
}

/** Against the same work at the level that we compress with. */
export function atOurLevel(ours, theirs) {
  return `; ${times(ours / theirs)} of it at our level`;
}

/** A row of the goal table: a number at most. */
export function limitGoal(what, goal, measured, isMet) {
  return { what, goal, measured, met: isMet };
}
