import type { Line } from '../sources/source.ts';
import { quote } from './quote.ts';

/** A command as it stands in the script. */
export function written(line: Line): string {
  if (typeof line === 'string') return line;
  const [name = '', ...words] = line;
  return command(name, ...words);
}

/** On lines of up to 80 columns, where the words allow it. */
export function command(name: string, ...words: readonly string[]): string {
  const lines = [name];
  for (const word of words.map(quote)) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= 70) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.join(' \\\n        ');
}
