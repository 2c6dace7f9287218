// docs/benchmarks.md, made of nothing but docs/benchmarks.json and what people wrote in
// docs/benchmarks-notes/.

const MET = new Map([
  [true, 'met'],
  [false, '**missed**'],
  [null, ''],
]);

/**
 * @param record `{ sections: { name: { title, measured, goals, tables } } }`
 * @param names of all sections, in their order on the page
 * @param notes `name => Markdown`, or '' where nobody wrote any
 * @param charts `name => { title, file }`
 */
export function renderReport(record, names, notes, charts) {
  const sections = names.filter((name) => record.sections[name] !== undefined);
  const goals = sections.flatMap((name) =>
    record.sections[name].goals.map((goal) => [
      goal.what,
      goal.goal,
      goal.measured,
      MET.get(goal.met),
      `[${record.sections[name].measured.date}](#${anchor(record.sections[name].title)})`,
    ]),
  );
  const pages = sections.map((name) => {
    const section = record.sections[name];
    return renderSection(section, notes(name), (section.charts ?? []).map(charts));
  });
  return `# Benchmarks

Made by \`npm run bench\` from [benchmarks.json](benchmarks.json); only the remarks are written
by hand, in [benchmarks-notes](benchmarks-notes). \`npm run bench -- sqlite\` measures that
section again and leaves the others, \`--large\` adds 8 GB, and \`--profile sqlite\` shows where
the time of a run goes. A and B take turns in the same run, with a sync before each; numbers
are medians. Ours runs with \`nice = false\` under \`sh\`, which is dash on Debian. Read the
ratios: other machines have other times.

## Goals

${table({ head: ['what', 'goal', 'measured', '', 'when'], rows: goals })}
${pages.join('\n')}`;
}

/** One section, with pictures: `{ title, file }`. */
export function renderSection(section, note = '', pictures = []) {
  const { date, command, machine, versions, load, seconds } = section.measured;
  return `
## ${section.title}

${date}, \`${command}\`, ${Math.round(seconds)} s; load when it began: ${load}.
${machine}; ${versions}.

${pictures.map(({ title, file }) => `![${title}](${file})\n\n`).join('')}${section.tables
    .map(({ caption, ...rest }) => `${caption === undefined ? '' : `${caption}\n\n`}${table(rest)}`)
    .join('\n')}${note === '' ? '' : `\n${note.trimEnd()}\n`}`;
}

function table({ head, rows }) {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.map(cell).join(' | ')} |\n`).join('');
}

function cell(value) {
  return String(value).replaceAll('|', '\\|');
}

/** As GitHub makes them. */
function anchor(title) {
  return title
    .toLowerCase()
    .replace(/[^\w -]/g, '')
    .replaceAll(' ', '-');
}
