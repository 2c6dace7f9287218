/**
 * Sixteen hexadecimal digits that tell a text from others. Not against anybody who
 * would forge one; node:crypto alone would take longer to load than all this to run.
 * Two lanes of cyrb53 (github.com/bryc/code, public domain), all 64 bits of it.
 */
export function digestOf(text: string): string {
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    high = Math.imul(high ^ unit, 2654435761);
    low = Math.imul(low ^ unit, 1597334677);
  }
  const mixed = [mix(high, low), mix(low, high)];
  return mixed.map((lane) => lane.toString(16).padStart(8, '0')).join('');
}

function mix(lane: number, other: number): number {
  const own = Math.imul(lane ^ (lane >>> 16), 2246822507);
  return (own ^ Math.imul(other ^ (other >>> 13), 3266489909)) >>> 0;
}
