import { quote } from './quote.ts';

/**
 * What stands where a script was to be, when none could be generated. Nothing at all would be
 * an empty script, and a shell ends an empty script with 0, as if a backup had been made.
 */
export function renderStandIn(why: string): string {
  const message = `no backup: gen-backup could not generate this script: ${why}; generate it again`;
  return `#!/bin/sh\nprintf '%s\\n' ${quote(message)} >&2; exit 3\n`;
}
