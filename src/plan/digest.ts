import { createHash } from 'node:crypto';

/** Sixteen hexadecimal digits that tell a text from others. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
