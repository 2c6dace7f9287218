import { locate, type Place, type Places, placesOf } from '../read/locate.ts';
import type { Syntax } from '../read/parse.ts';
import { type Problem, renderProblem, visible } from '../read/problems.ts';
import type { Span } from '../read/span.ts';
import { findSyntaxError } from '../read/syntax-error.ts';
import { exampleLines } from './examples.ts';
import { excerpt, positionOf } from './excerpt.ts';
import { type Paint, painter } from './paint.ts';

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

/** Everything found in a file, in its order, each with its line and what was expected there. */
export function renderReport(source: Source, findings: Findings, isColoured: boolean): string {
  const paint = painter(isColoured);
  const places = placesOf(source.text, source.syntax);
  const all = [
    ...findings.problems.map((problem) => placed(problem, false, source, places)),
    ...findings.warnings.map((problem) => placed(problem, true, source, places)),
  ];
  return all
    .sort((one, other) => startOf(one.place) - startOf(other.place))
    .flatMap((found) => renderFound(found, source, places, paint))
    .map((line) => `${line}\n`)
    .join('');
}

interface Found {
  readonly problem: Problem;
  readonly isWarning: boolean;
  /** Undefined: the file as a whole. */
  readonly place: Place | undefined;
}

function renderFound(
  { problem, isWarning, place }: Found,
  { name, text, syntax }: Source,
  places: Places,
  paint: Paint,
): string[] {
  const { line, column } = positionOf(text, startOf(place));
  const where = paint('place', `${visible(name)}:${line}:${column}`);
  const others = otherSpans(problem, place, places).flatMap((span) =>
    excerpt(text, span, '-', paint),
  );
  return [
    renderProblem(isWarning ? `${where}: ${paint('warning', 'warning')}` : where, problem),
    ...(place === undefined ? [] : excerpt(text, place.span, '^', paint)),
    ...others,
    ...exampleLines(problem, syntax),
  ];
}

/** The other places that a problem is about, as far as they are in the file. */
function otherSpans(
  { also = [], mark }: Problem,
  place: Place | undefined,
  places: Places,
): Span[] {
  const spans = also.flatMap((path) => {
    const other = locate(places, path, mark ?? 'value');
    return other?.isExact && other.span.start !== place?.span.start ? [other.span] : [];
  });
  return [...new Map(spans.map((span) => [span.start, span])).values()];
}

/** Where a problem stands; one of syntax is looked for again, by a parser that says where. */
function placed(
  problem: Problem,
  isWarning: boolean,
  { text, syntax }: Source,
  places: Places,
): Found {
  if (problem.at !== undefined) {
    return { problem, isWarning, place: { span: problem.at, isExact: true } };
  }
  const found = problem.path.length === 0 ? findSyntaxError(text, syntax) : undefined;
  if (found === undefined) {
    return { problem, isWarning, place: locate(places, problem.path, problem.mark ?? 'value') };
  }
  const span = inText(found.span, text);
  return {
    problem: { ...problem, message: found.message },
    isWarning,
    place: { span, isExact: true },
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
