import { createTwoFilesPatch } from 'diff';

export interface Version {
  readonly name: string;
  readonly text: string;
}

/** What turns one text into the other, as `diff -u` says it. */
export function renderDifference(one: Version, other: Version): string {
  const patch = createTwoFilesPatch(one.name, other.name, one.text, other.text, '', '');
  return patch.replace(/^=+\n/, '');
}
