import { closest, distance } from 'fastest-levenshtein';

/** The known word that is a slip of the pen away, if any. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // So many that to compare would take longer than to read them.
  if (known.length === 0 || known.length > 200) return undefined;
  const candidate = closest(word, known);
  return distance(word, candidate) <= Math.ceil(candidate.length * 0.4) ? candidate : undefined;
}

/** `, did you mean 'schedule'?`, or nothing. */
export function hint(word: string, known: readonly string[]): string {
  const meant = nearest(word, known);
  return meant === undefined ? '' : `, did you mean '${meant}'?`;
}
