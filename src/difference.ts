export interface Version {
  readonly name: string;
  readonly text: string;
}

/** What turns one text into the other, as `diff -u` says it. */
export async function renderDifference(one: Version, other: Version): Promise<string> {
  const { createTwoFilesPatch } = await import('diff');
  const patch = createTwoFilesPatch(one.name, other.name, one.text, other.text, '', '');
  return patch.replace(/^=+\n/, '');
}
