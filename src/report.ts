import { excerpt, positionOf } from './excerpt.ts';
import { exampleLines } from './examples.ts';
import { type Entry, entriesOf, locate, type Place } from './locate.ts';
import { type Syntax } from './parse.ts';
import { type Problem, renderProblem } from './problems.ts';
import { findSyntaxError } from './syntax-error.ts';

/** A file as its reader knows it. */
export interface Source {
  readonly name: string;
  readonly text: string;
  readonly syntax: Syntax;
}

export interface Findings {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

export type Paint = (role: keyof typeof COLOURS, text: string) => string;

const COLOURS = { place: 1, warning: 33, number: 34, '^': 31, '-': 34 } as const;

/** Everything found in a file, in its order, each with its line and what was expected there. */
export function renderReport(source: Source, findings: Findings, isColoured: boolean): string {
  const paint: Paint = (role, text) => (isColoured ? `\x1b[${COLOURS[role]}m${text}\x1b[m` : text);
  const entries = entriesOf(source.text, source.syntax);
  const all = [
    ...findings.problems.map((problem) => ({ problem, isWarning: false })),
    ...findings.warnings.map((problem) => ({ problem, isWarning: true })),
  ];
  return all
    .map((found) => ({ ...found, ...placed(found.problem, source, entries) }))
    .sort((one, other) => startOf(one.place) - startOf(other.place))
    .map(({ problem, place, isWarning }) => {
      const { line, column } = positionOf(source.text, startOf(place));
      const where = paint('place', `${source.name}:${line}:${column}`);
      const kind = isWarning ? [paint('warning', 'warning')] : [];
      return [
        renderProblem([where, ...kind].join(': '), problem),
        ...(place === undefined ? [] : excerpt(source.text, place.span, '^', paint)),
        ...(problem.also ?? []).flatMap((path) => {
          const other = locate(entries, path, problem.mark ?? 'value');
          return other?.isExact ? excerpt(source.text, other.span, '-', paint) : [];
        }),
        ...exampleLines(problem, source.syntax),
      ]
        .map((text) => `${text}\n`)
        .join('');
    })
    .join('');
}

/** Where a problem stands; one of syntax is looked for again, by a parser that says where. */
function placed(
  problem: Problem,
  { text, syntax }: Source,
  entries: readonly Entry[],
): { readonly problem: Problem; readonly place: Place | undefined } {
  const found = problem.path.length === 0 ? findSyntaxError(text, syntax) : undefined;
  return found === undefined
    ? { problem, place: locate(entries, problem.path, problem.mark ?? 'value') }
    : {
        problem: { ...problem, message: found.message },
        place: { span: inText(found.span, text), isExact: true },
      };
}

/** What is missing at the end is shown after the last character that is there. */
function inText({ start, end }: Place['span'], text: string): Place['span'] {
  const last = text.trimEnd().length;
  return start > last ? { start: last, end: last + 1 } : { start, end };
}

function startOf(place: Place | undefined): number {
  return place?.span.start ?? 0;
}
