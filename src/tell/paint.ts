const COLOURS = { place: 1, warning: 33, number: 34, '^': 31, '-': 34 } as const;

/** Text in the colour of its role, or as it is. */
export type Paint = (role: keyof typeof COLOURS, text: string) => string;

/** For a terminal, or for anything else. */
export function painter(isColoured: boolean): Paint {
  return (role, text) => (isColoured ? `\x1b[${COLOURS[role]}m${text}\x1b[m` : text);
}
