/** Bytes of a file to its text; or why they are none, and what to do. `name` is of the file. */
export function decode(bytes: Uint8Array, name: string): Decoded {
  const text = utf8(bytes);
  if (text !== undefined && !bytes.subarray(0, 4).includes(0)) return { ok: true, text };
  const [first = 0, second = 0] = bytes;
  const hasMark = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (hasMark || bytes.subarray(0, 4).includes(0)) {
    const coding = hasMark ? 'UTF-16' : first === 0 ? 'UTF-16BE' : 'UTF-16LE';
    return {
      ok: false,
      message: `${name}:1:1: is UTF-16, expected UTF-8; ${convert(coding, name)}`,
    };
  }
  return { ok: false, message: wrongByte(bytes, name) };
}

type Decoded =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** A byte that is not UTF-8 must not turn into another name without a word. */
function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function wrongByte(bytes: Uint8Array, name: string): string {
  let line = 1;
  let start = 0;
  for (;;) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    if (utf8(bytes.subarray(start, end)) === undefined || found < 0) break;
    start = end + 1;
    line += 1;
  }
  // Up to the byte that spoils it, all is good.
  let column = 1;
  let offset = start;
  while (offset < bytes.length) {
    const size = [1, 2, 3, 4].find((n) => utf8(bytes.subarray(offset, offset + n)) !== undefined);
    if (size === undefined) break;
    offset += size;
    column += 1;
  }
  const byte = (bytes[offset] ?? 0).toString(16);
  return `${name}:${line}:${column}: the byte 0x${byte} is not UTF-8; ${convert('ISO-8859-1', name)}`;
}

function convert(coding: string, name: string): string {
  return `convert the file, as: iconv -f ${coding} -t UTF-8 '${name}' >new.toml`;
}
