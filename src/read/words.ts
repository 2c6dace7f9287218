import parse from 'shell-quote/parse.js';

/** The words of a command as a shell would split it, quotes undone. */
export function words(command: string): string[] {
  return parse(command).map((word) => (typeof word === 'string' ? word : ''));
}

/** Is it words alone? Nothing to expand, no pipe, no redirection. */
export function isWords(command: string): boolean {
  return !/[$`;&|<>()*?#~\\]/.test(command) && words(command).length > 0;
}
