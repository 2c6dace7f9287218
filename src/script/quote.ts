/** One safely quoted shell word, in ASCII alone, whatever the text holds but NUL. */
export function quote(text: string): string {
  if (/^[A-Za-z0-9_./:@%+,-]+$/.test(text)) return text;
  if (!isBeyondAscii(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  // yash reads a script with other bytes in no locale that cron has.
  return `"$(printf '${[...new TextEncoder().encode(text)].map(printfByte).join('')}')"`;
}

/** Is this word more than ASCII? Not every shell can hold it. */
export function isBeyondAscii(text: string): boolean {
  return /\P{ASCII}/u.test(text);
}

function printfByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_./ ]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
}
